/** What the demo tells as it happens, and what it waits for: the three programs' log events as one story. */
import type { Clock } from '#base/clock.js';
import { errorText, PhaserLinkError } from '#base/errors.js';
import type { LogEvent } from './demo-process.js';
import { printerAddress } from './demo-settings.js';

/** The demo gives up when nothing at all happens for this long: longer than the simulated printer lets a job work. */
const silenceMs = 330_000;

/** The demo's only way to fail: at a stage, with a reason. */
export function stageFailed(stage: string, why: string, cause?: unknown): PhaserLinkError {
  const text = `the demo failed at the stage "${stage}": ${why}`;
  return new PhaserLinkError({ code: 'demo-failed', retry: 'permanent', text, cause });
}

export function isMailForPrinter({ event, mailbox }: LogEvent): boolean {
  return event === 'mail-received' && mailbox === 'printer';
}

type Matcher = (event: LogEvent) => boolean;

interface Waiter {
  matches: Matcher;
  resolve: (event: LogEvent) => void;
}

export class DemoStory {
  readonly #clock: Clock;
  readonly #write: (line: string) => void;
  readonly #events: LogEvent[] = [];
  readonly #waiters = new Set<Waiter>();
  #pagesExpected: number | null = null;
  #over = false;
  #cancelSilence: () => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;
  /** Rejects when a program ends unasked or nothing happens any more. */
  readonly died: Promise<never>;
  /** The newest job's number in the ledger. */
  job: number | null = null;
  /** Why documents of the newest job stayed off the paper. */
  notPrinted: string[] = [];
  /** The page pictures of the newest job, in the order in which they were printed. */
  pageFiles: string[] = [];

  constructor(clock: Clock, write: (line: string) => void) {
    this.#clock = clock;
    this.#write = write;
    this.died = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever is interested waits for it; without anyone it is no unhandled rejection.
    this.died.catch(() => undefined);
  }

  hear(event: LogEvent): void {
    if (this.#over) return;
    this.#events.push(event);
    this.#watchSilence();
    this.#report(event);
    for (const waiter of this.#waiters) {
      if (!waiter.matches(event)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(event);
    }
  }

  fail(error: Error): void {
    this.#fail(error);
  }

  /** Waits for an event, past ones included; `stage` names what failed when it does not come. */
  async until(stage: string, matches: Matcher): Promise<LogEvent> {
    const past = this.#events.find(matches);
    if (past) return past;
    this.#watchSilence();
    const coming = new Promise<LogEvent>((resolve) => this.#waiters.add({ matches, resolve }));
    return Promise.race([coming, this.died]).catch((error: unknown) => {
      throw stageFailed(stage, errorText(error), error);
    });
  }

  async port(face: string): Promise<number> {
    const { port } = await this.until('start', (event) => event.event === 'listening' && event.face === face);
    return Number(port);
  }

  tell(what: string, text: string): void {
    this.#write(`${what.padEnd(11)} ${text}`);
  }

  /** What the program logged, without the word that stands in front of it here. */
  #repeat({ event, text }: LogEvent): void {
    this.tell(event, text.startsWith(`${event} `) ? text.slice(event.length + 1) : text);
  }

  /** What the programs still say while they stop is no part of the story. */
  end(): void {
    this.#over = true;
    this.#cancelSilence();
  }

  #watchSilence(): void {
    this.#cancelSilence();
    if (this.#waiters.size === 0) return;
    this.#cancelSilence = this.#clock.schedule(silenceMs, () =>
      this.#fail(new Error(`nothing has happened for ${silenceMs / 1000} seconds`)),
    );
  }

  #report(event: LogEvent): void {
    switch (event.event) {
      case 'mail-received':
        if (isMailForPrinter(event))
          this.tell('mailed', `${event.octets} bytes from ${event.from} to ${printerAddress}`);
        break;
      case 'kept':
        this.job = Number(event.job);
        this.pageFiles = [];
        this.notPrinted = [];
        this.#pagesExpected = null;
        this.#repeat(event);
        break;
      case 'converted':
        this.notPrinted = (event.notPrinted as { reason: string }[]).map(({ reason }) => reason);
        this.#pagesExpected = event.pagesExpected === null ? null : Number(event.pagesExpected);
        break;
      case 'printing':
        this.tell('printing', `job ${event.job}`);
        break;
      case 'page': {
        const of = this.#pagesExpected === null ? '' : ` of ${this.#pagesExpected}`;
        this.pageFiles.push(String(event.file));
        this.tell('printing', `page ${this.pageFiles.length}${of}: ${event.file}`);
        break;
      }
      case 'settled':
        this.tell(event.state === 'completed' ? 'confirmed' : 'ended', event.text);
        break;
      case 'told':
        this.tell('mail back', event.text);
        break;
      case 'fetched':
      case 'judged':
      case 'refused':
      case 'failed':
        this.#repeat(event);
        break;
    }
  }
}
