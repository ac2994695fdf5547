/** One job in the machine: its documents go through the interpreter, its pages through the machine into the tray. */
import type { Clock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import type { Ghostscript } from '#runtime/ghostscript.js';
import { findMediaSize, type MediaSizeName } from '#vocab/media.js';
import { type InterpretedJob, Interpreter } from '../interpreter/interpreter.js';
import type { InitialPage } from '../interpreter/page-device.js';
import type { PageSetup } from '../interpreter/page-setup.js';
import type { MachineEffect } from '../machine/events.js';
import type { Machine } from '../machine/machine.js';
import type { PageRequest } from '../machine/state.js';
import type { PageInWork, TrayJob } from '../rasters/output-tray.js';
import type { LaidPage, PrinterJob } from './job.js';
import { type PageOptions, pageOptions } from './page-options.js';

export interface JobRunOptions {
  machine: Machine;
  ghostscript: Ghostscript;
  clock: Clock;
  log: Log;
  /** At which pages are drawn; null for the resolution of each page's mode. */
  rasterDpi: number | null;
  jobTimeoutSeconds: number;
  waitTimeoutSeconds: number;
}

/** A document on its way into the interpreter. */
export interface DocumentRun {
  /** Resolves when there is room for more; what comes after the end is dropped. */
  feed(chunk: Uint8Array): Promise<void>;
  /** The sender has sent, and who takes it from him holds it back: no time counts meanwhile. */
  inputHeld(held: boolean): void;
  endOfInput(): void;
  /** Resolves when the interpreter is done with it and its pages are out or lost. */
  done: Promise<InterpretedJob>;
}

type PageEnd = Extract<MachineEffect, { type: 'page-out' | 'page-lost' }>;

/** Unique while the process runs. */
let lastPageId = 0;

export class JobRun {
  readonly job: PrinterJob;
  readonly #options: JobRunOptions;
  readonly #tray: TrayJob;
  readonly #laid: (page: LaidPage) => void;
  readonly #pages = new Map<number, (end: PageEnd) => void>();
  readonly #finished: Promise<void>;
  readonly #unsubscribe: () => void;
  #finish = () => {};
  #interpreter: Interpreter<PageInWork> | null = null;
  #aborted = false;
  #pagesMade = 0;
  #documents = 0;
  /** Of the present document. */
  #documentPages = 0;

  /** `laid` hears of each page that comes out. */
  constructor(job: PrinterJob, tray: TrayJob, options: JobRunOptions, laid: (page: LaidPage) => void) {
    this.#laid = laid;
    this.job = job;
    this.#tray = tray;
    this.#options = options;
    const { machine } = options;
    this.#finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#unsubscribe = machine.subscribe(({ effects, state }) => {
      for (const effect of effects) {
        if (effect.type === 'page-out' || effect.type === 'page-lost')
          this.#pages.get(effect.page.id)?.(effect);
        if (effect.type === 'job-done' && effect.job === job.number) this.#finish();
      }
      // Once: to abort is a change of the machine, too.
      if (state.phase === 'off') this.#aborted ? this.#finish() : this.abort();
      else if (state.disturbance.memoryFull) this.#interpreter?.runOutOfMemory();
    });
    machine.dispatch({ type: 'job-started', job: job.number });
  }

  /** Before its documents, a sheet of ours. */
  startCoverSheet(): DocumentRun {
    return this.#interpret(
      async () => {},
      'application/postscript',
      { ...this.#initialPage(), copies: 1 },
      (picture, setup) => this.#print(picture, setup, { printed: true }),
    );
  }

  /** Only after the document before is done. `reply` takes what it prints on the back-channel; `format` is as its sender named it. */
  startDocument(reply: (bytes: Uint8Array) => Promise<void>, format: string | null): DocumentRun {
    this.#documents++;
    this.#documentPages = 0;
    return this.#interpret(reply, format, this.#initialPage(), (picture, setup) => {
      if (!setup.furtherCopy) this.#documentPages++;
      const options = pageOptions(this.job.ticket.options, this.#documents, this.#documentPages);
      return options.printed ? this.#print(picture, setup, options) : this.#tray.discard(picture);
    });
  }

  #interpret(
    reply: (bytes: Uint8Array) => Promise<void>,
    format: string | null,
    initial: InitialPage,
    printPage: (picture: PageInWork, setup: PageSetup) => Promise<void>,
  ): DocumentRun {
    const { machine, ghostscript, clock, rasterDpi, jobTimeoutSeconds, waitTimeoutSeconds } = this.#options;
    const interpreter = new Interpreter<PageInWork>(
      {
        ghostscript,
        clock,
        rasterDpi,
        format,
        facts: {
          device: machine.device,
          media: Object.fromEntries(
            Object.entries(machine.state.inputs).map(([id, { medium }]) => [id, medium]),
          ),
          initial,
          lifePageCount: machine.pageCounter,
          jobTimeoutSeconds,
          waitTimeoutSeconds,
        },
      },
      {
        receivePage: (page) => this.#tray.receivePage(page),
        printPage,
        reply,
      },
    );
    this.#interpreter = interpreter;
    if (this.#aborted) interpreter.abort();
    else if (machine.state.disturbance.memoryFull) interpreter.runOutOfMemory();
    return {
      feed: (chunk) => interpreter.feed(chunk),
      inputHeld: (held) => interpreter.inputHeld(held),
      endOfInput: () => interpreter.endOfInput(),
      done: interpreter.done,
    };
  }

  /** Ends what runs; pages that wait for paper are lost. */
  abort(): void {
    this.#aborted = true;
    this.#interpreter?.abort();
    this.#options.machine.dispatch({ type: 'job-canceled', job: this.job.number });
    if (this.#options.machine.state.phase === 'off') this.#finish();
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  /** No more documents: resolves, with the path of the job's PDF, when the machine is free. */
  async end(): Promise<string | null> {
    this.#options.machine.dispatch({ type: 'job-ended', job: this.job.number });
    await this.#finished;
    this.#unsubscribe();
    return this.#tray.end();
  }

  async #print(picture: PageInWork, setup: PageSetup, options: PageOptions): Promise<void> {
    const { machine, log } = this.#options;
    const { job } = this;
    const page = this.#request(setup, options);
    const end = await new Promise<PageEnd>((resolve) => {
      this.#pages.set(page.id, resolve);
      machine.dispatch({ type: 'page-ready', page });
    });
    this.#pages.delete(page.id);
    if (end.type === 'page-lost') {
      await this.#tray.discard(picture);
      log.info(
        { event: 'page-lost', job: job.number, page: page.number, why: end.why },
        `job ${job.number}: page ${page.number} is lost`,
      );
      return;
    }
    const file = await this.#tray.lay(picture);
    await machine.saved();
    job.pages++;
    if (end.page.side === 'front') job.sheets++;
    this.#laid({ job: job.number, page: job.pages, output: end.output, colour: page.colour });
    log.info(
      {
        event: 'page',
        job: job.number,
        page: page.number,
        pageCount: end.counter,
        file,
        input: end.input,
        output: end.output,
      },
      `job ${job.number}: page ${page.number} is out: ${file}`,
    );
  }

  /** What the face asks for is what the document finds. */
  #initialPage(): InitialPage {
    const { copies, sides, medium, input, monochrome } = this.job.ticket.options;
    const position = this.#options.machine.device.inputs.find(({ id }) => id === input)?.position;
    return {
      ...(medium && { size: medium.size, mediaType: medium.type }),
      ...(position !== undefined && { mediaPosition: position }),
      ...(sides && { duplex: sides !== 'one-sided', tumble: sides === 'two-sided-short-edge' }),
      ...(copies !== undefined && { copies }),
      ...(monochrome !== undefined && { monochrome }),
    };
  }

  #request(setup: PageSetup, options: PageOptions): PageRequest {
    const { device } = this.#options.machine;
    const { widthPoints, heightPoints, mediaType, mediaPosition } = setup;
    const input = device.inputs.find(({ position }) => position === mediaPosition);
    return {
      id: ++lastPageId,
      job: this.job.number,
      number: ++this.#pagesMade,
      medium: options.medium ?? {
        size: findMediaSize(widthPoints, heightPoints) ?? nearestSize(device.inputs[0]?.loaded.size),
        type: mediaType,
      },
      input: options.input ?? input?.id ?? null,
      manualFeed: setup.manualFeed,
      side: setup.side,
      faceUp: device.outputs.find(({ id }) => id === options.output)?.faceUp ?? setup.outputFaceUp,
      colour: setup.colour,
      coverage: setup.coverage,
    };
  }
}

/** PLRM 6.2.1, PageSize policy 3: a page of a size that no tray has is printed on what there is. */
function nearestSize(loaded: MediaSizeName | undefined): MediaSizeName {
  return loaded ?? 'letter';
}
