/** The simulated machine alone, without paper, files or time: events in, effects out, moved from one wake to the next by hand. */
import type { Device } from '../../firmware-sim/device/device.js';
import type { MachineEffect, MachineEvent } from '../../firmware-sim/machine/events.js';
import { newMachine } from '../../firmware-sim/machine/new-machine.js';
import { reduce } from '../../firmware-sim/machine/reduce.js';
import type { MachineState, PageRequest } from '../../firmware-sim/machine/state.js';

export type EffectOf<T extends MachineEffect['type']> = Extract<MachineEffect, { type: T }> & { at: number };

export class TestMachine {
  readonly device: Device;
  state: MachineState;
  now = 0;
  readonly effects: (MachineEffect & { at: number })[] = [];
  #wakeAt: number | null = null;
  #job = 0;
  #page = 0;

  constructor(device: Device) {
    this.device = device;
    this.state = newMachine(device);
  }

  happen(event: MachineEvent): this {
    const { state, effects } = reduce(this.device, this.state, event, this.now);
    this.state = state;
    this.#wakeAt = null;
    for (const effect of effects) {
      if (effect.type === 'wake') this.#wakeAt = effect.at;
      else this.effects.push({ ...effect, at: this.now });
    }
    return this;
  }

  /** A whole job whose pages have all been interpreted; returns its number. */
  print(pages: readonly Partial<PageRequest>[]): number {
    const job = ++this.#job;
    this.happen({ type: 'job-started', job });
    for (const [n, page] of pages.entries()) {
      this.happen({
        type: 'page-ready',
        page: { ...plainPage, ...page, id: ++this.#page, job, number: n + 1 },
      });
    }
    this.happen({ type: 'job-ended', job });
    return job;
  }

  /** Moves from wake to wake until the time has come, or until nothing more happens by itself but sleep. */
  pass(seconds: number): this {
    const until = this.now + seconds * 1000;
    while (this.#wakeAt !== null && this.#wakeAt <= until) this.#wake(this.#wakeAt);
    this.now = until;
    return this;
  }

  /** Until the job is done, or the machine stands still. */
  runToEnd(): this {
    while (this.#wakeAt !== null && this.state.job !== null) this.#wake(this.#wakeAt);
    return this;
  }

  of<T extends MachineEffect['type']>(type: T): EffectOf<T>[] {
    return this.effects.filter((effect): effect is EffectOf<T> => effect.type === type);
  }

  out(): EffectOf<'page-out'>[] {
    return this.of('page-out');
  }

  /** Conditions and places of the alerts that stand. */
  alerts(): string[] {
    return this.state.alerts.map(({ condition, where }) =>
      where === null ? condition : `${condition} ${where}`,
    );
  }

  #wake(at: number): void {
    this.now = at;
    this.happen({ type: 'time-passed' });
  }
}

/** Switched on. */
export function startMachine(device: Device): TestMachine {
  return new TestMachine(device).happen({ type: 'power-on' });
}

export const plainPage: Omit<PageRequest, 'id' | 'job' | 'number'> = {
  medium: { size: 'letter', type: 'stationery' },
  input: null,
  manualFeed: false,
  side: 'front',
  faceUp: true,
  colour: false,
  coverage: { black: 0.05 },
};
