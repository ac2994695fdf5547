/** Since when the printer is up, and when its state changed last: IPP tells times in seconds since it was switched on. */
import type { Clock } from '#base/clock.js';
import type { Machine } from '../../machine/machine.js';
import { printerState, printerStateReasons } from './printer-state.js';

export class StateClock {
  readonly #clock: Clock;
  readonly stop: () => void;
  #upSince: number;
  #stateChangedAt: number;
  #configChangedAt: number;

  constructor(machine: Machine, clock: Clock) {
    this.#clock = clock;
    this.#upSince = clock.now();
    this.#stateChangedAt = this.#upSince;
    this.#configChangedAt = this.#upSince;
    this.stop = machine.subscribe(({ event, before, state }) => {
      const now = clock.now();
      if (event.type === 'power-on') this.#upSince = now;
      const reasons = (of: typeof state) => printerStateReasons(of).join(' ');
      if (printerState(before) !== printerState(state) || reasons(before) !== reasons(state))
        this.#stateChangedAt = now;
      // Other paper in a tray is another configuration.
      if (before.inputs !== state.inputs && media(before) !== media(state)) this.#configChangedAt = now;
    });
  }

  get stateChangedAt(): number {
    return this.#stateChangedAt;
  }

  get configChangedAt(): number {
    return this.#configChangedAt;
  }

  /** RFC 8011 §5.4.29: at least 1. */
  upTime(): number {
    return this.secondsAt(this.#clock.now());
  }

  /** RFC 8011 §5.3.14: what was before it was switched on was at 0. */
  secondsAt(epochMs: number): number {
    return Math.max(0, Math.floor((epochMs - this.#upSince) / 1000) + 1);
  }
}

function media({ inputs }: Machine['state']): string {
  return JSON.stringify(Object.values(inputs).map(({ medium, inserted }) => [medium, inserted]));
}
