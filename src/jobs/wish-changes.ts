/** Wishes inside a transaction: whoever works on the job is not asked, for the machine says what may still happen to it. */
import type { ContentRef, PackedContent } from '#vocab/line.js';
import type { Part, Wish } from '#vocab/wishes.js';
import { applyEvents, insertJob } from './job-changes.js';
import { type Asker, type JobEvent, mayBeResumed } from './job-machine.js';
import { demandJob, type KeptJob, readJobEvents, selectJobs, wholeJob } from './job-rows.js';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.js';
import { findPacked } from './packed-contents.js';
import { wishEvent, wishRefused } from './wishes.js';

/** Whether a content is still there. */
export type IsThere = (content: ContentRef | PackedContent) => Promise<boolean>;

/** A change that was made on somebody's wish, or because it was time. */
export interface Granted {
  /** The one that was meant, or the new one that prints it once more. */
  job: KeptJob;
  event: JobEvent;
}

/** Throws `job-unknown` or `wish-refused`, and then nothing has changed. */
export async function grantWish(
  transaction: LedgerTransaction,
  {
    jobId,
    wish,
    asker,
    isThere,
    now,
  }: { jobId: number; wish: Wish; asker: Asker; isThere: IsThere; now: number },
): Promise<Granted> {
  const job = demandJob(transaction, jobId);
  const event = wishEvent(job, wish, asker);
  if (event.type === 'reprint') return { job: await reprint(transaction, job, event, isThere, now), event };
  return { job: (await applyEvents(transaction, job, [event], now)).job, event };
}

/** The new job has the documents of the old one, which are kept for as long as the settings say. */
async function reprint(
  transaction: LedgerTransaction,
  old: KeptJob,
  event: { type: 'reprint'; of: number } & Part & Asker,
  isThere: IsThere,
  now: number,
): Promise<KeptJob> {
  const { description, sender, notify, documents } = old;
  const there = await Promise.all(
    documents.map(async ({ content }) => isThere(findPacked(transaction, content.digest) ?? content)),
  );
  if (documents.length === 0 || there.includes(false)) {
    throw wishRefused(`the documents of job ${old.id} are no longer kept; they must be sent again`);
  }
  return insertJob(
    transaction,
    { description, sender, notify, documents, packed: [], leftOut: [] },
    event,
    now,
  );
}

/** Ends the jobs for which nobody has said a word in time. */
export async function expireHolds(
  transaction: LedgerTransaction,
  before: { held: number; unknown: number },
  now: number,
): Promise<Granted[]> {
  const rows = await selectJobs(transaction)
    .where('state', '=', 'pending-held')
    .where((where) =>
      where.or([
        where.and([where('release_code', 'is not', null), where('held_since', '<=', before.held)]),
        where.and([where('release_code', 'is', null), where('held_since', '<=', before.unknown)]),
      ]),
    )
    .orderBy('id')
    .execute();
  return applyToAll(transaction, rows.map(wholeJob), { type: 'hold-expired' }, now);
}

/** The jobs that were held because nothing of them came out, and that may be tried again when the printer is well. */
export async function readResumable(transaction: LedgerDatabase): Promise<KeptJob[]> {
  const rows = await selectJobs(transaction)
    .where('state', '=', 'pending-held')
    .where('release_code', 'is not', null)
    .where('reasons', 'like', '%errors-detected%')
    .orderBy('id')
    .execute();
  const resumable: KeptJob[] = [];
  for (const job of rows.map(wholeJob)) {
    const history = (await readJobEvents(transaction, job.id)).map(({ event }) => event);
    if (mayBeResumed(job, history)) resumable.push(job);
  }
  return resumable;
}

/** Puts them back into line. */
export async function resumeTroubled(
  transaction: LedgerTransaction,
  text: string,
  now: number,
): Promise<Granted[]> {
  return applyToAll(transaction, await readResumable(transaction), { type: 'resumed', text }, now);
}

async function applyToAll(
  transaction: LedgerTransaction,
  jobs: readonly KeptJob[],
  event: JobEvent,
  now: number,
): Promise<Granted[]> {
  const changed: Granted[] = [];
  for (const job of jobs)
    changed.push({ job: (await applyEvents(transaction, job, [event], now)).job, event });
  return changed;
}
