/** What a printer says of itself, whichever protocol it was asked by: one value for the log, the checks and every face. */

import type { ConditionName, Severity } from './conditions.js';
import type { InputType, OutputType, SupplyClass, SupplyType } from './printer-mib.js';

/** IPP's printer-state; `unknown` until something has been observed. */
export type PrinterState = 'unknown' | 'idle' | 'processing' | 'stopped';

/** What we believe of the printer, by all that was heard of it: one value for everyone who shows it. */
export interface PrinterStatus {
  state: PrinterState;
  /** The gravest first. */
  conditions: ReportedCondition[];
  /** For people. */
  text: string;
  /** When the state or its conditions became so; epoch milliseconds. */
  since: number;
  /** What the watch has asked it; null for a printer that nobody watches. */
  watch: WatchedPrinter | null;
}

export interface WatchedPrinter {
  /** By which way it is asked: a URI. */
  by: string;
  /** The newest answer, however old; null when it has never answered. */
  report: PrinterReport | null;
  /** When that came; epoch milliseconds. */
  learntAt: number | null;
  /** Too old to be believed: the printer has not answered for a while. */
  stale: boolean;
  /** Why it does not answer, in words; null when it does. */
  trouble: string | null;
}

/** How full something is; `some`: more than nothing, as much as the printer can tell (RFC 3805 writes -3). */
export type Fill = number | 'unknown' | 'some';

/** One answer of the printer. What it did not say is null, `unknown` or an empty list, and never a guess. */
export interface PrinterReport {
  state: PrinterState;
  /** It has to get hot first, and says `idle` although a job may wait in it. */
  isWarmingUp: boolean;
  /** The gravest first. */
  conditions: ReportedCondition[];
  /** Maker and model in its own words; empty when it does not tell. */
  product: string;
  serialNumber: string;
  trays: ReportedTray[];
  outputs: ReportedOutput[];
  supplies: ReportedSupply[];
  counters: {
    /** Sides with something printed on them, in the printer's life. */
    impressions: number | null;
    impressionsSincePowerOn: number | null;
    /** In its life, of a printer that counts these and no impressions: the back of a sheet is not counted again. */
    sheets: number | null;
  };
  /** What its display shows, line by line, or its state in its own words. */
  panelText: string[];
}

/** What is worth asking for each second while a job prints. */
export type QuickReport = Pick<
  PrinterReport,
  'state' | 'isWarmingUp' | 'conditions' | 'counters' | 'panelText'
>;

export interface ReportedCondition {
  /** Of our row for it; null for one that we have no row for. */
  name: ConditionName | null;
  /** IPP's printer-state-reason without its suffix; the printer's own word where no name fits. */
  keyword: string;
  severity: Severity;
  /** For people: the printer's own description, or our row's. */
  text: string;
}

export interface ReportedTray {
  name: string;
  type: InputType | 'unknown';
  capacitySheets: number | null;
  sheets: Fill;
  /** PWG 5101.1 name, or as the printer calls it; empty when it does not tell. */
  media: string;
}

export interface ReportedOutput {
  name: string;
  type: OutputType | 'unknown';
  capacitySheets: number | null;
  remainingSheets: Fill;
}

export interface ReportedSupply {
  name: string;
  class: SupplyClass | 'unknown';
  type: SupplyType | 'unknown';
  /** As the printer names it, for example `cyan`; empty for a supply without one. */
  colour: string;
  /** Of its capacity; a receptacle's is how full it is. */
  percent: Fill;
}
