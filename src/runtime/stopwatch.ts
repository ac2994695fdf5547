/** A time limit that can be held: counts only while it runs, and fires once. */
import type { Clock } from '#base/clock.js';

export class Stopwatch {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #expired: () => void;
  #usedMs = 0;
  #runningSince: number | null = null;
  #cancel: () => void = () => {};
  #ended = false;

  constructor(clock: Clock, limitSeconds: number, expired: () => void) {
    this.#clock = clock;
    this.#limitMs = limitSeconds * 1000;
    this.#expired = expired;
  }

  run(): void {
    if (this.#ended || this.#runningSince !== null) return;
    this.#runningSince = this.#clock.monotonic();
    this.#cancel = this.#clock.schedule(this.#limitMs - this.#usedMs, this.#expired);
  }

  hold(): void {
    if (this.#runningSince === null) return;
    this.#usedMs += this.#clock.monotonic() - this.#runningSince;
    this.#runningSince = null;
    this.#cancel();
  }

  /** Counts from nothing again. */
  reset(): void {
    const running = this.#runningSince !== null;
    this.hold();
    this.#usedMs = 0;
    if (running) this.run();
  }

  /** For good: a late call to run it does nothing. */
  end(): void {
    this.hold();
    this.#ended = true;
  }
}
