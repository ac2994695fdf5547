/** How many datagrams are answered in a second: so many in all, and so many that say they are from one address. */
import type { Clock } from '#base/clock.js';

export interface AllowedASecond {
  inAll: number;
  toOne: number;
}

export class Allowance {
  readonly #clock: Clock;
  readonly #allowed: AllowedASecond;
  readonly #given = new Map<string, number>();
  #second = -1;
  #left = 0;

  constructor(clock: Clock, allowed: AllowedASecond) {
    this.#clock = clock;
    this.#allowed = allowed;
  }

  /** Whether one more may be answered; counts it. */
  take(address: string): boolean {
    const second = Math.floor(this.#clock.monotonic() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#left = this.#allowed.inAll;
      this.#given.clear();
    }
    const given = this.#given.get(address) ?? 0;
    if (this.#left === 0 || given >= this.#allowed.toOne) return false;
    this.#left--;
    this.#given.set(address, given + 1);
    return true;
  }
}
