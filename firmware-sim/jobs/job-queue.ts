/** The printer's jobs: those that wait in the spool, the one that prints, and the last that ended; one prints at a time, in order. */
import { errorText, PhaserLinkError } from '#base/errors.js';
import { type JobState, terminalJobStates } from '#vocab/job-states.js';
import type { InterpretedJob } from '../interpreter/interpreter.js';
import { pwgProgram } from '../interpreter/pwg-program.js';
import type { OutputTray } from '../rasters/output-tray.js';
import { composeCoverSheet } from './cover-sheet.js';
import type { LaidPage, PrinterJob, Ticket } from './job.js';
import { type DocumentRun, JobRun, type JobRunOptions } from './job-run.js';
import { type DocumentWriter, type JobSpool, printerDiskFull, type SpooledDocument } from './job-spool.js';

/** Ended jobs that are remembered, to be asked about. */
const maxEndedJobs = 500;
/** Jobs that wait. */
const maxWaitingJobs = 1000;

export interface JobQueueOptions extends JobRunOptions {
  tray: OutputTray;
  /** The highest job number that lies in the tray. */
  highestInTray: number;
  spool: JobSpool;
}

interface Entry {
  job: PrinterJob;
  documents: SpooledDocument[];
  /** Set while it is in the machine. */
  run: JobRun | null;
  /** Resolves when the job has ended. */
  ended: Promise<void>;
  end: () => void;
}

/** `page` is the one that has just come out; null when it is the job's state that changed. */
type JobListener = (job: PrinterJob, page: LaidPage | null) => void;

/** A job whose documents a face still brings. */
export interface OpenJob {
  readonly job: PrinterJob;
  /** `format` is the media type that the sender named, or null. Throws `printer-disk-full` and `printer-job-ended`. */
  addDocument(format: string | null): Promise<DocumentWriter>;
  /** What became known of the job since it was opened. */
  describe(facts: Partial<Ticket>): void;
  /** The document counts from now on; it was ended before. One that is kept twice is printed twice; of a job that has ended nothing is kept. */
  keep(document: SpooledDocument): void;
  /** Of a document that was ended and is not kept. */
  discard(document: SpooledDocument): Promise<void>;
  /** No more documents come: the job waits for its turn. Without a document it is aborted. */
  close(): void;
  /** It did not come whole. */
  abandon(): void;
}

export class JobQueue {
  readonly #options: JobQueueOptions;
  /** In order of their numbers. */
  readonly #entries = new Map<number, Entry>();
  readonly #listeners = new Set<JobListener>();
  #current: Entry | null = null;
  #stopped = false;
  /** The last job in the machine, for `stop`. */
  #running: Promise<void> = Promise.resolve();

  constructor(options: JobQueueOptions) {
    this.#options = options;
    const { machine } = options;
    machine.subscribe(({ state }) => {
      if (state.phase === 'off') this.#forget();
      else this.#next();
    });
  }

  /** In order of their numbers, ended ones included. */
  list(): PrinterJob[] {
    return [...this.#entries.values()].map(({ job }) => job);
  }

  find(number: number): PrinterJob | undefined {
    return this.#entries.get(number)?.job;
  }

  /** Whether a job is in the machine or waits to be. */
  get busy(): boolean {
    return this.#current !== null || this.#firstWaiting() !== undefined;
  }

  /** Hears of each change of a job's state, and of each page that comes out. */
  subscribe(listener: JobListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the job has ended; at once for one that is not known any more. */
  async ended(number: number): Promise<void> {
    await this.#entries.get(number)?.ended;
  }

  /** A job that is spooled first. `hold` keeps it until it is released. Throws `printer-busy`. */
  open(ticket: Ticket, hold = false): OpenJob {
    const entry = this.#enter(ticket, 'pending-held', ['job-incoming']);
    const { job } = entry;
    let begun = 0;
    return {
      job,
      addDocument: async (format) => {
        if (terminalJobStates.has(job.state)) throw jobEnded(job);
        if (this.#options.machine.state.disturbance.diskFull) throw printerDiskFull();
        return this.#options.spool.begin(job.number, ++begun, format);
      },
      describe: (facts) => {
        Object.assign(job.ticket, facts);
      },
      discard: (document) => this.#options.spool.remove([document]),
      keep: (document) => {
        if (terminalJobStates.has(job.state)) return this.#remove(entry, [document]);
        entry.documents.push(document);
        job.documents++;
        job.bytes += document.bytes;
      },
      close: () => {
        if (job.state !== 'pending-held' || !job.reasons.includes('job-incoming')) return;
        if (entry.documents.length === 0) return this.#end(entry, 'aborted', ['aborted-by-system']);
        if (hold) this.#change(entry, 'pending-held', ['job-hold-until-specified']);
        else this.#change(entry, 'pending', []);
        this.#next();
      },
      abandon: () => {
        if (!terminalJobStates.has(job.state))
          this.#end(entry, 'aborted', ['submission-interrupted', 'aborted-by-system']);
      },
    };
  }

  /**
   * A job that is printed while it arrives; one that fails by the printer's own trouble is aborted, and its `done` says so.
   * Throws `printer-busy` when another one is in the machine or waits, and what keeps it from being begun.
   */
  openStream(ticket: Ticket, reply: (bytes: Uint8Array) => Promise<void>): DocumentRun {
    if (this.busy || this.#options.machine.state.phase === 'off') throw printerBusy('it is busy');
    const entry = this.#enter(ticket, 'pending', []);
    entry.job.documents = 1;
    const run = this.#start(entry);
    let document: DocumentRun;
    try {
      document = run.startDocument(reply, null);
    } catch (error) {
      this.#running = this.#finish(entry, run, this.#giveUp(entry, run, error));
      throw error;
    }
    const done = document.done
      .catch((error: unknown) => this.#giveUp(entry, run, error))
      .then(async (outcome) => {
        await this.#finish(entry, run, outcome);
        return outcome;
      });
    this.#running = done.then(() => undefined);
    return {
      feed: (chunk) => {
        entry.job.bytes += chunk.length;
        return document.feed(chunk);
      },
      inputHeld: (held) => document.inputHeld(held),
      endOfInput: () => document.endOfInput(),
      done,
    };
  }

  /** False when there is no such job, or it has ended, or is just being canceled. Pages that are on their way come out. */
  cancel(number: number, by: 'job-canceled-by-user' | 'job-canceled-at-device'): boolean {
    const entry = this.#entries.get(number);
    if (entry === undefined || terminalJobStates.has(entry.job.state)) return false;
    // RFC 8011 §4.3.3: it is being canceled already.
    if (entry.job.reasons.includes('processing-to-stop-point')) return false;
    if (entry.run === null) this.#end(entry, 'canceled', [by]);
    else {
      this.#change(entry, entry.job.state, [...entry.job.reasons, 'processing-to-stop-point', by]);
      entry.run.abort();
    }
    return true;
  }

  /** False unless it waits. */
  hold(number: number): boolean {
    const entry = this.#entries.get(number);
    if (entry?.job.state !== 'pending') return false;
    this.#change(entry, 'pending-held', ['job-hold-until-specified']);
    return true;
  }

  /** False unless it is held. */
  release(number: number): boolean {
    const entry = this.#entries.get(number);
    if (!entry?.job.reasons.includes('job-hold-until-specified')) return false;
    this.#change(entry, 'pending', []);
    this.#next();
    return true;
  }

  /** Ends what runs; resolves when the machine is free. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#current?.run?.abort();
    await this.#running;
  }

  #enter(ticket: Ticket, state: JobState, reasons: string[]): Entry {
    const waiting = [...this.#entries.values()].filter(({ job }) => !terminalJobStates.has(job.state)).length;
    if (waiting >= maxWaitingJobs) throw printerBusy(`${maxWaitingJobs} jobs wait`);
    const { machine, clock, highestInTray } = this.#options;
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const job: PrinterJob = {
      number: machine.nextJobNumber(highestInTray),
      ticket: { ...ticket },
      state,
      reasons,
      pages: 0,
      sheets: 0,
      bytes: 0,
      documents: 0,
      createdAt: clock.now(),
      startedAt: null,
      endedAt: null,
      error: null,
    };
    const entry: Entry = { job, documents: [], run: null, ended, end };
    this.#entries.set(job.number, entry);
    return entry;
  }

  #firstWaiting(): Entry | undefined {
    for (const entry of this.#entries.values()) if (entry.job.state === 'pending') return entry;
    return undefined;
  }

  #next(): void {
    const { machine } = this.#options;
    if (this.#stopped || this.#current !== null || machine.state.job !== null) return;
    if (machine.state.phase === 'off' || !machine.state.online) return;
    const entry = this.#firstWaiting();
    if (entry !== undefined) this.#running = this.#print(entry);
  }

  async #print(entry: Entry): Promise<void> {
    const run = this.#start(entry);
    let outcome: InterpretedJob = { pages: 0, reason: 'finished', error: null };
    try {
      if (entry.job.ticket.options.coverSheet) await this.#printCoverSheet(run);
      for (const document of entry.documents) {
        if (run.aborted) break;
        outcome = await this.#printDocument(run, document);
        if (outcome.reason !== 'finished') break;
      }
    } catch (error) {
      outcome = this.#giveUp(entry, run, error);
    }
    await this.#finish(entry, run, outcome);
  }

  /** The trouble is the printer's own, not the document's. */
  #giveUp(entry: Entry, run: JobRun, error: unknown): InterpretedJob {
    run.abort();
    this.#tellFailure(entry, error);
    return { pages: 0, reason: 'aborted', error: null };
  }

  async #printCoverSheet(run: JobRun): Promise<void> {
    const sheet = run.startCoverSheet();
    await sheet.feed(Buffer.from(composeCoverSheet(run.job, this.#options.machine.device.product)));
    sheet.endOfInput();
    await sheet.done;
  }

  async #printDocument(run: JobRun, document: SpooledDocument): Promise<InterpretedJob> {
    // Nobody listens: what a spooled job prints on the back-channel goes nowhere.
    const isPwg = document.format === 'image/pwg-raster';
    const interpreted = run.startDocument(async () => {}, isPwg ? 'application/postscript' : document.format);
    const bytes = this.#options.spool.read(document);
    for await (const chunk of isPwg ? pwgProgram(bytes) : bytes) {
      if (run.aborted) break;
      await interpreted.feed(chunk);
    }
    interpreted.endOfInput();
    return interpreted.done;
  }

  #start(entry: Entry): JobRun {
    const { clock, log, tray } = this.#options;
    const { job } = entry;
    this.#current = entry;
    job.startedAt = clock.now();
    entry.run = new JobRun(job, tray.startJob(job.number), this.#options, (page) => this.#tell(job, page));
    this.#change(entry, 'processing', ['job-printing']);
    log.info(
      {
        event: 'job-started',
        job: job.number,
        channel: job.ticket.channel,
        user: job.ticket.user,
        name: job.ticket.name,
      },
      `job ${job.number} begins`,
    );
    return entry.run;
  }

  async #finish(entry: Entry, run: JobRun, outcome: InterpretedJob): Promise<void> {
    const { log } = this.#options;
    const { job } = entry;
    const { reason, error } = outcome;
    job.error = error;
    try {
      const pdf = await run.end();
      log.info(
        { event: 'job-ended', job: job.number, pages: job.pages, reason, pdf },
        `job ${job.number} ended (${reason}), ${job.pages} pages${pdf === null ? '' : `: ${pdf}`}`,
      );
    } catch (error) {
      this.#tellFailure(entry, error);
    }
    entry.run = null;
    this.#current = null;
    const canceled = job.reasons.find((word) => word.startsWith('job-canceled'));
    if (canceled !== undefined) this.#end(entry, 'canceled', [canceled]);
    else if (run.aborted || reason !== 'finished') this.#end(entry, 'aborted', ['aborted-by-system']);
    else
      this.#end(entry, 'completed', [
        job.error === null ? 'job-completed-successfully' : 'job-completed-with-errors',
      ]);
    this.#next();
  }

  #end(entry: Entry, state: JobState, reasons: string[]): void {
    entry.job.endedAt = this.#options.clock.now();
    this.#change(entry, state, reasons);
    entry.end();
    this.#remove(entry, entry.documents);
    const over = [...this.#entries.values()].filter(({ job }) => terminalJobStates.has(job.state));
    for (const { job } of over.slice(0, Math.max(0, over.length - maxEndedJobs)))
      this.#entries.delete(job.number);
  }

  #remove(entry: Entry, documents: readonly SpooledDocument[]): void {
    this.#options.spool.remove(documents).catch((error: unknown) => this.#tellFailure(entry, error));
  }

  #change({ job }: Entry, state: JobState, reasons: readonly string[]): void {
    job.state = state;
    job.reasons = reasons;
    this.#tell(job, null);
  }

  #tell(job: PrinterJob, page: LaidPage | null): void {
    for (const listener of this.#listeners) listener(job, page);
  }

  /** A printer that was switched off has no jobs; the one in the machine ends by itself. */
  #forget(): void {
    for (const entry of this.#entries.values()) {
      if (entry.run === null && !terminalJobStates.has(entry.job.state))
        this.#end(entry, 'aborted', ['aborted-by-system']);
    }
  }

  #tellFailure({ job }: Entry, error: unknown): void {
    this.#options.log.error(
      { event: 'job-failed', job: job.number, error: errorText(error) },
      `job ${job.number} failed: ${errorText(error)}`,
    );
  }
}

function printerBusy(why: string): PhaserLinkError {
  return new PhaserLinkError({
    code: 'printer-busy',
    retry: 'temporary',
    text: `the printer takes no job now: ${why}`,
  });
}

function jobEnded({ number, state }: PrinterJob): PhaserLinkError {
  return new PhaserLinkError({
    code: 'printer-job-ended',
    retry: 'permanent',
    text: `job ${number} is ${state} and takes no more documents`,
  });
}
