/** The printer's PostScript interpreter: one job is one caged run of Ghostscript, with the printer's time-outs and words. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '#base/clock.js';
import { LimitError } from '#base/errors.js';
import type { EndReason, Ghostscript, GhostscriptRun } from '#runtime/ghostscript.js';
import { Stopwatch } from '#runtime/stopwatch.js';
import { type PngEvent, pngChunks } from '../rasters/png.js';
import { composeJobServer, formatError, type JobServerFacts } from './job-server.js';
import type { PageSetup } from './page-setup.js';

/** What one job may use. */
const limits = {
  workspaceKib: 200_000,
  scratchFileBytes: 2 ** 30,
  outputBytes: 4 * 2 ** 30,
  backChannelBytes: 2 ** 20,
};
const maxPages = 2000;

/** What the interpreter needs of the machine around it. */
export interface Engine<Page> {
  /** Takes one page's chunks, IHDR first; null when no whole page came any more. */
  receivePage(chunks: AsyncIterator<PngEvent>): Promise<Page | null>;
  /** Resolves when the page lies in the tray. */
  printPage(page: Page, setup: PageSetup): Promise<void>;
  /** Takes what the job prints on the back-channel. */
  reply(bytes: Uint8Array): Promise<void>;
}

export interface InterpreterOptions {
  ghostscript: Ghostscript;
  clock: Clock;
  device: 'png16m' | 'pnggray';
  resolutionDpi: number;
  facts: JobServerFacts;
}

export interface InterpretedJob {
  pages: number;
  reason: EndReason;
}

/** The words in which a PostScript printer says that it ended the job itself. */
const endedByPrinter: Partial<Record<EndReason, { error: string; command: string }>> = {
  timeout: { error: 'timeout', command: 'timeout' },
  memory: { error: 'VMerror', command: 'allocate' },
  limit: { error: 'limitcheck', command: 'job' },
  exit: { error: 'unregistered', command: 'interpreter' },
};

export class Interpreter<Page> {
  readonly done: Promise<InterpretedJob>;
  readonly #run: GhostscriptRun;
  readonly #engine: Engine<Page>;
  readonly #patience: Stopwatch;
  #awaitingInput = true;
  #printing = false;
  /** Set while output is being taken; resolves when the reader wants more. */
  #outputTaken: Promise<void> | null = null;
  #pages = 0;

  constructor(options: InterpreterOptions, engine: Engine<Page>) {
    const { ghostscript, facts } = options;
    this.#engine = engine;
    this.#run = ghostscript.run({
      device: options.device,
      resolutionDpi: options.resolutionDpi,
      program: composeJobServer(facts),
      limits: { ...limits, clockSeconds: facts.jobTimeoutSeconds },
    });
    this.#patience = new Stopwatch(options.clock, facts.waitTimeoutSeconds, () => this.#run.stop('timeout'));
    this.#setClocks();
    this.done = this.#interpret();
  }

  /** Resolves when the interpreter has taken the bytes; after the end of the job they are dropped. */
  async feed(chunk: Uint8Array): Promise<void> {
    this.#awaitingInput = false;
    this.#setClocks();
    await this.#run.feed(chunk);
    this.#awaitingInput = true;
    this.#patience.reset();
    this.#setClocks();
  }

  endOfInput(): void {
    this.#awaitingInput = false;
    this.#setClocks();
    this.#run.endOfInput();
  }

  abort(): void {
    this.#run.stop('aborted');
  }

  /** The job's time counts while it works, the wait time while it wants data, and neither while paper moves. */
  #setClocks(): void {
    if (this.#printing || this.#awaitingInput) this.#run.holdClock();
    else this.#run.resumeClock();
    if (this.#printing || !this.#awaitingInput) this.#patience.hold();
    else this.#patience.run();
  }

  async #interpret(): Promise<InterpretedJob> {
    try {
      await Promise.all([this.#printPages(), this.#forwardReplies()]);
      const { reason } = await this.#run.done;
      const words = endedByPrinter[reason];
      if (words) await this.#engine.reply(Buffer.from(formatError(words.error, words.command)));
      return { pages: this.#pages, reason };
    } catch (error) {
      this.abort();
      await this.#run.done.catch(() => {});
      throw error;
    } finally {
      this.#patience.end();
    }
  }

  async #printPages(): Promise<void> {
    const chunks = pngChunks(this.#watchedOutput());
    try {
      for (;;) {
        const page = await this.#engine.receivePage(chunks);
        if (page === null) return;
        this.#printing = true;
        this.#setClocks();
        await this.#engine.printPage(page, plainSetup);
        this.#pages++;
        this.#printing = false;
        this.#patience.reset();
        this.#setClocks();
        if (this.#pages === maxPages) throw new LimitError('a job', maxPages, 'pages');
      }
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
      this.#run.stop('limit');
    } finally {
      await chunks.return(undefined);
    }
  }

  async *#watchedOutput(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#run.output) {
      let resolve = () => {};
      this.#outputTaken = new Promise((taken) => {
        resolve = taken;
      });
      try {
        yield chunk;
      } finally {
        this.#outputTaken = null;
        resolve();
      }
    }
  }

  async #forwardReplies(): Promise<void> {
    for await (const bytes of this.#run.backChannel) {
      await this.#pagesBefore();
      await this.#engine.reply(bytes);
      this.#patience.reset();
    }
  }

  /**
   * What a job prints after a page may be its word that the page is out: it must not be heard before the page is.
   * Ghostscript wrote the page first, so when this is read the page is in the pipe at least.
   */
  async #pagesBefore(): Promise<void> {
    for (let quietTurns = 0; quietTurns < 2; ) {
      if (this.#outputTaken !== null) await this.#outputTaken;
      await turn();
      quietTurns = this.#outputTaken !== null || this.#run.outputWaiting() ? 0 : quietTurns + 1;
    }
  }
}

const plainSetup: PageSetup = {
  widthPoints: 612,
  heightPoints: 792,
  mediaType: 'stationery',
  mediaPosition: null,
  manualFeed: false,
  side: 'front',
  outputFaceUp: true,
  colour: false,
  coverage: { black: 0.05 },
};
