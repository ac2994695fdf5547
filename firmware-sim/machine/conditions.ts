/** Which conditions hold, and which of them stop the machine: pure, from its state. */
import { type ConditionName, conditions } from '#vocab/conditions.js';
import type { Device, SupplyDescription } from '../device/device.js';
import type { Alert, MachineState, MediaRequest, SupplyState } from './state.js';
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
  if (jam !== null) found.push({ condition: 'jam', where: jam.area });
  for (const { id } of device.covers) {
    if (covers[id] === 'open') found.push({ condition: 'cover-open', where: id });
  }
  if (mediaRequest !== null)
    found.push({ condition: requested(state, mediaRequest), where: mediaRequest.input });
  for (const supply of device.supplies) found.push(...ofSupply(supply, state.supplies[supply.id]));
  for (const input of device.inputs) {
    const tray = state.inputs[input.id];
    if (tray === undefined || !tray.inserted) found.push({ condition: 'tray-missing', where: input.id });
    else if (tray.sheets === 0) found.push({ condition: 'tray-empty', where: input.id });
    else if (tray.sheets <= input.lowSheets) found.push({ condition: 'media-low', where: input.id });
  }
  for (const { id, capacitySheets } of device.outputs) {
    const sheets = state.outputs[id] ?? 0;
    if (sheets >= capacitySheets) found.push({ condition: 'output-full', where: id });
    else if (sheets >= capacitySheets * almostFull)
      found.push({ condition: 'output-almost-full', where: id });
  }
  if (disturbance.memoryFull) found.push({ condition: 'memory-full', where: null });
  if (disturbance.diskFull) found.push({ condition: 'disk-full', where: null });
  if (!state.online) found.push({ condition: 'offline', where: null });
  const grave = (active: ActiveCondition) => (stops(active) ? 0 : 1);
  return found.sort((a, b) => grave(a) - grave(b));
}

/** What is asked of a person: a sheet by hand, paper for an empty tray, or another paper than lies in it. */
function requested(state: MachineState, { input, manualFeed }: MediaRequest): ConditionName {
  if (manualFeed) return 'manual-feed';
  return input !== null && state.inputs[input]?.sheets === 0 ? 'media-empty' : 'media-needed';
}

const missing = {
  toner: 'toner-missing',
  'imaging-unit': 'part-missing',
  fuser: 'part-missing',
  'transfer-unit': 'part-missing',
} as const satisfies Record<SupplyDescription['kind'], ConditionName>;

const spent = {
  toner: 'toner-empty',
  'imaging-unit': 'imaging-unit-over',
  fuser: 'part-over',
  'transfer-unit': 'part-over',
} as const satisfies Record<SupplyDescription['kind'], ConditionName>;

const nearlySpent = {
  toner: 'toner-low',
  'imaging-unit': 'imaging-unit-low',
  fuser: 'part-low',
  'transfer-unit': 'part-low',
} as const satisfies Record<SupplyDescription['kind'], ConditionName>;

function ofSupply(supply: SupplyDescription, state: SupplyState | undefined): ActiveCondition[] {
  const where = supply.id;
  if (state === undefined || !state.present) return [{ condition: missing[supply.kind], where }];
  if (state.wrong) return [{ condition: 'toner-wrong', where }];
  const level = levelPercent(state);
  if (level <= supply.stopPercent) return [{ condition: spent[supply.kind], where }];
  if (level <= supply.lowPercent) return [{ condition: nearlySpent[supply.kind], where }];
  return [];
}

/** Whether nothing is printed while it holds. An empty tray does not: others may have what is needed, or it is asked for. */
export function stops({ condition }: ActiveCondition): boolean {
  return conditions[condition].severity === 'error';
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
