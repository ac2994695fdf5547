/** A program of ours in a cage, for work that may crash, hang or swell: long-lived, it answers one question after the other. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { Clock } from '#base/clock.js';
import { cleanForDisplay } from '#base/display-text.js';
import { PhaserLinkError } from '#base/errors.js';
import { type Cage, cagedCommand, cagedEnvironment, tryCage } from './cage.js';
import { LentBytes } from './lent-bytes.js';
import {
  type AnswerLine,
  answerDescriptor,
  type QuestionLine,
  questionDescriptor,
  ready,
  readyNumber,
} from './worker-channel.js';

const execute = promisify(execFile);
const trialMilliseconds = 10_000;

/** Every limit of a worker; it is killed when it passes one. */
export interface WorkerLimits {
  /** V8's heap, in MiB. */
  heapMib: number;
  /** All memory that it can write to, Buffers too, beyond what a bare Node has, in KiB; where the system knows such a limit. */
  dataKib: number;
  /** The largest file that it may write. */
  fileBytes: number;
  /** Processor time in its whole life. */
  cpuSeconds: number;
  /** From its start until it can be asked. */
  startSeconds: number;
  /** The longest answer. */
  answerBytes: number;
}

export interface WorkerProgram {
  path: string;
  args: readonly string[];
  /** The folder that it works in. */
  folder: string;
  limits: WorkerLimits;
}

/** `exit` is whatever we did not cause: a crash, the system, somebody's kill. */
export type LossReason = 'exit' | 'memory' | 'timeout' | 'limit' | 'garbage' | 'stopped';

/** The worker is gone without an answer; the text goes on after its name: "did not come to an end within 20 seconds". */
export class WorkerLostError extends PhaserLinkError {
  readonly reason: LossReason;
  /** Whether it may have been at work on this question; false for those behind it. */
  readonly begun: boolean;

  constructor(reason: LossReason, text: string, begun: boolean) {
    super({ code: 'worker-lost', retry: 'permanent', text });
    this.reason = reason;
    this.begun = begun;
  }
}

/** How much of what it says on stderr is kept, from its beginning, in bytes; and how much of that is told, in characters. */
const maxLastWordsBytes = 16_384;
const maxLastWords = 300;

const memoryWords = /out of memory|allocation failed|failed to allocate|ENOMEM/i;
/** The line that says what was wrong, between V8's statistics and the stack trace. */
const errorLine = /^(?:FATAL ERROR: |[\w.]*(?:Error|Exception)\b).*$/m;

/** What a worker can be shut in with here. */
export interface WorkerCage extends Cage {
  /** The memory of a Node that does nothing, in KiB: from Node 22 half a gigabyte for code to come. Null where unknown. */
  bareDataKib: number | null;
}

/** Tries once what is possible here. */
export async function tryWorkerCage(): Promise<WorkerCage> {
  const [cage, bareDataKib] = await Promise.all([tryCage({ sharesFiles: true }), measureBareNode()]);
  return { ...cage, bareDataKib };
}

async function measureBareNode(): Promise<number | null> {
  const program = "process.stdout.write(require('node:fs').readFileSync('/proc/self/status'))";
  try {
    const { stdout } = await execute(process.execPath, ['-e', program], {
      env: {},
      timeout: trialMilliseconds,
    });
    return Number(/^VmData:\s*(\d+) kB$/m.exec(stdout)?.[1] ?? Number.NaN) || null;
  } catch {
    // Not on Linux.
    return null;
  }
}

/** Resolves when the worker can be asked. Throws `worker-start-failed`, which is never a question's fault. */
export async function startWorker(
  program: WorkerProgram,
  cage: WorkerCage,
  clock: Clock,
  signal: AbortSignal,
): Promise<CagedWorker> {
  const { path, args, folder, limits } = program;
  const dataKib = cage.bareDataKib === null ? null : cage.bareDataKib + limits.dataKib;
  const [command = '', ...words] = cagedCommand(cage, { ...limits, addressSpaceKib: null, dataKib }, [
    process.execPath,
    `--max-old-space-size=${limits.heapMib}`,
    path,
    ...args,
  ]);
  let lent: LentBytes | null = null;
  try {
    lent = new LentBytes(folder);
    // Detached: a group of its own, which Ctrl-C at a terminal does not reach.
    const child = spawn(command, words, {
      cwd: folder,
      env: cagedEnvironment(folder),
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', lent.readDescriptor],
    });
    const pid = child.pid ?? (await whyNotStarted(child));
    const worker = new CagedWorker({ child, pid, lent, maxAnswerBytes: limits.answerBytes, clock });
    await worker.ready(limits.startSeconds, signal);
    return worker;
  } catch (error) {
    lent?.close();
    throw new PhaserLinkError({
      code: 'worker-start-failed',
      retry: 'temporary',
      text: `${path} could not be started: ${error instanceof WorkerLostError ? `it ${error.message}` : String(error)}`,
      cause: error,
    });
  }
}

/** The system had no process or no descriptor left. */
function whyNotStarted(child: ChildProcess): Promise<never> {
  return new Promise((_, reject) => child.once('error', reject));
}

/** Takes an answer apart; throws when it is none. */
type Parse<T> = (answer: unknown) => T;

export interface Question<T> {
  /** Goes over as JSON. */
  question: unknown;
  /** Are there for the worker when it comes to the question; nobody needs them here any more. */
  bytes?: Uint8Array | undefined;
  parse: Parse<T>;
  /** From the answer before it, or from the question itself when there is none to wait for. */
  seconds: number;
}

interface Waiting {
  number: number;
  seconds: number;
  signal: AbortSignal;
  take(answer: unknown): void;
  lost(error: WorkerLostError): void;
}

/** What a worker is made of. */
interface WorkerParts {
  child: ChildProcess;
  pid: number;
  lent: LentBytes;
  maxAnswerBytes: number;
  clock: Clock;
}

interface Loss {
  reason: LossReason;
  text: string;
}

export class CagedWorker {
  readonly #child: ChildProcess;
  readonly #pid: number;
  readonly #lent: LentBytes;
  readonly #questions: Writable & Handle;
  readonly #answers: Readable & Handle;
  readonly #stderr: Readable & Handle;
  readonly #maxAnswerBytes: number;
  readonly #clock: Clock;
  readonly #gone: Promise<void>;
  #answer: Buffer[] = [];
  #answerBytes = 0;
  #asked = readyNumber;
  /** The worker is at work on the first of them. */
  readonly #waiting: Waiting[] = [];
  /** Ends what was begun for the question that had its turn. */
  #leave: () => void = () => {};
  #isHeld = true;
  #lastWords = '';
  #lost: Loss | null = null;

  /** Of a process that has been started; `ready` comes first. */
  constructor({ child, pid, lent, maxAnswerBytes, clock }: WorkerParts) {
    this.#child = child;
    this.#pid = pid;
    this.#lent = lent;
    this.#questions = child.stdio[questionDescriptor] as Writable & Handle;
    this.#answers = child.stdio[answerDescriptor] as Readable & Handle;
    this.#stderr = child.stderr as Readable & Handle;
    this.#maxAnswerBytes = maxAnswerBytes;
    this.#clock = clock;
    this.#gone = new Promise((resolve) => {
      child.once('close', (status, signal) => {
        this.#lost ??= lossOf(status, signal, this.#lastWords);
        lent.close();
        this.#disappoint(this.#lost);
        resolve();
      });
    });
    this.#answers.on('data', (chunk: Buffer) => this.#hear(chunk));
    // It may be gone before it has heard us; `close` tells.
    for (const way of [this.#questions, this.#answers]) way.on('error', () => {});
    this.#stderr.on('data', (chunk: Buffer) => {
      const room = maxLastWordsBytes - this.#lastWords.length;
      if (room > 0) this.#lastWords += chunk.toString('latin1', 0, room);
    });
    this.#hold(false);
  }

  get isAlive(): boolean {
    return this.#lost === null;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  ready(seconds: number, signal: AbortSignal): Promise<void> {
    return this.#answerTo(demandReady, seconds, signal, () => {});
  }

  /** Throws WorkerLostError when it is gone, and the error of the disk; aborting the signal kills it, too. */
  async ask<T>({ question, bytes, parse, seconds }: Question<T>, signal: AbortSignal): Promise<T> {
    const place = bytes === undefined || this.#lost !== null ? null : this.#lent.lend(bytes);
    const answered = this.#answerTo(parse, seconds, signal, (number) => {
      const line: QuestionLine = { number, question, bytes: place };
      this.#questions.write(`${JSON.stringify(line)}\n`);
    });
    if (place === null) return answered;
    return answered.finally(() => this.#lent.giveBack(place));
  }

  /** Kills it; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#hold(true);
    this.#lose('stopped', 'was stopped');
    await this.#gone;
  }

  #answerTo<T>(
    parse: Parse<T>,
    seconds: number,
    signal: AbortSignal,
    ask: (number: number) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== null) return reject(new WorkerLostError(this.#lost.reason, this.#lost.text, false));
      const number = this.#asked++;
      const take = (answer: unknown) => resolve(parse(answer));
      this.#waiting.push({ number, seconds, signal, take, lost: reject });
      if (this.#waiting.length === 1) this.#attend();
      if (this.#lost === null) ask(number);
    });
  }

  /** Another question has its turn, or none waits any more. */
  #attend(): void {
    this.#leave();
    const [first] = this.#waiting;
    this.#hold(first !== undefined);
    if (first === undefined) return;
    const { seconds, signal } = first;
    const late = () => this.#lose('timeout', `did not come to an end within ${Math.ceil(seconds)} seconds`);
    const aborted = () => this.#lose('stopped', 'was stopped');
    const cancel = this.#clock.schedule(seconds * 1000, late);
    signal.addEventListener('abort', aborted);
    this.#leave = () => {
      cancel();
      signal.removeEventListener('abort', aborted);
    };
    if (signal.aborted) aborted();
  }

  #disappoint({ reason, text }: Loss): void {
    for (const [place, { lost }] of this.#waiting.splice(0).entries()) {
      lost(new WorkerLostError(reason, text, place === 0));
    }
    this.#attend();
  }

  #hear(chunk: Buffer): void {
    let rest = chunk;
    // What a worker says that is being killed counts for nothing.
    while (rest.length > 0 && this.#lost === null) {
      const end = rest.indexOf('\n');
      const piece = end < 0 ? rest : rest.subarray(0, end);
      this.#answerBytes += piece.length;
      if (this.#answerBytes > this.#maxAnswerBytes) {
        this.#lose('limit', `gave an answer that exceeds the limit of ${this.#maxAnswerBytes} bytes`);
        return;
      }
      this.#answer.push(piece);
      if (end < 0) return;
      rest = rest.subarray(end + 1);
      this.#take(Buffer.concat(this.#answer).toString());
      this.#answer = [];
      this.#answerBytes = 0;
    }
  }

  #take(line: string): void {
    try {
      const [first] = this.#waiting;
      const { number, answer } = JSON.parse(line) as AnswerLine;
      if (first?.number !== number) throw new Error('nobody has asked');
      first.take(answer);
      this.#waiting.shift();
      this.#attend();
    } catch {
      this.#lose('garbage', 'gave an answer that is none');
    }
  }

  /** Whoever waits hears of it when the process is gone. The first reason counts. */
  #lose(reason: LossReason, text: string): void {
    if (this.#lost !== null) return;
    this.#lost = { reason, text };
    try {
      process.kill(-this.#pid, 'SIGKILL');
    } catch {
      // Already gone.
    }
  }

  /** While nobody waits for an answer, the worker is no reason for our own process to stay. */
  #hold(busy: boolean): void {
    if (this.#isHeld === busy) return;
    this.#isHeld = busy;
    for (const handle of [this.#child, this.#questions, this.#answers, this.#stderr])
      busy ? handle.ref() : handle.unref();
  }
}

interface Handle {
  ref(): void;
  unref(): void;
}

function lossOf(status: number | null, signal: NodeJS.Signals | null, lastWords: string): Loss {
  const said = cleanForDisplay(errorLine.exec(lastWords)?.[0] ?? '', maxLastWords);
  if (memoryWords.test(said))
    return { reason: 'memory', text: `ran out of the memory that it may have: ${said}` };
  const words = said === '' ? '' : `: ${said}`;
  if (signal === 'SIGKILL') {
    const by = 'by the system when memory runs out, or by hand';
    return { reason: 'exit', text: `was killed from outside (${by})${words}` };
  }
  const how = signal === null ? `ended with status ${status}` : `was ended by ${signal}`;
  return { reason: 'exit', text: `${how}${words}` };
}

function demandReady(answer: unknown): void {
  if (answer !== ready) throw new Error('not ready');
}
