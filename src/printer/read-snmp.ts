/** Reads a printer by SNMP: all that it says of itself, or in one question what matters while a job prints. */
import type { PrinterReport, QuickReport } from '#vocab/printer-status.js';
import type { Oid } from '#wire/ber.js';
import { deviceTable, printerTable, systemGroup } from '#wire/host-objects.js';
import type { ObjectGroup } from '#wire/mib-objects.js';
import { objectOid } from '#wire/mib-reading.js';
import type { Wanted } from '#wire/mib-walk.js';
import * as printer from '#wire/printer-objects.js';
import { findPrinter, type PrinterPlace, printerReport, quickReport } from './mib-report.js';
import type { SnmpSession } from './snmp-session.js';

const alertColumns = [
  'prtAlertSeverityLevel',
  'prtAlertGroup',
  'prtAlertCode',
  'prtAlertDescription',
] as const;

/** In the order of their numbers, so that tables are read one after the other. */
const everything: Wanted = {
  values: [objectOid(systemGroup, 'sysDescr', [0])],
  columns: [
    ...columns(deviceTable, ['hrDeviceType', 'hrDeviceDescr', 'hrDeviceStatus']),
    ...columns(printerTable, ['hrPrinterStatus', 'hrPrinterDetectedErrorState']),
    ...columns(printer.generalTable, [
      'prtMarkerDefaultIndex',
      'prtGeneralPrinterName',
      'prtGeneralSerialNumber',
    ]),
    ...columns(printer.inputTable, [
      'prtInputType',
      'prtInputCapacityUnit',
      'prtInputMaxCapacity',
      'prtInputCurrentLevel',
      'prtInputMediaName',
      'prtInputName',
      'prtInputDescription',
    ]),
    ...columns(printer.outputTable, [
      'prtOutputType',
      'prtOutputCapacityUnit',
      'prtOutputMaxCapacity',
      'prtOutputRemainingCapacity',
      'prtOutputName',
      'prtOutputDescription',
    ]),
    ...columns(printer.markerTable, ['prtMarkerCounterUnit', 'prtMarkerLifeCount', 'prtMarkerPowerOnCount']),
    ...columns(printer.suppliesTable, [
      'prtMarkerSuppliesColorantIndex',
      'prtMarkerSuppliesClass',
      'prtMarkerSuppliesType',
      'prtMarkerSuppliesDescription',
      'prtMarkerSuppliesSupplyUnit',
      'prtMarkerSuppliesMaxCapacity',
      'prtMarkerSuppliesLevel',
    ]),
    ...columns(printer.colorantTable, ['prtMarkerColorantValue']),
    ...columns(printer.displayTable, ['prtConsoleDisplayBufferText']),
    ...columns(printer.alertTable, alertColumns),
  ],
};

/** Alerts are few; a printer that has more is asked for the rest. */
const alertsAtOnce = 3;
/** No display of a printer is so large that more would fit into the question. */
const maxQuickLines = 6;

export class SnmpPrinter {
  readonly #session: SnmpSession;
  #place: PrinterPlace | null = null;

  constructor(session: SnmpSession) {
    this.#session = session;
  }

  async readAll(signal: AbortSignal): Promise<PrinterReport> {
    const reading = await this.#session.read(everything, signal);
    this.#place = findPrinter(reading);
    return printerReport(reading, this.#place);
  }

  /** Of the printer that was found when all was read. */
  async readQuickly(signal: AbortSignal): Promise<QuickReport> {
    if (this.#place === null) return this.readAll(signal);
    return quickReport(await this.#session.read(quickly(this.#place), signal), this.#place);
  }

  close(): void {
    this.#session.close();
  }
}

function quickly({ hostDevice, device, marker, lines }: PrinterPlace): Wanted {
  const counters =
    marker === null
      ? []
      : (['prtMarkerLifeCount', 'prtMarkerPowerOnCount'] as const).map((name) =>
          objectOid(printer.markerTable, name, [device, marker.index]),
        );
  return {
    values: [
      objectOid(deviceTable, 'hrDeviceStatus', [hostDevice]),
      objectOid(printerTable, 'hrPrinterStatus', [hostDevice]),
      objectOid(printerTable, 'hrPrinterDetectedErrorState', [hostDevice]),
      ...counters,
      ...lines
        .slice(0, maxQuickLines)
        .map((line) => objectOid(printer.displayTable, 'prtConsoleDisplayBufferText', [device, line])),
    ],
    columns: columns(printer.alertTable, alertColumns),
    rowsAtOnce: alertsAtOnce,
  };
}

function columns<G extends ObjectGroup>(
  group: G,
  names: readonly Extract<keyof G['objects'], string>[],
): Oid[] {
  return names.map((name) => objectOid(group, name));
}
