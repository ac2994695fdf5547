/** A job that this process works on, and the one way in which the stages change it. */
import type { Job } from '#vocab/line.js';
import type { JobEvent } from './jobs/job-machine.js';
import type { Lease } from './jobs/leases.js';
import type { Line } from './line.js';
import { composeNotices } from './report/compose-notice.js';

/** `job` is always as it stands in the ledger. */
export interface LeasedJob {
  job: Job;
  readonly lease: Lease;
}

/** `events` happen together, or not at all. */
export async function apply(line: Line, leased: LeasedJob, ...events: JobEvent[]): Promise<void> {
  let hasMails = false;
  leased.job = await line.ledger.apply(leased.lease, leased.job.id, events, (job, event) => {
    const mails = composeNotices(job, event, line.policy);
    hasMails ||= mails.length > 0;
    return mails;
  });
  if (hasMails) line.mailWaits();
}
