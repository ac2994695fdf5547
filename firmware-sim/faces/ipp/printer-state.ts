/** The machine's state in IPP's words: pure. */
import { conditions } from '#vocab/conditions.js';
import type { EnumWord } from '#vocab/ipp-words.js';
import { alertGroups } from '#vocab/printer-mib.js';
import type { Device } from '../../device/device.js';
import { stops } from '../../machine/conditions.js';
import type { Alert, MachineState } from '../../machine/state.js';

/** RFC 8011 §5.4.11. */
export function printerState(state: MachineState): EnumWord<'printer-state'> {
  if (state.alerts.some((alert) => stops(alert))) return 'stopped';
  return state.job === null ? 'idle' : 'processing';
}

/** RFC 8011 §5.4.12, each once; `none` when there is none. */
export function printerStateReasons(state: MachineState): string[] {
  const reasons = state.alerts.map(({ condition }) => {
    const { keyword, severity } = conditions[condition];
    return keyword === 'paused' ? keyword : `${keyword}-${severity}`;
  });
  // PWG 5100.13 §5.6.
  if (state.identifyUntil !== null) reasons.push('identify-printer-requested');
  return reasons.length === 0 ? ['none'] : [...new Set(reasons)];
}

/** For people: the gravest condition, or that all is well. */
export function printerStateMessage(device: Device, state: MachineState): string {
  const [alert] = state.alerts;
  if (alert !== undefined) return describeAlert(device, alert);
  if (state.phase === 'warming-up') return 'Warming up.';
  return state.job === null ? 'Ready.' : 'Printing.';
}

export function describeAlert(device: Device, { condition, where }: Alert): string {
  const place = placeName(device, where);
  const { text } = conditions[condition];
  return place === null ? `${capital(text)}.` : `${place}: ${text}.`;
}

/** PWG 5100.9 §4.2: one alert as `printer-alert` has it. */
export function alertKeywords({ condition, index }: Alert): string | null {
  const { alert, severity } = conditions[condition];
  if (alert === null) return null;
  const grave = severity === 'error' ? 'critical' : 'warning';
  return `index=${index};severity=${grave};training=${alert.training};group=${alert.group};groupindex=${alertGroups[alert.group]};code=${alert.code}`;
}

function placeName(device: Device, where: string | null): string | null {
  const places = [
    ...device.inputs,
    ...device.outputs,
    ...device.supplies,
    ...device.covers,
    ...device.jamAreas,
  ];
  return places.find(({ id }) => id === where)?.name ?? null;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
