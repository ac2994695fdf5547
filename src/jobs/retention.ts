/** How long things stay: the content that the spool must keep, and the records that are forgotten in time. */
import { sql } from 'kysely';
import { type JobState, jobStates, terminalJobStates } from '#vocab/job-states.js';
import { jobResource } from './leases.js';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.js';

/** So many jobs or mails are forgotten in one transaction, so that nobody waits long for it. */
const forgottenAtOnce = 50;

const unfinishedStates: JobState[] = jobStates.filter((state) => !terminalJobStates.has(state));

/** Whether a mail still lies in the maildrop: as long as it does, it must be known again. */
export type IsListed = (mail: { mailbox: string; uniqueId: string }) => boolean;

/** Where the next transaction goes on; null when all that is old enough has been looked at. */
export type Cursor = number | null;

/**
 * The documents of jobs that have not ended, or ended later than `endedAfter`, of the pieces that are
 * waited with, and of the mails in quarantine.
 */
export function liveDigests(database: LedgerDatabase, endedAfter: number) {
  const documents = database
    .selectFrom('job_documents')
    .innerJoin('jobs', 'jobs.id', 'job_documents.job_id')
    .select('digest')
    .where((where) =>
      where.or([where('jobs.state', 'in', unfinishedStates), where('jobs.completed_at', '>', endedAfter)]),
    );
  const pieces = database
    .selectFrom('split_sets')
    // As a literal, or SQLite would not take the partial index.
    .where('fate', '=', sql.lit('open'))
    .innerJoin('split_pieces', 'split_pieces.job_id', 'split_sets.job_id')
    .select('digest');
  const mails = database
    .selectFrom('quarantine')
    .innerJoin('messages', 'messages.id', 'quarantine.message')
    .where('closed_at', 'is', null)
    .select('raw_digest as digest');
  return documents.union(pieces).union(mails);
}

export async function readLiveDigests(database: LedgerDatabase, endedAfter: number): Promise<Set<string>> {
  const rows = await liveDigests(database, endedAfter).execute();
  return new Set(rows.map(({ digest }) => digest));
}

/** Whether any job ended in that time, the later bound included; epoch milliseconds. */
export async function hasEnded(
  database: LedgerDatabase,
  { after, until }: { after: number; until: number },
): Promise<boolean> {
  const ended = database
    .selectFrom('jobs')
    .select('id')
    .where('completed_at', '>', after)
    .where('completed_at', '<=', until);
  return (await ended.executeTakeFirst()) !== undefined;
}

/** Forgets some of the jobs that ended before, with their mails; one goes on after `cursor`, a job's number. */
export async function forgetJobs(
  transaction: LedgerTransaction,
  before: number,
  isListed: IsListed,
  cursor: number,
): Promise<Cursor> {
  const jobs = await transaction
    .selectFrom('jobs')
    .select('id')
    .where('completed_at', '<=', before)
    .where('id', '>', cursor)
    .orderBy('id')
    .limit(forgottenAtOnce)
    .execute();
  for (const { id } of jobs)
    if (await isForgettable(transaction, id, before, isListed)) await forgetJob(transaction, id);
  return jobs.length < forgottenAtOnce ? null : (jobs.at(-1)?.id ?? null);
}

/** Nobody waits for a word on it, and no mail of it can come again. */
async function isForgettable(
  transaction: LedgerTransaction,
  jobId: number,
  before: number,
  isListed: IsListed,
): Promise<boolean> {
  const untold = await transaction
    .selectFrom('outbox')
    .select('id')
    .where('job_id', '=', jobId)
    .where('sent_at', 'is', null)
    .where('given_up_at', 'is', null)
    .executeTakeFirst();
  if (untold !== undefined) return false;
  const mails = await transaction
    .selectFrom('messages')
    .select(['mailbox', 'unique_id', 'received_at'])
    .where('job_id', '=', jobId)
    .execute();
  return mails.every(
    ({ mailbox, unique_id, received_at }) =>
      received_at <= before && !isListed({ mailbox, uniqueId: unique_id }),
  );
}

async function forgetJob(transaction: LedgerTransaction, jobId: number): Promise<void> {
  const messages = transaction.selectFrom('messages').select('id').where('job_id', '=', jobId);
  await transaction.deleteFrom('quarantine').where('message', 'in', messages).execute();
  for (const table of [
    'outbox',
    'messages',
    'job_events',
    'job_documents',
    'split_pieces',
    'split_sets',
  ] as const) {
    await transaction.deleteFrom(table).where('job_id', '=', jobId).execute();
  }
  await transaction.deleteFrom('leases').where('resource', '=', jobResource(jobId)).execute();
  await transaction.deleteFrom('jobs').where('id', '=', jobId).execute();
}

/** Likewise some of the mails that became no job; one goes on after `cursor`, a message's number. */
export async function forgetMessages(
  transaction: LedgerTransaction,
  before: number,
  isListed: IsListed,
  cursor: number,
): Promise<Cursor> {
  const mails = await transaction
    .selectFrom('messages')
    .leftJoin('quarantine', 'quarantine.message', 'messages.id')
    .select(['messages.id', 'mailbox', 'unique_id'])
    .where('received_at', '<=', before)
    .where('job_id', 'is', null)
    .where('messages.id', '>', cursor)
    // The administrator has heard of it, and its bytes are not kept.
    .where((where) =>
      where.or([
        where.and([where('quarantine.message', 'is', null), where('reported_at', 'is not', null)]),
        where('closed_at', 'is not', null),
      ]),
    )
    .orderBy('messages.id')
    .limit(forgottenAtOnce)
    .execute();
  const gone = mails.filter(({ mailbox, unique_id }) => !isListed({ mailbox, uniqueId: unique_id }));
  const ids = gone.map(({ id }) => id);
  if (ids.length > 0) {
    await transaction.deleteFrom('quarantine').where('message', 'in', ids).execute();
    await transaction.deleteFrom('messages').where('id', 'in', ids).execute();
  }
  return mails.length < forgottenAtOnce ? null : (mails.at(-1)?.id ?? null);
}

/** The mails of ours that are about no job, and that have been sent or given up. */
export async function forgetMails(transaction: LedgerTransaction, before: number): Promise<void> {
  await transaction
    .deleteFrom('outbox')
    .where('job_id', 'is', null)
    .where('created_at', '<=', before)
    .where((where) => where.or([where('sent_at', 'is not', null), where('given_up_at', 'is not', null)]))
    .execute();
}
