/** Whether the printer is through with a job that it was given, by its own state and page counter: pure. */
import type { PrinterReport } from '#vocab/printer-status.js';

/** A printer that has begun and rests for so long is through, even with fewer pages than expected. */
export const restMs = 10_000;
/** One that shows no page may be thinking still. */
export const thinkMs = 60_000;
/** Without a new page, a printer that says it prints is waited for so long. */
export const patienceMs = 30 * 60_000;
/** Of a job whose end the printer has confirmed, its counter need only catch up. */
export const catchUpMs = 15_000;
/** Whatever happens, the jobs behind it do not wait longer. */
export const longestMs = 4 * 3_600_000;
/** Without an answer for so long nothing more is to be learnt. */
const silenceMs = 60_000;

/** What is counted, and how far it has come. Times are those of a clock that never jumps, in milliseconds. */
export interface Count {
  before: number;
  /** How many pages the printer should count; null when nobody knows. */
  expected: number | null;
  /** The printer has said that the job has come to its end. */
  isConfirmed: boolean;
  /** The counter as it was read last; null when it never was. */
  now: number | null;
  begunAt: number;
  heardAt: number;
  /** When it last stood at another number, or the printer was not at rest. */
  restingSince: number;
  movedAt: number;
  state: PrinterReport['state'];
}

export type Progress = 'goes-on' | 'through' | 'given-up';

export function beginCount(facts: Pick<Count, 'before' | 'expected' | 'isConfirmed'>, at: number): Count {
  return { ...facts, now: null, begunAt: at, heardAt: at, restingSince: at, movedAt: at, state: 'unknown' };
}

/** `report`: null for a question without an answer. */
export function countOn(count: Count, report: PrinterReport | null, at: number): Count {
  if (report === null) return count;
  const { impressions } = report.counters;
  const moved = impressions !== null && impressions !== (count.now ?? count.before);
  const works = report.state === 'processing' || report.state === 'stopped' || report.isWarmingUp;
  return {
    ...count,
    now: impressions ?? count.now,
    heardAt: at,
    movedAt: moved ? at : count.movedAt,
    restingSince: moved || works ? at : count.restingSince,
    state: report.state,
  };
}

export function progressOf(count: Count, at: number): Progress {
  const { now, before, expected, isConfirmed, state, begunAt, heardAt, restingSince, movedAt } = count;
  if (at - heardAt >= silenceMs) return 'given-up';
  if (at - begunAt >= longestMs) return 'given-up';
  if (now === null) return at - begunAt >= (isConfirmed ? catchUpMs : thinkMs) ? 'given-up' : 'goes-on';
  // Somebody else prints as well, or the counter is none: it can tell nothing more.
  if (now < before || (expected !== null && now - before > expected)) return 'through';
  const isReached = expected !== null && now - before >= expected;
  if (isConfirmed) return isReached || at - begunAt >= catchUpMs ? 'through' : 'goes-on';
  switch (state) {
    case 'processing':
      return at - movedAt >= patienceMs ? 'given-up' : 'goes-on';
    case 'stopped':
      // Out of paper with the last sheet, it has nothing left of this job.
      if (isReached && at - movedAt >= restMs) return 'through';
      return 'goes-on';
    case 'idle':
      if (isReached || at - restingSince >= (now > before ? restMs : thinkMs)) return 'through';
      return at - movedAt >= patienceMs ? 'given-up' : 'goes-on';
    default:
      // Nothing but its counter tells.
      return at - restingSince >= (isReached ? restMs : thinkMs) ? 'through' : 'goes-on';
  }
}
