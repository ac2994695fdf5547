/** The Printer MIB's and the Host Resources MIB's words for what is wrong with a printer, with their numbers. */

/** IANA-PRINTER-MIB, PrtAlertGroupTC: the kind of sub-unit. */
export const alertGroups = {
  hostResourcesMIBStorageTable: 3,
  generalPrinter: 5,
  cover: 6,
  input: 8,
  output: 9,
  marker: 10,
  markerSupplies: 11,
  mediaPath: 13,
  channel: 14,
  interpreter: 15,
  alert: 18,
} as const;
export type AlertGroup = keyof typeof alertGroups;

/** IANA-PRINTER-MIB, PrtAlertCodeTC: as far as our conditions need it. */
export const alertCodes = {
  other: 1,
  coverOpen: 3,
  jam: 8,
  subunitMissing: 9,
  subunitLifeAlmostOver: 10,
  subunitLifeOver: 11,
  subunitAlmostFull: 14,
  subunitFull: 15,
  subunitOffline: 22,
  subunitRecoverableFailure: 29,
  subunitMemoryExhausted: 34,
  inputMediaTrayMissing: 801,
  inputMediaSupplyLow: 807,
  inputMediaSupplyEmpty: 808,
  inputMediaChangeRequest: 809,
  inputManualInputRequest: 810,
  outputMediaTrayMissing: 901,
  outputMediaTrayAlmostFull: 902,
  outputMediaTrayFull: 903,
  markerFuserUnderTemperature: 1001,
  markerFuserOverTemperature: 1002,
  markerTonerEmpty: 1101,
  markerTonerAlmostEmpty: 1104,
  markerWasteTonerReceptacleAlmostFull: 1107,
  markerWasteTonerReceptacleFull: 1109,
  markerOpcLifeAlmostOver: 1111,
  markerOpcLifeOver: 1112,
  markerTonerCartridgeMissing: 1115,

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
} as const;
export type InputType = keyof typeof inputTypes;

/** Printer-MIB, PrtOutputTypeTC. */
export const outputTypes = { removableBin: 3, unRemovableBin: 4 } as const;
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

/** Printer-MIB, PrtMarkerSuppliesClassTC. */
export const supplyClasses = { supplyThatIsConsumed: 3, receptacleThatIsFilled: 4 } as const;
export type SupplyClass = keyof typeof supplyClasses;

/** IANA-PRINTER-MIB, PrtMarkerSuppliesTypeTC: as far as a page printer has them. */
export const supplyTypes = {
  other: 1,
  toner: 3,
  wasteToner: 4,
  ink: 5,
  opc: 9,
  developer: 10,
  fuser: 15,
  transferUnit: 20,
  tonerCartridge: 21,
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
