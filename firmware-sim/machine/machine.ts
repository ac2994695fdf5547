/** The machine as it runs: holds the one state, gives events to `reduce`, wakes it in time and keeps what lasts. */
import type { Clock } from '#base/clock.js';
import { errorText } from '#base/errors.js';
import type { Log } from '#base/log.js';
import type { Device } from '../device/device.js';
import type { MachineEffect, MachineEvent } from './events.js';
import { MachineStore } from './machine-store.js';
import { reduce } from './reduce.js';
import type { MachineState } from './state.js';

export interface MachineChange {
  event: MachineEvent;
  before: MachineState;
  state: MachineState;
  effects: readonly MachineEffect[];
}

export interface MachineOptions {
  device: Device;
  dataDir: string;
  /** Begin with a new machine, whatever was kept. */
  fresh: boolean;
  clock: Clock;
  log: Log;
}

export class Machine {
  readonly device: Device;
  readonly #store: MachineStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Set<(change: MachineChange) => void>();
  readonly #events: MachineEvent[] = [];
  #state: MachineState;
  #lastJob: number;
  #reducing = false;
  #cancelWake = () => {};
  /** Saves one after the other; `#waiting` is the one that will begin when the present one ends. */
  #saving: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | null = null;

  private constructor(
    options: MachineOptions,
    store: MachineStore,
    kept: { state: MachineState; lastJob: number },
  ) {
    this.device = options.device;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#store = store;
    this.#state = kept.state;
    this.#lastJob = kept.lastJob;
  }

  /** As it was switched off; `power-on` is for whoever opens it. */
  static async open(options: MachineOptions): Promise<Machine> {
    const store = new MachineStore(options.dataDir, options.device);
    return new Machine(options, store, await store.load(options.fresh));
  }

  get state(): MachineState {
    return this.#state;
  }

  /** Impressions in its life, as it tells them: a counter can lie. */
  get pageCounter(): number {
    const { counters, disturbance } = this.#state;
    return Math.max(0, counters.pages + (disturbance.counterLie ?? 0));
  }

  /** Makes it happen. Listeners hear of it before this returns, unless one of them has called it. */
  dispatch(event: MachineEvent): void {
    this.#events.push(event);
    if (this.#reducing) return;
    this.#reducing = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#meet(next);
    } finally {
      this.#reducing = false;
    }
  }

  /** Each change from now on, in order; the returned function ends it. */
  subscribe(listener: (change: MachineChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The number of the next job: greater than every one before, and than `atLeast`. */
  nextJobNumber(atLeast: number): number {
    this.#lastJob = Math.max(this.#lastJob, atLeast) + 1;
    return this.#lastJob;
  }

  /** Resolves when everything up to now is on disk. */
  saved(): Promise<void> {
    if (this.#waiting === null) {
      const next = this.#saving.then(() => {
        this.#waiting = null;
        return this.#store.save(this.#state, this.#lastJob);
      });
      this.#waiting = next;
      // The next save comes even when this one failed.
      this.#saving = next.catch(() => undefined);
    }
    return this.#waiting;
  }

  async close(): Promise<void> {
    this.#cancelWake();
    await this.saved();
  }

  #meet(event: MachineEvent): void {
    const before = this.#state;
    const { state, effects } = reduce(this.device, before, event, this.#clock.now());
    this.#state = state;
    this.#cancelWake();
    for (const effect of effects) if (effect.type === 'wake') this.#wakeAt(effect.at);
    for (const listener of this.#listeners) listener({ event, before, state, effects });
    if (lasts(before, state)) {
      this.saved().catch((error: unknown) => {
        this.#log.error(
          { event: 'state-not-kept' },
          `the printer's state could not be kept: ${errorText(error)}`,
        );
      });
    }
  }

  #wakeAt(at: number): void {
    const ms = Math.max(0, at - this.#clock.now());
    this.#cancelWake = this.#clock.schedule(ms, () => this.dispatch({ type: 'time-passed' }));
  }
}

/** Whether something changed that outlasts the power. */
function lasts(before: MachineState, after: MachineState): boolean {
  return (
    before.counters !== after.counters ||
    before.covers !== after.covers ||
    before.inputs !== after.inputs ||
    before.outputs !== after.outputs ||
    before.supplies !== after.supplies ||
    before.jam !== after.jam ||
    before.disturbance.counterLie !== after.disturbance.counterLie
  );
}
