/** The machine: prints one job after the other at its speed, lays the pages in the tray and counts them. */
import { type Clock, sleep } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import type { Log } from '#base/log.js';
import type { Ghostscript } from '#runtime/ghostscript.js';
import { Counters } from './counters.js';
import { type Engine, type InterpretedJob, Interpreter } from './interpreter.js';
import { OutputTray, type PageInWork, type TrayJob } from './output-tray.js';
import { profiles, ratedPagesPerMinute } from './phaser-740.js';
import { isColour } from './png.js';
import type { Settings } from './settings.js';

export interface PrinterOptions {
  settings: Settings;
  ghostscript: Ghostscript;
  clock: Clock;
  log: Log;
}

/** A job as a face sees it. */
export interface PrinterJob {
  /** Resolves when there is room for more. */
  feed(chunk: Uint8Array): Promise<void>;
  endOfInput(): void;
  /** Resolves when the last page is in the tray and the printer is free; never rejects. */
  done: Promise<void>;
}

export class Printer {
  readonly #options: PrinterOptions;
  readonly #counters: Counters;
  readonly #tray: OutputTray;
  readonly #highestInTray: number;
  readonly #stopping = new AbortController();
  /** Set from the first byte of a job until its end is told. */
  #current: { interpreter: Interpreter<PageInWork> | null; done: Promise<void> } | null = null;

  private constructor(options: PrinterOptions, counters: Counters, tray: OutputTray, highestInTray: number) {
    this.#options = options;
    this.#counters = counters;
    this.#tray = tray;
    this.#highestInTray = highestInTray;
  }

  static async open(options: PrinterOptions): Promise<Printer> {
    const { settings } = options;
    const counters = await Counters.open(settings.dataDir);
    const tray = new OutputTray(settings.out, settings.resolutionDpi);
    return new Printer(options, counters, tray, await tray.open());
  }

  get busy(): boolean {
    return this.#current !== null;
  }

  /** Begins a job; `reply` takes what it prints on the back-channel. Only for a printer that is not busy. */
  startJob(reply: Engine<PageInWork>['reply']): Promise<PrinterJob> {
    if (this.#current !== null || this.#stopping.signal.aborted) {
      throw new PhaserLinkError({ code: 'printer-busy', retry: 'temporary', text: 'the printer is busy' });
    }
    const current = { interpreter: null, done: Promise.resolve() };
    this.#current = current;
    return this.#start(current, reply).catch((error) => {
      this.#current = null;
      throw error;
    });
  }

  /** Ends what runs; pages that are not out stay undone. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the printer is being switched off'));
    this.#current?.interpreter?.abort();
    await this.#current?.done;
  }

  async #start(
    current: { interpreter: Interpreter<PageInWork> | null; done: Promise<void> },
    reply: Engine<PageInWork>['reply'],
  ): Promise<PrinterJob> {
    const { settings, ghostscript, clock, log } = this.#options;
    const model = profiles[settings.profile];
    const job = await this.#counters.nextJob(this.#highestInTray);
    const tray = this.#tray.startJob(job);
    let pages = 0;
    const interpreter = new Interpreter<PageInWork>(
      {
        ghostscript,
        clock,
        device: model.colour ? 'png16m' : 'pnggray',
        resolutionDpi: settings.resolutionDpi,
        facts: {
          lifePageCount: this.#counters.pageCount,
          installedRamBytes: model.installedRamBytes,
          jobTimeoutSeconds: settings.jobTimeoutSeconds,
          waitTimeoutSeconds: settings.waitTimeoutSeconds,
        },
      },
      {
        receivePage: (chunks) => tray.receivePage(chunks),
        printPage: async (page) => {
          await this.#mark(page);
          const file = await tray.lay(page);
          const pageCount = await this.#counters.countPage();
          pages++;
          log.info(
            { event: 'page', job, page: pages, pageCount, file },
            `job ${job}: page ${pages} is out: ${file}`,
          );
        },
        reply,
      },
    );
    log.info({ event: 'job-started', job }, `job ${job} begins`);
    current.interpreter = interpreter;
    current.done = this.#end(job, tray, interpreter.done);
    return {
      feed: (chunk) => interpreter.feed(chunk),
      endOfInput: () => interpreter.endOfInput(),
      done: current.done,
    };
  }

  /** The time that the page takes on its way through the machine. */
  async #mark(page: PageInWork): Promise<void> {
    const { speed } = this.#options.settings;
    if (speed === 'instant') return;
    const colour = await isColour(page.file, page.header);
    const pagesPerMinute = ratedPagesPerMinute[colour ? 'colour' : 'mono'] * (speed === 'rated' ? 1 : speed);
    await sleep(this.#options.clock, 60_000 / pagesPerMinute, this.#stopping.signal);
  }

  async #end(job: number, tray: TrayJob, interpreted: Promise<InterpretedJob>): Promise<void> {
    const { log } = this.#options;
    try {
      const { pages, reason } = await interpreted.catch((error: unknown) => {
        if (!this.#stopping.signal.aborted) throw error;
        return { pages: 0, reason: 'aborted' };
      });
      const pdf = await tray.end();
      const text = `job ${job} ended (${reason}), ${pages} pages${pdf === null ? '' : `: ${pdf}`}`;
      log.info({ event: 'job-ended', job, pages, reason, pdf }, text);
    } catch (error) {
      log.error({ event: 'job-failed', job, error: String(error) }, `job ${job} failed: ${String(error)}`);
    } finally {
      this.#current = null;
    }
  }
}
