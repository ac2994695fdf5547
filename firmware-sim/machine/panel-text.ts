/** The display's two lines and the names of the machine's parts: pure, from its state; our own wording (FACTS 10.2). */
import { type Condition, type ConditionName, conditions } from '#vocab/conditions.js';
import type { Device } from '../device/device.js';
import type { ActiveCondition } from './conditions.js';
import type { MachineState } from './state.js';

export const displayCharacters = 32;

/** The parts that a condition can be about; covers and jam areas may have the same ids. */
export function partsOf(device: Device, name: ConditionName): readonly { id: string; name: string }[] {
  const { alert }: Condition = conditions[name];
  switch (alert?.group) {
    case 'cover':
      return device.covers;
    case 'input':
      return device.inputs;
    case 'output':
      return device.outputs;
    case 'markerSupplies':
      return device.supplies;
    case 'mediaPath':
      return device.jamAreas;
    default:
      return [];
  }
}

/** A condition in the display's words, with the part that it is about. */
export function conditionLines(device: Device, { condition, where }: ActiveCondition): [string, string] {
  const { panel }: Condition = conditions[condition];
  const place = partsOf(device, condition).find(({ id }) => id === where)?.name ?? device.model;
  return [panel[0].replace('{place}', place), panel[1].replace('{place}', place)];
}

export function displayLines(device: Device, state: MachineState): [string, string] {
  const [gravest] = state.alerts;
  if (state.phase === 'off') return ['', ''];
  if (gravest !== undefined) return conditionLines(device, gravest);
  return [activityLine(state), state.message ?? device.model];
}

function activityLine({ phase, job }: MachineState): string {
  if (phase === 'warming-up') return 'Warming up';
  if (phase === 'sleeping') return 'Sleeping';
  return job === null ? 'Ready' : 'Printing';
}
