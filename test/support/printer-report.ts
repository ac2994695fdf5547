/** A printer's report for tests: idle, and silent about all that is not named. */
import type { PrinterReport } from '#vocab/printer-status.js';

export function reportOf({
  impressions = null,
  ...facts
}: Partial<PrinterReport> & { impressions?: number | null } = {}): PrinterReport {
  return {
    ...{
      state: 'idle',
      isWarmingUp: false,
      conditions: [],
      product: '',
      serialNumber: '',
      trays: [],
      outputs: [],
      supplies: [],
    },
    ...{ counters: { impressions, impressionsSincePowerOn: null, sheets: null }, panelText: [] },
    ...facts,
  };
}
