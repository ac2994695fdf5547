/** How whoever prints comes to a job: it is chosen, leased and begun in one step. */
import { chooseNext, type OnTrouble } from './choose.js';
import { applyEvents } from './job-changes.js';
import { type JobEvent, phaseOf } from './job-machine.js';
import { type KeptJob, readFirstUnfinished, readJob, readTroubled, readWaiting } from './job-rows.js';
import { jobResource, type Lease, type Owner, takeLease } from './leases.js';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.js';

export interface TakenJob {
  job: KeptJob;
  lease: Lease;
}

export interface Taking {
  owner: Owner;
  ttlMs: number;
  onTrouble: OnTrouble;
  /** Whether its conversion begins at once; else it goes on waiting. */
  begin: boolean;
}

/** The job to print next, or null. */
export function readNext(database: LedgerDatabase, onTrouble: OnTrouble): KeptJob | null {
  const troubled = readTroubled(database);
  for (const portion of readWaiting(database)) {
    const next = chooseNext([...troubled, ...portion], onTrouble);
    if (next !== null) return readJob(database, next.id);
  }
  return null;
}

/** A job that was interrupted comes before the next one that waits; `lastEvent` is null for one that was not changed. Throws `lease-held`. */
export async function takeJob(
  transaction: LedgerTransaction,
  { owner, ttlMs, onTrouble, begin }: Taking,
  now: number,
): Promise<(TakenJob & { lastEvent: number | null }) | null> {
  const job = readFirstUnfinished(transaction) ?? readNext(transaction, onTrouble);
  if (job === null) return null;
  const lease = takeLease(transaction, jobResource(job.id), owner, { now, ttlMs });
  const events = eventsOfTaking(job, begin);
  if (events.length === 0) return { job, lease, lastEvent: null };
  const changed = await applyEvents(transaction, job, events, now);
  return { job: changed.job, lease, lastEvent: changed.lastEvent };
}

function eventsOfTaking(job: KeptJob, begin: boolean): JobEvent[] {
  const phase = phaseOf(job);
  const started: JobEvent[] = begin ? [{ type: 'transforming-started' }] : [];
  if (phase === 'waiting') return started;
  // Of one that was left at this point nothing was sent: it begins anew.
  if (phase === 'transforming' || phase === 'ready') return [{ type: 'interrupted' }, ...started];
  return [];
}
