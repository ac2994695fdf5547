/** The paper's way: what comes out, what is fed and what stands still, up to this moment; pure. */
import type { Device } from '../device/device.js';
import { activeConditions, stops } from './conditions.js';
import type { MachineEffect } from './events.js';
import type { ArmedFault } from './faults.js';
import { chooseInput } from './feed.js';
import type { MachineState, MediaRequest, PageInPath, PageRequest } from './state.js';
import { type Step, strike, withInput } from './strike.js';
import { wear } from './wear.js';

/** Until nothing more happens by itself at `now`. */
export function advance(device: Device, before: MachineState, now: number): Step {
  const effects: MachineEffect[] = [];
  let state = before;
  for (;;) {
    const step = nextStep(device, state, now);
    if (step === null) return { state, effects };
    state = step.state;
    effects.push(...step.effects);
  }
}

function nextStep(device: Device, state: MachineState, now: number): Step | null {
  if (state.phase === 'off') return null;
  const due = state.armed.find(({ moment }) => moment.at === 'time' && moment.time <= now);
  if (due !== undefined) return strikeArmed(device, state, due);
  if (state.readyAt !== null && state.readyAt <= now)
    return { state: { ...state, phase: 'ready', readyAt: null }, effects: [] };
  if (state.identifyUntil !== null && state.identifyUntil <= now)
    return { state: { ...state, identifyUntil: null }, effects: [] };
  return (
    comeOut(device, state, now) ??
    feed(device, state, now) ??
    endJob(state, now) ??
    fallAsleep(device, state, now)
  );
}

/** When something will happen by itself, or null. */
export function nextMoment(device: Device, state: MachineState): number | null {
  if (state.phase === 'off') return null;
  const moments: number[] = [];
  for (const { moment } of state.armed) if (moment.at === 'time') moments.push(moment.time);
  if (state.readyAt !== null) moments.push(state.readyAt);
  if (state.identifyUntil !== null) moments.push(state.identifyUntil);
  const [head] = state.path;
  if (head !== undefined && !isPathBlocked(state)) moments.push(head.outAt);
  if (isIdle(state) && state.phase === 'ready') moments.push(sleepAt(device, state));
  return moments.length === 0 ? null : Math.min(...moments);
}

function strikeArmed(device: Device, state: MachineState, armed: ArmedFault): Step {
  const rest = state.armed.filter((other) => other !== armed);
  const struck = strike(device, { ...state, armed: rest }, armed.fault);
  return { ...struck, effects: [{ type: 'fault-came', fault: armed.fault }, ...struck.effects] };
}

function comeOut(device: Device, state: MachineState, now: number): Step | null {
  const [head, ...path] = state.path;
  if (head === undefined || head.outAt > now || isPathBlocked(state)) return null;
  const { page, input } = head;
  const armed = state.armed.find(({ moment }) => moment.at === 'page' && moment.page === page.number);
  if (armed !== undefined) return strikeArmed(device, state, armed);
  const output = outputOf(device, page, input);
  const sheets = page.side === 'front' ? 1 : 0;
  const { counters, job } = state;
  const counter = counters.pages + 1;
  return {
    state: {
      ...state,
      path,
      job: job && { ...job, pagesOut: job.pagesOut + 1 },
      supplies: wear(device, state, page),
      outputs: { ...state.outputs, [output]: (state.outputs[output] ?? 0) + sheets },
      counters: {
        ...counters,
        pages: counter,
        colourPages: counters.colourPages + (page.colour ? 1 : 0),
        sheets: counters.sheets + sheets,
        pagesSincePowerOn: counters.pagesSincePowerOn + 1,
      },
    },
    effects: [{ type: 'page-out', page, output, input, counter }],
  };
}

function feed(device: Device, state: MachineState, now: number): Step | null {
  const [page, ...waiting] = state.waiting;
  if (page === undefined) return null;
  if (state.phase !== 'ready' || state.path.length >= device.pathSheets) return null;
  // A request for paper is asked anew: what was wanted may have come.
  const asked = { ...state, mediaRequest: null };
  if (activeConditions(device, asked).some(stops)) return null;
  const choice = sheetFor(device, asked, page);
  if ('request' in choice) {
    const { request } = choice;
    if (JSON.stringify(request) === JSON.stringify(state.mediaRequest)) return null;
    return { state: { ...state, mediaRequest: request }, effects: [] };
  }
  const { input, side } = choice;
  const tray = asked.inputs[input];
  const fed =
    side === 'front' && tray !== undefined ? withInput(asked, input, { sheets: tray.sheets - 1 }) : asked;
  const job = state.job && { ...state.job, lastInput: input };
  const entered = enter(device, state, { ...page, side }, input, now);
  return { state: { ...fed, waiting, job, path: [...state.path, entered] }, effects: [] };
}

/** The back of a sheet is printed on what its front was fed from; where that cannot be turned over, on a sheet of its own. */
function sheetFor(
  device: Device,
  state: MachineState,
  page: PageRequest,
): { input: string; side: PageRequest['side'] } | { request: MediaRequest } {
  const same = device.inputs.find(({ id }) => id === state.job?.lastInput);
  if (page.side === 'back' && device.duplex !== null && same?.duplex) return { input: same.id, side: 'back' };
  const choice = chooseInput(device, state, page);
  return 'input' in choice ? { ...choice, side: 'front' } : choice;
}

function enter(
  device: Device,
  state: MachineState,
  page: PageRequest,
  input: string,
  now: number,
): PageInPath {
  const { speed } = device;
  const perMinute = page.colour ? speed.colourPagesPerMinute : speed.monoPagesPerMinute;
  const isFirst = state.path.length === 0 && state.job?.pagesOut === 0;
  const seconds = 60 / perMinute + (isFirst ? speed.firstPageSeconds : 0);
  const from = Math.max(now, state.path.at(-1)?.outAt ?? now);
  return { page, input, outAt: from + seconds * 1000 };
}

function endJob(state: MachineState, now: number): Step | null {
  const { job } = state;
  if (job === null || !job.ended || !isEmpty(state)) return null;
  return {
    state: { ...state, job: null, handFedJob: null, mediaRequest: null, idleSince: now },
    effects: [{ type: 'job-done', job: job.number }],
  };
}

function fallAsleep(device: Device, state: MachineState, now: number): Step | null {
  if (state.phase !== 'ready' || !isIdle(state) || sleepAt(device, state) > now) return null;
  return { state: { ...state, phase: 'sleeping' }, effects: [] };
}

function sleepAt({ speed }: Device, { idleSince }: MachineState): number {
  return idleSince + speed.sleepAfterSeconds * 1000;
}

function isIdle(state: MachineState): boolean {
  return state.job === null && isEmpty(state);
}

function isEmpty({ waiting, path }: MachineState): boolean {
  return waiting.length === 0 && path.length === 0;
}

/** Sheets do not move under an open cover or in a jam; anything else lets them come out first. */
function isPathBlocked({ jam, covers }: MachineState): boolean {
  return jam !== null || Object.values(covers).includes('open');
}

/** The 750N lays nothing face down that is a transparency or comes from the multi-purpose tray (FACTS 6). */
function outputOf({ inputs, outputs }: Device, page: PageRequest, input: string): string {
  const fedByHand = inputs.some(({ id, kind }) => id === input && kind === 'manual');
  const wantsFaceUp = page.faceUp || fedByHand || page.medium.type === 'transparency';
  const wanted = outputs.find(({ faceUp }) => faceUp === wantsFaceUp) ?? outputs[0];
  return wanted?.id ?? '';
}
