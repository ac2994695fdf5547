/** One run of Ghostscript in its cage: a document in, pages out, what it prints out, and how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import { type Cage, cagedCommand, cagedEnvironment } from './cage.js';
import { writeWhenRoom } from './flow.js';
import { Stopwatch } from './stopwatch.js';

/** Every limit of a run; the run is ended when it passes one. */
export interface GhostscriptLimits {
  /** What the interpreter may allocate (`-K`); passing it is a VMerror inside of the document. */
  workspaceKib: number;
  /** Time while the clock is not held. */
  clockSeconds: number;
  /** The largest scratch file. */
  scratchFileBytes: number;
  /** What the device may put out, all pages together. */
  outputBytes: number;
  /** What the document may print on the back-channel. */
  backChannelBytes: number;
}

export interface GhostscriptJob {
  device: string;
  /** Null leaves it to the program. */
  resolutionDpi: number | null;
  /** Further options on the command line, which the program needs. */
  options?: readonly string[];
  /** PostScript of ours, sent ahead of the document on the same stream: it finds the document in `currentfile`. */
  program: string;
  limits: GhostscriptLimits;
}

/** `memory`: the system killed it; a VMerror in the document is none of these. */
export type EndReason = 'finished' | 'exit' | 'timeout' | 'memory' | 'limit' | 'aborted';

/** Says how the process ended, never that anything was printed: an empty document, too, ends as `finished`. */
export interface GhostscriptOutcome {
  reason: EndReason;
  exitCode: number | null;
}

export interface GhostscriptRun {
  /** Resolves when there is room for more; what comes after the end is dropped. The chunk must not change. */
  feed(chunk: Uint8Array): Promise<void>;
  endOfInput(): void;
  /** What the device put out, with back-pressure. Must be read to its end, as must `backChannel`. */
  output: AsyncIterable<Uint8Array>;
  backChannel: AsyncIterable<Uint8Array>;
  /** Whether output is waiting that the reader has not taken yet. */
  outputWaiting(): boolean;
  /** The clock stands still while somebody else is to blame for the delay. */
  holdClock(): void;
  resumeClock(): void;
  /** Ends the run now; what it has put out can still be read, unless it is aborted. The first reason counts. */
  stop(reason: 'timeout' | 'limit' | 'memory' | 'aborted'): void;
  /** Resolves when the process is gone, its streams are read and its folder is removed. */
  done: Promise<GhostscriptOutcome>;
}

/** How to start the interpreter found on this machine. */
export interface Interpreter {
  command: readonly string[];
  cage: Cage;
  /** On top of the workspace, in KiB: code, fonts, band buffers. Null where addresses cannot be limited. */
  addressSpaceBeyondWorkspaceKib: number | null;
  /**
   * How it is told to read stdin as it comes: natively `-_`, since `-` makes a system call for each byte (a hundred
   * times slower); in the WASM build `-`, since `-_` waits there for 1 KiB before it gives anything on.
   */
  stdinArgument: '-_' | '-';
}

/** CPU time may not end a run before its clock does: it is there for the case that we are no longer there. */
const cpuSecondsBeyondClock = 60;

/** stdout belongs to the device alone; what PostScript prints goes to stderr. */
function ghostscriptArguments(job: GhostscriptJob, stdinArgument: string): string[] {
  return [
    '-q',
    '-dSAFER',
    '-dNOPAUSE',
    '-dBATCH',
    '-dNOPROMPT',
    `-K${job.limits.workspaceKib}`,
    `-sDEVICE=${job.device}`,
    '-sOutputFile=%stdout',
    '-sstdout=%stderr',
    '-sPAPERSIZE=letter',
    ...(job.resolutionDpi === null ? [] : ['-dFIXEDRESOLUTION', `-r${job.resolutionDpi}`]),
    ...(job.options ?? []),
    stdinArgument,
  ];
}

export function startGhostscript(
  interpreter: Interpreter,
  job: GhostscriptJob,
  clock: Clock,
): GhostscriptRun {
  const folder = mkdtempSync(join(tmpdir(), 'phaserlink-gs-'));
  const { limits } = job;
  const beyond = interpreter.addressSpaceBeyondWorkspaceKib;
  const [program = '', ...args] = cagedCommand(
    interpreter.cage,
    {
      addressSpaceKib: beyond === null ? null : limits.workspaceKib + beyond,
      dataKib: null,
      fileBytes: limits.scratchFileBytes,
      cpuSeconds: limits.clockSeconds + cpuSecondsBeyondClock,
    },
    [...interpreter.command, ...ghostscriptArguments(job, interpreter.stdinArgument)],
  );
  // Detached: a process group of its own, so that nothing it started outlives it.
  const child = spawn(program, args, { cwd: folder, env: cagedEnvironment(folder), detached: true });
  const run = new Run(child, folder, limits, clock);
  void run.feed(Buffer.from(`${job.program}\n`, 'latin1'));
  return run;
}

class Run implements GhostscriptRun {
  readonly #child: ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable };
  readonly #stopwatch: Stopwatch;
  readonly output: AsyncIterable<Uint8Array>;
  readonly backChannel: AsyncIterable<Uint8Array>;
  readonly done: Promise<GhostscriptOutcome>;
  #stopped: EndReason | null = null;

  constructor(
    child: ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable },
    folder: string,
    limits: GhostscriptLimits,
    clock: Clock,
  ) {
    this.#child = child;
    // It may end without reading everything; that is no error of the one who writes.
    child.stdin.on('error', () => {});
    this.#stopwatch = new Stopwatch(clock, limits.clockSeconds, () => this.stop('timeout'));
    this.#stopwatch.run();
    this.output = this.#bounded(child.stdout, limits.outputBytes);
    this.backChannel = this.#bounded(child.stderr, limits.backChannelBytes);
    this.done = this.#end(folder);
    // Whoever needs the outcome awaits it; a failed start must not end the process before.
    this.done.catch(() => {});
  }

  feed(chunk: Uint8Array): Promise<void> {
    return writeWhenRoom(this.#child.stdin, chunk);
  }

  endOfInput(): void {
    this.#child.stdin.end();
  }

  outputWaiting(): boolean {
    const { stdout } = this.#child;
    return !stdout.destroyed && stdout.readableLength > 0;
  }

  holdClock(): void {
    this.#stopwatch.hold();
  }

  resumeClock(): void {
    this.#stopwatch.run();
  }

  stop(reason: 'timeout' | 'limit' | 'memory' | 'aborted'): void {
    this.#stopped ??= reason;
    if (reason === 'aborted') {
      this.#child.stdout.destroy();
      this.#child.stderr.destroy();
    }
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // Already gone.
    }
  }

  async *#bounded(stream: Readable, limitBytes: number): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    try {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        bytes += chunk.length;
        if (bytes > limitBytes) {
          this.stop('limit');
          return;
        }
        yield chunk;
      }
    } catch (error) {
      if (this.#stopped === null) throw error;
    }
  }

  async #end(folder: string): Promise<GhostscriptOutcome> {
    try {
      const [exitCode, signal] = (await once(this.#child, 'close')) as [number | null, NodeJS.Signals | null];
      return { reason: this.#stopped ?? endReason(exitCode, signal), exitCode };
    } catch (error) {
      throw new PhaserLinkError({
        code: 'ghostscript-start-failed',
        retry: 'temporary',
        text: `Ghostscript could not be started: ${String(error)}`,
        cause: error,
      });
    } finally {
      this.#stopwatch.end();
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function endReason(exitCode: number | null, signal: NodeJS.Signals | null): EndReason {
  if (signal === 'SIGXCPU') return 'timeout';
  if (signal === 'SIGXFSZ') return 'limit';
  // Not by us: the system's last means when memory runs out.
  if (signal === 'SIGKILL') return 'memory';
  return exitCode === 0 ? 'finished' : 'exit';
}
