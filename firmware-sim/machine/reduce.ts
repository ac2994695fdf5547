/** The machine in one function: what it is after an event, and what that makes happen. Pure: device, state, event and time in. */
import type { Device } from '../device/device.js';
import { advance, nextMoment } from './advance.js';
import { nextAlerts } from './conditions.js';
import type { MachineEffect, MachineEvent } from './events.js';
import { undisturbed } from './new-machine.js';
import type { MachineState, PageRequest } from './state.js';
import {
  cutPower,
  disturbed,
  lost,
  mend,
  openCover,
  type Step,
  still,
  strike,
  withInput,
  withSupply,
} from './strike.js';

/** `now` is epoch milliseconds. */
export function reduce(device: Device, state: MachineState, event: MachineEvent, now: number): Step {
  const happened = meet(device, state, event, now);
  const moved = advance(device, happened.state, now);
  const { alerts, lastAlertIndex, raised, cleared } = nextAlerts(device, state, moved.state, now);
  const after = { ...moved.state, alerts, lastAlertIndex };
  const effects: MachineEffect[] = [
    ...happened.effects,
    ...moved.effects,
    ...raised.map((alert) => ({ type: 'alert-raised', alert }) as const),
    ...cleared.map((alert) => ({ type: 'alert-cleared', alert }) as const),
  ];
  const at = nextMoment(device, after);
  if (at !== null) effects.push({ type: 'wake', at });
  return { state: after, effects };
}

function meet(device: Device, state: MachineState, event: MachineEvent, now: number): Step {
  if (event.type === 'page-ready' && !isWanted(state, event.page))
    return { state, effects: lost([event.page], state.phase === 'off' ? 'power' : 'canceled') };
  if (state.phase === 'off' && needsPower(event)) return still(state);
  switch (event.type) {
    case 'power-on':
      return state.phase === 'off' ? still(switchedOn(device, state, now)) : still(state);
    case 'power-off':
      return cutPower(state);
    case 'online':
      return still({ ...state, online: true });
    case 'offline':
      return still({ ...state, online: false });
    case 'job-started':
      return still(startJob(device, state, event.job, now));
    case 'job-ended':
      return still(
        state.job?.number === event.job ? { ...state, job: { ...state.job, ended: true } } : state,
      );
    case 'job-canceled':
      return cancelJob(state, event.job);
    case 'page-ready':
      return still({ ...state, waiting: [...state.waiting, event.page] });
    case 'cover-opened':
      return openCover(device, state, event.cover);
    case 'cover-closed':
      return still({ ...state, covers: { ...state.covers, [event.cover]: 'closed' } });
    case 'tray-pulled':
      return still(withInput(state, event.input, { inserted: false }));
    case 'tray-inserted':
      return still(withInput(state, event.input, { inserted: true }));
    case 'paper-loaded':
      return still(loadPaper(device, state, event));
    case 'output-emptied':
      return still({ ...state, outputs: { ...state.outputs, [event.output]: 0 } });
    case 'supply-removed':
      return still(withSupply(state, event.supply, { present: false }));
    case 'supply-replaced': {
      const { levelPercent = 100, wrong = false } = event;
      return still(withSupply(state, event.supply, { used: 1 - levelPercent / 100, present: true, wrong }));
    }
    case 'jam-cleared':
      return still({ ...state, jam: null });
    case 'fault': {
      const struck = strike(device, state, event.fault);
      return { ...struck, effects: [{ type: 'fault-came', fault: event.fault }, ...struck.effects] };
    }
    case 'fault-armed':
      return still({ ...state, armed: [...state.armed, event.armed] });
    case 'faults-cleared':
      return still(mend(device, state));
    case 'disturbance-ended':
      return still(disturbed(state, { [event.what]: undisturbed[event.what] }));
    case 'message':
      return still({ ...state, message: event.text });
    case 'identify':
      return still({ ...state, identifyUntil: now + event.seconds * 1000 });
    case 'time-passed':
      return still(state);
  }
}

/** The interpreter may still make a page when its job is over for the machine. */
function isWanted({ job }: MachineState, page: PageRequest): boolean {
  return job !== null && job.number === page.job && !job.canceled;
}

/** Whether nothing comes of it while the machine is off. */
export function needsPower({ type }: MachineEvent): boolean {
  return !happensWhenOff.has(type);
}

/** What a person can do to a machine without power. */
const happensWhenOff: ReadonlySet<MachineEvent['type']> = new Set([
  'power-on',
  'cover-opened',
  'cover-closed',
  'tray-pulled',
  'tray-inserted',
  'paper-loaded',
  'output-emptied',
  'supply-removed',
  'supply-replaced',
  'jam-cleared',
  'faults-cleared',
] as const);

function switchedOn(device: Device, state: MachineState, now: number): MachineState {
  const { counters } = state;
  return {
    ...warmingUp(device, state, now),
    counters: { ...counters, powerOns: counters.powerOns + 1, pagesSincePowerOn: 0 },
  };
}

function warmingUp(device: Device, state: MachineState, now: number): MachineState {
  return { ...state, phase: 'warming-up', readyAt: now + device.speed.warmUpSeconds * 1000, idleSince: now };
}

function startJob(device: Device, state: MachineState, number: number, now: number): MachineState {
  const awake = state.phase === 'sleeping' ? warmingUp(device, state, now) : state;
  const counters = { ...state.counters, jobs: state.counters.jobs + 1 };
  return { ...awake, counters, job: { number, pagesOut: 0, ended: false, canceled: false, lastInput: null } };
}

/** What is in the path comes out; what waits does not. */
function cancelJob(state: MachineState, job: number): Step {
  const dropped = state.waiting.filter((page) => page.job === job);
  const waiting = state.waiting.filter((page) => page.job !== job);
  if (state.job?.number !== job) return still(state);
  return {
    state: { ...state, job: { ...state.job, canceled: true }, waiting, mediaRequest: null },
    effects: lost(dropped, 'canceled'),
  };
}

function loadPaper(
  device: Device,
  state: MachineState,
  { input, sheets, medium }: Extract<MachineEvent, { type: 'paper-loaded' }>,
): MachineState {
  const tray = device.inputs.find(({ id }) => id === input);
  const before = state.inputs[input];
  if (tray === undefined || before === undefined) return state;
  const loaded = withInput(state, input, {
    sheets: Math.min(sheets, tray.capacitySheets),
    medium: medium ?? before.medium,
  });
  // Sheets that somebody feeds while a job is in the machine are for that job.
  return tray.kind === 'manual' ? { ...loaded, handFedJob: state.job?.number ?? null } : loaded;
}
