/** A printer as the Printer MIB and Host Resources see it: plain values, from which the view and its numbers are made. */
import type { ConditionName } from '#vocab/conditions.js';
import type {
  ChannelType,
  InputType,
  InterpreterFamily,
  LightColour,
  MarkTechnology,
  MediaPathType,
  OutputType,
  SupplyClass,
  SupplyType,
} from '#vocab/printer-mib.js';
import type { Oid } from './ber.js';

/** RFC 3805 §2.2.10 writes them as -2 and -3. */
export type Level = number | 'unknown' | 'some';

/** Every part stands at the place that its index has in the MIB, which counts from 1. */
export interface PrinterModel {
  system: {
    description: string;
    objectId: Oid;
    contact: string;
    /** prtGeneralPrinterName too. */
    name: string;
    location: string;
  };
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds since the printer was switched on. */
  uptimeMs(): number;
  interfaces: readonly InterfaceModel[];
  memoryBytes: number;
  storages: readonly StorageModel[];
  /** Maker and model, as managers and CUPS's discovery show it. */
  makeAndModel: string;
  /** IEEE 1284. */
  deviceId: string;
  serialNumber: string;
  activity: 'warming-up' | 'idle' | 'printing' | 'sleeping';
  /** What is wrong now. */
  alerts: readonly AlertModel[];
  /** Since it was switched on: of alerts that stop it, and of all. */
  criticalAlerts: number;
  allAlerts: number;
  covers: readonly { name: string; open: boolean }[];
  inputs: readonly InputModel[];
  outputs: readonly OutputModel[];
  /** Null where nothing is known of it. */
  marker: MarkerModel | null;
  supplies: readonly SupplyModel[];
  /** By name; a supply refers to them by place. */
  colorants: readonly string[];
  mediaPaths: readonly MediaPathModel[];
  channels: readonly ChannelModel[];
  interpreters: readonly InterpreterModel[];
  display: { lines: readonly string[]; characters: number };
  lights: readonly { name: string; colour: LightColour; state: 'on' | 'off' | 'blink' }[];
}

export interface AlertModel {
  /** prtAlertIndex. */
  index: number;
  condition: ConditionName;
  /** The place of the sub-unit in its table; null for the printer as a whole. */
  unit: number | null;
  text: string;
  /** When it came, in milliseconds since the printer was switched on. */
  raisedMs: number;
}

export interface InterfaceModel {
  name: string;
  /** IANAifType-MIB. */
  type: number;
  mtu: number;
  bitsPerSecond: number;
  address: Buffer;
  up: boolean;
  traffic(): { inOctets: number; inPackets: number; outOctets: number; outPackets: number };
}

export interface StorageModel {
  name: string;
  kind: 'ram' | 'disk';
  bytes: number;
  usedBytes: number;
}

export interface InputModel {
  name: string;
  type: InputType;
  /** Of the medium in it, in thousandths of a millimetre: along its way and across. */
  feedMicrometers: number;
  crossFeedMicrometers: number;
  capacitySheets: number;
  sheets: Level;
  /** PWG 5101.1 names. */
  mediaName: string;
  mediaType: string;
}

export interface OutputModel {
  name: string;
  type: OutputType;
  capacitySheets: number;
  remainingSheets: Level;
  faceUp: boolean;
}

export interface MarkerModel {
  technology: MarkTechnology;
  lifeImpressions: number;
  impressionsSincePowerOn: number;
  feedDpi: number;
  crossFeedDpi: number;
  /** What it cannot print on, in points. */
  margins: { top: number; bottom: number; left: number; right: number };
}

export interface SupplyModel {
  name: string;
  class: SupplyClass;
  type: SupplyType;
  /** The place of its colorant; null for none. */
  colorant: number | null;
  percent: Level;
}

export interface MediaPathModel {
  name: string;
  type: MediaPathType;
  impressionsPerHour: number;
  /** In thousandths of a millimetre. */
  maxFeed: number;
  maxCrossFeed: number;
  minFeed: number;
  minCrossFeed: number;
}

export interface ChannelModel {
  type: ChannelType;
  version: string;
  accepting: boolean;
  /** RFC 3805's key words, for example `port=9100`. */
  information: string;
  /** How a host reaches it. */
  uri: string;
}

export interface InterpreterModel {
  family: InterpreterFamily;
  level: string;
  languageVersion: string;
  description: string;
  version: string;
  feedDpi: number;
  crossFeedDpi: number;
  answers: boolean;
}
