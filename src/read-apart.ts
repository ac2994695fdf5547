/** The guard of the process that reads mails: no mail can take the server with it, or stop those behind it. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import {
  type CagedWorker,
  startWorker,
  tryWorkerCage,
  type WorkerCage,
  type WorkerLimits,
  WorkerLostError,
} from '#runtime/caged-worker.js';
import type { HeaderLine, PackedContent, RawMessage, Submission } from '#vocab/line.js';
import { parseLookAnswer, parseReadAnswer } from './answer-check.js';
import { defaultMaxContentBytes } from './jobs/spool.js';
import { type ReadAnswer, type ReadQuestion, troubleError } from './read-answers.js';

/** What *read* leaves: a submission, or why the mail could not be read. */
export type Reading =
  | { submission: Submission; unreadable: null; packed: readonly PackedContent[] }
  | Unreadable;

export interface Unreadable {
  submission: null;
  unreadable: string;
  /** What could be seen of its header. */
  header: readonly HeaderLine[];
  /** Where the reader broke down; null for a limit, and for a process that told nothing. */
  stack: string | null;
}

/** The line's seam to whatever reads mails. */
export interface MailReader {
  /**
   * Mails are read in the order of the calls, one after the other; there may be many calls at once. Throws only what is not the mail's fault: the disk is
   * full, the reader cannot be started, the signal was aborted. Small contents go into the pack of this name.
   */
  read(message: RawMessage, pack: string, signal: AbortSignal): Promise<Reading>;
  /** When no mail is being read any more. */
  close(): Promise<void>;
}

export interface ReadApartOptions {
  /** The folder of the spool, which is there. */
  dataDir: string;
  clock: Clock;
  log: Log;
  /** Another program than ours, and another cage than there can be here, for tests. */
  program?: string;
  tryCage?: () => Promise<WorkerCage>;
}

/** What a question is about. */
interface Asked {
  message: RawMessage;
  pack: string;
}

const ownProgram = fileURLToPath(new URL('./read-process.js', import.meta.url));

/** How often a mail is tried that the reader does not survive; the last time in a process that has read nothing else. */
const tries = 2;
/** What reading may take, by the clock. */
const readSeconds = 20;
const readSecondsPerMegabyte = 2;
const lookSeconds = 10;
/** Then a fresh process takes over, so that nothing adds up for ever. */
const mailsPerProcess = 10_000;

const workerLimits: WorkerLimits = {
  heapMib: 256,
  dataKib: 512 * 1024,
  // More than the spool takes: passing that is told in words.
  fileBytes: defaultMaxContentBytes + 2 ** 20,
  // Far more than so many mails take: for a process that runs on although nobody is left to end it.
  cpuSeconds: 3600,
  startSeconds: 60,
  // Names and reasons of as many parts as a mail may have.
  answerBytes: 4 * 1024 * 1024,
};

export class ReadApart implements MailReader {
  readonly #options: ReadApartOptions;
  #cage: Promise<WorkerCage> | null = null;
  #worker: CagedWorker | null = null;
  #starting: Promise<CagedWorker> | null = null;
  #mailsRead = 0;

  constructor(options: ReadApartOptions) {
    this.#options = options;
  }

  async read(message: RawMessage, pack: string, signal: AbortSignal): Promise<Reading> {
    const found = await this.#tryToRead({ message, pack }, signal);
    if ('trouble' in found) throw troubleError(found.trouble);
    if ('submission' in found) return { ...found, unreadable: null };
    const { unreadable, stack } = found;
    return { submission: null, unreadable, stack, header: await this.#look({ message, pack }, signal) };
  }

  async close(): Promise<void> {
    await this.#worker?.stop();
    this.#worker = null;
  }

  async #tryToRead(mail: Asked, signal: AbortSignal): Promise<ReadAnswer> {
    const { message, pack } = mail;
    const seconds = readSeconds + (message.content.bytes / 1e6) * readSecondsPerMegabyte;
    let failure = '';
    for (let attempt = 1; attempt <= tries; ) {
      try {
        return await this.#ask('read', mail, (answer) => parseReadAnswer(answer, pack), seconds, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof WorkerLostError)) throw error;
        // Another mail was its end; this one has not had its turn.
        if (!error.begun) continue;
        failure = error.message;
        this.#tell(message, error, attempt++);
      }
    }
    return { unreadable: `the reader was tried ${tries} times; the last time it ${failure}`, stack: null };
  }

  /** Nothing, where even that is too much for the reader. */
  async #look(mail: Asked, signal: AbortSignal): Promise<readonly HeaderLine[]> {
    for (;;) {
      try {
        return (await this.#ask('look', mail, parseLookAnswer, lookSeconds, signal)).header;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof WorkerLostError)) throw error;
        if (error.begun) return [];
      }
    }
  }

  async #ask<T>(
    task: ReadQuestion['task'],
    { message: { bytes, ...message }, pack }: Asked,
    parse: (answer: unknown) => T,
    seconds: number,
    signal: AbortSignal,
  ): Promise<T> {
    signal.throwIfAborted();
    const worker = await this.#workerFor(signal);
    this.#mailsRead++;
    const question: ReadQuestion = { task, message, pack };
    return worker.ask({ question, bytes, parse, seconds }, signal);
  }

  /** All who ask while it is being started are served by the same one, in their order. */
  #workerFor(signal: AbortSignal): Promise<CagedWorker> {
    this.#starting ??= this.#ready(signal).finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async #ready(signal: AbortSignal): Promise<CagedWorker> {
    const spent = this.#worker?.isIdle && this.#mailsRead >= mailsPerProcess;
    if (spent || !this.#worker?.isAlive) {
      await this.close();
      this.#worker = await this.#start(signal);
      this.#mailsRead = 0;
    }
    return this.#worker;
  }

  async #start(signal: AbortSignal): Promise<CagedWorker> {
    const { clock, program = ownProgram } = this.#options;
    const folder = resolve(this.#options.dataDir);
    this.#cage ??= this.#tryCage();
    const started = { path: program, args: [folder], folder, limits: workerLimits };
    return startWorker(started, await this.#cage, clock, signal);
  }

  async #tryCage(): Promise<WorkerCage> {
    const { tryCage = tryWorkerCage, log } = this.#options;
    const cage = await tryCage();
    if (cage.withoutNetwork.length === 0) {
      const text =
        'the process that reads mails could reach the network: "unshare" is missing or not allowed here; all its other limits hold';
      log.warn({ event: 'cage-open' }, text);
    }
    return cage;
  }

  #tell({ uniqueId }: RawMessage, { reason, message }: WorkerLostError, attempt: number): void {
    const next = attempt < tries ? '; it is read once more, in a fresh process' : '';
    this.#options.log.warn(
      { event: 'reader-lost', uniqueId, reason, attempt },
      `mail ${uniqueId}: the reader ${message}${next}`,
    );
  }
}
