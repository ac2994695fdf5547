/** A clock that stands still until a test moves it. */
import { setImmediate as settle } from 'node:timers/promises';
import type { Clock } from '#base/clock.js';

interface Timer {
  due: number;
  run: () => void;
}

export class ManualClock implements Clock {
  #startedAt: number;
  #elapsed = 0;
  #timers = new Set<Timer>();

  /** Starts at an arbitrary but fixed date. */
  constructor(startedAt = Date.UTC(2026, 0, 2, 3, 4, 5)) {
    this.#startedAt = startedAt;
  }

  now(): number {
    return this.#startedAt + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  schedule(ms: number, run: () => void): () => void {
    const timer = { due: this.#elapsed + Math.max(0, ms), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Waits until somebody waits for exactly so long, and lets that time pass. */
  async elapse(ms: number): Promise<void> {
    while (this.#next(Number.POSITIVE_INFINITY)?.due !== this.#elapsed + ms) await settle();
    await this.advance(ms);
  }

  /** Lets time pass whenever somebody waits for exactly so long, until the work is done. */
  async elapseDuring<T>(ms: number, work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    work.then(over, over);
    while (!isOver) {
      const isAwaited = this.#next(Number.POSITIVE_INFINITY)?.due === this.#elapsed + ms;
      await (isAwaited ? this.advance(ms) : settle());
    }
    return work;
  }

  /** Turns the date, and not what measures time. */
  turn(ms: number): void {
    this.#startedAt += ms;
  }

  /** Moves time, runs what falls due in its order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    await settle();
    for (let timer = this.#next(until); timer !== undefined; timer = this.#next(until)) {
      this.#elapsed = timer.due;
      this.#timers.delete(timer);
      timer.run();
      await settle();
    }
    this.#elapsed = until;
    await settle();
  }

  #next(until: number): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= until && (earliest === undefined || timer.due < earliest.due)) earliest = timer;
    }
    return earliest;
  }
}
