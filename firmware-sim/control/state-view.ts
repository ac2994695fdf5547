/** The whole printer as one JSON value: what `GET /control/state` answers, what the panel shows, what `phaser740 state` prints. */
import * as v from 'valibot';
import { isoTime } from '#base/clock.js';
import { conditions } from '#vocab/conditions.js';
import { mediaSizeNames, mediaTypes } from '#vocab/media.js';
import type { PrinterJob } from '../jobs/job.js';
import { stops } from '../machine/conditions.js';
import { alertLines, panelText, placeName } from '../machine/panel-text.js';
import type { MachineState } from '../machine/state.js';
import { levelPercent } from '../machine/wear.js';
import type { Printer } from '../printer.js';
import { formatFault } from './fault-words.js';
import type { PagesOut } from './pages-out.js';
import type { ScriptRunner } from './script-runner.js';

/** The newest, in the state; `GET /control/jobs` has all that are remembered. */
const maxJobsInState = 20;

const count = v.pipe(v.number(), v.integer());
const time = v.pipe(v.string(), v.description('ISO 8601, UTC'));
const light = v.picklist(['off', 'on', 'blink']);
const sizes = v.picklist(mediaSizeNames);
const types = v.picklist(Object.keys(mediaTypes) as (keyof typeof mediaTypes)[]);
const medium = v.strictObject({ size: sizes, type: types });
const part = { id: v.string(), name: v.pipe(v.string(), v.description('For people')) };

export const jobSchema = v.strictObject({
  number: count,
  state: v.pipe(v.string(), v.description('RFC 8011 §5.3.7')),
  reasons: v.pipe(v.array(v.string()), v.description('RFC 8011 §5.3.8')),
  channel: v.string(),
  name: v.string(),
  user: v.string(),
  host: v.string(),
  pages: v.pipe(count, v.description('Sides that have come out')),
  sheets: count,
  bytes: count,
  createdAt: time,
  startedAt: v.nullable(time),
  endedAt: v.nullable(time),
  error: v.nullable(v.strictObject({ name: v.string(), command: v.string() })),
});
export type JobView = v.InferOutput<typeof jobSchema>;

export const scriptSchema = v.strictObject({
  state: v.picklist(['none', 'running', 'done', 'stopped', 'failed']),
  line: v.nullable(count),
  text: v.pipe(v.nullable(v.string()), v.description('The statement that it waits for, or that it came to')),
  done: count,
  total: count,
  reason: v.nullable(v.string()),
});

export const stateSchema = v.strictObject({
  model: v.string(),
  phase: v.picklist(['off', 'warming-up', 'ready', 'sleeping']),
  stopped: v.pipe(v.boolean(), v.description('Something is wrong that stops it')),
  online: v.boolean(),
  display: v.pipe(v.array(v.string()), v.length(2)),
  lights: v.strictObject({ power: light, ready: light, data: light, attention: light }),
  message: v.nullable(v.string()),
  alerts: v.array(
    v.strictObject({
      index: count,
      condition: v.pipe(v.string(), v.description('Its name, as in docs/simulator.md')),
      keyword: v.pipe(v.string(), v.description('As IPP has it, RFC 8011 §5.4.12')),
      severity: v.picklist(['report', 'warning', 'error']),
      where: v.nullable(v.string()),
      place: v.string(),
      text: v.string(),
      since: time,
    }),
  ),
  job: v.nullable(v.strictObject({ number: count, pagesOut: count })),
  pageCounter: v.pipe(count, v.description('As the printer tells it: it may be made to lie')),
  counters: v.strictObject({
    pages: count,
    colourPages: count,
    sheets: count,
    jobs: count,
    jams: count,
    powerOns: count,
    pagesSincePowerOn: count,
  }),
  covers: v.array(v.strictObject({ ...part, open: v.boolean() })),
  trays: v.array(
    v.strictObject({
      ...part,
      kind: v.picklist(['cassette', 'manual']),
      inserted: v.boolean(),
      sheets: count,
      capacity: count,
      ...medium.entries,
      takes: v.strictObject({ sizes: v.array(sizes), types: v.array(types) }),
      asked: v.pipe(v.nullable(medium), v.description('The paper that a job waits for here')),
    }),
  ),
  outputs: v.array(
    v.strictObject({
      ...part,
      sheets: count,
      capacity: count,
      pages: v.pipe(
        v.array(v.strictObject({ job: count, page: count })),
        v.description('On top, the newest last; their pictures are at /control/jobs/{job}/pages/{page}'),
      ),
    }),
  ),
  supplies: v.array(
    v.strictObject({
      ...part,
      kind: v.picklist(['toner', 'imaging-unit', 'fuser', 'transfer-unit']),
      colorant: v.nullable(v.string()),
      levelPercent: count,
      present: v.boolean(),
      wrong: v.boolean(),
    }),
  ),
  jamAreas: v.array(v.strictObject({ ...part, cover: v.string() })),
  jam: v.nullable(v.strictObject({ area: v.string(), cover: v.string(), sheets: count })),
  pagesInPath: count,
  pagesWaiting: count,
  faults: v.strictObject({
    network: v.picklist(['plugged', 'unplugged']),
    reading: v.pipe(
      v.union([v.picklist(['normal', 'stalled']), count]),
      v.description('How print data is taken, or at how many bytes a second'),
    ),
    backChannel: v.picklist(['normal', 'garbled', 'silent']),
    counterLie: v.nullable(count),
    memoryFull: v.boolean(),
    diskFull: v.boolean(),
    waiting: v.pipe(v.array(v.string()), v.description('Faults that are still to come, in words')),
  }),
  script: scriptSchema,
  jobs: v.pipe(v.array(jobSchema), v.description('The newest, the oldest of them first')),
});
export type StateView = v.InferOutput<typeof stateSchema>;

export interface StateSources {
  printer: Printer;
  pagesOut: PagesOut;
  scripts: ScriptRunner;
}

export function viewState({ printer, pagesOut, scripts }: StateSources): StateView {
  const { machine, queue } = printer;
  const { device, state } = machine;
  const { phase, online, message, job, counters, jam } = state;
  const { lines, lights } = panelText(device, state);
  return {
    model: device.model,
    phase,
    stopped: state.alerts.some(stops),
    online,
    display: [...lines],
    lights,
    message,
    alerts: viewAlerts(printer),
    job: job && { number: job.number, pagesOut: job.pagesOut },
    pageCounter: machine.pageCounter,
    counters,
    ...viewParts(printer, pagesOut),
    jamAreas: device.jamAreas.map(({ id, name, cover }) => ({ id, name, cover })),
    jam: jam && {
      area: jam.area,
      cover: device.jamAreas.find(({ id }) => id === jam.area)?.cover ?? '',
      sheets: jam.pages.length,
    },
    pagesInPath: state.path.length,
    pagesWaiting: state.waiting.length,
    faults: viewFaults(state),
    script: scripts.status,
    jobs: queue.list().slice(-maxJobsInState).map(viewJob),
  };
}

export function viewJob({ ticket, ...job }: PrinterJob): JobView {
  const { channel, name, user, host } = ticket;
  const { number, state, reasons, pages, sheets, bytes, createdAt, startedAt, endedAt, error } = job;
  return {
    ...{ number, state, reasons: [...reasons], channel, name, user, host, pages, sheets, bytes, error },
    createdAt: isoTime(createdAt),
    startedAt: startedAt === null ? null : isoTime(startedAt),
    endedAt: endedAt === null ? null : isoTime(endedAt),
  };
}

function viewAlerts({ machine: { device, state } }: Printer): StateView['alerts'] {
  return state.alerts.map((alert) => {
    const { keyword, severity } = conditions[alert.condition];
    const [first, second] = alertLines(device, state, alert);
    return {
      ...alert,
      keyword,
      severity,
      place: placeName(device, alert),
      text: `${first}. ${second}`,
      since: isoTime(alert.since),
    };
  });
}

function viewParts(
  { machine: { device, state } }: Printer,
  pagesOut: PagesOut,
): Pick<StateView, 'covers' | 'trays' | 'outputs' | 'supplies'> {
  const { mediaRequest } = state;
  return {
    covers: device.covers.map(({ id, name }) => ({ id, name, open: state.covers[id] === 'open' })),
    trays: device.inputs.map(({ id, name, kind, capacitySheets, sizes, types, loaded }) => {
      const tray = state.inputs[id];
      return {
        ...{ id, name, kind, capacity: capacitySheets },
        inserted: tray?.inserted ?? false,
        sheets: tray?.sheets ?? 0,
        ...(tray?.medium ?? loaded),
        takes: { sizes: [...sizes], types: [...types] },
        asked: mediaRequest?.input === id ? mediaRequest.medium : null,
      };
    }),
    outputs: device.outputs.map(({ id, name, capacitySheets }) => ({
      ...{ id, name, capacity: capacitySheets },
      sheets: state.outputs[id] ?? 0,
      pages: pagesOut.in(id).map(({ job, page }) => ({ job, page })),
    })),
    supplies: device.supplies.map(({ id, name, kind, colorant }) => {
      const { used = 0, present = false, wrong = false } = state.supplies[id] ?? {};
      const level = levelPercent({ used, present, wrong });
      return { id, name, kind, colorant, levelPercent: level, present, wrong };
    }),
  };
}

function viewFaults({ disturbance, armed }: MachineState): StateView['faults'] {
  const waiting = armed.map(({ fault, moment }) => {
    const when = moment.at === 'page' ? `at=page:${moment.page}` : `at ${isoTime(moment.time)}`;
    return `${formatFault(fault)} ${when}`;
  });
  return { ...disturbance, waiting };
}
