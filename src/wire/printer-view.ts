/** The Printer MIB of a printer (RFC 3805), and the PWG's port monitor objects that drivers read (PWG 5107.1). */
import {
  alertCodes,
  alertGroups,
  channelTypes,
  inputTypes,
  interpreterFamilies,
  lightColours,
  markTechnologies,
  mediaPathTypes,
  outputTypes,
  supplyClasses,
  supplyTypes,
  trainingLevels,
  units,
} from '#vocab/printer-mib.js';
import { parseOid } from './ber.js';
import { hostParts, printerDevice } from './host-view.js';
import { type ObjectGroup, type Row, tablePart } from './mib-objects.js';
import type { MibPart } from './mib-view.js';
import type { Level, PrinterModel } from './printer-model.js';
import * as table from './printer-objects.js';
import { alertSeverities, conditionOf, subUnitStatus } from './printer-status.js';

// RFC 3805, values of the objects below that are the same for every printer of ours.
const notResetting = 3;
const consoleEnabled = 3;
const notPresent = 5;
const localization = 1;
const utf8 = 106;
const unknownCharset = 2;
const cover = { open: 3, closed: 4 };
const micrometers = 4;
const tenThousandthsOfInches = 3;
const impressionsPerHour = 7;
const unknown = -2;
const stacking = { firstToLast: 3, lastToFirst: 4 };
const delivery = { faceUp: 3, faceDown: 4 };
const processColorant = 3;
const contone = 2;
const markerIndex = 1;
const channelState = { accepting: 3, refusing: 4 };
const portrait = 3;
const twoWay = { yes: 3, no: 4 };
/** Milliseconds that a blinking light is on, and off. */
const blinkMs = 500;
const noRestriction = -1;

function levelNumber(level: Level): number {
  if (level === 'unknown') return unknown;
  return level === 'some' ? -3 : level;
}

/** Rows under the printer, at places that count from 1. */
function rows<G extends ObjectGroup, T>(
  group: G,
  things: readonly T[],
  row: (thing: T, unit: number) => Row<G>,
) {
  return tablePart(
    group,
    things.map((thing, place) => ({ index: [printerDevice, place + 1], row: row(thing, place + 1) })),
  );
}

export function printerParts(model: PrinterModel): MibPart[] {
  return [
    ...hostParts(model),
    generalPart(model),
    rows(table.deviceRefTable, [printerDevice], (device) => ({ prtDeviceRefIndex: device })),
    tablePart(
      table.storageRefTable,
      model.storages.map((_, place) => ({
        index: [place + 1, 1],
        row: { prtStorageRefIndex: printerDevice },
      })),
    ),
    rows(table.coverTable, model.covers, ({ name, open }) => ({
      prtCoverDescription: name,
      prtCoverStatus: open ? cover.open : cover.closed,
    })),
    rows(table.localizationTable, ['en'], (language) => ({
      prtLocalizationLanguage: language,
      prtLocalizationCountry: 'US',
      prtLocalizationCharacterSet: utf8,
    })),
    inputPart(model),
    outputPart(model),
    ...markerParts(model),
    mediaPathPart(model),
    channelPart(model),
    interpreterPart(model),
    ...consoleParts(model),
    alertPart(model),
    ...portMonitorParts(model),
  ];
}

function generalPart(model: PrinterModel): MibPart {
  const { system, display } = model;
  const row = {
    prtGeneralConfigChanges: 0,
    prtGeneralCurrentLocalization: localization,
    prtGeneralReset: notResetting,
    prtGeneralCurrentOperator: system.contact,
    prtGeneralServicePerson: '',
    prtInputDefaultIndex: model.inputs.length > 0 ? 1 : -1,
    prtOutputDefaultIndex: model.outputs.length > 0 ? 1 : -1,
    prtMarkerDefaultIndex: markerIndex,
    prtMediaPathDefaultIndex: 1,
    prtConsoleLocalization: localization,
    prtConsoleNumberOfDisplayLines: display.lines.length,
    prtConsoleNumberOfDisplayChars: display.characters,
    prtConsoleDisable: consoleEnabled,
    prtAuxiliarySheetStartupPage: notPresent,
    prtAuxiliarySheetBannerPage: notPresent,
    prtGeneralPrinterName: system.name,
    prtGeneralSerialNumber: model.serialNumber,
    prtAlertCriticalEvents: model.criticalAlerts,
    prtAlertAllEvents: model.allAlerts,
  };
  return tablePart(table.generalTable, [{ index: [printerDevice], row }]);
}

function inputPart(model: PrinterModel): MibPart {
  return rows(table.inputTable, model.inputs, (input, unit) => ({
    prtInputType: inputTypes[input.type],
    prtInputDimUnit: micrometers,
    prtInputMediaDimFeedDirDeclared: input.feedMicrometers,
    prtInputMediaDimXFeedDirDeclared: input.crossFeedMicrometers,
    prtInputMediaDimFeedDirChosen: input.feedMicrometers,
    prtInputMediaDimXFeedDirChosen: input.crossFeedMicrometers,
    prtInputCapacityUnit: units.sheets,
    prtInputMaxCapacity: input.capacitySheets,
    prtInputCurrentLevel: levelNumber(input.sheets),
    prtInputStatus: subUnitStatus(model, 'input', unit),
    prtInputMediaName: input.mediaName,
    prtInputName: input.name,
    prtInputVendorName: '',
    prtInputModel: '',
    prtInputVersion: '',
    prtInputSerialNumber: '',
    prtInputDescription: input.name,
    prtInputSecurity: notPresent,
    prtInputMediaWeight: unknown,
    prtInputMediaType: input.mediaType,
    prtInputMediaColor: input.mediaType === 'transparency' ? 'transparent' : 'white',
    prtInputMediaFormParts: 0,
    prtInputMediaLoadTimeout: noRestriction,
    prtInputNextIndex: 0,
  }));
}

function outputPart(model: PrinterModel): MibPart {
  const {
    maxFeed = unknown,
    maxCrossFeed = unknown,
    minFeed = unknown,
    minCrossFeed = unknown,
  } = model.mediaPaths[0] ?? {};
  return rows(table.outputTable, model.outputs, (output, unit) => ({
    prtOutputType: outputTypes[output.type],
    prtOutputCapacityUnit: units.sheets,
    prtOutputMaxCapacity: output.capacitySheets,
    prtOutputRemainingCapacity: levelNumber(output.remainingSheets),
    prtOutputStatus: subUnitStatus(model, 'output', unit),
    prtOutputName: output.name,
    prtOutputVendorName: '',
    prtOutputModel: '',
    prtOutputVersion: '',
    prtOutputSerialNumber: '',
    prtOutputDescription: output.name,
    prtOutputSecurity: notPresent,
    prtOutputDimUnit: micrometers,
    prtOutputMaxDimFeedDir: maxFeed,
    prtOutputMaxDimXFeedDir: maxCrossFeed,
    prtOutputMinDimFeedDir: minFeed,
    prtOutputMinDimXFeedDir: minCrossFeed,
    prtOutputStackingOrder: output.faceUp ? stacking.lastToFirst : stacking.firstToLast,
    prtOutputPageDeliveryOrientation: output.faceUp ? delivery.faceUp : delivery.faceDown,
    prtOutputBursting: notPresent,
    prtOutputDecollating: notPresent,
    prtOutputPageCollated: notPresent,
    prtOutputOffsetStacking: notPresent,
  }));
}

function markerParts(model: PrinterModel): MibPart[] {
  const { marker, supplies, colorants } = model;
  const inches = (points: number) => Math.round((points * 10_000) / 72);
  return [
    rows(table.markerTable, marker === null ? [] : [marker], ({ margins, ...of }, unit) => ({
      prtMarkerMarkTech: markTechnologies[of.technology],
      prtMarkerCounterUnit: units.impressions,
      prtMarkerLifeCount: of.lifeImpressions,
      prtMarkerPowerOnCount: of.impressionsSincePowerOn,
      prtMarkerProcessColorants: colorants.length,
      prtMarkerSpotColorants: 0,
      prtMarkerAddressabilityUnit: tenThousandthsOfInches,
      prtMarkerAddressabilityFeedDir: of.feedDpi,
      prtMarkerAddressabilityXFeedDir: of.crossFeedDpi,
      prtMarkerNorthMargin: inches(margins.top),
      prtMarkerSouthMargin: inches(margins.bottom),
      prtMarkerWestMargin: inches(margins.left),
      prtMarkerEastMargin: inches(margins.right),
      prtMarkerStatus: subUnitStatus(model, 'marker', unit),
    })),
    rows(table.suppliesTable, supplies, (supply) => ({
      prtMarkerSuppliesMarkerIndex: markerIndex,
      prtMarkerSuppliesColorantIndex: supply.colorant ?? 0,
      prtMarkerSuppliesClass: supplyClasses[supply.class],
      prtMarkerSuppliesType: supplyTypes[supply.type],
      prtMarkerSuppliesDescription: supply.name,
      prtMarkerSuppliesSupplyUnit: units.percent,
      prtMarkerSuppliesMaxCapacity: 100,
      prtMarkerSuppliesLevel: levelNumber(supply.percent),
    })),
    rows(table.colorantTable, colorants, (colorant) => ({
      prtMarkerColorantMarkerIndex: markerIndex,
      prtMarkerColorantRole: processColorant,
      prtMarkerColorantValue: colorant,
      prtMarkerColorantTonality: contone,
    })),
  ];
}

function mediaPathPart(model: PrinterModel): MibPart {
  return rows(table.mediaPathTable, model.mediaPaths, (path, unit) => ({
    prtMediaPathMaxSpeedPrintUnit: impressionsPerHour,
    prtMediaPathMediaSizeUnit: micrometers,
    prtMediaPathMaxSpeed: path.impressionsPerHour,
    prtMediaPathMaxMediaFeedDir: path.maxFeed,
    prtMediaPathMaxMediaXFeedDir: path.maxCrossFeed,
    prtMediaPathMinMediaFeedDir: path.minFeed,
    prtMediaPathMinMediaXFeedDir: path.minCrossFeed,
    prtMediaPathType: mediaPathTypes[path.type],
    prtMediaPathDescription: path.name,
    prtMediaPathStatus: subUnitStatus(model, 'mediaPath', unit),
  }));
}

function channelPart(model: PrinterModel): MibPart {
  return rows(table.channelTable, model.channels, (channel, unit) => ({
    prtChannelType: channelTypes[channel.type],
    prtChannelProtocolVersion: channel.version,
    prtChannelCurrentJobCntlLangIndex: 1,
    prtChannelDefaultPageDescLangIndex: 1,
    prtChannelState: channel.accepting ? channelState.accepting : channelState.refusing,
    prtChannelIfIndex: 1,
    prtChannelStatus: subUnitStatus(model, 'channel', unit),
    prtChannelInformation: channel.information,
  }));
}

function interpreterPart(model: PrinterModel): MibPart {
  return rows(table.interpreterTable, model.interpreters, (interpreter) => ({
    prtInterpreterLangFamily: interpreterFamilies[interpreter.family],
    prtInterpreterLangLevel: interpreter.level,
    prtInterpreterLangVersion: interpreter.languageVersion,
    prtInterpreterDescription: interpreter.description,
    prtInterpreterVersion: interpreter.version,
    prtInterpreterDefaultOrientation: portrait,
    prtInterpreterFeedAddressability: interpreter.feedDpi,
    prtInterpreterXFeedAddressability: interpreter.crossFeedDpi,
    prtInterpreterDefaultCharSetIn: unknownCharset,
    prtInterpreterDefaultCharSetOut: unknownCharset,
    prtInterpreterTwoWay: interpreter.answers ? twoWay.yes : twoWay.no,
  }));
}

function consoleParts({ display, lights }: PrinterModel): MibPart[] {
  return [
    rows(table.displayTable, display.lines, (line) => ({ prtConsoleDisplayBufferText: line })),
    rows(table.lightTable, lights, ({ name, colour, state }) => ({
      prtConsoleOnTime: state === 'off' ? 0 : blinkMs,
      prtConsoleOffTime: state === 'on' ? 0 : blinkMs,
      prtConsoleColor: lightColours[colour],
      prtConsoleDescription: name,
    })),
  ];
}

function alertPart({ alerts }: PrinterModel): MibPart {
  const shown = alerts.flatMap((alert) => {
    const { alert: row, severity } = conditionOf(alert);
    return row === null ? [] : [{ alert, row, severity }];
  });
  return tablePart(
    table.alertTable,
    shown.map(({ alert, row, severity }) => ({
      index: [printerDevice, alert.index],
      row: {
        prtAlertIndex: alert.index,
        prtAlertSeverityLevel: alertSeverities[severity],
        prtAlertTrainingLevel: trainingLevels[row.training],
        prtAlertGroup: alertGroups[row.group],
        prtAlertGroupIndex: alert.unit ?? -1,
        prtAlertLocation: unknown,
        prtAlertCode: alertCodes[row.code],
        prtAlertDescription: alert.text,
        prtAlertTime: alert.raisedMs,
      },
    })),
  );
}

/** PWG 5107.1: what CUPS's discovery and other drivers' set-up read; printer 1, and a port for each channel. */
const portMonitorPrinter = {
  base: parseOid('1.3.6.1.4.1.2699.1.2.1.2.1.1'),
  objects: { ppmPrinterName: [2, 'octets'], ppmPrinterIEEE1284DeviceId: [3, 'octets'] },
} as const satisfies ObjectGroup;
const portMonitorPort = {
  base: parseOid('1.3.6.1.4.1.2699.1.2.1.3.1.1'),
  objects: { ppmPortServiceNameOrURI: [4, 'octets'] },
} as const satisfies ObjectGroup;

function portMonitorParts({ system, deviceId, channels }: PrinterModel): MibPart[] {
  return [
    tablePart(portMonitorPrinter, [
      { index: [1], row: { ppmPrinterName: system.name, ppmPrinterIEEE1284DeviceId: deviceId } },
    ]),
    rows(portMonitorPort, channels, ({ uri }) => ({ ppmPortServiceNameOrURI: uri })),
  ];
}
