/** A clock that a test moves by hand. */
import type { Clock } from '#base/clock.js';

interface Alarm {
  at: number;
  run: () => void;
}

export class ManualClock implements Clock {
  #now: number;
  readonly #start: number;
  readonly #alarms = new Set<Alarm>();

  constructor(start = Date.UTC(2026, 0, 2, 3, 4, 5)) {
    this.#start = start;
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#start;
  }

  schedule(ms: number, run: () => void): () => void {
    const alarm = { at: this.#now + ms, run };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Moves time on; what falls due runs in order, and what it sets going gets its turn before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#alarms].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#alarms.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = end;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
