/** Which conditions hold, and which of them stop the machine: pure, from its state. */
import type { Device, SupplyDescription } from '../device/device.js';
import type { Alert, MachineState, SupplyState } from './state.js';
import { levelPercent } from './wear.js';

/** What an alert is about, without its number and time. */
export type ActiveCondition = Pick<Alert, 'condition' | 'where'>;

/** From this share of its capacity an output is nearly full. */
const almostFull = 0.9;

/** In the order in which the panel shows them: what stops the machine first. */
export function activeConditions(device: Device, state: MachineState): ActiveCondition[] {
  if (state.phase === 'off') return [];
  const { jam, covers, mediaRequest, disturbance } = state;
  const found: ActiveCondition[] = [];
  if (jam !== null) found.push({ condition: 'media-jam', where: jam.area });
  for (const { id } of device.covers) {
    if (covers[id] === 'open') found.push({ condition: 'cover-open', where: id });
  }
  if (mediaRequest !== null) found.push({ condition: 'media-needed', where: mediaRequest.input });
  for (const supply of device.supplies) found.push(...ofSupply(supply, state.supplies[supply.id]));
  for (const input of device.inputs) {
    const tray = state.inputs[input.id];
    if (tray === undefined || !tray.inserted)
      found.push({ condition: 'input-tray-missing', where: input.id });
    else if (tray.sheets === 0) found.push({ condition: 'media-empty', where: input.id });
    else if (tray.sheets <= input.lowSheets) found.push({ condition: 'media-low', where: input.id });
  }
  for (const { id, capacitySheets } of device.outputs) {
    const sheets = state.outputs[id] ?? 0;
    if (sheets >= capacitySheets) found.push({ condition: 'output-area-full', where: id });
    else if (sheets >= capacitySheets * almostFull)
      found.push({ condition: 'output-area-almost-full', where: id });
  }
  if (disturbance.memoryFull) found.push({ condition: 'interpreter-resource-unavailable', where: null });
  if (disturbance.diskFull) found.push({ condition: 'spool-area-full', where: null });
  if (!state.online) found.push({ condition: 'paused', where: null });
  const grave = (active: ActiveCondition) => (stops(active) ? 0 : 1);
  return found.sort((a, b) => grave(a) - grave(b));
}

const missing = {
  toner: 'toner-missing',
  'imaging-unit': 'opc-missing',
  fuser: 'fuser-missing',
  'transfer-unit': 'transfer-unit-missing',
} as const satisfies Record<SupplyDescription['kind'], string>;

const spent = {
  toner: 'toner-empty',
  'imaging-unit': 'opc-life-over',
  fuser: 'fuser-life-over',
  'transfer-unit': 'transfer-unit-life-over',
} as const satisfies Record<SupplyDescription['kind'], string>;

const nearlySpent = {
  toner: 'toner-low',
  'imaging-unit': 'opc-near-eol',
  fuser: 'fuser-near-eol',
  'transfer-unit': 'transfer-unit-near-eol',
} as const satisfies Record<SupplyDescription['kind'], string>;

function ofSupply(supply: SupplyDescription, state: SupplyState | undefined): ActiveCondition[] {
  const where = supply.id;
  if (state === undefined || !state.present) return [{ condition: missing[supply.kind], where }];
  if (state.wrong) return [{ condition: 'marker-supply-wrong', where }];
  const level = levelPercent(state);
  if (level <= supply.stopPercent) return [{ condition: spent[supply.kind], where }];
  if (level <= supply.lowPercent) return [{ condition: nearlySpent[supply.kind], where }];
  return [];
}

const stopping: ReadonlySet<string> = new Set([
  'media-jam',
  'cover-open',
  'media-needed',
  'output-area-full',
  'marker-supply-wrong',
  'paused',
  ...Object.values(missing),
  ...Object.values(spent),
]);

/** Whether nothing is printed while it holds. An empty tray does not: others may have what is needed, or it is asked for. */
export function stops({ condition }: ActiveCondition): boolean {
  return stopping.has(condition);
}

/** The alerts of the new state: those that last keep their number and time. */
export function nextAlerts(
  device: Device,
  before: Pick<MachineState, 'alerts' | 'lastAlertIndex'>,
  state: MachineState,
  now: number,
): { alerts: Alert[]; lastAlertIndex: number; raised: Alert[]; cleared: Alert[] } {
  let { lastAlertIndex } = before;
  const raised: Alert[] = [];
  const alerts = activeConditions(device, state).map((active) => {
    const lasting = before.alerts.find(
      ({ condition, where }) => condition === active.condition && where === active.where,
    );
    if (lasting !== undefined) return lasting;
    const alert = { ...active, index: ++lastAlertIndex, since: now };
    raised.push(alert);
    return alert;
  });
  const cleared = before.alerts.filter((alert) => !alerts.includes(alert));
  return { alerts, lastAlertIndex, raised, cleared };
}
