/** What a fault does to the machine: pure. */
import type { Device } from '../device/device.js';
import { isNearlyFull, ofSupply } from './conditions.js';
import type { MachineEffect } from './events.js';
import type { Fault } from './faults.js';
import { newMachine, undisturbed, unused, withoutPower } from './new-machine.js';
import type { Disturbance, MachineState, PageRequest } from './state.js';

export interface Step {
  state: MachineState;
  effects: MachineEffect[];
}

export function still(state: MachineState): Step {
  return { state, effects: [] };
}

export function strike(device: Device, state: MachineState, fault: Fault): Step {
  switch (fault.type) {
    case 'jam':
      return jam(device, state, fault.area);
    case 'cover':
      return openCover(device, state, fault.cover);
    case 'tray':
      return still(withInput(state, fault.input, { inserted: false }));
    case 'paper':
      return still(withInput(state, fault.input, { sheets: fault.sheets }));
    case 'supply':
      return still(withSupply(state, fault.supply, { used: 1 - fault.levelPercent / 100 }));
    case 'supply-wrong':
      return still(withSupply(state, fault.supply, { wrong: true }));
    case 'power':
      return cutPower(state);
    case 'offline':
      return still({ ...state, online: false });
    case 'memory':
      return still(disturbed(state, { memoryFull: true }));
    case 'disk':
      return still(disturbed(state, { diskFull: true }));
    case 'network':
      return still(disturbed(state, { network: 'unplugged' }));
    case 'counter':
      return still(disturbed(state, { counterLie: fault.lie === 0 ? null : fault.lie }));
    case 'reading':
      return still(
        disturbed(state, { reading: fault.bytesPerSecond === 0 ? 'stalled' : fault.bytesPerSecond }),
      );
    case 'back-channel':
      return still(disturbed(state, { backChannel: fault.as }));
  }
}

/** The pages in the path are printed again once it is cleared, or are lost, as the device has it. */
export function jam(device: Device, state: MachineState, area: string): Step {
  const inPath = state.path.map(({ page }) => page);
  const counters = { ...state.counters, jams: state.counters.jams + 1 };
  const pages = [...(state.jam?.pages ?? []), ...inPath];
  const again = device.recoversJams ? inPath : [];
  const [first, ...others] = [...again, ...state.waiting];
  // A back whose front is gone gets a sheet of its own.
  const waiting = first === undefined ? [] : [{ ...first, side: 'front' as const }, ...others];
  const jammed = { ...state, jam: { area, pages }, path: [], waiting, counters };
  return { state: jammed, effects: device.recoversJams ? [] : lost(inPath, 'jam') };
}

/** Whoever opens a cover under moving sheets has a jam behind it. */
export function openCover(device: Device, state: MachineState, cover: string): Step {
  const open: MachineState = { ...state, covers: { ...state.covers, [cover]: 'open' } };
  const area = device.jamAreas.find((behind) => behind.cover === cover);
  if (state.path.length === 0 || area === undefined) return still(open);
  return jam(device, open, area.id);
}

export function cutPower(state: MachineState): Step {
  const pages = [...state.path.map(({ page }) => page), ...state.waiting];
  return { state: withoutPower(state), effects: lost(pages, 'power') };
}

/** Everything stands as before the faults, and what is low or has run out is new: no alert is left but for other paper. */
export function mend(device: Device, state: MachineState): MachineState {
  const fresh = newMachine(device);
  const emptied = device.outputs.map(({ id, capacitySheets }) => {
    const sheets = state.outputs[id] ?? 0;
    return [id, isNearlyFull(sheets, capacitySheets) ? 0 : sheets] as const;
  });
  const filled = device.inputs.map(({ id, capacitySheets, lowSheets, loaded }) => {
    const { sheets, medium } = state.inputs[id] ?? { sheets: 0, medium: loaded };
    return [id, { inserted: true, medium, sheets: sheets <= lowSheets ? capacitySheets : sheets }] as const;
  });
  const supplies = device.supplies.map((supply) => {
    const kept = state.supplies[supply.id];
    const isWell = kept !== undefined && ofSupply(supply, kept).length === 0;
    return [supply.id, isWell ? kept : unused] as const;
  });
  return {
    ...state,
    online: true,
    jam: null,
    covers: fresh.covers,
    inputs: Object.fromEntries(filled),
    outputs: Object.fromEntries(emptied),
    supplies: Object.fromEntries(supplies),
    disturbance: undisturbed,
    armed: [],
  };
}

export function lost(
  pages: readonly PageRequest[],
  why: Extract<MachineEffect, { type: 'page-lost' }>['why'],
): MachineEffect[] {
  return pages.map((page) => ({ type: 'page-lost', page, why }));
}

export function withInput(
  state: MachineState,
  id: string,
  change: Partial<MachineState['inputs'][string]>,
): MachineState {
  const before = state.inputs[id];
  if (before === undefined) return state;
  return { ...state, inputs: { ...state.inputs, [id]: { ...before, ...change } } };
}

export function withSupply(
  state: MachineState,
  id: string,
  change: Partial<MachineState['supplies'][string]>,
): MachineState {
  const before = state.supplies[id];
  if (before === undefined) return state;
  return { ...state, supplies: { ...state.supplies, [id]: { ...before, ...change } } };
}

export function disturbed(state: MachineState, change: Partial<Disturbance>): MachineState {
  return { ...state, disturbance: { ...state.disturbance, ...change } };
}
