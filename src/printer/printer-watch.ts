/** Watches the printer: asks it again and again, holds what we believe of it, and tells who listens when it answers. */
import { type Clock, sleep } from '#base/clock.js';
import { errorText } from '#base/errors.js';
import type { Log } from '#base/log.js';
import type { PrinterReport, PrinterStatus } from '#vocab/printer-status.js';
import {
  believe,
  freshReport,
  isSameStatus,
  type LineView,
  type Observation,
  type PrinterBelief,
  statusOf,
  unknownPrinter,
} from './printer-belief.js';

/** How often a printer is asked that has nothing to do. */
export const idleLookMs = 60_000;
/** How often while a job prints. */
export const busyLookMs = 1_000;
/** A printer that does not answer is asked again after this, then after twice as long, and so on. */
const firstRetryMs = 2_000;
const longestRetryMs = 10 * 60_000;
/** Of a job that prints it is worth asking again sooner. */
const longestBusyRetryMs = 30_000;
/** How long a look may take. */
export const lookDeadlineMs = 10_000;

/** How long a job waits for the first answer of a printer that may have none. */
export const firstLookMs = 2_000;

/** One question to the printer, by whichever way; throws when there is no answer. */
export interface PrinterQuestion {
  /** By which way it is asked: a URI, without secrets. */
  readonly uri: string;
  ask(signal: AbortSignal): Promise<PrinterReport>;
  /** Nobody asks any more. */
  close(): void;
}

/** What has changed since the last time that somebody was told. */
export interface StatusChange {
  before: PrinterStatus;
  after: PrinterStatus;
}

/** When to ask next, after so many questions in a row without an answer. */
export function pauseAfter(misses: number, isAttended: boolean): number {
  if (misses === 0) return isAttended ? busyLookMs : idleLookMs;
  return Math.min(firstRetryMs * 2 ** (misses - 1), isAttended ? longestBusyRetryMs : longestRetryMs);
}

/** Without a reason of ours, every abort would make an error with a stack trace. */
const woken = 'woken';

export class PrinterWatch {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #question: PrinterQuestion | null;
  readonly #listeners = new Set<(report: PrinterReport) => void>();
  #belief: PrinterBelief;
  #status: PrinterStatus;
  #looking: Promise<unknown> = Promise.resolve();
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** By the monotonic clock. */
  #sleepsUntil = Number.NEGATIVE_INFINITY;
  #attended = 0;
  #isLooking = false;
  #isAlive = false;
  #counter: number | null = null;
  /** A job has ended since the last look. */
  #isNews = false;
  #alarm = new AbortController();

  /** Without a question, nothing is believed but what the line sees. */
  constructor(clock: Clock, log: Log, question: PrinterQuestion | null = null) {
    const now = clock.now();
    this.#clock = clock;
    this.#log = log;
    this.#question = question;
    this.#belief = unknownPrinter(now, question?.uri);
    this.#status = { ...statusOf(this.#belief, now), since: now };
  }

  /** What the line itself has seen last. */
  get lineView(): LineView {
    return this.#belief.line;
  }

  /** Since when it takes no job of ours, though it may answer questions; null when that is not so. */
  get refusingSince(): number | null {
    return this.#belief.refusing?.since ?? null;
  }

  /** One value for everyone who shows it. */
  get status(): PrinterStatus {
    const now = this.#clock.now();
    const next = statusOf(this.#belief, now);
    const since = isSameStatus(this.#status, next) ? this.#status.since : now;
    this.#status = Object.assign(next, { since });
    return this.#status;
  }

  /** The printer's answer that still counts, or null. */
  get report(): PrinterReport | null {
    return freshReport(this.#belief, this.#clock.now());
  }

  /** Its page counter has been seen to move; that of some printers stands at the same number for ever. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Whether it is worth waiting for an answer: it has answered the last time, or was never asked. */
  get mayAnswer(): boolean {
    return this.#question !== null && this.#belief.watch?.misses === 0;
  }

  /** Takes an observation in; returns what the line has seen. */
  observe(observation: Observation): LineView {
    const before = this.status;
    this.#belief = believe(this.#belief, observation, this.#clock.now());
    const after = this.status;
    if (!isSameStatus(before, after)) {
      const { state, text } = after;
      const reasons = after.conditions.map(({ keyword }) => keyword);
      this.#log.info({ event: 'printer-state', state, reasons }, `printer: ${text}`);
    }
    return this.#belief.line;
  }

  /** Is told of every answer, until the returned function is called. */
  listen(listener: (report: PrinterReport) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The printer is asked often until the returned function is called. */
  attend(): () => void {
    this.#attended++;
    this.#wakeIfDue();
    return () => {
      this.#attended--;
      this.#isNews = true;
      this.#wakeIfDue();
    };
  }

  /** Asks now, and not with those who have asked before; null when there is no answer. */
  look(signal: AbortSignal): Promise<PrinterReport | null> {
    const look = this.#looking.then(() => this.#look(signal));
    this.#looking = look.catch(() => undefined);
    return look;
  }

  /** As `look`, but who has never answered is waited for only a moment: most of those have no answer to give. */
  async lookBriefly(signal: AbortSignal): Promise<PrinterReport | null> {
    if (this.#belief.watch?.report != null) return this.look(signal);
    const looks = this.#looking;
    const first = this.#isLooking ? looks.then(() => this.report) : this.look(signal);
    first.catch(() => undefined);
    const enough = new AbortController();
    const moment = sleep(this.#clock, firstLookMs, enough.signal).then(
      () => null,
      () => null,
    );
    try {
      return await Promise.race([first, moment]);
    } finally {
      enough.abort(woken);
    }
  }

  /** Asks again and again until the signal; `heed` is told of each look, and at the end, and is through before the next one. */
  async run(signal: AbortSignal, heed: (change: StatusChange) => Promise<void>): Promise<void> {
    if (this.#question === null) return;
    const wake = () => this.#alarm.abort(woken);
    signal.addEventListener('abort', wake);
    let before = this.status;
    while (!signal.aborted) {
      this.#alarm = new AbortController();
      this.#sleepsUntil = this.#nextLookAt();
      const pause = this.#sleepsUntil - this.#clock.monotonic();
      if (pause > 0) {
        await sleep(this.#clock, pause, this.#alarm.signal).catch(() => undefined);
        continue;
      }
      this.#isNews = false;
      await this.look(signal).catch(() => undefined);
      const after = this.status;
      await heed({ before, after });
      before = after;
    }
    signal.removeEventListener('abort', wake);
    await heed({ before, after: this.status });
    this.#question.close();
  }

  /** The next look may be due before the pause ends that was meant for a printer with nothing to do. */
  #wakeIfDue(): void {
    if (this.#nextLookAt() < this.#sleepsUntil) this.#alarm.abort(woken);
  }

  /** Somebody else's look counts as well. */
  #nextLookAt(): number {
    const pause = pauseAfter(this.#belief.watch?.misses ?? 0, this.#attended > 0 || this.#isNews);
    return this.#lookedAt + pause;
  }

  async #look(signal: AbortSignal): Promise<PrinterReport | null> {
    if (this.#question === null) return null;
    signal.throwIfAborted();
    this.#isLooking = true;
    const cut = new AbortController();
    const stop = () => cut.abort();
    // Not `AbortSignal.any`: on Node 20 every one leaves something behind on a signal that lives long.
    signal.addEventListener('abort', stop);
    const cancel = this.#clock.schedule(lookDeadlineMs, stop);
    try {
      const report = await this.#question.ask(cut.signal);
      this.#lookedAt = this.#clock.monotonic();
      this.observe({ type: 'reported', report });
      this.#noteCounter(report);
      for (const tell of this.#listeners) tell(report);
      return report;
    } catch (error) {
      signal.throwIfAborted();
      this.#lookedAt = this.#clock.monotonic();
      const late = cut.signal.aborted;
      const text = late ? `no answer within ${lookDeadlineMs / 1000} seconds` : errorText(error);
      this.#noteSilence(text);
      return null;
    } finally {
      cancel();
      this.#isLooking = false;
      signal.removeEventListener('abort', stop);
    }
  }

  #noteCounter({ counters: { impressions } }: PrinterReport): void {
    if (impressions === null) return;
    this.#isAlive ||= this.#counter !== null && impressions > this.#counter;
    this.#counter = impressions;
  }

  #noteSilence(text: string): void {
    const isNew = this.#belief.watch?.trouble === null;
    this.observe({ type: 'silent', text });
    // Once, and not as a warning: many printers have no such answer to give.
    if (isNew) {
      const by = this.#question?.uri;
      this.#log.info({ event: 'watch-silent', by, error: text }, `printer: ${by} does not answer: ${text}`);
    }
  }
}
