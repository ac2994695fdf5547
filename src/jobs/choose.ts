/** Which job is next for the printer: strictly in the order in which they came. */
import type { JobState } from '#vocab/job-states.js';

/** The least of a job that the choice needs. */
export interface Waiting {
  id: number;
  state: JobState;
}

/** The oldest job that is `pending`, or null; held and running jobs do not stand in its way. */
export function chooseNext<J extends Waiting>(jobs: readonly J[]): J | null {
  let next: J | null = null;
  for (const job of jobs) {
    if (job.state === 'pending' && (next === null || job.id < next.id)) next = job;
  }
  return next;
}
