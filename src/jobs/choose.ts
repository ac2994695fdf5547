/** Which job is next for the printer: in the order in which they came, as far as those before it allow. */
import type { JobState, JobStateReason } from '#vocab/job-states.js';
import { isInTrouble } from './job-machine.js';

/** The least of a job that the choice needs. */
export interface InLine {
  id: number;
  state: JobState;
  reasons: JobStateReason[];
  sender: string;
  /** Somebody has said that it need not wait for others. */
  mayPass: boolean;
}

/** What a job in trouble holds back: only its sender's later jobs, or everybody's. */
export type OnTrouble = 'hold-job' | 'hold-line';

/**
 * The oldest job that is `pending` and need not wait, or null. What somebody wants held, and what is still arriving, stands
 * in nobody's way; a job in trouble does, or its sender's pages would come out in another order than they were sent.
 */
export function chooseNext<J extends InLine>(jobs: readonly J[], onTrouble: OnTrouble): J | null {
  const inOrder = jobs.toSorted((a, b) => a.id - b.id);
  const troubled = inOrder.filter(isInTrouble);
  const waitsFor = (job: J) => blockerOf(job, troubled, onTrouble);
  return inOrder.find((job) => job.state === 'pending' && waitsFor(job) === null) ?? null;
}

/** The earlier job that must be settled before this one is printed; null when it need not wait. */
export function blockerOf<J extends InLine>(job: J, others: readonly J[], onTrouble: OnTrouble): J | null {
  if (job.mayPass) return null;
  const isBefore = (other: J) => other.id < job.id && isInTrouble(other);
  return (
    others.find((other) => isBefore(other) && (onTrouble === 'hold-line' || other.sender === job.sender)) ??
    null
  );
}
