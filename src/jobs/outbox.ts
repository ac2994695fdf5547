/** The outbox: mails of ours that wait, in the ledger, until a mail server has taken them. */
import { randomInt, randomUUID } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import type { Retry } from '#base/errors.js';
import type { OutgoingMail } from '#vocab/line.js';
import { replyTokenAlphabet, replyTokenLength } from '#vocab/reply-token.js';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.js';
import type { OutboxTable } from './schema.js';

/** The wait after the first failure; it doubles with each further one. */
const firstRetryMs = 60_000;
const longestRetryMs = 3_600_000;
/** RFC 5321 §4.5.4.1: give up after 4 to 5 days. */
const giveUpAfterMs = 5 * 24 * 3_600_000;
/** How many due mails are handed out at once. */
const mailsAtOnce = 50;
/** The longest error text that is kept, in characters. */
const maxErrorLength = 500;

/** A mail that waits; sending it twice keeps the same Message-ID. */
export interface OutboxMail extends OutgoingMail {
  id: number;
  jobId: number | null;
  /** With its angle brackets. */
  messageId: string;
  /** By which a reply to it is known, besides the Message-ID; null for a mail that is about no job. */
  token: string | null;
  /** How often sending has failed. */
  attempts: number;
}

export interface OutboxFate {
  sentAt: number | null;
  givenUpAt: number | null;
  lastError: string | null;
}

export async function putMails(
  transaction: LedgerTransaction,
  mails: readonly OutgoingMail[],
  facts: { jobId: number | null; now: number; mailDomain: string },
): Promise<void> {
  for (const mail of mails) {
    await transaction
      .insertInto('outbox')
      .values({
        job_id: facts.jobId,
        message_id: `<${randomUUID()}@${facts.mailDomain}>`,
        to: mail.to,
        subject: mail.subject,
        text: mail.text,
        in_reply_to: mail.inReplyTo,
        auto_submitted: mail.autoSubmitted,
        created_at: facts.now,
        attempts: 0,
        due_at: facts.now,
        token: facts.jobId === null ? null : newToken(),
      })
      .execute();
  }
}

/** Sixty bits, in letters and digits that nobody mistakes for each other. */
function newToken(): string {
  const characters = Array.from({ length: replyTokenLength }, () => replyTokenAlphabet[randomInt(32)]);
  return characters.join('');
}

/**
 * The mails whose time has come, in the order in which they were written. None is ever to wait for longer than the longest wait:
 * one that seems to was put here before the clock was set back.
 */
export async function readDueMails(database: LedgerDatabase, now: number): Promise<OutboxMail[]> {
  const rows = await waiting(database)
    .selectAll()
    .where((where) => where.or([where('due_at', '<=', now), where('due_at', '>', now + longestRetryMs)]))
    // Not by the index on ids, which leads through all that were ever sent.
    .orderBy(sql`+id`)
    .limit(mailsAtOnce)
    .execute();
  return rows.map(toMail);
}

export async function readNextDueAt(database: LedgerDatabase): Promise<number | null> {
  const row = await waiting(database).select('due_at').orderBy('due_at').limit(1).executeTakeFirst();
  return row?.due_at ?? null;
}

/** A job's mails with what became of them, oldest first. */
export async function readMailsOf(
  database: LedgerDatabase,
  jobId: number,
): Promise<(OutboxMail & OutboxFate)[]> {
  const rows = await database
    .selectFrom('outbox')
    .selectAll()
    .where('job_id', '=', jobId)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    ...toMail(row),
    sentAt: row.sent_at,
    givenUpAt: row.given_up_at,
    lastError: row.last_error,
  }));
}

export async function noteSent(transaction: LedgerTransaction, id: number, now: number): Promise<void> {
  await transaction
    .updateTable('outbox')
    .set({ sent_at: now, last_error: null })
    .where('id', '=', id)
    .where('given_up_at', 'is', null)
    .execute();
}

/** Puts the mail off, or gives it up: at once on a permanent error, else when it is too old. */
export async function noteFailed(
  transaction: LedgerTransaction,
  id: number,
  failure: { error: string; retry: Retry; now: number },
): Promise<void> {
  const { error, retry, now } = failure;
  const mail = await waiting(transaction).selectAll().where('id', '=', id).executeTakeFirst();
  if (!mail) return;
  const giveUp = retry === 'permanent' || now - mail.created_at >= giveUpAfterMs;
  await transaction
    .updateTable('outbox')
    .set({
      attempts: mail.attempts + 1,
      due_at: now + retryDelayMs(mail.attempts + 1),
      given_up_at: giveUp ? now : null,
      last_error: error.slice(0, maxErrorLength),
    })
    .where('id', '=', id)
    .execute();
}

/** The wait after the given number of failures. */
export function retryDelayMs(failures: number): number {
  return Math.min(firstRetryMs * 2 ** (failures - 1), longestRetryMs);
}

/** The mails that are neither sent nor given up. */
export function waiting(database: LedgerDatabase) {
  return database.selectFrom('outbox').where('sent_at', 'is', null).where('given_up_at', 'is', null);
}

function toMail(row: Selectable<OutboxTable>): OutboxMail {
  return {
    id: row.id,
    jobId: row.job_id,
    messageId: row.message_id,
    token: row.token,
    attempts: row.attempts,
    to: row.to,
    subject: row.subject,
    text: row.text,
    inReplyTo: row.in_reply_to,
    autoSubmitted: row.auto_submitted,
  };
}
