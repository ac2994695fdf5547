/** Everything that is true of the machine at one moment; only `reduce` makes a new one. */
import type { ConditionName } from '#vocab/conditions.js';
import type { Medium } from '#vocab/media.js';
import type { Colorant } from '../device/device.js';
import type { ArmedFault } from './faults.js';

/** One side of a sheet that is to be printed, as the interpreter asks for it. */
export interface PageRequest {
  /** Unique while the machine is on. */
  id: number;
  job: number;
  /** The number of the page within its job, from 1. */
  number: number;
  medium: Medium;
  /** The input that it must come from; null lets the machine choose. */
  input: string | null;
  /** A sheet that a person feeds by hand. */
  manualFeed: boolean;
  /** Pages with the same sheet are printed on its two sides, the second one as `back`. */
  side: 'front' | 'back';
  faceUp: boolean;
  colour: boolean;
  /** Fraction of the page that each colorant covers, 0 to 1. */
  coverage: Readonly<Partial<Record<Colorant, number>>>;
}

/** A page on its way through the machine. */
export interface PageInPath {
  page: PageRequest;
  /** The input that its sheet came from. */
  input: string;
  /** Milliseconds of the machine's clock at which it comes out. */
  outAt: number;
}

export interface InputState {
  /** False while the tray is pulled out. */
  inserted: boolean;
  sheets: number;
  medium: Medium;
}

export interface SupplyState {
  /** What is used up, as a fraction of its life: 0 is new, 1 spent; above 1 worn beyond it. */
  used: number;
  present: boolean;
  /** Keyed for another printer. */
  wrong: boolean;
}

export interface Counters {
  /** Impressions in the machine's life. */
  pages: number;
  colourPages: number;
  sheets: number;
  jobs: number;
  jams: number;
  powerOns: number;
  /** Impressions since it was switched on. */
  pagesSincePowerOn: number;
}

/** A condition of `vocab/conditions.ts` that holds now, and where: the one list from which panel, SNMP, IPP and web speak. */
export interface Alert {
  /** Grows by one for each alert in the machine's life. */
  index: number;
  /** Its row there. */
  condition: ConditionName;
  /** The id of the input, output, supply, cover or jam area; null for the machine as a whole. */
  where: string | null;
  /** Epoch milliseconds. */
  since: number;
}

/** A sheet that a person must bring before printing goes on. */
export interface MediaRequest {
  medium: Medium;
  /** Where it is asked for; null when no tray can hold it. */
  input: string | null;
  manualFeed: boolean;
}

/** What a fault has done to how the machine behaves on the network. */
export interface Disturbance {
  network: 'plugged' | 'unplugged';
  /** How it takes print data: as fast as it can, not at all, or so many bytes a second. */
  reading: 'normal' | 'stalled' | number;
  backChannel: 'normal' | 'garbled' | 'silent';
  /** What it adds to the page counter that it tells; null tells the truth. */
  counterLie: number | null;
  memoryFull: boolean;
  diskFull: boolean;
}

export interface JobInMachine {
  number: number;
  pagesOut: number;
  /** The interpreter has come to its end. */
  ended: boolean;
  /** What it still makes is dropped. */
  canceled: boolean;
  /** Where its last sheet came from. */
  lastInput: string | null;
}

export interface MachineState {
  /** Stopped is not a phase: a machine with an alert that stops it stands still in whatever phase it is. */
  phase: 'off' | 'warming-up' | 'ready' | 'sleeping';
  /** When the warm-up ends; null when it is warm, or off. */
  readyAt: number | null;
  /** Since when it has had nothing to do. */
  idleSince: number;
  /** False: what is in the path comes out, and nothing more is printed. */
  online: boolean;
  /** The job whose data the interpreter works on, or whose pages are still in the machine; null when idle. */
  job: JobInMachine | null;
  covers: Readonly<Record<string, 'closed' | 'open'>>;
  inputs: Readonly<Record<string, InputState>>;
  /** Sheets that lie in each output. */
  outputs: Readonly<Record<string, number>>;
  supplies: Readonly<Record<string, SupplyState>>;
  /** `pages` are those that were in the path. */
  jam: { area: string; pages: readonly PageRequest[] } | null;
  mediaRequest: MediaRequest | null;
  /** The job for which a person has put sheets into the manual input. */
  handFedJob: number | null;
  counters: Counters;
  alerts: readonly Alert[];
  /** The index of the newest alert ever. */
  lastAlertIndex: number;
  disturbance: Disturbance;
  /** Pages that the interpreter has made and the engine has not fed yet. */
  waiting: readonly PageRequest[];
  path: readonly PageInPath[];
  armed: readonly ArmedFault[];
  /** Shown on the display instead of "ready": a message of a person or a job. */
  message: string | null;
  /** Lights blink until then: somebody asked which printer this is. Epoch milliseconds, or null. */
  identifyUntil: number | null;
}
