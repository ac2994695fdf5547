/** The Printer MIB's and the Host Resources MIB's words for what is wrong with a printer, with their numbers. */

/** IANA-PRINTER-MIB, PrtAlertGroupTC: the kind of sub-unit. */
export const alertGroups = {
  other: 1,
  unknown: 2,
  hostResourcesMIBStorageTable: 3,
  hostResourcesMIBDeviceTable: 4,
  generalPrinter: 5,
  cover: 6,
  localization: 7,
  input: 8,
  output: 9,
  marker: 10,
  markerSupplies: 11,
  markerColorant: 12,
  mediaPath: 13,
  channel: 14,
  interpreter: 15,
  consoleDisplayBuffer: 16,
  consoleLights: 17,
  alert: 18,
} as const;
export type AlertGroup = keyof typeof alertGroups;

/** IANA-PRINTER-MIB, PrtAlertCodeTC: without those of the finishers, which a printer of ours does not have. */
export const alertCodes = {
  other: 1,
  unknown: 2,
  coverOpen: 3,
  coverClosed: 4,
  interlockOpen: 5,
  interlockClosed: 6,
  configurationChange: 7,
  jam: 8,
  subunitMissing: 9,
  subunitLifeAlmostOver: 10,
  subunitLifeOver: 11,
  subunitAlmostEmpty: 12,
  subunitEmpty: 13,
  subunitAlmostFull: 14,
  subunitFull: 15,
  subunitNearLimit: 16,
  subunitAtLimit: 17,
  subunitOpened: 18,
  subunitClosed: 19,
  subunitTurnedOn: 20,
  subunitTurnedOff: 21,
  subunitOffline: 22,
  subunitPowerSaver: 23,
  subunitWarmingUp: 24,
  subunitAdded: 25,
  subunitRemoved: 26,
  subunitResourceAdded: 27,
  subunitResourceRemoved: 28,
  subunitRecoverableFailure: 29,
  subunitUnrecoverableFailure: 30,
  subunitRecoverableStorageError: 31,
  subunitUnrecoverableStorageError: 32,
  subunitMotorFailure: 33,
  subunitMemoryExhausted: 34,
  subunitUnderTemperature: 35,
  subunitOverTemperature: 36,
  subunitTimingFailure: 37,
  subunitThermistorFailure: 38,
  doorOpen: 501,
  doorClosed: 502,
  powerUp: 503,
  powerDown: 504,
  printerNMSReset: 505,
  printerManualReset: 506,
  printerReadyToPrint: 507,
  inputMediaTrayMissing: 801,
  inputMediaSizeChange: 802,
  inputMediaWeightChange: 803,
  inputMediaTypeChange: 804,
  inputMediaColorChange: 805,
  inputMediaFormPartsChange: 806,
  inputMediaSupplyLow: 807,
  inputMediaSupplyEmpty: 808,
  inputMediaChangeRequest: 809,
  inputManualInputRequest: 810,
  inputTrayPositionFailure: 811,
  inputTrayElevationFailure: 812,
  inputCannotFeedSizeSelected: 813,
  outputMediaTrayMissing: 901,
  outputMediaTrayAlmostFull: 902,
  outputMediaTrayFull: 903,
  outputMailboxSelectFailure: 904,
  markerFuserUnderTemperature: 1001,
  markerFuserOverTemperature: 1002,
  markerFuserTimingFailure: 1003,
  markerFuserThermistorFailure: 1004,
  markerAdjustingPrintQuality: 1005,
  markerTonerEmpty: 1101,
  markerInkEmpty: 1102,
  markerPrintRibbonEmpty: 1103,
  markerTonerAlmostEmpty: 1104,
  markerInkAlmostEmpty: 1105,
  markerPrintRibbonAlmostEmpty: 1106,
  markerWasteTonerReceptacleAlmostFull: 1107,
  markerWasteInkReceptacleAlmostFull: 1108,
  markerWasteTonerReceptacleFull: 1109,
  markerWasteInkReceptacleFull: 1110,
  markerOpcLifeAlmostOver: 1111,
  markerOpcLifeOver: 1112,
  markerDeveloperAlmostEmpty: 1113,
  markerDeveloperEmpty: 1114,
  markerTonerCartridgeMissing: 1115,
  mediaPathMediaTrayMissing: 1301,
  mediaPathMediaTrayAlmostFull: 1302,
  mediaPathMediaTrayFull: 1303,
  mediaPathCannotDuplexMediaSelected: 1304,
  interpreterMemoryIncrease: 1501,
  interpreterMemoryDecrease: 1502,
  interpreterCartridgeAdded: 1503,
  interpreterCartridgeDeleted: 1504,
  interpreterResourceAdded: 1505,
  interpreterResourceDeleted: 1506,
  interpreterResourceUnavailable: 1507,
  interpreterComplexPageEncountered: 1509,
  alertRemovalOfBinaryChangeEntry: 1801,
} as const;
export type AlertCode = keyof typeof alertCodes;

/** IANA-PRINTER-MIB, PrtAlertTrainingLevelTC: who can put it right. */
export const trainingLevels = {
  untrained: 3,
  trained: 4,
  fieldService: 5,
  management: 6,
  noInterventionRequired: 7,
} as const;
export type TrainingLevel = keyof typeof trainingLevels;

/** RFC 2790, hrPrinterDetectedErrorState: bit 0 is the most significant one of the first byte. */
export const detectedErrorBits = {
  lowPaper: 0,
  noPaper: 1,
  lowToner: 2,
  noToner: 3,
  doorOpen: 4,
  jammed: 5,
  offline: 6,
  serviceRequested: 7,
  inputTrayMissing: 8,
  outputTrayMissing: 9,
  markerSupplyMissing: 10,
  outputNearFull: 11,
  outputFull: 12,
  inputTrayEmpty: 13,
  overduePreventMaint: 14,
} as const;
export type DetectedError = keyof typeof detectedErrorBits;

/** HOST-RESOURCES-MIB, hrDeviceStatus. */
export const deviceStatuses = { unknown: 1, running: 2, warning: 3, testing: 4, down: 5 } as const;

/** HOST-RESOURCES-MIB, hrPrinterStatus. */
export const printerStatuses = { other: 1, unknown: 2, idle: 3, printing: 4, warmup: 5 } as const;

/** Printer-MIB, PrtInputTypeTC. */
export const inputTypes = {
  sheetFeedAutoRemovableTray: 3,
  sheetFeedAutoNonRemovableTray: 4,
  sheetFeedManual: 5,
  continuousRoll: 6,
  continuousFanFold: 7,
} as const;
export type InputType = keyof typeof inputTypes;

/** Printer-MIB, PrtOutputTypeTC. */
export const outputTypes = {
  removableBin: 3,
  unRemovableBin: 4,
  continuousRollDevice: 5,
  mailBox: 6,
  continuousFanFold: 7,
} as const;
export type OutputType = keyof typeof outputTypes;

/** IANA-PRINTER-MIB, PrtMarkerMarkTechTC: as far as a page printer has them. */
export const markTechnologies = {
  unknown: 2,
  electrophotographicLED: 3,
  electrophotographicLaser: 4,
  electrophotographicOther: 5,
  inkjetSolid: 13,
} as const;
export type MarkTechnology = keyof typeof markTechnologies;

/** Printer-MIB, PrtCapacityUnitTC, PrtMarkerCounterUnitTC and PrtMarkerSuppliesSupplyUnitTC: what we count in. */
export const units = { impressions: 7, sheets: 8, percent: 19 } as const;

/** Printer-MIB, PrtAlertSeverityLevelTC: a warning that will be taken back is `warningBinaryChangeEvent`. */
export const alertSeverityLevels = {
  other: 1,
  critical: 3,
  warning: 4,
  warningBinaryChangeEvent: 5,
} as const;

/** Printer-MIB, PrtMarkerSuppliesClassTC. */
export const supplyClasses = { supplyThatIsConsumed: 3, receptacleThatIsFilled: 4 } as const;
export type SupplyClass = keyof typeof supplyClasses;

/** IANA-PRINTER-MIB, PrtMarkerSuppliesTypeTC. */
export const supplyTypes = {
  other: 1,
  toner: 3,
  wasteToner: 4,
  ink: 5,
  inkCartridge: 6,
  inkRibbon: 7,
  wasteInk: 8,
  opc: 9,
  developer: 10,
  fuserOil: 11,
  solidWax: 12,
  ribbonWax: 13,
  wasteWax: 14,
  fuser: 15,
  coronaWire: 16,
  fuserOilWick: 17,
  cleanerUnit: 18,
  fuserCleaningPad: 19,
  transferUnit: 20,
  tonerCartridge: 21,
  fuserOiler: 22,
  water: 23,
  wasteWater: 24,
  glueWaterAdditive: 25,
  wastePaper: 26,
  bindingSupply: 27,
  bandingSupply: 28,
  stitchingWire: 29,
  shrinkWrap: 30,
  paperWrap: 31,
  staples: 32,
  inserts: 33,
  covers: 34,
  matteToner: 35,
  matteInk: 36,
} as const;
export type SupplyType = keyof typeof supplyTypes;

/** Printer-MIB, PrtMediaPathTypeTC. */
export const mediaPathTypes = { longEdgeBindingDuplex: 3, shortEdgeBindingDuplex: 4, simplex: 5 } as const;
export type MediaPathType = keyof typeof mediaPathTypes;

/** IANA-PRINTER-MIB, PrtChannelTypeTC. */
export const channelTypes = {
  chLPDServer: 8,
  chAppSocket: 12,
  chFTP: 13,
  chIPP: 44,
} as const;
export type ChannelType = keyof typeof channelTypes;

/** IANA-PRINTER-MIB, PrtInterpreterLangFamilyTC. */
export const interpreterFamilies = { langPS: 6, langPDF: 54 } as const;
export type InterpreterFamily = keyof typeof interpreterFamilies;

/** IANA-PRINTER-MIB, PrtConsoleColorTC. */
export const lightColours = { red: 4, green: 5, yellow: 9, orange: 10 } as const;
export type LightColour = keyof typeof lightColours;
