/** How slowly a server may answer: how long it may stand still, and how little it may send on the average. */

export interface PaceLimits {
  /** The longest that nothing may come. */
  silenceMs: number;
  /** As long as this the average does not count. */
  graceMs: number;
  /** Over all the time in which we have waited. */
  octetsPerSecond: number;
}

/** Of one answer. Only the time in which we wait counts, so that whoever takes the answer may take his time. */
export class Pace {
  readonly #limits: PaceLimits;
  #waitedMs = 0;
  #octets = 0;

  constructor(limits: PaceLimits) {
    this.#limits = limits;
  }

  get octets(): number {
    return this.#octets;
  }

  /** How long to wait for the next octets, and what it means when they do not come by then. */
  patience(): { ms: number; otherwise: 'silent' | 'too slow' } {
    const { silenceMs, graceMs, octetsPerSecond } = this.#limits;
    const allowedMs = Math.max(graceMs, (this.#octets / octetsPerSecond) * 1000) - this.#waitedMs;
    if (silenceMs <= allowedMs) return { ms: silenceMs, otherwise: 'silent' };
    return { ms: Math.max(0, allowedMs), otherwise: 'too slow' };
  }

  came(octets: number, waitedMs: number): void {
    this.#octets += octets;
    this.#waitedMs += waitedMs;
  }
}
