/** All that can happen to the machine, and all that it makes happen: what goes into `reduce` and what comes out. */
import type { Medium } from '#vocab/media.js';
import type { ArmedFault, Fault } from './faults.js';
import type { Alert, Disturbance, PageRequest } from './state.js';

export type MachineEvent =
  | { type: 'power-on' }
  /** Pages in the machine are gone; counters, supplies and trays stay. */
  | { type: 'power-off' }
  | { type: 'online' }
  | { type: 'offline' }
  | { type: 'job-started'; job: number }
  /** The interpreter is done with it; its pages may still be on their way. */
  | { type: 'job-ended'; job: number }
  /** Its pages that are not out yet are dropped. */
  | { type: 'job-canceled'; job: number }
  /** The interpreter has made a page. */
  | { type: 'page-ready'; page: PageRequest }
  | { type: 'cover-opened'; cover: string }
  | { type: 'cover-closed'; cover: string }
  | { type: 'tray-pulled'; input: string }
  | { type: 'tray-inserted'; input: string }
  /** `sheets` is how many lie in it now; more than fit are left out. */
  | { type: 'paper-loaded'; input: string; sheets: number; medium?: Medium }
  | { type: 'output-emptied'; output: string }
  | { type: 'supply-removed'; supply: string }
  /** A new one, unless `levelPercent` says otherwise; `wrong`: one that is keyed for another printer. */
  | { type: 'supply-replaced'; supply: string; levelPercent?: number; wrong?: boolean }
  /** The sheets are taken out, as behind the open cover. */
  | { type: 'jam-cleared' }
  | { type: 'fault'; fault: Fault }
  | { type: 'fault-armed'; armed: ArmedFault }
  /** One of them is as it should be again. */
  | { type: 'disturbance-ended'; what: keyof Disturbance }
  /** What faults and use have brought it to is mended: no alert is left but for other paper. The armed faults are forgotten. */
  | { type: 'faults-cleared' }
  | { type: 'message'; text: string | null }
  | { type: 'identify'; seconds: number }
  /** The time has come that an effect `wake` asked for. */
  | { type: 'time-passed' };

export type MachineEffect =
  /** `time-passed` is wanted at this time of the machine's clock; only the newest counts. */
  | { type: 'wake'; at: number }
  /** The page lies in the output; the life counter stands at `counter` after it. */
  | { type: 'page-out'; page: PageRequest; output: string; input: string; counter: number }
  /** It will never come out. */
  | { type: 'page-lost'; page: PageRequest; why: 'jam' | 'power' | 'canceled' }
  /** A fault that was armed has come. */
  | { type: 'fault-came'; fault: Fault }
  | { type: 'alert-raised'; alert: Alert }
  | { type: 'alert-cleared'; alert: Alert }
  /** The job ended and its last page is out or lost: the machine is free. */
  | { type: 'job-done'; job: number };
