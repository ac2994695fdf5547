/** Runs one step of the line again and again: when it is due, when it is woken, and after a failure with growing pauses. */
import { type Clock, sleep } from '#base/clock.js';
import { errorText, isTemporary } from '#base/errors.js';
import type { Log } from '#base/log.js';

/** The pauses after failures grow from the first to the longest, doubling. */
export interface BackOff {
  firstMs: number;
  longestMs: number;
  /** Up to this share of a pause is left out by chance, so that many servers do not come back in the same moment. */
  jitter: number;
}

/** What a step came to. */
export interface StepEnd {
  /** Null when it went well. */
  error: unknown;
  /** Until the next step, in milliseconds; null for "when woken". */
  pauseMs: number | null;
}

export interface LoopOptions {
  /** For the log: what fails and works again. */
  name: string;
  /** Does the work that there is; returns after how many milliseconds there may be more, or null for "when woken". */
  step: (signal: AbortSignal) => Promise<number | null>;
  backOff: BackOff;
  /** Is told of each step's end before the pause. */
  onEnd?: (end: StepEnd) => Promise<void>;
  clock: Clock;
  log: Log;
}

/** Without a reason of ours, every abort would make an error with a stack trace. */
const woken = 'woken';

export class Loop {
  readonly #options: LoopOptions;
  readonly #stopping = new AbortController();
  #alarm = new AbortController();
  #failures = 0;
  #lastFailure = '';

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  /** Ends the current pause, or makes the running step be followed by another at once. */
  wake(): void {
    this.#alarm.abort(woken);
  }

  /** Lets a running step come to its end and starts no other. */
  stop(): void {
    this.#stopping.abort();
    this.wake();
  }

  /** Runs until `stop`; `signal` goes to the steps and cuts a running one short. */
  async run(signal: AbortSignal): Promise<void> {
    // Once for all steps: on Node 20 every `AbortSignal.any` leaves something behind on a signal that lives long.
    const wake = () => this.wake();
    signal.addEventListener('abort', wake);
    while (!this.#stopping.signal.aborted && !signal.aborted) {
      this.#alarm = new AbortController();
      const pause = await this.#runStep(signal);
      if (pause === 0) continue;
      const woken = this.#alarm.signal;
      await sleep(this.#options.clock, pause ?? Number.POSITIVE_INFINITY, woken).catch(() => undefined);
    }
    signal.removeEventListener('abort', wake);
  }

  async #runStep(signal: AbortSignal): Promise<number | null> {
    const end = await this.#endOfStep(signal);
    if (!signal.aborted) await this.#options.onEnd?.(end);
    return end.pauseMs;
  }

  async #endOfStep(signal: AbortSignal): Promise<StepEnd> {
    const { name, step, log } = this.#options;
    try {
      const pauseMs = await step(signal);
      if (this.#failures > 0) log.info({ event: 'works-again', part: name }, `${name}: works again`);
      this.#failures = 0;
      this.#lastFailure = '';
      return { error: null, pauseMs };
    } catch (error) {
      return { error, pauseMs: signal.aborted ? null : this.#pauseAfter(error) };
    }
  }

  #pauseAfter(error: unknown): number {
    const { name, backOff, log } = this.#options;
    const longest = Math.min(backOff.longestMs, backOff.firstMs * 2 ** this.#failures++);
    const pause = Math.round(longest * (1 - backOff.jitter * Math.random()));
    const text = errorText(error);
    // The same trouble is told once, not at every try.
    if (text !== this.#lastFailure) {
      const unexpected = error instanceof Error && !isTemporary(error) ? { stack: error.stack } : {};
      log.warn(
        { event: 'failed', part: name, ...unexpected },
        `${name}: ${text}; trying again in ${Math.ceil(pause / 1000)} s`,
      );
    }
    this.#lastFailure = text;
    return pause;
  }
}
