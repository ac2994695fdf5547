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
  interpreterResourceUnavailable: 1507,
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
