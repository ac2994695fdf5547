/** The messages in the ledger: each mail once, with its decision, the reasons and the way to them. */
import { sql } from 'kysely';
import { PhaserLinkError } from '#base/errors.js';
import type { ContentRef, RawMessage, Reason, Submission, Verdict } from '#vocab/line.js';
import { contentDigestOf } from './content-digest.js';
import type { LedgerDatabase, LedgerTransaction, MessagesTable } from './schema.js';

/** One stage's word on a mail, kept for `why`. */
export interface TrailStep {
  stage: string;
  decision: string;
  text: string;
  /** Epoch milliseconds. */
  at: number;
}

/** What the ledger keeps of a mail that could be read. */
export type SubmissionFacts = Pick<Submission, 'sender' | 'messageId' | 'description' | 'documents'>;

export interface MessageRecord {
  id: number;
  mailbox: string;
  uniqueId: string;
  octets: number;
  messageId: string | null;
  /** The mail as it was fetched; its content is kept only while it could not be read. */
  raw: ContentRef;
  sender: string | null;
  description: string;
  readable: boolean;
  decision: Verdict['decision'];
  reasons: Reason[];
  trail: TrailStep[];
  jobId: number | null;
  /** Epoch milliseconds. */
  receivedAt: number;
  /** When the administrator's summary told of it; epoch milliseconds. */
  reportedAt: number | null;
}

/** A job that came before with the same mail or the same content. */
export interface Duplicate {
  jobId: number;
  text: string;
}

/** How many refusals one summary holds. */
const refusalsAtOnce = 500;

type MessageRow = Omit<MessagesTable, 'id'> & { id: number };

export async function insertMessage(
  transaction: LedgerTransaction,
  facts: {
    message: RawMessage;
    submission: SubmissionFacts | null;
    verdict: Verdict;
    trail: readonly TrailStep[];
    jobId: number | null;
    now: number;
  },
): Promise<void> {
  const { message, submission, verdict } = facts;
  if (await findMessage(transaction, message.mailbox, message.uniqueId, message.octets)) {
    throw new PhaserLinkError({
      code: 'message-already-kept',
      retry: 'permanent',
      text: `message ${message.uniqueId} of ${message.mailbox} was decided before; delete it on the server`,
    });
  }
  await transaction
    .insertInto('messages')
    .values({
      mailbox: message.mailbox,
      unique_id: message.uniqueId,
      octets: message.octets,
      message_id: submission?.messageId ?? null,
      raw_digest: message.content.digest,
      raw_bytes: message.content.bytes,
      content_digest: submission ? contentDigestOf(submission.documents) : null,
      sender: submission?.sender ?? null,
      description: submission?.description ?? '',
      readable: submission ? 1 : 0,
      decision: verdict.decision,
      reasons: JSON.stringify(verdict.reasons),
      trail: JSON.stringify(facts.trail),
      job_id: facts.jobId,
      received_at: facts.now,
    })
    .execute();
}

/** Servers may use a unique-id again for another mail (RFC 1939 §7 forbids it, not all obey): the size must agree, too. */
export async function findMessage(
  database: LedgerDatabase,
  mailbox: string,
  uniqueId: string,
  octets: number,
): Promise<MessageRecord | null> {
  const row = await database
    .selectFrom('messages')
    .selectAll()
    .where('mailbox', '=', mailbox)
    .where('unique_id', '=', uniqueId)
    .where('octets', '=', octets)
    .executeTakeFirst();
  return row ? toMessage(row) : null;
}

/** Only a mail that made a job counts: one that was refused may be sent again and be judged anew. */
export async function findEarlierJob(
  database: LedgerDatabase,
  mail: { rawDigest: string; messageId: string | null; contentDigest: string },
): Promise<Duplicate | null> {
  const accepted = database
    .selectFrom('messages')
    .select(['job_id', 'received_at'])
    .where('job_id', 'is not', null)
    .orderBy('id');
  const sameBytes = await accepted.where('raw_digest', '=', mail.rawDigest).executeTakeFirst();
  if (sameBytes) return duplicate(sameBytes, 'the same mail');
  if (mail.messageId === null) return null;
  const sameContent = await accepted
    .where('message_id', '=', mail.messageId)
    .where('content_digest', '=', mail.contentDigest)
    .executeTakeFirst();
  return sameContent
    ? duplicate(sameContent, 'a mail with the same Message-ID and the same documents')
    : null;
}

export async function readMessagesOf(database: LedgerDatabase, jobId: number): Promise<MessageRecord[]> {
  const rows = await database
    .selectFrom('messages')
    .selectAll()
    .where('job_id', '=', jobId)
    .orderBy('id')
    .execute();
  return rows.map(toMessage);
}

/** By the ledger's number, or by Message-ID with or without its angle brackets; of several the newest. */
export async function readMessage(
  database: LedgerDatabase,
  key: string | number,
): Promise<MessageRecord | null> {
  const messages = database.selectFrom('messages').selectAll();
  const found =
    typeof key === 'number'
      ? messages.where('id', '=', key)
      : messages
          .where('message_id', 'in', [key, `<${key}>`])
          .orderBy('id', 'desc')
          .limit(1);
  const row = await found.executeTakeFirst();
  return row ? toMessage(row) : null;
}

/** Refused mails that no summary has told of yet, oldest first. */
export async function readUnreportedRefusals(database: LedgerDatabase): Promise<MessageRecord[]> {
  const rows = await database
    .selectFrom('messages')
    .selectAll()
    // As literals, or SQLite would not take the partial index.
    .where('decision', '=', sql.lit('refuse'))
    .where('reported_at', 'is', null)
    .orderBy('id')
    .limit(refusalsAtOnce)
    .execute();
  return rows.map(toMessage);
}

export async function noteReported(
  transaction: LedgerTransaction,
  ids: readonly number[],
  now: number,
): Promise<void> {
  await transaction
    .updateTable('messages')
    .set({ reported_at: now })
    .where('id', 'in', ids)
    .where('reported_at', 'is', null)
    .execute();
}

function duplicate(row: { job_id: number | null; received_at: number }, what: string): Duplicate | null {
  if (row.job_id === null) return null;
  const received = new Date(row.received_at).toISOString();
  return { jobId: row.job_id, text: `${what} became job ${row.job_id}, received ${received}` };
}

function toMessage(row: MessageRow): MessageRecord {
  return {
    id: row.id,
    mailbox: row.mailbox,
    uniqueId: row.unique_id,
    octets: row.octets,
    messageId: row.message_id,
    raw: { digest: row.raw_digest, bytes: row.raw_bytes },
    sender: row.sender,
    description: row.description,
    readable: row.readable === 1,
    decision: row.decision,
    reasons: JSON.parse(row.reasons) as Reason[],
    trail: JSON.parse(row.trail) as TrailStep[],
    jobId: row.job_id,
    receivedAt: row.received_at,
    reportedAt: row.reported_at,
  };
}
