/** Where incoming mails become records: each is judged against what was kept before it, and many are kept in one transaction. */
import type { Job, OutgoingMail, RawMessage, SetFacts, Verdict } from '#vocab/line.js';
import { insertJob, type NewJob } from './job-changes.js';
import type { JobEvent } from './job-machine.js';
import { readJob } from './job-rows.js';
import * as messages from './messages.js';
import { putMails } from './outbox.js';
import { addPiece, findOrBeginJob, type PlacedPiece } from './pieces.js';
import type { LedgerTransaction } from './schema.js';
import { type PieceKey, readSetFacts } from './split-rows.js';

/** All that one mail leaves, kept together or not at all. */
export interface MessageCommit {
  message: RawMessage;
  /** Null for a mail that could not be read. */
  submission: messages.SubmissionFacts | null;
  verdict: Verdict;
  trail: readonly messages.TrailStep[];
  job: NewJob | null;
  /** A function gets the new job, number and all; it is not called when there is none. */
  mails: readonly OutgoingMail[] | ((job: Job) => OutgoingMail[]);
}

/** All that the mail of a piece leaves, kept together or not at all. */
export interface PieceCommit extends Omit<MessageCommit, 'job' | 'mails'> {
  piece: PlacedPiece;
  /** Gets what has happened to the job. */
  mails: (job: Job, event: JobEvent) => OutgoingMail[];
}

/** Good only while the transaction runs; what is kept is on disk when that has ended. */
export class Desk {
  readonly #transaction: LedgerTransaction;
  readonly #facts: { now: number; mailDomain: string };

  constructor(transaction: LedgerTransaction, facts: { now: number; mailDomain: string }) {
    this.#transaction = transaction;
    this.#facts = facts;
  }

  /** Also a mail that was kept at this very desk before. */
  findEarlier(mail: {
    rawDigest: string;
    messageId: string | null;
    contentDigest: string;
  }): Promise<messages.Earlier | null> {
    return messages.findEarlier(this.#transaction, mail);
  }

  /** When the very same message was kept; epoch milliseconds, or null. */
  receivedAt(message: RawMessage): Promise<number | null> {
    return messages.findReceivedAt(this.#transaction, message);
  }

  /** Keeps a mail's fate; throws `message-already-kept` for the very same message. */
  async keep({ job, mails, ...kept }: MessageCommit): Promise<{ jobId: number | null }> {
    const transaction = this.#transaction;
    const { now, mailDomain } = this.#facts;
    const held = kept.verdict.decision === 'hold';
    const jobId = job && (await insertJob(transaction, job, { type: 'received', held }, now));
    await messages.insertMessage(transaction, { ...kept, jobId, now });
    const made = jobId === null ? null : await readJob(transaction, jobId);
    const composed = typeof mails === 'function' ? (made ? mails(made) : []) : mails;
    await putMails(transaction, composed, { jobId, now, mailDomain });
    return { jobId };
  }

  /** What came before of the sets that a piece may belong to. */
  findSets(piece: PieceKey): Promise<SetFacts> {
    return readSetFacts(this.#transaction, piece);
  }

  /** Keeps a piece's mail with the job that it belongs to or begins. */
  async keepPiece({ piece, mails, ...kept }: PieceCommit): Promise<{ jobId: number }> {
    const transaction = this.#transaction;
    const { now, mailDomain } = this.#facts;
    const jobId = await findOrBeginJob(transaction, piece, now);
    await messages.insertMessage(transaction, { ...kept, jobId, now });
    const { job, event } = await addPiece(transaction, jobId, piece, now);
    await putMails(transaction, mails(job, event), { jobId, now, mailDomain });
    return { jobId };
  }
}
