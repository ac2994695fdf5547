/** What we believe about the machine, changed only by what was observed; one value for the log, the checks and every face. */
import type { Condition } from '#vocab/conditions.js';

export interface PrinterBelief {
  /** IPP's printer-state; `unknown` until something has been observed. */
  state: 'unknown' | 'idle' | 'processing' | 'stopped';
  /** IPP's printer-state-reasons; empty means none. */
  reasons: string[];
  /** For people. */
  text: string;
  /** When the state or its reasons changed; epoch milliseconds. */
  since: number;
}

export type Observation =
  | { type: 'answered' }
  | { type: 'job-begun' }
  | { type: 'job-ended' }
  /** Somebody else's job has it. */
  | { type: 'busy' }
  | { type: 'away'; text: string }
  | { type: 'condition'; condition: Condition; text: string };

export function unknownPrinter(now: number): PrinterBelief {
  return { state: 'unknown', reasons: [], text: 'not heard of yet', since: now };
}

/** The belief after an observation: the same object when nothing has changed. */
export function believe(belief: PrinterBelief, observation: Observation, now: number): PrinterBelief {
  const next = afterObservation(observation);
  const same =
    next.state === belief.state && next.text === belief.text && next.reasons.join() === belief.reasons.join();
  return same ? belief : { ...next, since: now };
}

function afterObservation(observation: Observation): Omit<PrinterBelief, 'since'> {
  switch (observation.type) {
    case 'answered':
    case 'job-ended':
      return { state: 'idle', reasons: [], text: 'ready' };
    case 'job-begun':
      return { state: 'processing', reasons: [], text: 'printing' };
    case 'busy':
      return { state: 'processing', reasons: [], text: 'busy with a job of somebody else' };
    case 'away':
      return { state: 'stopped', reasons: ['connecting-to-device'], text: observation.text };
    case 'condition':
      return {
        state: 'stopped',
        reasons: [observation.condition.keyword],
        text: `${observation.condition.text} (${observation.text})`,
      };
  }
}
