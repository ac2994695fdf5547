/** The ledger: every message, job, event, mail and lease, durable; the one way to change any of them. */
import type { Retry } from '#base/errors.js';
import type { Job, OutgoingMail, PackedContent, RawMessage, SetFacts } from '#vocab/line.js';
import type { MailboxStatus } from '#vocab/mailbox-status.js';
import type { PrinterStatus } from '#vocab/printer-status.js';
import type { Wish } from '#vocab/wishes.js';
import type { OnTrouble } from './choose.js';
import { Desk } from './desk.js';
import { applyEvents, type NewJob } from './job-changes.js';
import { type Asker, durabilityOf, isAtRest, type JobEvent } from './job-machine.js';
import {
  type JobEventRecord,
  readHeld,
  readJob,
  readJobByCode,
  readJobEvents,
  selectJobs,
  wholeJob,
} from './job-rows.js';
import { LatestJob } from './latest-job.js';
import {
  demandLease,
  giveBackLease,
  jobResource,
  type Lease,
  type Owner,
  prolongLease,
  takeLease,
} from './leases.js';
import type { LedgerAccess } from './ledger-access.js';
import { checkLedger } from './ledger-check.js';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.js';
import { type MailboxLook, noteLook, readStatus } from './mailboxes.js';
import * as messages from './messages.js';
import { hasNews } from './news.js';
import { type LedgerOptions, openAccess } from './open-ledger.js';
import * as outbox from './outbox.js';
import * as packed from './packed-contents.js';
import { completeSet } from './pieces.js';
import { type KeptStatus, keepStatus, readKeptStatus } from './printers.js';
import { Quarantine } from './quarantine.js';
import { findAnswered, type TalkedOf } from './replies.js';
import * as retention from './retention.js';
import { type OpenSet, type PieceKey, readOpenSets, readSetFacts } from './split-rows.js';
import { readNext, type TakenJob, type Taking, takeJob } from './take-job.js';
import {
  expireHolds,
  type Granted,
  grantWish,
  type IsThere,
  readResumable,
  resumeTroubled,
} from './wish-changes.js';

/** The mails that tell of what has happened to a job. */
export type Compose = (job: Job, event: JobEvent) => OutgoingMail[];

export class Ledger {
  readonly #access: LedgerAccess;
  readonly #options: LedgerOptions;
  readonly #givenBack = new WeakSet<Lease>();
  readonly #latest = new LatestJob();
  /** SQLite's own number for what others have written. */
  #dataVersion: number | null = null;
  readonly quarantine = new Quarantine({
    read: (run) => this.#access.read(run),
    write: (run) => this.#access.write(run),
    putMails: (transaction, mails) => this.#putMails(transaction, mails, null),
    now: () => this.#now(),
  });

  private constructor(access: LedgerAccess, options: LedgerOptions) {
    this.#access = access;
    this.#options = options;
  }

  /** Throws `ledger-missing` (readers only), `ledger-newer`, `ledger-older`, `ledger-unreadable`, or `ledger-failed` for a disk that takes nothing. */
  static async open(options: LedgerOptions): Promise<Ledger> {
    return new Ledger(await openAccess(options), options);
  }

  close(): Promise<void> {
    return this.#access.close();
  }

  /** Resolves with `ledger-failed` when the disk has not taken what was committed; only another opening helps then. */
  get failed(): Promise<unknown> {
    return this.#access.failed;
  }

  /** Throws `lease-held` while another live owner holds the resource. A dead process of this host is replaced at once. */
  acquireLease(resource: string, owner: Owner, ttlMs: number): Promise<Lease> {
    return this.#access.jot((transaction) =>
      takeLease(transaction, resource, owner, { now: this.#now(), ttlMs }),
    );
  }

  /** Throws `lease-lost` when another has taken it. */
  renewLease(lease: Lease, ttlMs: number): Promise<Lease> {
    return this.#access.jot((transaction) => prolongLease(transaction, lease, this.#now() + ttlMs));
  }

  /** Does nothing when it was lost, or given back with the end of its job. */
  async releaseLease(lease: Lease): Promise<void> {
    if (this.#givenBack.has(lease)) return;
    await this.#access.jot((transaction) => giveBackLease(transaction, lease));
  }

  /**
   * Everything that is kept at the desk is on disk, in one commit, when this returns; only then may the mails be deleted on
   * the server. Nothing is kept when `run` throws.
   */
  receive<T>(lease: Lease, run: (desk: Desk) => Promise<T>): Promise<T> {
    return this.#access.write(async (transaction) => {
      demandLease(transaction, lease);
      return run(new Desk(transaction, { now: this.#now(), mailDomain: this.#mailDomain }));
    });
  }

  /** The messages with these unique-ids that were decided before, oldest first: they need not be fetched. */
  knownMessages(mailbox: string, uniqueIds: readonly string[]): Promise<messages.KnownMessage[]> {
    const known = (transaction: LedgerTransaction) => messages.findKnown(transaction, mailbox, uniqueIds);
    return this.#onDisk(known, ({ length }) => length > 0);
  }

  /** The same raw bytes, or the same Message-ID together with the same documents. */
  findEarlier(mail: {
    rawDigest: string;
    messageId: string | null;
    contentDigest: string;
  }): Promise<messages.Earlier | null> {
    return this.#access.read((transaction) => messages.findEarlier(transaction, mail));
  }

  /** Which of our mails a mail answers; null for one that answers none. */
  findAnswered(reply: { references: readonly string[]; token: string | null }): Promise<TalkedOf | null> {
    return this.#access.read((transaction) => findAnswered(transaction, reply));
  }

  /** What came before of the sets that a piece may belong to. */
  findSets(piece: PieceKey): Promise<SetFacts> {
    return this.#access.read((transaction) => readSetFacts(transaction, piece));
  }

  /** When each of these very messages was kept, in their order; epoch milliseconds, or null. */
  receivedAt(wanted: readonly RawMessage[]): Promise<(number | null)[]> {
    const received = (transaction: LedgerTransaction) => messages.findReceivedAt(transaction, wanted);
    return this.#onDisk(received, (times) => times.some((time) => time !== null));
  }

  /** `mails` go out when the trouble is another one than at the last look. */
  noteMailboxLook(look: MailboxLook, mails: readonly OutgoingMail[] = []): Promise<void> {
    return this.#access.write(async (transaction) => {
      const before = await readStatus(transaction, look.mailbox);
      await noteLook(transaction, look, this.#now());
      if (before?.trouble?.code !== look.error?.code) await this.#putMails(transaction, mails, null);
    });
  }

  /** Null before the server's first look into it. */
  mailboxStatus(mailbox: string): Promise<MailboxStatus | null> {
    return this.#access.read((transaction) => readStatus(transaction, mailbox));
  }

  notePrinter(printer: string, status: PrinterStatus): Promise<void> {
    return this.#access.jot((transaction) => keepStatus(transaction, printer, status, this.#now()));
  }

  /** Null before a server has watched it. */
  printerStatus(printer: string): Promise<KeptStatus | null> {
    return this.#access.read((transaction) => readKeptStatus(transaction, printer));
  }

  /**
   * Takes the job to work on next: one that was interrupted, or the next that waits. Null when there is none; throws
   * `lease-held` while another process works on it.
   */
  async takeJob(taking: Taking): Promise<TakenJob | null> {
    const taken = await this.#access.jot((transaction) => takeJob(transaction, taking, this.#now()));
    if (taken === null) return null;
    const { lastEvent, ...leased } = taken;
    if (lastEvent !== null) this.#latest.changed({ job: leased.job, lastEvent });
    return leased;
  }

  /**
   * Changes a job by events that happen together, with the mails that tell of them, or not at all (`lease-lost`,
   * `job-event-refused`). `compose` is not asked when an event only repeats what the job's people were told, such as the same
   * condition again. How soon it is on disk, `durabilityOf` says. The lease of a job at which there is nothing more to do is given back.
   */
  async apply(
    lease: Lease,
    jobId: number,
    events: JobEvent | readonly JobEvent[],
    compose?: Compose,
  ): Promise<Job> {
    const all = [events].flat();
    const change = async (transaction: LedgerTransaction) => {
      demandLease(transaction, lease);
      const before = this.#latest.demand(transaction, jobId);
      const { job, applied, lastEvent } = await applyEvents(transaction, before, all, this.#now());
      const news = compose === undefined ? [] : applied.filter(({ repeated }) => !repeated);
      for (const step of news)
        await this.#putMails(transaction, compose?.(step.job, step.event) ?? [], jobId);
      const isDone = isAtRest(job) && lease.resource === jobResource(jobId);
      if (isDone) giveBackLease(transaction, lease);
      return { job, lastEvent, isDone };
    };
    const { job, lastEvent, isDone } = await this.#access[durabilityOf(all)](change);
    this.#latest.changed({ job, lastEvent });
    if (isDone) this.#givenBack.add(lease);
    return job;
  }

  /**
   * Does what somebody wants of a job, whoever works on it: its next event is refused when it cannot follow any more. `isThere`
   * is asked for the documents that a new job is made of. Throws `job-unknown` or `wish-refused`.
   */
  grant(
    jobId: number,
    wish: Wish,
    asker: Asker,
    facts: { isThere: IsThere; compose: Compose },
  ): Promise<Granted> {
    const { isThere, compose } = facts;
    return this.#access.write(async (transaction) => {
      const now = this.#now();
      const granted = await grantWish(transaction, { jobId, wish, asker, isThere, now });
      await this.#tellOf(transaction, [granted], compose);
      return granted;
    });
  }

  /** Ends the jobs that are held, or of unknown outcome, since so long. */
  expireHolds(before: { held: number; unknown: number }, compose: Compose): Promise<Granted[]> {
    return this.#access.write(async (transaction) =>
      this.#tellOf(transaction, await expireHolds(transaction, before, this.#now()), compose),
    );
  }

  /** Puts the jobs back into line of which nothing has come out, when the cause of that is gone. */
  resumeTroubled(text: string, compose: Compose): Promise<Granted[]> {
    return this.#access.write(async (transaction) =>
      this.#tellOf(transaction, await resumeTroubled(transaction, text, this.#now()), compose),
    );
  }

  /** The split mails that are waited for or not joined yet, oldest first. */
  openSets(): Promise<OpenSet[]> {
    return this.#access.read(readOpenSets);
  }

  /** Makes the pieces' job a whole one, with the mails that tell of it, or not at all (`lease-lost`, `job-event-refused`). */
  completeSet(
    lease: Lease,
    jobId: number,
    whole: Omit<NewJob, 'sender'>,
    event: Extract<JobEvent, { type: 'set-complete' }>,
    compose: Compose,
  ): Promise<Job> {
    return this.#access.write(async (transaction) => {
      demandLease(transaction, lease);
      const job = await completeSet(transaction, jobId, whole, event, this.#now());
      await this.#putMails(transaction, compose(job, event), jobId);
      return job;
    });
  }

  /** The job to print next, or null. */
  nextJob(onTrouble: OnTrouble = 'hold-job'): Promise<Job | null> {
    return this.#access.read((transaction) => readNext(transaction, onTrouble));
  }

  /** Whether jobs are held that go back into line when the printer is well. */
  async hasTroubled(): Promise<boolean> {
    return (await this.#access.read(readResumable)).length > 0;
  }

  /** The jobs that wait for somebody's word, the one that has waited longest first. */
  heldJobs(): Promise<Job[]> {
    return this.#access.read(readHeld);
  }

  /** The job that this code releases, or null. */
  jobByCode(code: string): Promise<Job | null> {
    return this.#access.read((transaction) => readJobByCode(transaction, code));
  }

  job(id: number): Promise<Job | null> {
    return this.#access.read((transaction) => readJob(transaction, id));
  }

  /** All jobs, oldest first. */
  jobs(): Promise<Job[]> {
    return this.#access.read(async (transaction) =>
      (await selectJobs(transaction).orderBy('id').execute()).map(wholeJob),
    );
  }

  jobEvents(id: number): Promise<JobEventRecord[]> {
    return this.#access.read((transaction) => readJobEvents(transaction, id));
  }

  messagesOf(jobId: number): Promise<messages.MessageRecord[]> {
    return this.#access.read((transaction) => messages.readMessagesOf(transaction, jobId));
  }

  /** By the ledger's number, or by Message-ID with or without angle brackets; of several the newest. */
  messageById(key: string | number): Promise<messages.MessageRecord | null> {
    return this.#access.read((transaction) => messages.readMessage(transaction, key));
  }

  /** The content that must stay, also after a power cut; also of jobs that ended later than `endedAfter`. */
  liveDigests(endedAfter = Number.MAX_SAFE_INTEGER): Promise<Set<string>> {
    return this.#onDisk((transaction) => retention.readLiveDigests(transaction, endedAfter));
  }

  /** The same, and the packs with the small ones among it, with how many bytes of each must stay. */
  liveContents(endedAfter = Number.MAX_SAFE_INTEGER): Promise<packed.LiveContents> {
    return this.#onDisk((transaction) => packed.readLiveContents(transaction, endedAfter));
  }

  /** Where a small content lies; null for one that has a file of its own, or none. */
  findPacked(digest: string): Promise<PackedContent | null> {
    return this.#access.look((database) => packed.findPacked(database, digest));
  }

  /** Whether any job ended in that time, the later bound included; epoch milliseconds. */
  hasEnded(time: { after: number; until: number }): Promise<boolean> {
    return this.#access.read((transaction) => retention.hasEnded(transaction, time));
  }

  /** Forgets where the small contents lie that need not stay. */
  forgetPacked(endedAfter = Number.MAX_SAFE_INTEGER): Promise<void> {
    return this.#access.jot((transaction) => packed.forgetPacked(transaction, endedAfter));
  }

  /** What lies in this pack, in its order. */
  readPack(pack: string): Promise<PackedContent[]> {
    return this.#access.read((transaction) => packed.readPack(transaction, pack));
  }

  /** These contents lie elsewhere now. */
  movePacked(contents: readonly PackedContent[]): Promise<void> {
    return this.#access.write((transaction) => packed.movePacked(transaction, contents));
  }

  /** Forgets jobs, mails and what was mailed about them that ended before; a little at a time. */
  async forget(before: number, isListed: retention.IsListed): Promise<void> {
    for (const forgetSome of [retention.forgetJobs, retention.forgetMessages]) {
      for (let cursor: retention.Cursor = 0; cursor !== null; ) {
        const from: number = cursor;
        cursor = await this.#access.write((transaction) => forgetSome(transaction, before, isListed, from));
      }
    }
    await this.#access.write((transaction) => retention.forgetMails(transaction, before));
  }

  /** Whether anybody is to be told anything, now or later. */
  hasNews(): Promise<boolean> {
    return this.#access.look(hasNews);
  }

  /** What they tell of is on disk. */
  dueMails(now: number): Promise<outbox.OutboxMail[]> {
    const due = (transaction: LedgerTransaction) => outbox.readDueMails(transaction, now);
    return this.#onDisk(due, ({ length }) => length > 0);
  }

  /** When the next mail is to be tried, in epoch milliseconds; null when none waits. */
  nextMailDueAt(): Promise<number | null> {
    return this.#access.read(outbox.readNextDueAt);
  }

  mailsOf(jobId: number): Promise<(outbox.OutboxMail & outbox.OutboxFate)[]> {
    return this.#access.read((transaction) => outbox.readMailsOf(transaction, jobId));
  }

  mailSent(id: number): Promise<void> {
    return this.#access.write((transaction) => outbox.noteSent(transaction, id, this.#now()));
  }

  mailFailed(id: number, error: string, retry: Retry): Promise<void> {
    return this.#access.write((transaction) =>
      outbox.noteFailed(transaction, id, { error, retry, now: this.#now() }),
    );
  }

  /** Refused mails that no summary has told of, oldest first; a long list comes in portions. */
  unreportedRefusals(): Promise<messages.MessageRecord[]> {
    return this.#access.read(messages.readUnreportedRefusals);
  }

  /** Marks them reported by these mails, together. */
  markRefusalsReported(ids: readonly number[], mails: readonly OutgoingMail[]): Promise<void> {
    return this.#access.write(async (transaction) => {
      await messages.noteReported(transaction, ids, this.#now());
      await this.#putMails(transaction, mails, null);
    });
  }

  /** Whether another process has changed anything since the last time this was asked. */
  async changedByOthers(): Promise<boolean> {
    const version = await this.#access.look(readDataVersion);
    const changed = this.#dataVersion !== null && version !== this.#dataVersion;
    this.#dataVersion = version;
    return changed;
  }

  /** The ledger proves its invariants: the faults found, in words; none when all is well. */
  check(): Promise<string[]> {
    return this.#access.read(checkLedger);
  }

  /** For what is acted on where the ledger cannot take it back; `matters`: not every answer is. */
  async #onDisk<T>(
    run: (transaction: LedgerTransaction) => T | Promise<T>,
    matters: (found: T) => boolean = () => true,
  ): Promise<T> {
    const found = await this.#access.read(run);
    if (matters(found)) await this.#access.synced();
    return found;
  }

  #now(): number {
    return this.#options.clock.now();
  }

  get #mailDomain(): string {
    return this.#options.mailDomain ?? 'phaserlink.invalid';
  }

  #putMails(transaction: LedgerTransaction, mails: readonly OutgoingMail[], jobId: number | null) {
    return outbox.putMails(transaction, mails, { jobId, now: this.#now(), mailDomain: this.#mailDomain });
  }

  async #tellOf(transaction: LedgerTransaction, changes: Granted[], compose: Compose): Promise<Granted[]> {
    for (const { job, event } of changes) await this.#putMails(transaction, compose(job, event), job.id);
    return changes;
  }
}

function readDataVersion(database: LedgerDatabase): number {
  const [row] = database.rows<{ data_version: number }>('pragma data_version');
  return row?.data_version ?? 0;
}
