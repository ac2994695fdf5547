/** Holds what we believe about the machine and tells the log when it changes. */
import type { Clock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import { believe, type Observation, type PrinterBelief, unknownPrinter } from './printer-belief.js';

export class PrinterWatch {
  readonly #clock: Clock;
  readonly #log: Log;
  #belief: PrinterBelief;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
    this.#belief = unknownPrinter(clock.now());
  }

  get belief(): PrinterBelief {
    return this.#belief;
  }

  /** Takes an observation in; returns the new belief. */
  observe(observation: Observation): PrinterBelief {
    const before = this.#belief;
    this.#belief = believe(before, observation, this.#clock.now());
    if (this.#belief !== before) {
      const { state, reasons, text } = this.#belief;
      this.#log.info({ event: 'printer-state', state, reasons }, `printer: ${text}`);
    }
    return this.#belief;
  }
}
