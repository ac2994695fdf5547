/** Says what stops the printer while a job is printed, at once and again for as long as it lasts: `%%[ PrinterError: … ]%%`. */
import type { Clock } from '#base/clock.js';
import { formatBackChannelMessage } from '#wire/back-channel.js';
import type { Machine } from '../machine/machine.js';
import { machineStatus } from '../machine/status.js';

const repeatSeconds = 60;

export class PrinterErrors {
  readonly #machine: Machine;
  readonly #clock: Clock;
  readonly #say: (message: Buffer) => void;
  /** What was said last and still holds. */
  #told: string | null = null;
  #unsubscribe = () => {};
  #cancelRepeat = () => {};

  constructor(machine: Machine, clock: Clock, say: (message: Buffer) => void) {
    this.#machine = machine;
    this.#clock = clock;
    this.#say = say;
  }

  /** A job begins. */
  begin(): void {
    this.end();
    this.#unsubscribe = this.#machine.subscribe(() => this.#look());
    this.#look();
  }

  end(): void {
    this.#unsubscribe();
    this.#cancelRepeat();
    this.#told = null;
  }

  #look(): void {
    const { problem } = machineStatus(this.#machine.state);
    if (problem === this.#told) return;
    this.#cancelRepeat();
    this.#told = problem;
    this.#tell();
  }

  #tell(): void {
    if (this.#told === null) return;
    this.#say(formatBackChannelMessage({ PrinterError: this.#told }));
    this.#cancelRepeat = this.#clock.schedule(repeatSeconds * 1000, () => this.#tell());
  }
}
