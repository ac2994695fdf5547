/** From where the next sheet comes, or what a person must do first. */
import type { Medium } from '#vocab/media.js';
import type { Device, InputDescription } from '../device/device.js';
import type { MachineState, MediaRequest, PageRequest } from './state.js';

export type FeedChoice = { input: string } | { request: MediaRequest };

/** Pure: the input for `page`, or the request to put on the panel. */
export function chooseInput(device: Device, state: MachineState, page: PageRequest): FeedChoice {
  const { medium, manualFeed } = page;
  if (manualFeed) {
    const manual = device.inputs.find(({ kind }) => kind === 'manual');
    if (manual === undefined) return { request: { medium, input: null, manualFeed } };
    // PLRM 6.2.4, ManualFeed: a person feeds it for this job, whatever lay in the tray before.
    const fed = state.handFedJob === page.job && canFeed(state, manual, medium);
    return fed ? { input: manual.id } : { request: { medium, input: manual.id, manualFeed } };
  }
  const allowed = page.input === null ? device.inputs : device.inputs.filter(({ id }) => id === page.input);
  const found = allowed.find((input) => canFeed(state, input, medium));
  if (found !== undefined) return { input: found.id };
  const able = allowed.find((input) => holds(input, medium)) ?? allowed[0];
  return { request: { medium, input: able?.id ?? null, manualFeed } };
}

function canFeed(state: MachineState, input: InputDescription, medium: Medium): boolean {
  const tray = state.inputs[input.id];
  if (tray === undefined) return false;
  return tray.inserted && tray.sheets > 0 && sameMedium(tray.medium, medium);
}

function holds({ sizes, types }: InputDescription, { size, type }: Medium): boolean {
  return sizes.includes(size) && types.includes(type);
}

export function sameMedium(a: Medium, b: Medium): boolean {
  return a.size === b.size && a.type === b.type;
}
