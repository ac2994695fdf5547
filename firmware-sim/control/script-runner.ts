/** Runs a script on the machine: each statement when the one before it has happened. */
import { type Clock, sleep } from '#base/clock.js';
import { errorText } from '#base/errors.js';
import type { Log } from '#base/log.js';
import type { ArmedFault } from '../machine/faults.js';
import type { Machine } from '../machine/machine.js';
import { dispatchIfPossible } from './make-happen.js';
import type { ScriptLine } from './script.js';

export interface ScriptStatus {
  state: 'none' | 'running' | 'done' | 'stopped' | 'failed';
  /** The statement that it waits for, or that it came to. */
  line: number | null;
  text: string | null;
  done: number;
  total: number;
  /** Why it failed or stopped. */
  reason: string | null;
}

interface Options {
  machine: Machine;
  clock: Clock;
  log: Log;
}

export class ScriptRunner {
  readonly #options: Options;
  readonly #listeners = new Set<() => void>();
  #status: ScriptStatus = { state: 'none', line: null, text: null, done: 0, total: 0, reason: null };
  #running: AbortController | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  get status(): ScriptStatus {
    return this.#status;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** In place of the one that runs; resolves when it has ended, in whatever way. */
  async run(lines: readonly ScriptLine[]): Promise<void> {
    this.stop('another script took its place');
    const running = new AbortController();
    this.#running = running;
    this.#tell({ state: 'running', line: null, text: null, done: 0, total: lines.length, reason: null });
    try {
      for (const [done, line] of lines.entries()) {
        this.#tell({ ...this.#status, line: line.line, text: line.text, done });
        await this.#perform(line, running.signal);
      }
      this.#running = null;
      this.#tell({ ...this.#status, state: 'done', done: lines.length });
    } catch (error) {
      // Whoever stopped it has said so.
      if (running.signal.aborted) return;
      this.#running = null;
      this.#tell({ ...this.#status, state: 'failed', reason: errorText(error) });
    }
  }

  stop(reason = 'it was stopped'): void {
    if (this.#running === null) return;
    this.#running.abort();
    this.#running = null;
    this.#tell({ ...this.#status, state: 'stopped', reason });
  }

  async #perform({ statement }: ScriptLine, stopped: AbortSignal): Promise<void> {
    const { machine, clock } = this.#options;
    const { event, moment } = statement;
    if (moment.at === 'after') await sleep(clock, moment.seconds * 1000, stopped);
    if (moment.at !== 'page' || event.type !== 'fault') return dispatchIfPossible(machine, event);
    await this.#arm({ fault: event.fault, moment: { at: 'page', page: moment.page } }, stopped);
  }

  /** Resolves when the fault has come; rejects when it is forgotten, by `clear` or with the power. */
  #arm(armed: ArmedFault, stopped: AbortSignal): Promise<void> {
    const { machine } = this.#options;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        unsubscribe();
        stopped.removeEventListener('abort', abort);
        settle();
      };
      const abort = () => end(() => reject(stopped.reason));
      const unsubscribe = machine.subscribe(({ before, state, effects }) => {
        if (effects.some((effect) => effect.type === 'fault-came' && effect.fault === armed.fault))
          end(resolve);
        else if (before.armed.includes(armed) && !state.armed.includes(armed))
          end(() => reject(new Error('the fault that it waited for was cleared away')));
      });
      stopped.addEventListener('abort', abort, { once: true });
      try {
        dispatchIfPossible(machine, { type: 'fault-armed', armed });
      } catch (error) {
        end(() => reject(error));
      }
    });
  }

  #tell(status: ScriptStatus): void {
    this.#status = status;
    const { state, line, text, reason } = status;
    const at = line === null ? '' : ` at line ${line}, "${text}"`;
    const words = `script ${state}${at}${reason === null ? '' : `: ${reason}`}`;
    const level = state === 'failed' ? 'warn' : 'info';
    this.#options.log[level]({ event: 'script', state, line, text, reason }, words);
    for (const listener of this.#listeners) listener();
  }
}
