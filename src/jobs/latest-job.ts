/** The job that was changed last, so that its next change need not read all of it anew. */
import type { AppliedEvents } from './job-changes.js';
import { demandJob, type KeptJob } from './job-rows.js';
import type { LedgerDatabase } from './ledger-database.js';
import { statement } from './statement.js';

const findLastEvent = statement((database, { id }: { id: number }) =>
  database
    .selectFrom('job_events')
    .select(({ fn }) => fn.max<number | null>('n').as('n'))
    .where('job_id', '=', id),
);

export class LatestJob {
  #latest: { job: KeptJob; lastEvent: number } | null = null;

  /** To be told of what was committed. */
  changed({ job, lastEvent }: Pick<AppliedEvents, 'job' | 'lastEvent'>): void {
    this.#latest = { job, lastEvent };
  }

  /**
   * As it stands: whoever changes a job writes an event. A reply that only asked may be missing among its messages. Throws
   * `job-unknown`.
   */
  demand(database: LedgerDatabase, id: number): KeptJob {
    const latest = this.#latest;
    const isKnown = latest?.job.id === id && findLastEvent(database, { id })[0]?.n === latest.lastEvent;
    return isKnown ? latest.job : demandJob(database, id);
  }
}
