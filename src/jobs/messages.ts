/** The messages in the ledger: each mail once, with its decision, the reasons and the way to them. */
import { sql } from 'kysely';
import { isoTime } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import type { ContentRef, RawMessage, Reason, Submission, Verdict } from '#vocab/line.js';
import { contentDigestOf } from './content-digest.js';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.js';
import type { MessagesTable } from './schema.js';
import { statement } from './statement.js';

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
  /** The mail as it was fetched; its content is kept only while it is in quarantine. */
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

/** The mail, or the same wish to print, came before. */
export interface Earlier {
  /** What it became, if it became a job. */
  jobId: number | null;
  text: string;
}

/** What the server lists of a message that was decided before. */
export interface KnownMessage {
  uniqueId: string;
  octets: number;
  /** Null for a message of the ledger's first version. */
  headerDigest: string | null;
  /** Only its header was fetched. */
  tooLarge: boolean;
  /** Epoch milliseconds. */
  receivedAt: number;
}

/** How many unique-ids are looked up at once; SQLite limits a query's parameters. */
const uniqueIdsAtOnce = 500;

/** How many refusals one summary holds. */
const refusalsAtOnce = 500;

type MessageRow = Omit<MessagesTable, 'id'> & { id: number };

/** What was found of a message and decided about it. */
interface MessageFacts {
  message: RawMessage;
  submission: SubmissionFacts | null;
  /** Where no submission says it: what a look at the header has found. */
  messageId: string | null;
  verdict: Verdict;
  trail: readonly TrailStep[];
  jobId: number | null;
  now: number;
}

/** Gives nothing back for the very same message. */
const insertRow = statement((database, row: Omit<MessagesTable, 'id' | 'reported_at'>) =>
  database
    .insertInto('messages')
    .values({
      mailbox: row.mailbox,
      unique_id: row.unique_id,
      octets: row.octets,
      header_digest: row.header_digest,
      header_only: row.header_only,
      message_id: row.message_id,
      raw_digest: row.raw_digest,
      raw_bytes: row.raw_bytes,
      content_digest: row.content_digest,
      sender: row.sender,
      description: row.description,
      readable: row.readable,
      decision: row.decision,
      reasons: row.reasons,
      trail: row.trail,
      job_id: row.job_id,
      received_at: row.received_at,
    })
    .onConflict((conflict) => conflict.columns(['mailbox', 'unique_id', 'octets', 'raw_digest']).doNothing())
    .returning('id'),
);

/** Returns its number. Throws `message-already-kept` for the very same message. */
export async function insertMessage(transaction: LedgerTransaction, facts: MessageFacts): Promise<number> {
  const { message } = facts;
  const [row] = insertRow(transaction, {
    mailbox: message.mailbox,
    unique_id: message.uniqueId,
    octets: message.octets,
    header_digest: message.headerDigest,
    header_only: message.tooLarge === null ? 0 : 1,
    raw_digest: message.content.digest,
    raw_bytes: message.content.bytes,
    ...judgedColumns(facts),
    trail: JSON.stringify(facts.trail),
    received_at: facts.now,
  });
  if (row !== undefined) return row.id;
  throw new PhaserLinkError({
    code: 'message-already-kept',
    retry: 'permanent',
    text: `message ${message.uniqueId} of ${message.mailbox} was decided before; delete it on the server`,
  });
}

/** The message of this number was judged anew; the way to the earlier decision stays. */
export async function judgeAgain(
  transaction: LedgerTransaction,
  id: number,
  facts: MessageFacts,
): Promise<void> {
  await transaction.updateTable('messages').set(judgedColumns(facts)).where('id', '=', id).execute();
  await addToTrail(transaction, id, facts.trail);
}

export async function addToTrail(
  transaction: LedgerTransaction,
  id: number,
  steps: readonly TrailStep[],
): Promise<void> {
  const messages = transaction.selectFrom('messages').select('trail').where('id', '=', id);
  const { trail } = await messages.executeTakeFirstOrThrow();
  const longer = JSON.stringify([...(JSON.parse(trail) as TrailStep[]), ...steps]);
  await transaction.updateTable('messages').set({ trail: longer }).where('id', '=', id).execute();
}

function judgedColumns({ submission, messageId, verdict, jobId }: MessageFacts) {
  return {
    message_id: submission ? submission.messageId : messageId,
    content_digest: submission ? contentDigestOf(submission.documents) : null,
    sender: submission?.sender ?? null,
    description: submission?.description ?? '',
    readable: submission ? 1 : 0,
    decision: verdict.decision,
    reasons: JSON.stringify(verdict.reasons),
    job_id: jobId,
  };
}

/** `digests`: a list as JSON, so that one query does for any number. */
const findOfDigests = statement((database, { digests }: { digests: string }) =>
  database
    .selectFrom('messages')
    .select(['mailbox', 'unique_id', 'octets', 'raw_digest', 'received_at'])
    .where('raw_digest', 'in', sql<string>`(select value from json_each(${digests}))`),
);

/** When each of these very messages was kept, or null; in their order. */
export async function findReceivedAt(
  database: LedgerDatabase,
  wanted: readonly RawMessage[],
): Promise<(number | null)[]> {
  const digests = JSON.stringify(wanted.map(({ content }) => content.digest));
  const rows = await findOfDigests(database, { digests });
  return wanted.map(({ mailbox, uniqueId, octets, content: { digest } }) => {
    const kept = rows.find(
      (row) =>
        row.mailbox === mailbox &&
        row.unique_id === uniqueId &&
        row.octets === octets &&
        row.raw_digest === digest,
    );
    return kept?.received_at ?? null;
  });
}

/** The messages of this maildrop with one of these unique-ids, oldest first: one id may have named several. */
export async function findKnown(
  database: LedgerDatabase,
  mailbox: string,
  uniqueIds: readonly string[],
): Promise<KnownMessage[]> {
  const known: KnownMessage[] = [];
  for (let at = 0; at < uniqueIds.length; at += uniqueIdsAtOnce) {
    const rows = await database
      .selectFrom('messages')
      .select(['unique_id', 'octets', 'header_digest', 'header_only', 'received_at'])
      .where('mailbox', '=', mailbox)
      .where('unique_id', 'in', uniqueIds.slice(at, at + uniqueIdsAtOnce))
      .orderBy('id')
      .execute();
    known.push(
      ...rows.map((row) => ({
        uniqueId: row.unique_id,
        octets: row.octets,
        headerDigest: row.header_digest,
        tooLarge: row.header_only === 1,
        receivedAt: row.received_at,
      })),
    );
  }
  return known;
}

const findSameBytes = statement((database, mail: { rawDigest: string }) =>
  database
    .selectFrom('messages')
    .select(['job_id', 'received_at'])
    .where('raw_digest', '=', mail.rawDigest)
    .where('readable', '=', 1)
    .orderBy('id')
    .limit(sql.lit(1)),
);

const findSameContent = statement((database, mail: { messageId: string; contentDigest: string }) =>
  database
    .selectFrom('messages')
    .select(['job_id', 'received_at'])
    .where('job_id', 'is not', null)
    .where('message_id', '=', mail.messageId)
    .where('content_digest', '=', mail.contentDigest)
    .orderBy('id')
    .limit(sql.lit(1)),
);

/**
 * The same bytes are the same mail, whatever became of it: the maildrop has another name now, or new unique-ids. The same
 * wish is known only by a mail that made a job: one that was refused may be sent again and be judged anew. A mail that could
 * not be read has not been decided yet.
 */
export async function findEarlier(
  database: LedgerDatabase,
  mail: { rawDigest: string; messageId: string | null; contentDigest: string },
): Promise<Earlier | null> {
  const [sameBytes] = await findSameBytes(database, mail);
  if (sameBytes) return earlier(sameBytes, 'the same mail');
  const { messageId, contentDigest } = mail;
  if (messageId === null) return null;
  const [sameContent] = await findSameContent(database, { messageId, contentDigest });
  return sameContent ? earlier(sameContent, 'a mail with the same Message-ID and the same documents') : null;
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

/** Refused mails that no summary has told of yet, oldest first; of those in quarantine another mail tells. */
export async function readUnreportedRefusals(database: LedgerDatabase): Promise<MessageRecord[]> {
  const rows = await unreported(database).selectAll().orderBy('id').limit(refusalsAtOnce).execute();
  return rows.map(toMessage);
}

/** The refused mails of which the administrator knows nothing yet. */
export function unreported(database: LedgerDatabase) {
  return (
    database
      .selectFrom('messages')
      // As literals, or SQLite would not take the partial index.
      .where('decision', '=', sql.lit('refuse'))
      .where('reported_at', 'is', null)
      .where('readable', '=', sql.lit(1))
  );
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

function earlier(row: { job_id: number | null; received_at: number }, what: string): Earlier {
  const fate = row.job_id === null ? 'was not accepted' : `became job ${row.job_id}`;
  return { jobId: row.job_id, text: `${what} ${fate}, received ${isoTime(row.received_at)}` };
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
