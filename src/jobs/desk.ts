/** Where incoming mails become records: each is judged against what was kept before it, and many are kept in one transaction. */
import type { Job, OutgoingMail, RawMessage, SetFacts, Verdict } from '#vocab/line.js';
import type { Wish } from '#vocab/wishes.js';
import { insertJob, type NewJob } from './job-changes.js';
import type { Asker, JobEvent } from './job-machine.js';
import { readJob } from './job-rows.js';
import type { LedgerTransaction } from './ledger-database.js';
import * as messages from './messages.js';
import { putMails } from './outbox.js';
import { addPiece, findOrBeginJob, type PlacedPiece } from './pieces.js';
import { closeMail, demandOpen, putAside, type UnreadableFacts } from './quarantine.js';
import { findAnswered, noteHelped, noteUsed, type TalkedOf } from './replies.js';
import { type PieceKey, readSetFacts } from './split-rows.js';
import { type Granted, grantWish, type IsThere } from './wish-changes.js';

/** All that one mail leaves, kept together or not at all. */
export interface MessageCommit {
  message: RawMessage;
  /** Null for a mail that could not be read; `unreadable` then says why. */
  submission: messages.SubmissionFacts | null;
  unreadable: UnreadableFacts | null;
  verdict: Verdict;
  trail: readonly messages.TrailStep[];
  job: NewJob | null;
  /** A function gets the new job, number and all; it is not called when there is none. */
  mails: readonly OutgoingMail[] | ((job: Job) => OutgoingMail[]);
}

/** All that the mail of a piece leaves, kept together or not at all. */
export interface PieceCommit extends Omit<MessageCommit, 'job' | 'mails' | 'unreadable'> {
  piece: PlacedPiece;
  /** Gets what has happened to the job. */
  mails: (job: Job, event: JobEvent) => OutgoingMail[];
}

/** All that a reply to one of our mails leaves, kept together or not at all. */
export interface ReplyCommit extends Omit<MessageCommit, 'job' | 'mails' | 'unreadable'> {
  answered: TalkedOf;
  jobId: number | null;
  /** Its sender was told which words are understood, unasked. */
  helps: boolean;
  mails: readonly OutgoingMail[];
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

  /** When each of these very messages was kept, in their order; epoch milliseconds, or null. */
  receivedAt(wanted: readonly RawMessage[]): Promise<(number | null)[]> {
    return messages.findReceivedAt(this.#transaction, wanted);
  }

  /**
   * Keeps a mail's fate; one that could not be read goes into quarantine, and one that comes from there is read at last or
   * goes back. Throws `message-already-kept` for the very same message, `not-in-quarantine` for one that is there no more.
   */
  async keep({ job, mails, ...kept }: MessageCommit): Promise<{ id: number; jobId: number | null }> {
    const transaction = this.#transaction;
    const { now, mailDomain } = this.#facts;
    const held = kept.verdict.decision === 'hold';
    const born = job && (await insertJob(transaction, job, { type: 'received', held }, now));
    const jobId = born?.id ?? null;
    const id = await this.#keepMessage(kept, jobId);
    const messageIds = [kept.submission?.messageId ?? []].flat();
    const composed = typeof mails === 'function' ? (born ? mails({ ...born, messageIds }) : []) : mails;
    await putMails(transaction, composed, { jobId, now, mailDomain });
    return { id, jobId };
  }

  async #keepMessage(kept: Omit<MessageCommit, 'job' | 'mails'>, jobId: number | null): Promise<number> {
    const transaction = this.#transaction;
    const { now } = this.#facts;
    const { message, unreadable } = kept;
    const { quarantined } = message;
    const before = quarantined === undefined ? null : await demandOpen(transaction, quarantined);
    const seen = unreadable?.header.find(({ name }) => name === 'message-id')?.value;
    const facts = { ...kept, messageId: seen ?? before?.messageId ?? null, jobId, now };
    if (before !== null) {
      await messages.judgeAgain(transaction, before.id, facts);
      if (unreadable === null)
        await closeMail(transaction, before.id, { as: 'read', text: 'read at last', at: now });
    }
    const id = before?.id ?? (await messages.insertMessage(transaction, facts));
    const { tooLarge } = message;
    if (unreadable !== null) await putAside(transaction, id, { ...unreadable, tooLarge, now });
    return id;
  }

  /** Which of our mails this one answers; null for one that answers none. */
  findAnswered(reply: { references: readonly string[]; token: string | null }): Promise<TalkedOf | null> {
    return findAnswered(this.#transaction, reply);
  }

  async job(id: number): Promise<Job | null> {
    return readJob(this.#transaction, id);
  }

  /** Does what a reply wants, which can then not be answered once more; throws as `Ledger.grant` does. */
  async grant(answered: TalkedOf, wish: Wish, asker: Asker, isThere: IsThere): Promise<Granted> {
    const { now } = this.#facts;
    const granted = await grantWish(this.#transaction, { jobId: answered.jobId, wish, asker, isThere, now });
    await noteUsed(this.#transaction, answered.id, now);
    return granted;
  }

  /** Keeps a reply's fate, with the mails that answer it; `jobId`: the job that it is about, when it was obeyed. */
  async keepReply({ answered, jobId, helps, mails, ...kept }: ReplyCommit): Promise<void> {
    const transaction = this.#transaction;
    const { now, mailDomain } = this.#facts;
    await this.#keepMessage({ ...kept, unreadable: null }, jobId);
    if (helps) await noteHelped(transaction, answered.jobId, now);
    await putMails(transaction, mails, { jobId: jobId ?? answered.jobId, now, mailDomain });
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
    await this.#keepMessage({ ...kept, unreadable: null }, jobId);
    const { job, event } = await addPiece(transaction, jobId, piece, now);
    await putMails(transaction, mails(job, event), { jobId, now, mailDomain });
    return { jobId };
  }
}
