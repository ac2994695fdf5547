/** The objects of the Printer MIB that a view of a printer answers (RFC 3805); indices are in the order of the MIB's INDEX clauses. */
import { parseOid } from './ber.js';
import type { ObjectGroup } from './mib-objects.js';

/** RFC 3805 prtGeneralTable: device. */
export const generalTable = {
  base: parseOid('1.3.6.1.2.1.43.5.1.1'),
  objects: {
    prtGeneralConfigChanges: [1, 'counter'],
    prtGeneralCurrentLocalization: [2, 'integer'],
    prtGeneralReset: [3, 'integer'],
    prtGeneralCurrentOperator: [4, 'octets'],
    prtGeneralServicePerson: [5, 'octets'],
    prtInputDefaultIndex: [6, 'integer'],
    prtOutputDefaultIndex: [7, 'integer'],
    prtMarkerDefaultIndex: [8, 'integer'],
    prtMediaPathDefaultIndex: [9, 'integer'],
    prtConsoleLocalization: [10, 'integer'],
    prtConsoleNumberOfDisplayLines: [11, 'integer'],
    prtConsoleNumberOfDisplayChars: [12, 'integer'],
    prtConsoleDisable: [13, 'integer'],
    prtAuxiliarySheetStartupPage: [14, 'integer'],
    prtAuxiliarySheetBannerPage: [15, 'integer'],
    prtGeneralPrinterName: [16, 'octets'],
    prtGeneralSerialNumber: [17, 'octets'],
    prtAlertCriticalEvents: [18, 'counter'],
    prtAlertAllEvents: [19, 'counter'],
  },
} as const satisfies ObjectGroup;

/** Storage, sequence number. */
export const storageRefTable = {
  base: parseOid('1.3.6.1.2.1.43.5.2.1'),
  objects: {
    prtStorageRefIndex: [2, 'integer'],
  },
} as const satisfies ObjectGroup;

/** Device, sequence number. */
export const deviceRefTable = {
  base: parseOid('1.3.6.1.2.1.43.5.3.1'),
  objects: {
    prtDeviceRefIndex: [2, 'integer'],
  },
} as const satisfies ObjectGroup;

/** Device, cover. */
export const coverTable = {
  base: parseOid('1.3.6.1.2.1.43.6.1.1'),
  objects: {
    prtCoverDescription: [2, 'octets'],
    prtCoverStatus: [3, 'integer'],
  },
} as const satisfies ObjectGroup;

/** Device, localization. */
export const localizationTable = {
  base: parseOid('1.3.6.1.2.1.43.7.1.1'),
  objects: {
    prtLocalizationLanguage: [2, 'octets'],
    prtLocalizationCountry: [3, 'octets'],
    prtLocalizationCharacterSet: [4, 'integer'],
  },
} as const satisfies ObjectGroup;

/** Device, input. */
export const inputTable = {
  base: parseOid('1.3.6.1.2.1.43.8.2.1'),
  objects: {
    prtInputType: [2, 'integer'],
    prtInputDimUnit: [3, 'integer'],
    prtInputMediaDimFeedDirDeclared: [4, 'integer'],
    prtInputMediaDimXFeedDirDeclared: [5, 'integer'],
    prtInputMediaDimFeedDirChosen: [6, 'integer'],
    prtInputMediaDimXFeedDirChosen: [7, 'integer'],
    prtInputCapacityUnit: [8, 'integer'],
    prtInputMaxCapacity: [9, 'integer'],
    prtInputCurrentLevel: [10, 'integer'],
    prtInputStatus: [11, 'integer'],
    prtInputMediaName: [12, 'octets'],
    prtInputName: [13, 'octets'],
    prtInputVendorName: [14, 'octets'],
    prtInputModel: [15, 'octets'],
    prtInputVersion: [16, 'octets'],
    prtInputSerialNumber: [17, 'octets'],
    prtInputDescription: [18, 'octets'],
    prtInputSecurity: [19, 'integer'],
    prtInputMediaWeight: [20, 'integer'],
    prtInputMediaType: [21, 'octets'],
    prtInputMediaColor: [22, 'octets'],
    prtInputMediaFormParts: [23, 'integer'],
    prtInputMediaLoadTimeout: [24, 'integer'],
    prtInputNextIndex: [25, 'integer'],
  },
} as const satisfies ObjectGroup;

/** Device, output. */
export const outputTable = {
  base: parseOid('1.3.6.1.2.1.43.9.2.1'),
  objects: {
    prtOutputType: [2, 'integer'],
    prtOutputCapacityUnit: [3, 'integer'],
    prtOutputMaxCapacity: [4, 'integer'],
    prtOutputRemainingCapacity: [5, 'integer'],
    prtOutputStatus: [6, 'integer'],
    prtOutputName: [7, 'octets'],
    prtOutputVendorName: [8, 'octets'],
    prtOutputModel: [9, 'octets'],
    prtOutputVersion: [10, 'octets'],
    prtOutputSerialNumber: [11, 'octets'],
    prtOutputDescription: [12, 'octets'],
    prtOutputSecurity: [13, 'integer'],
    prtOutputDimUnit: [14, 'integer'],
    prtOutputMaxDimFeedDir: [15, 'integer'],
    prtOutputMaxDimXFeedDir: [16, 'integer'],
    prtOutputMinDimFeedDir: [17, 'integer'],
    prtOutputMinDimXFeedDir: [18, 'integer'],
    prtOutputStackingOrder: [19, 'integer'],
    prtOutputPageDeliveryOrientation: [20, 'integer'],
    prtOutputBursting: [21, 'integer'],
    prtOutputDecollating: [22, 'integer'],
    prtOutputPageCollated: [23, 'integer'],
    prtOutputOffsetStacking: [24, 'integer'],
  },
} as const satisfies ObjectGroup;

/** Device, marker. */
export const markerTable = {
  base: parseOid('1.3.6.1.2.1.43.10.2.1'),
  objects: {
    prtMarkerMarkTech: [2, 'integer'],
    prtMarkerCounterUnit: [3, 'integer'],
    prtMarkerLifeCount: [4, 'counter'],
    prtMarkerPowerOnCount: [5, 'counter'],
    prtMarkerProcessColorants: [6, 'integer'],
    prtMarkerSpotColorants: [7, 'integer'],
    prtMarkerAddressabilityUnit: [8, 'integer'],
    prtMarkerAddressabilityFeedDir: [9, 'integer'],
    prtMarkerAddressabilityXFeedDir: [10, 'integer'],
    prtMarkerNorthMargin: [11, 'integer'],
    prtMarkerSouthMargin: [12, 'integer'],
    prtMarkerWestMargin: [13, 'integer'],
    prtMarkerEastMargin: [14, 'integer'],
    prtMarkerStatus: [15, 'integer'],
  },
} as const satisfies ObjectGroup;

/** Device, supply. */
export const suppliesTable = {
  base: parseOid('1.3.6.1.2.1.43.11.1.1'),
  objects: {
    prtMarkerSuppliesMarkerIndex: [2, 'integer'],
    prtMarkerSuppliesColorantIndex: [3, 'integer'],
    prtMarkerSuppliesClass: [4, 'integer'],
    prtMarkerSuppliesType: [5, 'integer'],
    prtMarkerSuppliesDescription: [6, 'octets'],
    prtMarkerSuppliesSupplyUnit: [7, 'integer'],
    prtMarkerSuppliesMaxCapacity: [8, 'integer'],
    prtMarkerSuppliesLevel: [9, 'integer'],
  },
} as const satisfies ObjectGroup;

/** Device, colorant. */
export const colorantTable = {
  base: parseOid('1.3.6.1.2.1.43.12.1.1'),
  objects: {
    prtMarkerColorantMarkerIndex: [2, 'integer'],
    prtMarkerColorantRole: [3, 'integer'],
    prtMarkerColorantValue: [4, 'octets'],
    prtMarkerColorantTonality: [5, 'integer'],
  },
} as const satisfies ObjectGroup;

/** Device, media path. */
export const mediaPathTable = {
  base: parseOid('1.3.6.1.2.1.43.13.4.1'),
  objects: {
    prtMediaPathMaxSpeedPrintUnit: [2, 'integer'],
    prtMediaPathMediaSizeUnit: [3, 'integer'],
    prtMediaPathMaxSpeed: [4, 'integer'],
    prtMediaPathMaxMediaFeedDir: [5, 'integer'],
    prtMediaPathMaxMediaXFeedDir: [6, 'integer'],
    prtMediaPathMinMediaFeedDir: [7, 'integer'],
    prtMediaPathMinMediaXFeedDir: [8, 'integer'],
    prtMediaPathType: [9, 'integer'],
    prtMediaPathDescription: [10, 'octets'],
    prtMediaPathStatus: [11, 'integer'],
  },
} as const satisfies ObjectGroup;

/** Device, channel. */
export const channelTable = {
  base: parseOid('1.3.6.1.2.1.43.14.1.1'),
  objects: {
    prtChannelType: [2, 'integer'],
    prtChannelProtocolVersion: [3, 'octets'],
    prtChannelCurrentJobCntlLangIndex: [4, 'integer'],
    prtChannelDefaultPageDescLangIndex: [5, 'integer'],
    prtChannelState: [6, 'integer'],
    prtChannelIfIndex: [7, 'integer'],
    prtChannelStatus: [8, 'integer'],
    prtChannelInformation: [9, 'octets'],
  },
} as const satisfies ObjectGroup;

/** Device, interpreter. */
export const interpreterTable = {
  base: parseOid('1.3.6.1.2.1.43.15.1.1'),
  objects: {
    prtInterpreterLangFamily: [2, 'integer'],
    prtInterpreterLangLevel: [3, 'octets'],
    prtInterpreterLangVersion: [4, 'octets'],
    prtInterpreterDescription: [5, 'octets'],
    prtInterpreterVersion: [6, 'octets'],
    prtInterpreterDefaultOrientation: [7, 'integer'],
    prtInterpreterFeedAddressability: [8, 'integer'],
    prtInterpreterXFeedAddressability: [9, 'integer'],
    prtInterpreterDefaultCharSetIn: [10, 'integer'],
    prtInterpreterDefaultCharSetOut: [11, 'integer'],
    prtInterpreterTwoWay: [12, 'integer'],
  },
} as const satisfies ObjectGroup;

/** Device, line. */
export const displayTable = {
  base: parseOid('1.3.6.1.2.1.43.16.5.1'),
  objects: {
    prtConsoleDisplayBufferText: [2, 'octets'],
  },
} as const satisfies ObjectGroup;

/** Device, light. */
export const lightTable = {
  base: parseOid('1.3.6.1.2.1.43.17.6.1'),
  objects: {
    prtConsoleOnTime: [2, 'integer'],
    prtConsoleOffTime: [3, 'integer'],
    prtConsoleColor: [4, 'integer'],
    prtConsoleDescription: [5, 'octets'],
  },
} as const satisfies ObjectGroup;

/** Device, alert. */
export const alertTable = {
  base: parseOid('1.3.6.1.2.1.43.18.1.1'),
  objects: {
    prtAlertIndex: [1, 'integer'],
    prtAlertSeverityLevel: [2, 'integer'],
    prtAlertTrainingLevel: [3, 'integer'],
    prtAlertGroup: [4, 'integer'],
    prtAlertGroupIndex: [5, 'integer'],
    prtAlertLocation: [6, 'integer'],
    prtAlertCode: [7, 'integer'],
    prtAlertDescription: [8, 'octets'],
    prtAlertTime: [9, 'ticks'],
  },
} as const satisfies ObjectGroup;
