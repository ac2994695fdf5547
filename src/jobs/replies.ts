/** Replies in the ledger: which of our mails one answers, and that a mail has been answered. */
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.js';

/** One of our mails about a job, as a reply to it is judged. */
export interface TalkedOf {
  id: number;
  jobId: number;
  sender: string;
  used: boolean;
  helped: boolean;
}

/** The newest of our mails about a job that has one of these Message-IDs, or this token; null when there is none. */
export async function findAnswered(
  database: LedgerDatabase,
  { references, token }: { references: readonly string[]; token: string | null },
): Promise<TalkedOf | null> {
  const mails = database
    .selectFrom('outbox')
    .innerJoin('jobs', 'jobs.id', 'outbox.job_id')
    .select(['outbox.id', 'jobs.id as jobId', 'jobs.sender', 'used_at', 'helped_at'])
    .orderBy('outbox.id', 'desc')
    .limit(1);
  const row =
    (token === null ? undefined : await mails.where('token', '=', token).executeTakeFirst()) ??
    (references.length === 0
      ? undefined
      : await mails.where('outbox.message_id', 'in', references).executeTakeFirst());
  if (row === undefined) return null;
  const { id, jobId, sender, used_at, helped_at } = row;
  return { id, jobId, sender, used: used_at !== null, helped: helped_at !== null };
}

/** No other reply to it can change anything. */
export async function noteUsed(transaction: LedgerTransaction, id: number, now: number): Promise<void> {
  await transaction.updateTable('outbox').set({ used_at: now }).where('id', '=', id).execute();
}

export async function noteHelped(transaction: LedgerTransaction, jobId: number, now: number): Promise<void> {
  await transaction.updateTable('jobs').set({ helped_at: now }).where('id', '=', jobId).execute();
}
