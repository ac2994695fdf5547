/** Which conditions hold, and which of them stop the machine: pure, from its state. */
import { type ConditionName, conditions } from '#vocab/conditions.js';
import type { Device, InputDescription, SupplyDescription } from '../device/device.js';
import { sameMedium } from './feed.js';
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
  if (mediaRequest !== null) found.push(ofRequest(state, mediaRequest));
  for (const supply of device.supplies) found.push(...ofSupply(supply, state.supplies[supply.id]));
  for (const input of device.inputs) found.push(...ofInput(state, input));
  for (const { id, capacitySheets } of device.outputs) {
    const sheets = state.outputs[id] ?? 0;
    if (sheets >= capacitySheets) found.push({ condition: 'output-full', where: id });
    else if (isNearlyFull(sheets, capacitySheets)) found.push({ condition: 'output-almost-full', where: id });
  }
  if (disturbance.memoryFull) found.push({ condition: 'memory-full', where: null });
  if (disturbance.diskFull) found.push({ condition: 'disk-full', where: null });
  if (!state.online) found.push({ condition: 'offline', where: null });
  const grave = (active: ActiveCondition) => (stops(active) ? 0 : 1);
  return found.sort((a, b) => grave(a) - grave(b));
}

/** The tray may be empty, or hold something else. */
function ofRequest({ inputs }: MachineState, { input, medium, manualFeed }: MediaRequest): ActiveCondition {
  if (manualFeed) return { condition: 'manual-feed', where: input };
  const tray = inputs[input ?? ''];
  const ranOut = tray?.sheets === 0 && sameMedium(tray.medium, medium);
  return { condition: ranOut ? 'media-empty' : 'media-needed', where: input };
}

/** That an empty tray is asked to be filled says already that it is empty. */
function ofInput(
  { inputs, mediaRequest }: MachineState,
  { id, lowSheets }: InputDescription,
): ActiveCondition[] {
  const tray = inputs[id];
  if (tray === undefined || !tray.inserted) return [{ condition: 'tray-missing', where: id }];
  if (tray.sheets > lowSheets) return [];
  if (tray.sheets > 0) return [{ condition: 'media-low', where: id }];
  return mediaRequest?.input === id ? [] : [{ condition: 'tray-empty', where: id }];
}

const supplyConditions = {
  toner: { missing: 'toner-missing', over: 'toner-empty', low: 'toner-low' },
  'imaging-unit': { missing: 'part-missing', over: 'imaging-unit-over', low: 'imaging-unit-low' },
  fuser: { missing: 'part-missing', over: 'part-over', low: 'part-low' },
  'transfer-unit': { missing: 'part-missing', over: 'part-over', low: 'part-low' },
} as const satisfies Record<SupplyDescription['kind'], Record<'missing' | 'over' | 'low', ConditionName>>;

/** What is wrong with a supply: at most one thing. */
export function ofSupply(supply: SupplyDescription, state: SupplyState | undefined): ActiveCondition[] {
  const where = supply.id;
  const { missing, over, low } = supplyConditions[supply.kind];
  if (state === undefined || !state.present) return [{ condition: missing, where }];
  if (state.wrong) return [{ condition: 'toner-wrong', where }];
  const level = levelPercent(state);
  if (level <= supply.stopPercent) return [{ condition: over, where }];
  if (level <= supply.lowPercent) return [{ condition: low, where }];
  return [];
}

/** Or full. */
export function isNearlyFull(sheets: number, capacitySheets: number): boolean {
  return sheets >= capacitySheets * almostFull;
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
