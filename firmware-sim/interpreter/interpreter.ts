/** The printer's PostScript interpreter: one job is one caged run of Ghostscript, with the printer's time-outs and words. */
import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '#base/clock.js';
import { LimitError } from '#base/errors.js';
import type { EndReason, Ghostscript, GhostscriptRun } from '#runtime/ghostscript.js';
import { Stopwatch } from '#runtime/stopwatch.js';
import type { DocumentFormat } from '#vocab/line.js';
import { detectFormat } from '#wire/document-format.js';
import type { IncomingPage } from '../rasters/output-tray.js';
import type { PageInk } from '../rasters/page-rows.js';
import { bytesPerPixel, maxPagePixels, type RasterHeader, RasterStream } from '../rasters/raster-stream.js';
import { documentProgram } from './document-program.js';
import { type PageRecord, RecordReader } from './hidden-records.js';
import { composeJobServer, formatError, type JobServerFacts, jobServerOptions } from './job-server.js';
import { type AskedPage, askedPage, type PageSetup, recordOfRaster, SheetSides } from './page-setup.js';

const maxPages = 2000;

/** What one job may use. */
const limits = {
  workspaceKib: 200_000,
  scratchFileBytes: 2 ** 30,
  outputBytes: maxPages * maxPagePixels * bytesPerPixel,
  backChannelBytes: 2 ** 20,
};

/** What the interpreter needs of the machine around it. */
export interface Engine<Page extends PageInk> {
  /** Takes one page; null when no whole page came any more. */
  receivePage(page: IncomingPage): Promise<Page | null>;
  /** Resolves when the page lies in the tray. */
  printPage(page: Page, setup: PageSetup): Promise<void>;
  /** Takes what the job prints on the back-channel. */
  reply(bytes: Uint8Array): Promise<void>;
}

export interface InterpreterOptions {
  ghostscript: Ghostscript;
  clock: Clock;
  /** At which the pages are drawn; null for the resolution of each page's mode. */
  rasterDpi: number | null;
  /** As its sender named it; null, or a name that says nothing, for a document that is to be looked at. */
  format: string | null;
  facts: Omit<JobServerFacts, 'drawsAtModeResolution' | 'now'>;
}

export interface InterpretedJob {
  pages: number;
  reason: EndReason;
  /** The PostScript error that ended the job. */
  error: { name: string; command: string } | null;
}

/** The words in which a PostScript printer says that it ended the job itself. */
const endedByPrinter: Partial<Record<EndReason, { name: string; command: string }>> = {
  timeout: { name: 'timeout', command: 'timeout' },
  memory: { name: 'VMerror', command: 'allocate' },
  limit: { name: 'limitcheck', command: 'job' },
  exit: { name: 'unregistered', command: 'interpreter' },
};

export class Interpreter<Page extends PageInk> {
  readonly done: Promise<InterpretedJob>;
  readonly #options: InterpreterOptions;
  readonly #run: GhostscriptRun;
  readonly #engine: Engine<Page>;
  readonly #patience: Stopwatch;
  readonly #records: RecordReader;
  readonly #pageRecords: PageRecord[] = [];
  readonly #sides = new SheetSides();
  readonly #replies = new ReplyQueue();
  /** The document's first bytes while its format cannot be told; null when it is known. */
  #head: Uint8Array | null = Buffer.alloc(0);
  #awaitingInput = true;
  #inputHeld = false;
  /** Pages that the machine has and that are not out yet. */
  readonly #inMachine = new Set<Promise<void>>();
  /** No page fits into the machine: the interpreter stands still with it. */
  #waitsForRoom = false;
  /** Set while output is being taken; resolves when the reader wants more. */
  #outputTaken: Promise<void> | null = null;
  #pages = 0;
  #error: InterpretedJob['error'] = null;

  constructor(options: InterpreterOptions, engine: Engine<Page>) {
    const { ghostscript, clock, facts, rasterDpi } = options;
    this.#options = options;
    this.#engine = engine;
    // The first character hardly ever ends a text: so what a job prints is not held back.
    const nonce = `\x1e${randomBytes(16).toString('hex')}`;
    this.#records = new RecordReader(nonce);
    this.#run = ghostscript.run({
      device: 'bmp32b',
      resolutionDpi: rasterDpi,
      options: jobServerOptions,
      program: composeJobServer(
        { ...facts, drawsAtModeResolution: rasterDpi === null, now: clock.now() },
        nonce,
      ),
      limits: { ...limits, clockSeconds: facts.jobTimeoutSeconds },
    });
    this.#patience = new Stopwatch(clock, facts.waitTimeoutSeconds, () => this.#run.stop('timeout'));
    this.#setClocks();
    this.done = this.#interpret();
    // Whoever feeds it asks for its end only then; until then a failure must not count as unheard.
    this.done.catch(() => {});
  }

  /** Resolves when the interpreter has taken the bytes; after the end of the job they are dropped. */
  async feed(chunk: Uint8Array): Promise<void> {
    this.#awaitingInput = false;
    this.#setClocks();
    if (this.#head !== null) await this.#begin(chunk);
    else await this.#run.feed(chunk);
    this.#awaitingInput = true;
    this.#patience.reset();
    this.#setClocks();
  }

  /** More has been sent, and does not come through for now. */
  inputHeld(held: boolean): void {
    this.#inputHeld = held;
    this.#setClocks();
  }

  endOfInput(): void {
    this.#awaitingInput = false;
    this.#setClocks();
    const head = this.#head;
    this.#head = null;
    if (head !== null) void this.#run.feed(head);
    this.#run.endOfInput();
  }

  abort(): void {
    this.#run.stop('aborted');
  }

  /** Ends the job with a VMerror. */
  runOutOfMemory(): void {
    this.#run.stop('memory');
  }

  /** Puts the program for its format in front of the document. */
  async #begin(chunk: Uint8Array): Promise<void> {
    const head = Buffer.concat([this.#head ?? Buffer.alloc(0), chunk]);
    this.#head = null;
    const named = documentProgram(this.#options.format as DocumentFormat);
    if (named === null && mayBecomeSignature(head)) {
      this.#head = head;
      return;
    }
    // What is neither is taken for PostScript, as by every PostScript printer.
    const program = named ?? documentProgram(detectFormat(head)) ?? '';
    if (program !== '') await this.#run.feed(Buffer.from(program, 'latin1'));
    await this.#run.feed(head);
  }

  /** The job's time counts while it works, the wait time while it wants data, and neither while paper moves. */
  #setClocks(): void {
    if (this.#waitsForRoom || this.#awaitingInput) this.#run.holdClock();
    else this.#run.resumeClock();
    if (this.#inMachine.size > 0 || this.#inputHeld || !this.#awaitingInput) this.#patience.hold();
    else this.#patience.run();
  }

  async #interpret(): Promise<InterpretedJob> {
    try {
      await Promise.all([this.#printPages(), this.#hear(), this.#forwardReplies()]);
      const { reason } = await this.#run.done;
      await Promise.all(this.#inMachine);
      const words = endedByPrinter[reason];
      if (words) {
        await this.#engine.reply(Buffer.from(formatError(words.name, words.command)));
        this.#error = words;
      }
      return { pages: this.#pages, reason, error: this.#error };
    } catch (error) {
      this.abort();
      this.#replies.end();
      await this.#run.done.catch(() => {});
      throw error;
    } finally {
      this.#patience.end();
    }
  }

  async #printPages(): Promise<void> {
    const stream = new RasterStream(this.#watchedOutput());
    try {
      for (let raster = await stream.next(); raster !== null; raster = await stream.next()) {
        const { header } = raster;
        let known: AskedPage | null = null;
        const asked = async () => {
          known ??= await this.#asked(header);
          return known;
        };
        const page = await this.#engine.receivePage({ ...raster, asked });
        if (page === null) return;
        const { colorModel: _, ...setup } = await asked();
        this.#give(page, { ...setup, colour: page.colour, coverage: page.coverage });
        this.#pages++;
        await this.#roomInMachine();
        if (this.#pages === maxPages) throw new LimitError('a job', maxPages, 'pages');
      }
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
      this.#run.stop('limit');
    } finally {
      await stream.close();
    }
  }

  /** The machine takes the page; the interpreter goes on with the next one meanwhile. */
  #give(page: Page, setup: PageSetup): void {
    const out = this.#engine.printPage(page, setup).finally(() => {
      this.#inMachine.delete(out);
      this.#patience.reset();
      this.#setClocks();
    });
    // Whoever waits for the machine hears of a failure; until then it must not count as unheard.
    out.catch(() => {});
    this.#inMachine.add(out);
    this.#setClocks();
  }

  async #roomInMachine(): Promise<void> {
    this.#waitsForRoom = true;
    this.#setClocks();
    while (this.#inMachine.size >= this.#options.facts.device.pathSheets) await Promise.race(this.#inMachine);
    this.#waitsForRoom = false;
    this.#setClocks();
  }

  /** What the page that comes now asks for. Its record was written before it: it can be read within a few turns. */
  async #asked(header: RasterHeader): Promise<AskedPage> {
    const { device, media } = this.#options.facts;
    const covers = (record: PageRecord) =>
      record.first <= this.#pages && this.#pages < record.first + record.copies;
    for (let turns = 0; turns < 3 && !this.#pageRecords.some(covers); turns++) await turn();
    const record = this.#pageRecords.findLast(covers) ?? recordOfRaster(this.#pages, header);
    return askedPage(device, media, record, this.#sides.next(record, this.#pages), this.#pages);
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

  /** Reads the back-channel as it comes: a page may wait for its record, which stands behind what nobody has taken yet. */
  async #hear(): Promise<void> {
    try {
      for await (const bytes of this.#run.backChannel) {
        const { text, records } = this.#records.push(bytes);
        for (const record of records) {
          if (record.type === 'page') this.#pageRecords.push(record.page);
          if (record.type === 'error') this.#error = { name: record.name, command: record.command };
        }
        if (text.length > 0) this.#replies.push(text);
      }
    } finally {
      this.#replies.end();
    }
  }

  async #forwardReplies(): Promise<void> {
    for await (const bytes of this.#replies) {
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
    await Promise.all(this.#inMachine);
  }
}

/** What the job has printed and nobody has taken; as much as the limit of the back-channel. */
class ReplyQueue {
  #waiting: Uint8Array[] = [];
  #ended = false;
  #wake = () => {};

  push(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

/** Whether a document may be a PDF or a JPEG whose signature has not come whole; everything else flows at once. */
function mayBecomeSignature(head: Buffer): boolean {
  const signatures = [Buffer.from('%PDF-'), Buffer.from('ffd8ff', 'hex')];
  return signatures.some(
    (signature) => head.length < signature.length && signature.subarray(0, head.length).equals(head),
  );
}
