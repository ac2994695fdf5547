/** Faults: what a person can make go wrong, by panel, command, HTTP or script, and in which words. */

/** One fault; `id`s are the device's. */
export type Fault =
  | { type: 'jam'; area: string }
  | { type: 'cover'; cover: string }
  /** The tray is pulled out. */
  | { type: 'tray'; input: string }
  /** It has so many sheets from now on. */
  | { type: 'paper'; input: string; sheets: number }
  | { type: 'supply'; supply: string; levelPercent: number }
  | { type: 'supply-wrong'; supply: string }
  | { type: 'memory' }
  | { type: 'disk' }
  | { type: 'offline' }
  | { type: 'network' }
  /** Switched off in mid-page. */
  | { type: 'power' }
  /** The page counter tells this much more, or less, than the truth. */
  | { type: 'counter'; lie: number }
  /** Print data is taken at so many bytes a second; 0 takes none. */
  | { type: 'reading'; bytesPerSecond: number }
  | { type: 'back-channel'; as: 'garbled' | 'silent' };

/** When a fault comes: before the next page of that number within its job is out, or at a time of the machine's clock. */
export type FaultMoment = { at: 'page'; page: number } | { at: 'time'; time: number };

export interface ArmedFault {
  fault: Fault;
  moment: FaultMoment;
}
