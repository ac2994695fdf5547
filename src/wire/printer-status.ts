/** What a printer's alerts make of its MIB statuses: of the device, of each sub-unit, and of the error bits. */
import { type Condition, conditions, type Severity } from '#vocab/conditions.js';
import {
  type AlertGroup,
  alertSeverityLevels,
  detectedErrorBits,
  deviceStatuses,
  printerStatuses,
} from '#vocab/printer-mib.js';
import type { AlertModel, PrinterModel } from './printer-model.js';

/** RFC 3805 PrtSubUnitStatusTC: a sum of these. */
const subUnit = { idle: 0, standby: 2, active: 4, broken: 3, nonCritical: 8, critical: 16, offline: 32 };

/** As alerts of ours are called; a report is not taken back. */
export const alertSeverities = {
  error: alertSeverityLevels.critical,
  warning: alertSeverityLevels.warningBinaryChangeEvent,
  report: alertSeverityLevels.warning,
} as const satisfies Record<Severity, number>;

export function conditionOf({ condition }: AlertModel): Condition {
  return conditions[condition];
}

function stops(alert: AlertModel): boolean {
  return conditionOf(alert).severity === 'error';
}

function isOffline(model: PrinterModel): boolean {
  return model.alerts.some((alert) => conditionOf(alert).detectedError === 'offline');
}

/** RFC 3805 Appendix E, the overall printer status table. */
export function overallStatus(model: PrinterModel): { device: number; printer: number } {
  const { activity, alerts } = model;
  if (alerts.some(stops)) return { device: deviceStatuses.down, printer: printerStatuses.other };
  if (activity === 'warming-up') return { device: deviceStatuses.down, printer: printerStatuses.warmup };
  const device = alerts.length > 0 ? deviceStatuses.warning : deviceStatuses.running;
  if (activity === 'sleeping') return { device, printer: printerStatuses.other };
  return { device, printer: activity === 'printing' ? printerStatuses.printing : printerStatuses.idle };
}

/** RFC 2790 hrPrinterDetectedErrorState: as many bytes as its bits need, and one at the least. */
export function detectedErrorState({ alerts }: PrinterModel): Buffer {
  const bytes = Buffer.alloc(2);
  for (const alert of alerts) {
    const { detectedError } = conditionOf(alert);
    if (detectedError === null) continue;
    const bit = detectedErrorBits[detectedError];
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  }
  return bytes[1] === 0 ? bytes.subarray(0, 1) : bytes;
}

export function subUnitStatus(model: PrinterModel, group: AlertGroup, unit: number): number {
  const own = model.alerts.filter(
    (alert) => conditionOf(alert).alert?.group === group && alert.unit === unit,
  );
  const critical = own.some(stops);
  return (
    availability(model, critical) +
    (own.some((alert) => !stops(alert)) ? subUnit.nonCritical : 0) +
    (critical ? subUnit.critical : 0) +
    (isOffline(model) ? subUnit.offline : 0)
  );
}

function availability({ activity }: PrinterModel, critical: boolean): number {
  if (critical) return subUnit.broken;
  if (activity === 'sleeping') return subUnit.standby;
  return activity === 'printing' ? subUnit.active : subUnit.idle;
}
