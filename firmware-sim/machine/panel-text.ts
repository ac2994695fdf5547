/** What the front of the printer shows, from its state: two lines and four lights; pure. */
import { type ConditionName, conditions } from '#vocab/conditions.js';
import { mediaSizes, mediaTypes } from '#vocab/media.js';
import type { Device } from '../device/device.js';
import { stops } from './conditions.js';
import type { Alert, MachineState } from './state.js';

/** Characters in each of the two lines. */
export const displayColumns = 32;

export type Light = 'off' | 'on' | 'blink';

export interface PanelText {
  lines: readonly [string, string];
  lights: {
    /** Blinks while it sleeps. */
    power: Light;
    /** On while it could print at once; blinks while it gets ready. */
    ready: Light;
    /** Blinks while a job is in the machine. */
    data: Light;
    /** On for a warning; blinks while it stands still. */
    attention: Light;
  };
}

export function panelText(device: Device, state: MachineState): PanelText {
  const lines = state.phase === 'off' ? nothing : displayLines(device, state);
  return { lines: [cut(lines[0]), cut(lines[1])], lights: lightsOf(state) };
}

/** The display's two lines for one alert. */
export function alertLines(
  device: Device,
  { mediaRequest }: Pick<MachineState, 'mediaRequest'>,
  alert: Pick<Alert, 'condition' | 'where'>,
) {
  const place = placeName(device, alert);
  const [first, second] = conditions[alert.condition].panel;
  const asked = alert.condition === 'media-needed' && mediaRequest !== null ? mediaRequest.medium : null;
  const secondLine =
    asked === null ? second : `with ${mediaSizes[asked.size].name} ${mediaTypes[asked.type]}`;
  return [first.replace('{place}', place), secondLine.replace('{place}', place)] as const;
}

/** The name of the part of the machine that an alert is about; the machine's own for one that is about no part. */
export function placeName(device: Device, { condition, where }: Pick<Alert, 'condition' | 'where'>): string {
  return partsOf(device, condition).find(({ id }) => id === where)?.name ?? device.model;
}

/** The parts among which an alert's `where` is one: an id is unique only among its like. */
export function partsOf(device: Device, condition: ConditionName): readonly { id: string; name: string }[] {
  switch (conditions[condition].alert?.group) {
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

type Lines = readonly [string, string];
const nothing: Lines = ['', ''];

function displayLines(device: Device, state: MachineState): Lines {
  const { phase, alerts, job, message, identifyUntil } = state;
  if (identifyUntil !== null) return ['Here I am', device.model];
  const [gravest] = alerts;
  if (gravest !== undefined && stops(gravest)) return alertLines(device, state, gravest);
  // A warning takes the second line only: the first says what the machine does.
  const warning = gravest === undefined ? null : alertLines(device, state, gravest)[0];
  if (phase === 'warming-up')
    return ['Warming up', warning ?? (job === null ? '' : `Job ${job.number} waits`)];
  if (job !== null) {
    const onTheirWay = state.path.length + state.waiting.length > 0;
    if (job.canceled) return ['Canceling', `Job ${job.number}`];
    if (!onTheirWay) return ['Processing', warning ?? `Job ${job.number}`];
    return ['Printing', warning ?? `Job ${job.number}, page ${job.pagesOut + 1}`];
  }
  if (message !== null) return messageLines(message);
  if (phase === 'sleeping') return ['Sleeping', warning ?? 'Wakes for the next job'];
  return ['Ready', warning ?? device.model];
}

/** A message takes both lines, and breaks between words where it can. */
function messageLines(message: string): Lines {
  if (message.length <= displayColumns) return [message, ''];
  const space = message.lastIndexOf(' ', displayColumns);
  const at = space > 0 ? space : displayColumns;
  return [message.slice(0, at), message.slice(at).trimStart()];
}

function cut(line: string): string {
  return line.length <= displayColumns ? line : `${line.slice(0, displayColumns - 1)}…`;
}

function lightsOf({ phase, alerts, job, identifyUntil, online }: MachineState): PanelText['lights'] {
  if (phase === 'off') return { power: 'off', ready: 'off', data: 'off', attention: 'off' };
  if (identifyUntil !== null) return { power: 'blink', ready: 'blink', data: 'blink', attention: 'blink' };
  const stopped = alerts.some(stops);
  return {
    power: phase === 'sleeping' ? 'blink' : 'on',
    ready: phase === 'warming-up' ? 'blink' : stopped || !online ? 'off' : 'on',
    data: job === null ? 'off' : 'blink',
    attention: stopped ? 'blink' : alerts.length > 0 ? 'on' : 'off',
  };
}
