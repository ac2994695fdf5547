/** What is known of the printer, in words for the administrator: a line for `check`, a page for `phaserlink printer`. */
import { isoTime } from '#base/clock.js';
import type {
  Fill,
  PrinterReport,
  PrinterStatus,
  ReportedOutput,
  ReportedSupply,
  ReportedTray,
} from '#vocab/printer-status.js';
import { count, oneLine } from './mail-text.js';

/** A bar of a supply: so many characters are all of it. */
const barLength = 20;

/** `isWished`: somebody has named the way of asking, and wants to hear that it does not work. */
export function describeWatch(
  { state, conditions, text, watch }: PrinterStatus,
  isWished: boolean,
): { result: 'ok' | 'warning'; text: string } {
  if (watch === null) return { result: 'ok', text: 'nobody watches it: printer.watch' };
  const { report, stale, trouble, by } = watch;
  if (report === null || stale) {
    const why = oneLine(trouble ?? 'it was not asked yet');
    return { result: isWished ? 'warning' : 'ok', text: `unknown, by ${by}: ${why}` };
  }
  const gravest =
    conditions.length === 0 ? '' : ` (${conditions.map((told) => oneLine(told.text)).join('; ')})`;
  return {
    result: conditions.some(({ severity }) => severity !== 'report') ? 'warning' : 'ok',
    text: `${state}, ${oneLine(text)}${gravest}, by ${by}; ${countersWords(report)}`,
  };
}

/** Rows of two or three columns. */
export function printerRows(name: string, status: PrinterStatus, now: number): string[][] {
  const { state, text, since, conditions, watch } = status;
  const report = watch?.report ?? null;
  const rows = [
    ['Printer', [name, ...identity(report)].join(', ')],
    ['State', `${state}, since ${isoTime(since)}${text === state ? '' : `: ${oneLine(text)}`}`],
    ['Learnt', learntWords(status, now)],
    ...conditions.map(({ severity, keyword, text: said }) => [
      'Condition',
      `${severity}: ${oneLine(said)} (${keyword})`,
    ]),
  ];
  if (report === null) return rows;
  return [
    ...rows,
    ...report.supplies.map((supply) => ['Supply', `${bar(supply)}  ${supplyName(supply)}`]),
    ...report.trays.map((tray) => ['Tray', trayWords(tray)]),
    ...report.outputs.map((output) => ['Output', outputWords(output)]),
    ['Counter', countersWords(report)],
    ...report.panelText.map((line) => ['Panel', oneLine(line)]),
  ];
}

function identity(report: PrinterReport | null): string[] {
  if (report === null) return [];
  const serial = report.serialNumber === '' ? [] : [`serial number ${report.serialNumber}`];
  return [...(report.product === '' ? [] : [report.product]), ...serial].map((words) => oneLine(words));
}

function learntWords({ watch }: PrinterStatus, now: number): string {
  if (watch === null) return 'nobody asks it (printer.watch); what is known comes from printing';
  const { by, learntAt, stale, trouble } = watch;
  const why = trouble === null ? '' : `: ${oneLine(trouble)}`;
  if (learntAt === null) return `nothing, by ${by}${why}`;
  const age = `${Math.max(0, Math.round((now - learntAt) / 1000))} s ago, by ${by}`;
  if (!stale) return age;
  return trouble === null ? `${age}; too old to be believed` : `${age}; no answer since${why}`;
}

function countersWords({
  counters: { impressions, impressionsSincePowerOn, sheets },
}: PrinterReport): string {
  if (impressions === null) {
    return sheets === null
      ? 'it does not tell its page counter'
      : `${count(sheets, 'sheet')} in its life; it does not count pages`;
  }
  const recent =
    impressionsSincePowerOn === null ? '' : `, ${impressionsSincePowerOn} since it was switched on`;
  return `${count(impressions, 'page')} in its life${recent}`;
}

function bar({ percent, class: kind }: ReportedSupply): string {
  if (percent === 'unknown') return `[${'?'.repeat(barLength)}]    ?`;
  if (percent === 'some') return `[${'~'.repeat(barLength)}] some`;
  const filled = Math.round((Math.min(100, Math.max(0, percent)) / 100) * barLength);
  const full = kind === 'receptacleThatIsFilled' ? ' full' : '';
  return `[${'#'.repeat(filled)}${'.'.repeat(barLength - filled)}] ${String(percent).padStart(3)}%${full}`;
}

function supplyName({ name, type, colour }: ReportedSupply): string {
  return oneLine(name === '' ? [colour, type].filter((word) => word !== '').join(' ') : name);
}

function trayWords({ name, sheets, capacitySheets, media }: ReportedTray): string {
  return described(name, [fillWords(sheets, capacitySheets, 'sheet'), media]);
}

function outputWords({ name, remainingSheets, capacitySheets }: ReportedOutput): string {
  return described(name, [`room for ${fillWords(remainingSheets, capacitySheets, 'sheet')}`]);
}

function described(name: string, facts: readonly string[]): string {
  return oneLine(
    `${name === '' ? 'without a name' : name}: ${facts.filter((fact) => fact !== '').join(', ')}`,
  );
}

function fillWords(fill: Fill, capacity: number | null, unit: string): string {
  const whole = capacity === null ? '' : ` of ${capacity}`;
  if (fill === 'unknown') return `an unknown number of ${unit}s`;
  return fill === 'some'
    ? `some ${unit}s`
    : capacity === null
      ? count(fill, unit)
      : `${fill}${whole} ${unit}s`;
}
