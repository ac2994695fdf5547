/** The machine as it comes out of its box, and as it is after it was switched off and on. */
import type { Device } from '../device/device.js';
import type { Counters, Disturbance, MachineState, SupplyState } from './state.js';

export const undisturbed: Disturbance = {
  network: 'plugged',
  reading: 'normal',
  backChannel: 'normal',
  counterLie: null,
  memoryFull: false,
  diskFull: false,
};

export const unused: SupplyState = { used: 0, present: true, wrong: false };

const zero: Counters = {
  pages: 0,
  colourPages: 0,
  sheets: 0,
  jobs: 0,
  jams: 0,
  powerOns: 0,
  pagesSincePowerOn: 0,
};

/** Switched off, with full trays and new supplies. */
export function newMachine(device: Device): MachineState {
  return {
    phase: 'off',
    readyAt: null,
    idleSince: 0,
    online: true,
    job: null,
    covers: byId(device.covers, () => 'closed'),
    inputs: byId(device.inputs, ({ capacitySheets, loaded }) => ({
      inserted: true,
      sheets: capacitySheets,
      medium: loaded,
    })),
    outputs: byId(device.outputs, () => 0),
    supplies: byId(device.supplies, () => unused),
    jam: null,
    mediaRequest: null,
    handFedJob: null,
    counters: zero,
    alerts: [],
    lastAlertIndex: 0,
    disturbance: undisturbed,
    waiting: [],
    path: [],
    armed: [],
    message: null,
    identifyUntil: null,
  };
}

/** What is left when the power goes: all that is made of paper, metal and toner, and the counters. */
export function withoutPower(state: MachineState): MachineState {
  return {
    ...state,
    phase: 'off',
    readyAt: null,
    online: true,
    job: null,
    mediaRequest: null,
    handFedJob: null,
    alerts: [],
    disturbance: { ...undisturbed, counterLie: state.disturbance.counterLie },
    waiting: [],
    path: [],
    armed: [],
    message: null,
    identifyUntil: null,
  };
}

function byId<D extends { id: string }, V>(descriptions: readonly D[], value: (description: D) => V) {
  return Object.fromEntries(descriptions.map((description) => [description.id, value(description)]));
}
