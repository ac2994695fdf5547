/** How each mailbox fares, kept for whoever asks beside the server. */
import type { MailboxStatus } from '#vocab/mailbox-status.js';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.js';

/** What a look into the mailbox came to. */
export interface MailboxLook {
  mailbox: string;
  /** Null when it went well. */
  error: { code: string; text: string } | null;
  /** Epoch milliseconds; null when nobody looks again by himself. */
  nextTryAt: number | null;
}

/** A trouble that goes on keeps its beginning. */
export async function noteLook(
  transaction: LedgerTransaction,
  { mailbox, error, nextTryAt }: MailboxLook,
  now: number,
): Promise<void> {
  const before = await readStatus(transaction, mailbox);
  const row = {
    mailbox,
    last_success_at: error === null ? now : (before?.lastSuccessAt ?? null),
    next_try_at: nextTryAt,
    failing_since: error === null ? null : (before?.trouble?.since ?? now),
    error_code: error?.code ?? null,
    error_text: error?.text ?? null,
  };
  await transaction
    .insertInto('mailboxes')
    .values(row)
    .onConflict((conflict) => conflict.column('mailbox').doUpdateSet(row))
    .execute();
}

/** Null before the first look. */
export async function readStatus(database: LedgerDatabase, mailbox: string): Promise<MailboxStatus | null> {
  const row = await database
    .selectFrom('mailboxes')
    .selectAll()
    .where('mailbox', '=', mailbox)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { failing_since: since, error_code: code, error_text: text } = row;
  return {
    mailbox,
    lastSuccessAt: row.last_success_at,
    nextTryAt: row.next_try_at,
    trouble: since === null ? null : { since, code: code ?? '', text: text ?? '' },
  };
}
