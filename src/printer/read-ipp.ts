/** What an IPP printer answers to Get-Printer-Attributes, as a report: pure. */
import { cleanForDisplay } from '#base/display-text.js';
import { conditions, findByReason, type Severity } from '#vocab/conditions.js';
import { alertCodes, inputTypes, outputTypes, supplyClasses, supplyTypes } from '#vocab/printer-mib.js';
import type {
  Fill,
  PrinterReport,
  ReportedCondition,
  ReportedOutput,
  ReportedSupply,
  ReportedTray,
} from '#vocab/printer-status.js';
import {
  findAttribute,
  findGroup,
  type IppAttribute,
  type IppMessage,
  numberValue,
  stringValue,
  stringValues,
} from '#wire/ipp-message.js';
import {
  type IppPrinterState,
  type IppReason,
  printerStateQuestions,
  readPrinterState,
} from '#wire/ipp-printer-state.js';
import { maxSubUnits, numberOf, type Pairs, parsePairs, readPairs } from '#wire/pwg-pairs.js';

/** What is asked of the printer; what it does not know it leaves out (RFC 8011 §4.2.5.1). */
export const reportQuestions = [
  ...printerStateQuestions,
  'printer-alert',
  'printer-alert-description',
  'printer-device-id',
  'printer-serial-number',
  'printer-supply',
  'printer-supply-description',
  'marker-names',
  'marker-colors',
  'marker-types',
  'marker-levels',
  'printer-input-tray',
  'printer-output-tray',
  'media-ready',
  'printer-media-sheets-completed',
] as const;

/** Of a name or a sentence that a printer has for something. */
const maxText = 200;
/** So many reasons, and lines of what it says. */
const maxLines = 20;

type Attributes = readonly IppAttribute[] | undefined;

export function readIppReport(message: IppMessage): PrinterReport {
  const attributes = findGroup(message, 'printer')?.attributes;
  const told = readPrinterState(attributes);
  return {
    state: told.state,
    // With a job in it, a printer of IPP says that it is processing.
    isWarmingUp: false,
    conditions: conditionsOf(told, attributes),
    product: clean(told.product),
    serialNumber: serialNumber(attributes),
    trays: traysOf(attributes),
    outputs: readPairs(attributes, 'printer-output-tray').map(outputOf),
    supplies: suppliesOf(attributes),
    counters: {
      impressions: told.impressions,
      impressionsSincePowerOn: null,
      sheets: numberValue(attributes, 'printer-media-sheets-completed') ?? null,
    },
    panelText: told.message
      .split(/\r?\n/, maxLines)
      .map(clean)
      .filter((line) => line !== ''),
  };
}

const gravity: readonly Severity[] = ['error', 'warning', 'report'];

function conditionsOf({ state, reasons }: IppPrinterState, attributes: Attributes): ReportedCondition[] {
  const alerts = alertsOf(attributes);
  const reported = reasons.slice(0, maxLines).map((reason) => conditionOf(reason, state, alerts));
  return reported.sort((one, other) => gravity.indexOf(one.severity) - gravity.indexOf(other.severity));
}

function conditionOf(
  { keyword, severity: said }: IppReason,
  state: IppPrinterState['state'],
  alerts: ReadonlyMap<string, string>,
): ReportedCondition {
  // RFC 8011 §5.4.12: without a suffix it is an error, and an error stops the printer; this one goes on.
  const severity = said ?? (state === 'stopped' ? 'error' : 'report');
  const name = findByReason(keyword, severity) ?? null;
  const code = name === null ? undefined : conditions[name].alert?.code;
  const described = code === undefined ? undefined : alerts.get(code);
  return {
    name,
    keyword: clean(keyword),
    severity,
    text: described ?? (name === null ? clean(keyword).replaceAll('-', ' ') : conditions[name].text),
  };
}

/** By alert code, what the printer itself says of it; of several alerts with one code the first. */
function alertsOf(attributes: Attributes): ReadonlyMap<string, string> {
  const descriptions = stringValues(attributes, 'printer-alert-description');
  const found = new Map<string, string>();
  for (const [n, alert] of readPairs(attributes, 'printer-alert').entries()) {
    const code = alert.get('code') ?? '';
    const description = clean(descriptions[n] ?? '').replace(/\.$/, '');
    if (Object.hasOwn(alertCodes, code) && description !== '' && !found.has(code))
      found.set(code, description);
  }
  return found;
}

/** IEEE 1284 §7.6: a device id has it among its keys, where the printer has no attribute for it. */
function serialNumber(attributes: Attributes): string {
  const own = stringValue(attributes, 'printer-serial-number');
  const id = parsePairs((stringValue(attributes, 'printer-device-id') ?? '').replaceAll(':', '='));
  return clean(own ?? id.get('sn') ?? id.get('sern') ?? id.get('serialnumber') ?? '');
}

function traysOf(attributes: Attributes): ReportedTray[] {
  const trays = readPairs(attributes, 'printer-input-tray').map(trayOf);
  if (trays.length > 0) return trays;
  const ready = stringValues(attributes, 'media-ready').slice(0, maxSubUnits);
  return ready.map((media) => ({
    name: '',
    type: 'unknown',
    capacitySheets: null,
    sheets: 'unknown',
    media: clean(media),
  }));
}

/** PWG 5100.13 §5.6.10. */
function trayOf(pairs: Pairs): ReportedTray {
  return {
    name: clean(pairs.get('name') ?? ''),
    type: oneOf(inputTypes, pairs.get('type')),
    capacitySheets: capacity(pairs),
    sheets: fill(numberOf(pairs, 'level')),
    media: clean(pairs.get('medianame') ?? ''),
  };
}

/** PWG 5100.13 §5.6.20. */
function outputOf(pairs: Pairs): ReportedOutput {
  return {
    name: clean(pairs.get('name') ?? ''),
    type: oneOf(outputTypes, pairs.get('type')),
    capacitySheets: capacity(pairs),
    remainingSheets: fill(numberOf(pairs, 'remaining')),
  };
}

function suppliesOf(attributes: Attributes): ReportedSupply[] {
  const supplies = readPairs(attributes, 'printer-supply');
  if (supplies.length === 0) return markersOf(attributes);
  const names = stringValues(attributes, 'printer-supply-description');
  return supplies.map((pairs, n) => ({
    name: clean(names[n] ?? ''),
    class: oneOf(supplyClasses, pairs.get('class')),
    type: oneOf(supplyTypes, pairs.get('type')),
    colour: colourOf(pairs.get('colorantname') ?? ''),
    percent: percentOf(numberOf(pairs, 'level'), numberOf(pairs, 'maxcapacity')),
  }));
}

/** PWG 5100.13 §5.6.25: what has no colour has to say so. */
function colourOf(colorantName: string): string {
  return colorantName === 'unknown' || colorantName === 'none' ? '' : clean(colorantName);
}

/** The printing inks of `marker-colors`; any other colour keeps its number. */
const colours: Readonly<Record<string, string>> = {
  '#000000': 'black',
  '#00FFFF': 'cyan',
  '#FF00FF': 'magenta',
  '#FFFF00': 'yellow',
  NONE: '',
};

/** CUPS's own attributes, which printers had before the standard's. */
function markersOf(attributes: Attributes): ReportedSupply[] {
  const markerColours = stringValues(attributes, 'marker-colors');
  const types = stringValues(attributes, 'marker-types');
  const levels = findAttribute(attributes, 'marker-levels')?.values ?? [];
  const names = stringValues(attributes, 'marker-names').slice(0, maxSubUnits);
  return names.map((name, n) => {
    const level = levels[n];
    const colour = markerColours[n]?.toUpperCase() ?? '';
    const type = camelCase(types[n] ?? '');
    return {
      name: clean(name),
      // A waste box is the one thing among them that is filled.
      class: type.startsWith('waste') ? 'receptacleThatIsFilled' : 'unknown',
      type: oneOf(supplyTypes, type),
      colour: clean(colours[colour] ?? colour),
      percent: percentOf(level?.type === 'integer' ? level.value : undefined, 100),
    };
  });
}

function camelCase(keyword: string): string {
  return keyword.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function oneOf<Name extends string>(names: Record<Name, number>, word: string | undefined): Name | 'unknown' {
  return word !== undefined && Object.hasOwn(names, word) ? (word as Name) : 'unknown';
}

function capacity(pairs: Pairs): number | null {
  const sheets = numberOf(pairs, 'maxcapacity') ?? -1;
  return sheets < 0 ? null : sheets;
}

/** RFC 3805 §2.2.13: -3 is some, -2 unknown, -1 without limit. */
function fill(level: number | undefined): Fill {
  if (level === -3) return 'some';
  return level === undefined || level < 0 ? 'unknown' : level;
}

function percentOf(level: number | undefined, whole: number | undefined): Fill {
  const filled = fill(level);
  if (typeof filled !== 'number') return filled;
  if (whole === undefined || whole <= 0) return 'unknown';
  return Math.min(100, Math.round((100 * filled) / whole));
}

function clean(text: string): string {
  return cleanForDisplay(text, maxText);
}
