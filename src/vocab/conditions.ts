/**
 * Printer conditions, one row each: IPP's keyword, how grave it is, words for people, for the panel and of a PostScript
 * printer, the MIBs' alert and error bit, whom it is mailed to, and how it is logged.
 */
import type { AlertCode, AlertGroup, DetectedError, TrainingLevel } from './printer-mib.js';

/** RFC 8011 §5.4.12: the suffix of a reason. `error` stops the printer. */
export type Severity = 'report' | 'warning' | 'error';

/** The classes that can be mailed to one person and not to another; whether it stopped is the severity's to say. */
export type NoticeClass =
  | 'engine'
  | 'paper-tray'
  | 'output-tray'
  | 'cover'
  | 'jam'
  | 'toner'
  | 'other-part'
  | 'accounting-file'
  | 'other';

/** RFC 5424 §6.2.1, as far as a printer needs them. */
export const syslogSeverities = { critical: 2, error: 3, warning: 4, notice: 5 } as const;
export type SyslogSeverity = keyof typeof syslogSeverities;

export interface Condition {
  /** RFC 8011 §5.4.12 and PWG 5100.9, printer-state-reasons without its suffix. */
  keyword: string;
  severity: Severity;
  /** What a person reads. */
  text: string;
  /** The display's two lines; `{place}` is the part of the machine, beginning with a capital letter. */
  panel: readonly [string, string];
  /** Null when only somebody else can notice it. */
  alert: { group: AlertGroup; code: AlertCode; training: TrainingLevel } | null;
  /** RFC 2790 has no bit for everything. */
  detectedError: DetectedError | null;
  notice: NoticeClass;
  syslog: SyslogSeverity;
  /** Matches the value of `%%[ PrinterError: … ]%%`. */
  printerError: RegExp | null;
}

/** By our own names. The first row whose words fit wins, so the general ones stand behind the special ones. */
export const conditions = {
  'media-needed': {
    keyword: 'media-needed',
    severity: 'error',
    text: 'paper is needed',
    panel: ['Load {place}', 'with the paper of this job'],
    alert: { group: 'input', code: 'inputMediaChangeRequest', training: 'untrained' },
    detectedError: 'serviceRequested',
    notice: 'paper-tray',
    syslog: 'error',
    printerError: /manual feed|load/i,
  },
  'manual-feed': {
    keyword: 'input-manual-input-request',
    severity: 'error',
    text: 'a sheet is to be fed by hand',
    panel: ['Feed a sheet by hand', 'into {place}'],
    alert: { group: 'input', code: 'inputManualInputRequest', training: 'untrained' },
    detectedError: 'serviceRequested',
    notice: 'paper-tray',
    syslog: 'error',
    printerError: null,
  },
  'media-empty': {
    keyword: 'media-empty',
    severity: 'error',
    text: 'the printer is out of paper',
    panel: ['Out of paper', 'Add paper to {place}'],
    alert: { group: 'input', code: 'inputMediaSupplyEmpty', training: 'untrained' },
    detectedError: 'noPaper',
    notice: 'paper-tray',
    syslog: 'error',
    printerError: /out of paper|no paper|paper out/i,
  },
  jam: {
    keyword: 'media-jam',
    severity: 'error',
    text: 'paper is jammed',
    panel: ['Jam at {place}', 'Open, remove the paper'],
    alert: { group: 'mediaPath', code: 'jam', training: 'untrained' },
    detectedError: 'jammed',
    notice: 'jam',
    syslog: 'error',
    printerError: /jam/i,
  },
  'tray-missing': {
    keyword: 'input-tray-missing',
    severity: 'error',
    text: 'a paper tray is missing',
    panel: ['{place} is missing', 'Insert the tray'],
    alert: { group: 'input', code: 'inputMediaTrayMissing', training: 'untrained' },
    detectedError: 'inputTrayMissing',
    notice: 'paper-tray',
    syslog: 'error',
    printerError: /tray|cassette/i,
  },
  'cover-open': {
    keyword: 'cover-open',
    severity: 'error',
    text: 'a cover is open',
    panel: ['{place} is open', 'Close it'],
    alert: { group: 'cover', code: 'coverOpen', training: 'untrained' },
    detectedError: 'doorOpen',
    notice: 'cover',
    syslog: 'error',
    printerError: /cover|door/i,
  },
  'toner-empty': {
    keyword: 'toner-empty',
    severity: 'error',
    text: 'toner is empty',
    panel: ['{place} is empty', 'Replace the cartridge'],
    alert: { group: 'markerSupplies', code: 'markerTonerEmpty', training: 'trained' },
    detectedError: 'noToner',
    notice: 'toner',
    syslog: 'error',
    printerError: /toner/i,
  },
  'toner-missing': {
    keyword: 'marker-toner-cartridge-missing',
    severity: 'error',
    text: 'a toner cartridge is missing',
    panel: ['{place} is missing', 'Insert the cartridge'],
    alert: { group: 'markerSupplies', code: 'markerTonerCartridgeMissing', training: 'trained' },
    detectedError: 'markerSupplyMissing',
    notice: 'toner',
    syslog: 'error',
    printerError: null,
  },
  'part-missing': {
    keyword: 'marker-supply-missing',
    severity: 'error',
    text: 'a part of the printer is not in its place',
    panel: ['{place} is missing', 'Insert it'],
    alert: { group: 'markerSupplies', code: 'subunitMissing', training: 'trained' },
    detectedError: 'markerSupplyMissing',
    notice: 'other-part',
    syslog: 'error',
    printerError: null,
  },
  'toner-wrong': {
    // Ours: the standards have no word for a cartridge that is keyed for another printer.
    keyword: 'marker-supply-mismatch',
    severity: 'error',
    text: 'a toner cartridge does not fit this printer',
    panel: ['{place}: wrong cartridge', 'Insert one for this printer'],
    alert: { group: 'markerSupplies', code: 'subunitRecoverableFailure', training: 'trained' },
    detectedError: 'markerSupplyMissing',
    notice: 'toner',
    syslog: 'error',
    printerError: null,
  },
  'imaging-unit-over': {
    keyword: 'opc-life-over',
    severity: 'error',
    text: 'the imaging unit is worn out',
    panel: ['{place} is worn out', 'Replace it'],
    alert: { group: 'markerSupplies', code: 'markerOpcLifeOver', training: 'trained' },
    detectedError: 'serviceRequested',
    notice: 'other-part',
    syslog: 'error',
    printerError: null,
  },
  'part-over': {
    keyword: 'marker-supply-empty',
    severity: 'error',
    text: 'a part is worn out',
    panel: ['{place} is worn out', 'Replace it'],
    alert: { group: 'markerSupplies', code: 'subunitLifeOver', training: 'trained' },
    detectedError: 'overduePreventMaint',
    notice: 'other-part',
    syslog: 'error',
    printerError: null,
  },
  'waste-full': {
    keyword: 'marker-waste-full',
    severity: 'error',
    text: 'the waste toner container is full',
    panel: ['{place} is full', 'Replace it'],
    alert: { group: 'markerSupplies', code: 'markerWasteTonerReceptacleFull', training: 'trained' },
    detectedError: 'serviceRequested',
    notice: 'other-part',
    syslog: 'error',
    printerError: null,
  },
  'output-full': {
    keyword: 'output-area-full',
    severity: 'error',
    text: 'the output tray is full',
    panel: ['{place} is full', 'Take the pages out'],
    alert: { group: 'output', code: 'outputMediaTrayFull', training: 'untrained' },
    detectedError: 'outputFull',
    notice: 'output-tray',
    syslog: 'error',
    printerError: null,
  },
  'output-missing': {
    keyword: 'output-tray-missing',
    severity: 'error',
    text: 'an output tray is missing',
    panel: ['{place} is missing', 'Insert the tray'],
    alert: { group: 'output', code: 'outputMediaTrayMissing', training: 'untrained' },
    detectedError: 'outputTrayMissing',
    notice: 'output-tray',
    syslog: 'error',
    printerError: null,
  },
  'fuser-too-hot': {
    keyword: 'fuser-over-temp',
    severity: 'error',
    text: 'the fuser is too hot',
    panel: ['Fuser too hot', 'Call service'],
    alert: { group: 'marker', code: 'markerFuserOverTemperature', training: 'fieldService' },
    detectedError: 'serviceRequested',
    notice: 'engine',
    syslog: 'critical',
    printerError: null,
  },
  'fuser-too-cold': {
    keyword: 'fuser-under-temp',
    severity: 'error',
    text: 'the fuser does not get hot',
    panel: ['Fuser too cold', 'Call service'],
    alert: { group: 'marker', code: 'markerFuserUnderTemperature', training: 'fieldService' },
    detectedError: 'serviceRequested',
    notice: 'engine',
    syslog: 'critical',
    printerError: null,
  },
  offline: {
    keyword: 'paused',
    severity: 'error',
    text: 'the printer is offline',
    panel: ['Offline', 'Press Online'],
    alert: { group: 'generalPrinter', code: 'subunitOffline', training: 'untrained' },
    detectedError: 'offline',
    notice: 'other',
    syslog: 'error',
    printerError: null,
  },
  away: {
    keyword: 'connecting-to-device',
    severity: 'error',
    text: 'the printer cannot be reached',
    panel: ['', ''],
    alert: null,
    detectedError: null,
    notice: 'other',
    syslog: 'error',
    printerError: null,
  },
  other: {
    keyword: 'other',
    severity: 'error',
    text: 'the printer needs attention',
    panel: ['Attention needed', '{place}'],
    alert: { group: 'generalPrinter', code: 'other', training: 'trained' },
    detectedError: 'serviceRequested',
    notice: 'engine',
    syslog: 'error',
    printerError: /./,
  },
  'media-low': {
    keyword: 'media-low',
    severity: 'warning',
    text: 'paper is running low',
    panel: ['{place} is low', 'Add paper'],
    alert: { group: 'input', code: 'inputMediaSupplyLow', training: 'untrained' },
    detectedError: 'lowPaper',
    notice: 'paper-tray',
    syslog: 'warning',
    printerError: null,
  },
  'tray-empty': {
    keyword: 'media-empty',
    severity: 'warning',
    text: 'a paper tray is empty',
    panel: ['{place} is empty', 'Add paper'],
    alert: { group: 'input', code: 'inputMediaSupplyEmpty', training: 'untrained' },
    detectedError: 'inputTrayEmpty',
    notice: 'paper-tray',
    syslog: 'warning',
    printerError: null,
  },
  'toner-low': {
    keyword: 'toner-low',
    severity: 'warning',
    text: 'toner is running low',
    panel: ['{place} is low', 'Have a cartridge ready'],
    alert: { group: 'markerSupplies', code: 'markerTonerAlmostEmpty', training: 'trained' },
    detectedError: 'lowToner',
    notice: 'toner',
    syslog: 'warning',
    printerError: null,
  },
  'imaging-unit-low': {
    keyword: 'opc-near-eol',
    severity: 'warning',
    text: 'the imaging unit is nearly worn out',
    panel: ['{place} nearly worn out', 'Have a new one ready'],
    alert: { group: 'markerSupplies', code: 'markerOpcLifeAlmostOver', training: 'trained' },
    detectedError: 'serviceRequested',
    notice: 'other-part',
    syslog: 'warning',
    printerError: null,
  },
  'part-low': {
    keyword: 'marker-supply-low',
    severity: 'warning',
    text: 'a part is nearly worn out',
    panel: ['{place} nearly worn out', 'Have a new one ready'],
    alert: { group: 'markerSupplies', code: 'subunitLifeAlmostOver', training: 'trained' },
    detectedError: 'serviceRequested',
    notice: 'other-part',
    syslog: 'warning',
    printerError: null,
  },
  'waste-almost-full': {
    keyword: 'marker-waste-almost-full',
    severity: 'warning',
    text: 'the waste toner container is nearly full',
    panel: ['{place} is nearly full', 'Have a new one ready'],
    alert: { group: 'markerSupplies', code: 'markerWasteTonerReceptacleAlmostFull', training: 'trained' },
    detectedError: 'serviceRequested',
    notice: 'other-part',
    syslog: 'warning',
    printerError: null,
  },
  'output-almost-full': {
    keyword: 'output-area-almost-full',
    severity: 'warning',
    text: 'the output tray is nearly full',
    panel: ['{place} is nearly full', 'Take the pages out'],
    alert: { group: 'output', code: 'outputMediaTrayAlmostFull', training: 'untrained' },
    detectedError: 'outputNearFull',
    notice: 'output-tray',
    syslog: 'warning',
    printerError: null,
  },
  'memory-full': {
    keyword: 'memory-exhausted',
    severity: 'warning',
    text: 'the document needed more memory than the printer has',
    panel: ['Out of memory', 'The page may be incomplete'],
    alert: { group: 'interpreter', code: 'subunitMemoryExhausted', training: 'management' },
    detectedError: null,
    notice: 'other',
    syslog: 'warning',
    printerError: null,
  },
  'disk-full': {
    keyword: 'spool-area-full',
    severity: 'warning',
    text: "the printer's disk is full",
    panel: ['Disk full', 'Remove jobs or fonts'],
    alert: { group: 'hostResourcesMIBStorageTable', code: 'subunitFull', training: 'management' },
    detectedError: null,
    notice: 'other',
    syslog: 'warning',
    printerError: null,
  },
  'accounting-almost-full': {
    keyword: 'other',
    severity: 'warning',
    text: 'the job accounting file is nearly full',
    panel: ['Accounting nearly full', 'Download and clear it'],
    alert: { group: 'hostResourcesMIBStorageTable', code: 'subunitAlmostFull', training: 'management' },
    detectedError: null,
    notice: 'accounting-file',
    syslog: 'notice',
    printerError: null,
  },
} as const satisfies Record<string, Condition>;
export type ConditionName = keyof typeof conditions;

/** The row of what a printer wrote after `PrinterError:`: the one with these very words, as our simulated printer has them, or the first that fits. */
export function findCondition(printerError: string): Condition | undefined {
  const rows = Object.values<Condition>(conditions);
  return (
    rows.find(({ severity, text }) => severity === 'error' && text === printerError) ??
    rows.find((row) => row.printerError?.test(printerError))
  );
}

/** The name of the row that IPP calls so; undefined where none of ours fits. */
export function findByReason(keyword: string, severity: Severity): ConditionName | undefined {
  // What stands behind the word for everything else is known of an error at the most: that it stops.
  if (keyword === 'other' && severity !== 'error') return undefined;
  const names = Object.keys(conditions) as ConditionName[];
  return names.find((name) => conditions[name].keyword === keyword && conditions[name].severity === severity);
}
