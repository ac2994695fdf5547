/** A printer's own word out of what its MIBs answered: Printer MIB (RFC 3805) and Host Resources (RFC 2790). */
import {
  deviceStatuses,
  inputTypes,
  outputTypes,
  printerStatuses,
  supplyClasses,
  supplyTypes,
  units,
} from '#vocab/printer-mib.js';
import type {
  Fill,
  PrinterReport,
  PrinterState,
  QuickReport,
  ReportedCondition,
  ReportedSupply,
} from '#vocab/printer-status.js';
import { compareOids, type Oid } from '#wire/ber.js';
import { deviceTable, deviceTypePrinter, printerTable, systemGroup } from '#wire/host-objects.js';
import type { ObjectGroup } from '#wire/mib-objects.js';
import type { MibReading, MibRow } from '#wire/mib-reading.js';
import * as printer from '#wire/printer-objects.js';
import { reportedConditions, weighConditions, wordOf } from './mib-conditions.js';

/** More lines than a display has. */
const maxPanelLines = 16;
/** RFC 3805 §2.2.10: more than nothing, in a level. */
const someLeft = -3;

/** Where in the MIBs the printer stands. */
export interface PrinterPlace {
  /** Its hrDeviceIndex in the Host Resources MIB, and what the Printer MIB has in its stead: the same, where it keeps to the standard. */
  hostDevice: number;
  device: number;
  /** Whose counter we read; null for none that counts what is printed. */
  marker: { index: number; counts: 'impressions' | 'sheets' } | null;
  /** Lines of the display. */
  lines: readonly number[];
}

/** The first printer that the agent has. */
export function findPrinter(reading: MibReading): PrinterPlace {
  const tables = [printer.generalTable, printer.markerTable, printer.suppliesTable, printer.inputTable];
  const described = new Set(tables.flatMap((table) => reading.rows<ObjectGroup>(table).map(firstIndex)));
  const printers = reading
    .rows(deviceTable)
    .filter((row) => compareOids(row.oid('hrDeviceType') ?? [], deviceTypePrinter) === 0)
    .map(firstIndex);
  const [lowest] = [...described].sort((a, b) => a - b);
  const hostDevice =
    printers.find((index) => described.has(index)) ??
    printers[0] ??
    reading.rows(printerTable).map(firstIndex)[0] ??
    lowest ??
    1;
  const device = described.has(hostDevice) ? hostDevice : (lowest ?? hostDevice);
  return {
    hostDevice,
    device,
    marker: countingMarker(reading, device),
    lines: rowsOf(reading, printer.displayTable, device).map(({ index }) => index[1] ?? 0),
  };
}

/** All that it says. */
export function printerReport(reading: MibReading, place: PrinterPlace): PrinterReport {
  const [general] = rowsOf(reading, printer.generalTable, place.device);
  const device = hostRow(reading, deviceTable, place);
  const [system] = reading.rows(systemGroup);
  return {
    ...quickReport(reading, place),
    product:
      device?.text('hrDeviceDescr') ||
      general?.text('prtGeneralPrinterName') ||
      system?.text('sysDescr') ||
      '',
    serialNumber: general?.text('prtGeneralSerialNumber') ?? '',
    trays: trays(reading, place),
    outputs: outputs(reading, place),
    supplies: supplies(reading, place),
  };
}

export function quickReport(reading: MibReading, place: PrinterPlace): QuickReport {
  const host = hostRow(reading, printerTable, place);
  const found = reportedConditions(
    rowsOf(reading, printer.alertTable, place.device),
    host?.bytes('hrPrinterDetectedErrorState') ?? null,
  );
  const status = host?.number('hrPrinterStatus') ?? null;
  const deviceStatus = hostRow(reading, deviceTable, place)?.number('hrDeviceStatus') ?? null;
  const state = stateOf(deviceStatus, status, found);
  return {
    state,
    isWarmingUp: status === printerStatuses.warmup && state === 'idle',
    conditions: weighConditions(found, state === 'stopped'),
    counters: counters(reading, place),
    panelText: rowsOf(reading, printer.displayTable, place.device)
      .slice(0, maxPanelLines)
      .map((row) => row.text('prtConsoleDisplayBufferText'))
      .filter((line) => line !== ''),
  };
}

/** Nothing prints with these, whatever the statuses say. */
const surelyStopping: ReadonlySet<string | null> = new Set(['jam', 'cover-open', 'offline']);

/** RFC 3805 Appendix E, the overall printer status table, read backwards; where the statuses contradict it, what is wrong decides. */
function stateOf(
  device: number | null,
  status: number | null,
  conditions: readonly ReportedCondition[],
): PrinterState {
  const errors = conditions.filter(({ severity }) => severity === 'error');
  const isDown = device === deviceStatuses.down;
  if (status === printerStatuses.printing) return isDown && errors.length > 0 ? 'stopped' : 'processing';
  if (status === printerStatuses.warmup) return errors.length > 0 ? 'stopped' : 'idle';
  if (isDown) return 'stopped';
  if (status === printerStatuses.idle) {
    return errors.some(({ name }) => surelyStopping.has(name)) ? 'stopped' : 'idle';
  }
  if (errors.length > 0) return 'stopped';
  const isReady = device === deviceStatuses.running || device === deviceStatuses.warning;
  // Appendix E: it stands by.
  return isReady && status === printerStatuses.other ? 'idle' : 'unknown';
}

function trays(reading: MibReading, { device }: PrinterPlace): PrinterReport['trays'] {
  return rowsOf(reading, printer.inputTable, device).map((row) => {
    const inSheets = isInSheets(row.number('prtInputCapacityUnit'));
    const capacitySheets = capacity(row.number('prtInputMaxCapacity'), inSheets);
    return {
      name: row.text('prtInputName') || row.text('prtInputDescription') || `tray ${row.index[1]}`,
      type: wordOf(inputTypes, row.number('prtInputType')) ?? 'unknown',
      capacitySheets,
      sheets: sheets(row.number('prtInputCurrentLevel'), capacitySheets, inSheets),
      media: row.text('prtInputMediaName'),
    };
  });
}

function outputs(reading: MibReading, { device }: PrinterPlace): PrinterReport['outputs'] {
  return rowsOf(reading, printer.outputTable, device).map((row) => {
    const inSheets = isInSheets(row.number('prtOutputCapacityUnit'));
    const capacitySheets = capacity(row.number('prtOutputMaxCapacity'), inSheets);
    return {
      name: row.text('prtOutputName') || row.text('prtOutputDescription') || `output ${row.index[1]}`,
      type: wordOf(outputTypes, row.number('prtOutputType')) ?? 'unknown',
      capacitySheets,
      remainingSheets: sheets(row.number('prtOutputRemainingCapacity'), capacitySheets, inSheets),
    };
  });
}

function supplies(reading: MibReading, { device }: PrinterPlace): ReportedSupply[] {
  const colours = new Map(
    rowsOf(reading, printer.colorantTable, device).map((row) => [
      row.index[1],
      row.text('prtMarkerColorantValue'),
    ]),
  );
  return rowsOf(reading, printer.suppliesTable, device).map((row) => {
    const type = wordOf(supplyTypes, row.number('prtMarkerSuppliesType')) ?? 'unknown';
    const supplyClass = wordOf(supplyClasses, row.number('prtMarkerSuppliesClass')) ?? classOf(type);
    const colour = colours.get(row.number('prtMarkerSuppliesColorantIndex') ?? 0) ?? '';
    return {
      name: row.text('prtMarkerSuppliesDescription') || `supply ${row.index[1]}`,
      class: supplyClass,
      type,
      colour: noColour.test(colour) ? '' : colour,
      percent: percentOf(row, supplyClass === 'receptacleThatIsFilled'),
    };
  });
}

const noColour = /^(?:other|unknown|none)$/i;

/** Of a printer that does not tell. */
function classOf(type: ReportedSupply['type']): ReportedSupply['class'] {
  return type.startsWith('waste') ? 'receptacleThatIsFilled' : 'unknown';
}

function percentOf(row: MibRow<typeof printer.suppliesTable>, isReceptacle: boolean): Fill {
  const level = row.number('prtMarkerSuppliesLevel');
  if (level === someLeft) return 'some';
  if (level === null || level < 0) return 'unknown';
  let most = row.number('prtMarkerSuppliesMaxCapacity') ?? 0;
  // Some that count in percent do not find it necessary to say of how many.
  if (most <= 0 && row.number('prtMarkerSuppliesSupplyUnit') === units.percent) most = 100;
  if (most <= 0) return level === 0 && !isReceptacle ? 0 : 'unknown';
  const percent = Math.round((Math.min(level, most) / most) * 100);
  // RFC 3805 prtMarkerSuppliesLevel: of a receptacle the room that remains.
  return isReceptacle ? 100 - percent : percent;
}

/** A printer that does not say in what it counts means sheets. */
function isInSheets(unit: number | null): boolean {
  return unit === null || unit === units.sheets;
}

function capacity(most: number | null, inSheets: boolean): number | null {
  return inSheets && most !== null && most > 0 ? most : null;
}

function sheets(level: number | null, most: number | null, inSheets: boolean): Fill {
  if (level === null || (level < 0 && level !== someLeft)) return 'unknown';
  if (level === 0) return 0;
  if (level === someLeft || !inSheets) return 'some';
  return most === null ? level : Math.min(level, most);
}

function counters(reading: MibReading, { device, marker }: PrinterPlace): PrinterReport['counters'] {
  const row = rowsOf(reading, printer.markerTable, device).find(({ index }) => index[1] === marker?.index);
  // RFC 3805: -1 and -2 stand for a number that is not told.
  const count = (name: 'prtMarkerLifeCount' | 'prtMarkerPowerOnCount') => {
    const value = row?.number(name) ?? -1;
    return value < 0 ? null : value;
  };
  const life = count('prtMarkerLifeCount');
  if (marker?.counts === 'sheets') return { impressions: null, impressionsSincePowerOn: null, sheets: life };
  return { impressions: life, impressionsSincePowerOn: count('prtMarkerPowerOnCount'), sheets: null };
}

/** Of those that count impressions the default one, or the first; or else of those that count sheets. */
function countingMarker(reading: MibReading, device: number): PrinterPlace['marker'] {
  const [general] = rowsOf(reading, printer.generalTable, device);
  const preferred = general?.number('prtMarkerDefaultIndex');
  const markers = rowsOf(reading, printer.markerTable, device).filter(
    (row) => (row.number('prtMarkerLifeCount') ?? -1) >= 0,
  );
  for (const counts of ['impressions', 'sheets'] as const) {
    // A printer that does not say in what it counts means impressions.
    const counting = markers.filter(
      (row) => (row.number('prtMarkerCounterUnit') ?? units.impressions) === units[counts],
    );
    const best = counting.find(({ index }) => index[1] === preferred) ?? counting[0];
    if (best !== undefined) return { index: best.index[1] ?? 0, counts };
  }
  return null;
}

function rowsOf<G extends ObjectGroup>(reading: MibReading, table: G, device: number): MibRow<G>[] {
  return reading.rows(table).filter((row) => firstIndex(row) === device);
}

function hostRow<G extends ObjectGroup>(reading: MibReading, table: G, { hostDevice }: PrinterPlace) {
  return rowsOf(reading, table, hostDevice)[0];
}

function firstIndex({ index }: { index: Oid }): number {
  return index[0] ?? 0;
}
