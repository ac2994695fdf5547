/** What can be asked of the printer over HTTP: one table, from which the routes and their description are made. */
import * as v from 'valibot';
import type { Clock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import { mediaSizeNames, mediaTypes } from '#vocab/media.js';
import type { MachineEvent } from '../machine/events.js';
import { type OwnPageName, ownPages as pagesByName } from '../pages/own-pages.js';
import type { OwnPages } from '../pages/print-own-pages.js';
import type { Printer } from '../printer.js';
import { maxWordsLength, parseStatement, verbs } from './fault-words.js';
import { dispatchIfPossible, makeHappen, printerOff } from './make-happen.js';
import { maxScriptLength, parseScript } from './script.js';
import { jobSchema, type StateSources, scriptSchema, stateSchema, viewJob, viewState } from './state-view.js';

export interface ControlContext extends StateSources {
  ownPages: OwnPages;
  clock: Clock;
}

type Parameters = Readonly<Record<string, string>>;

export interface Operation {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Below /control; `{id}` is a parameter. */
  path: string;
  summary: string;
  /** Of each parameter, what it is. */
  parameters: Readonly<Record<string, string>>;
  body: v.GenericSchema | null;
  answer: v.GenericSchema;
  /** Throws PhaserLinkError, or rejects with it. */
  run(context: ControlContext, parameters: Parameters, body: unknown): unknown;
}

function operation<B extends v.GenericSchema>(
  definition: Omit<Operation, 'body' | 'run' | 'parameters'> & {
    parameters?: Operation['parameters'];
    body: B;
    run(context: ControlContext, parameters: Parameters, body: v.InferOutput<B>): unknown;
  },
): Operation {
  const { run, parameters = {} } = definition;
  return {
    ...definition,
    parameters,
    run: (context, given, body) => run(context, given, body as v.InferOutput<B>),
  };
}

/** Most that is asked answers with the printer as it is afterwards. */
function change<B extends v.GenericSchema>(
  path: string,
  summary: string,
  body: B,
  events: (body: v.InferOutput<B>, id: string, context: ControlContext) => readonly MachineEvent[],
): Operation {
  return operation({
    method: 'PUT',
    path,
    summary,
    parameters: path.includes('{id}') ? { id: 'As in the state' } : {},
    body,
    answer: stateSchema,
    run(context, { id = '' }, given) {
      for (const event of events(given, id, context)) dispatchIfPossible(context.printer.machine, event);
      return viewState(context);
    },
  });
}

/** One that takes no body. */
function plain(
  method: Operation['method'],
  path: string,
  summary: string,
  answer: v.GenericSchema,
  run: Operation['run'],
): Operation {
  const parameters: Operation['parameters'] = path.includes('{job}') ? { job: 'Its number' } : {};
  return { method, path, summary, parameters, body: null, answer, run };
}

const cover = v.strictObject({ open: v.boolean() });
const tray = v.strictObject({
  inserted: v.optional(v.boolean()),
  sheets: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  size: v.optional(v.picklist(mediaSizeNames)),
  type: v.optional(v.picklist(Object.keys(mediaTypes) as (keyof typeof mediaTypes)[])),
});
const supply = v.strictObject({
  present: v.optional(v.boolean()),
  levelPercent: v.optional(v.pipe(v.number(), v.minValue(-100), v.maxValue(100))),
  wrong: v.optional(v.pipe(v.boolean(), v.description('Keyed for another printer'))),
});
const words = v.strictObject({
  words: v.pipe(
    v.string(),
    v.maxLength(maxWordsLength),
    v.description(
      `One statement, such as "jam=fuser at=page:3" or "load upper:250 a4". Verbs: ${Object.keys(verbs).join(', ')}`,
    ),
  ),
});
const scriptText = v.strictObject({ text: v.pipe(v.string(), v.maxLength(maxScriptLength)) });
const jobs = v.strictObject({ jobs: v.array(jobSchema) });

export const operations: readonly Operation[] = [
  plain('GET', '/state', 'The whole printer', stateSchema, (context) => viewState(context)),
  change('/covers/{id}', 'Opens or closes a cover', cover, ({ open }, id, { printer }) => {
    known('cover', id, printer.machine.device.covers);
    return [{ type: open ? 'cover-opened' : 'cover-closed', cover: id }];
  }),
  change('/trays/{id}', 'Pulls a tray out, puts it back, lays paper in', tray, trayEvents),
  change(
    '/outputs/{id}',
    'Takes the pages out',
    v.strictObject({ sheets: v.literal(0) }),
    (_, id, { printer }) => {
      known('output', id, printer.machine.device.outputs);
      return [{ type: 'output-emptied', output: id }];
    },
  ),
  change(
    '/supplies/{id}',
    'Takes a supply out, or puts one in',
    supply,
    ({ present = true, ...put }, id, { printer }) => {
      const { kind } = known('supply', id, printer.machine.device.supplies);
      if (put.wrong === true && kind !== 'toner')
        throw conflict('only a toner cartridge can be keyed for another printer');
      return [
        present ? { type: 'supply-replaced', supply: id, ...put } : { type: 'supply-removed', supply: id },
      ];
    },
  ),
  change('/power', 'Switches it on or off', v.strictObject({ on: v.boolean() }), ({ on }, _, { printer }) => {
    const isOn = printer.machine.state.phase !== 'off';
    return on === isOn ? [] : [{ type: on ? 'power-on' : 'power-off' }];
  }),
  change('/online', 'Online or offline', v.strictObject({ online: v.boolean() }), ({ online }) => [
    { type: online ? 'online' : 'offline' },
  ]),
  change(
    '/message',
    'Shows a message in place of "Ready", or takes it away',
    v.strictObject({ text: v.nullable(v.pipe(v.string(), v.maxLength(200))) }),
    ({ text }) => [{ type: 'message', text }],
  ),
  operation({
    method: 'PUT',
    path: '/faults',
    summary: 'Makes something go wrong, or puts it right, in the words of the command phaser740',
    body: words,
    answer: stateSchema,
    run(context, _, body) {
      const { machine } = context.printer;
      makeHappen(machine, context.clock, parseStatement(body.words, machine.device));
      return viewState(context);
    },
  }),
  plain('DELETE', '/faults', 'Mends everything and forgets the faults that wait', stateSchema, (context) => {
    dispatchIfPossible(context.printer.machine, { type: 'faults-cleared' });
    return viewState(context);
  }),
  plain('GET', '/script', 'How the script stands', scriptSchema, ({ scripts }) => scripts.status),
  operation({
    method: 'PUT',
    path: '/script',
    summary: 'Runs a script in place of the one that runs',
    body: scriptText,
    answer: scriptSchema,
    run({ printer, scripts }, _, { text }) {
      void scripts.run(parseScript(text, printer.machine.device));
      return scripts.status;
    },
  }),
  plain('DELETE', '/script', 'Stops the script; what it has done stays', scriptSchema, ({ scripts }) => {
    scripts.stop();
    return scripts.status;
  }),
  {
    method: 'POST',
    path: '/pages/{page}',
    summary: "Prints one of the printer's own pages",
    parameters: { page: Object.keys(pagesByName).join(', ') },
    body: null,
    answer: jobSchema,
    async run({ ownPages, printer }, { page = '' }) {
      const names = Object.keys(pagesByName).map((id) => ({ id }));
      const { id } = known('page', page, names);
      if (printer.machine.state.phase === 'off') throw printerOff();
      return viewJob(await ownPages.print(id as OwnPageName));
    },
  },
  plain(
    'GET',
    '/jobs',
    'Jobs that wait, the one that prints and the last that ended',
    jobs,
    ({ printer }) => ({
      jobs: printer.queue.list().map(viewJob),
    }),
  ),
  plain('GET', '/jobs/{job}', 'One job', jobSchema, ({ printer }, { job = '' }) =>
    viewJob(findJob(printer, job)),
  ),
  jobAction(
    'DELETE',
    '/jobs/{job}',
    'Cancels a job; pages that are on their way come out',
    ({ queue }, job) => queue.cancel(job, 'job-canceled-at-device'),
  ),
  jobAction('POST', '/jobs/{job}/hold', 'Keeps a job that waits from its turn', ({ queue }, job) =>
    queue.hold(job),
  ),
  jobAction('POST', '/jobs/{job}/release', 'Lets a held job have its turn', ({ queue }, job) =>
    queue.release(job),
  ),
];

/** `act` says whether the job was in a state for it. */
function jobAction(
  method: Operation['method'],
  path: string,
  summary: string,
  act: (printer: Printer, job: number) => boolean,
): Operation {
  return plain(method, path, summary, jobSchema, ({ printer }, { job = '' }) => {
    const { number, state } = findJob(printer, job);
    if (!act(printer, number)) throw conflict(`job ${number} is ${state}: that cannot be done with it now`);
    return viewJob(findJob(printer, job));
  });
}

function trayEvents(
  { inserted, sheets, size, type }: v.InferOutput<typeof tray>,
  id: string,
  { printer }: ControlContext,
): MachineEvent[] {
  const { device, state } = printer.machine;
  const description = known('tray', id, device.inputs);
  const present = state.inputs[id];
  const events: MachineEvent[] = [];
  if (inserted !== undefined && description.kind === 'manual')
    throw conflict(`${description.name} is fed by hand and cannot be pulled out`);
  if (inserted !== undefined) events.push({ type: inserted ? 'tray-inserted' : 'tray-pulled', input: id });
  if (sheets === undefined && size === undefined && type === undefined) return events;
  const medium = {
    size: size ?? present?.medium.size ?? description.loaded.size,
    type: type ?? present?.medium.type ?? description.loaded.type,
  };
  if (!description.sizes.includes(medium.size) || !description.types.includes(medium.type)) {
    const takes = [...description.sizes, ...description.types].join(', ');
    throw conflict(`${description.name} does not take ${medium.size}, ${medium.type}; it takes ${takes}`);
  }
  const loaded = sheets ?? present?.sheets ?? 0;
  if (loaded > description.capacitySheets)
    throw conflict(`${description.name} holds at most ${description.capacitySheets} sheets`);
  events.push({ type: 'paper-loaded', input: id, sheets: loaded, medium });
  return events;
}

function known<P extends { id: string }>(what: string, id: string, parts: readonly P[]): P {
  const found = parts.find((one) => one.id === id);
  if (found !== undefined) return found;
  const there = parts.map((one) => one.id).join(', ');
  throw notFound(`there is no ${what} "${id}"; there is ${there}`);
}

function findJob({ queue }: Printer, text: string) {
  const job = /^\d{1,15}$/.test(text) ? queue.find(Number(text)) : undefined;
  if (job === undefined) throw notFound(`there is no job "${text}"`);
  return job;
}

export function notFound(text: string): PhaserLinkError {
  return new PhaserLinkError({ code: 'not-found', retry: 'permanent', text });
}

function conflict(text: string): PhaserLinkError {
  return new PhaserLinkError({ code: 'conflict', retry: 'permanent', text });
}
