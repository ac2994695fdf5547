/** What is wrong with a printer, out of its alerts and its error bits: the rows of `vocab/conditions.ts` that they mean. */
import { type Condition, type ConditionName, conditions, type Severity } from '#vocab/conditions.js';
import {
  type AlertCode,
  type AlertGroup,
  alertCodes,
  alertGroups,
  alertSeverityLevels,
  type DetectedError,
  detectedErrorBits,
} from '#vocab/printer-mib.js';
import type { ReportedCondition } from '#vocab/printer-status.js';
import type { MibRow } from '#wire/mib-reading.js';
import type { alertTable } from '#wire/printer-objects.js';

export type AlertRow = MibRow<typeof alertTable>;

/** An alert as we understand it. */
interface Finding extends ReportedCondition {
  name: ConditionName | null;
  group: AlertGroup | null;
}

const names = Object.keys(conditions) as ConditionName[];
const rowOf = (name: ConditionName): Condition => conditions[name];

/** Codes from here on belong to one kind of sub-unit, whatever group a printer files them under. */
const firstSpecialCode = 501;

/** What printers say in other words than our rows: where something is an error and a warning, the row for each. */
const otherWords: readonly [
  groups: readonly AlertGroup[] | null,
  codes: readonly AlertCode[],
  error: ConditionName,
  warning: ConditionName,
][] = [
  [null, ['jam'], 'jam', 'jam'],
  [null, ['coverOpen', 'interlockOpen', 'doorOpen'], 'cover-open', 'cover-open'],
  [['cover'], ['subunitOpened'], 'cover-open', 'cover-open'],
  [['input'], ['subunitEmpty'], 'media-empty', 'tray-empty'],
  [['input'], ['subunitAlmostEmpty'], 'media-low', 'media-low'],
  [['input'], ['subunitMissing', 'subunitRemoved'], 'tray-missing', 'tray-missing'],
  [['output'], ['subunitFull'], 'output-full', 'output-full'],
  [['output'], ['subunitAlmostFull'], 'output-almost-full', 'output-almost-full'],
  [['output'], ['subunitMissing', 'subunitRemoved'], 'output-missing', 'output-missing'],
  [['markerSupplies'], ['subunitFull'], 'waste-full', 'waste-full'],
  [['markerSupplies'], ['subunitAlmostFull'], 'waste-almost-full', 'waste-almost-full'],
  [['marker', 'markerSupplies'], ['subunitEmpty', 'subunitLifeOver'], 'part-over', 'part-over'],
  [['marker', 'markerSupplies'], ['subunitAlmostEmpty', 'subunitLifeAlmostOver'], 'part-low', 'part-low'],
  [['marker', 'markerSupplies'], ['subunitMissing', 'subunitRemoved'], 'part-missing', 'part-missing'],
  [null, ['markerInkEmpty', 'markerPrintRibbonEmpty'], 'toner-empty', 'toner-empty'],
  [null, ['markerInkAlmostEmpty', 'markerPrintRibbonAlmostEmpty'], 'toner-low', 'toner-low'],
  [null, ['markerWasteInkReceptacleFull'], 'waste-full', 'waste-full'],
  [null, ['markerWasteInkReceptacleAlmostFull'], 'waste-almost-full', 'waste-almost-full'],
  [null, ['markerDeveloperEmpty'], 'part-over', 'part-over'],
  [null, ['markerDeveloperAlmostEmpty'], 'part-low', 'part-low'],
];

/** The row that a bit means, and RFC 3805 Appendix E: whether it stops the printer. */
const bitMeanings: Record<DetectedError, [ConditionName, Severity]> = {
  lowPaper: ['media-low', 'warning'],
  noPaper: ['media-empty', 'error'],
  lowToner: ['toner-low', 'warning'],
  noToner: ['toner-empty', 'error'],
  doorOpen: ['cover-open', 'error'],
  jammed: ['jam', 'error'],
  offline: ['offline', 'error'],
  inputTrayMissing: ['tray-missing', 'warning'],
  outputTrayMissing: ['output-missing', 'warning'],
  markerSupplyMissing: ['part-missing', 'warning'],
  outputNearFull: ['output-almost-full', 'warning'],
  outputFull: ['output-full', 'warning'],
  inputTrayEmpty: ['tray-empty', 'warning'],
  overduePreventMaint: ['part-over', 'warning'],
  // The last: whatever else is wrong explains it.
  serviceRequested: ['other', 'warning'],
};

/** The gravest first; an alert explains the bits that stand for the same. */
export function reportedConditions(
  alerts: readonly AlertRow[],
  errorState: Buffer | null,
): ReportedCondition[] {
  const findings = alerts.flatMap((alert) => findingOf(alert) ?? []);
  for (const bit of setBits(errorState)) {
    const [name, severity] = bitMeanings[bit];
    if (findings.some((finding) => explains(finding, name, bit))) continue;
    const { keyword, text, alert } = rowOf(name);
    findings.push({ name, keyword, severity, text, group: alert?.group ?? null });
  }
  const gravity: Record<Severity, number> = { error: 0, warning: 1, report: 2 };
  const told = new Set<string>();
  return findings
    .sort((a, b) => gravity[a.severity] - gravity[b.severity])
    .map(({ group: _, ...condition }) => condition)
    .filter(({ keyword, text }) => {
      const words = `${keyword} ${text}`;
      return !told.has(words) && told.add(words);
    });
}

/** Null for an entry that says nothing. */
function findingOf(alert: AlertRow): Finding | null {
  const [level, groupNumber, codeNumber] = [
    alert.number('prtAlertSeverityLevel'),
    alert.number('prtAlertGroup'),
    alert.number('prtAlertCode'),
  ];
  const group = wordOf(alertGroups, groupNumber);
  const code = wordOf(alertCodes, codeNumber);
  const description = alert.text('prtAlertDescription');
  // RFC 3805 §2.2.13.2: it only tells managers that another entry is gone.
  if (code === 'alertRemovalOfBinaryChangeEntry') return null;
  if (level === null && code === null && description === '') return null;
  const severity = severityOf(level);
  const name = nameOf(group, code, severity);
  const keyword = name === null ? keywordOf(code) : rowOf(name).keyword;
  const text = description || (name === null ? keyword.replaceAll('-', ' ') : rowOf(name).text);
  return { name, keyword, severity, text, group };
}

function severityOf(level: number | null): Severity {
  if (level === alertSeverityLevels.critical) return 'error';
  const isWarning =
    level === alertSeverityLevels.warning || level === alertSeverityLevels.warningBinaryChangeEvent;
  return isWarning ? 'warning' : 'report';
}

function nameOf(group: AlertGroup | null, code: AlertCode | null, severity: Severity): ConditionName | null {
  if (code === null || code === 'other' || code === 'unknown') return null;
  const isSpecial = alertCodes[code] >= firstSpecialCode;
  const fitting = names.filter((name) => {
    const { alert } = rowOf(name);
    return alert?.code === code && (isSpecial || alert.group === group);
  });
  const exact = fitting.find((name) => rowOf(name).severity === severity) ?? fitting[0];
  if (exact !== undefined) return exact;
  const words = otherWords.find(
    ([groups, codes]) =>
      codes.includes(code) && (groups === null || (group !== null && groups.includes(group))),
  );
  if (words === undefined) return null;
  return severity === 'error' ? words[2] : words[3];
}

/** The standard's word in the manner of IPP's; a maker's own code is `other`. */
function keywordOf(code: AlertCode | null): string {
  if (code === null) return 'other';
  return code.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Also one without a name of ours, in the group that the bit is about; whatever is wrong, service may be asked for. */
function explains({ name, group, severity }: Finding, meant: ConditionName, bit: DetectedError): boolean {
  if (severity === 'report') return false;
  if (meant === 'other') return true;
  if (name === null) return group !== null && group === rowOf(meant).alert?.group;
  const { detectedError, notice } = rowOf(name);
  return detectedError === bit || notice === rowOf(meant).notice;
}

/** An error is what stops the printer: of one that goes on it is a warning; and what stopped it is an error, where it says nothing graver. */
export function weighConditions(
  found: readonly ReportedCondition[],
  isStopped: boolean,
): ReportedCondition[] {
  const [from, to]: [Severity, Severity] = isStopped ? ['warning', 'error'] : ['error', 'warning'];
  if (isStopped && found.some(({ severity }) => severity === 'error')) return [...found];
  return found.map((condition) => (condition.severity === from ? weighed(condition, to) : condition));
}

/** Where a row of ours stands for the same at this severity, it is that one: an empty tray, and no paper at all. */
function weighed(condition: ReportedCondition, severity: Severity): ReportedCondition {
  const before = names.find((name) => name === condition.name);
  if (before === undefined) return { ...condition, severity };
  const { alert, text } = rowOf(before);
  const name = names.find((each) => {
    const row = rowOf(each);
    return row.severity === severity && row.alert?.code === alert?.code && row.alert?.group === alert?.group;
  });
  if (name === undefined) return { ...condition, severity };
  const own = condition.text === text ? rowOf(name).text : condition.text;
  return { name, keyword: rowOf(name).keyword, severity, text: own };
}

function setBits(errorState: Buffer | null): DetectedError[] {
  return (Object.keys(bitMeanings) as DetectedError[]).filter((error) => {
    const bit = detectedErrorBits[error];
    return ((errorState?.[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
  });
}

/** The word of a number in one of the MIBs' tables, or null. */
export function wordOf<T extends Record<string, number>>(table: T, number: number | null): keyof T | null {
  return Object.keys(table).find((word) => table[word] === number) ?? null;
}
