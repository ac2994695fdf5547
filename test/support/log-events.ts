/** Log events as they come: tests wait for the one that they need instead of for time to pass. */
import { createLog, type Log } from '#base/log.js';

export type LogEvent = { event: string; level: string; text: string } & Record<string, unknown>;
export type Wanted = string | ((event: LogEvent) => boolean);

export class LogEvents {
  readonly all: LogEvent[] = [];
  readonly #waiters = new Set<{ look: () => void; reject: (error: Error) => void }>();
  readonly #listeners = new Set<(event: LogEvent) => void>();
  #ended: Error | null = null;

  /** Takes one JSON line of a log. */
  readonly hear = (line: string): void => {
    this.all.push(JSON.parse(line) as LogEvent);
    for (const waiter of [...this.#waiters]) waiter.look();
    for (const tell of this.#listeners) tell(this.all.at(-1) as LogEvent);
  };

  /** Is told of every event that comes from now on. */
  listen(tell: (event: LogEvent) => void): void {
    this.#listeners.add(tell);
  }

  /** No more will come: whoever waits is told why. */
  end(error: Error): void {
    this.#ended = error;
    for (const waiter of this.#waiters) waiter.reject(error);
  }

  of(wanted: Wanted): LogEvent[] {
    return this.all.filter(typeof wanted === 'string' ? ({ event }) => event === wanted : wanted);
  }

  /** The next event that comes. */
  next(): Promise<LogEvent> {
    return this.until(() => true, this.all.length + 1);
  }

  /** The nth event of a kind, past ones included. */
  until(wanted: Wanted, nth = 1): Promise<LogEvent> {
    return new Promise((resolve, reject) => {
      const waiter = {
        look: () => {
          const found = this.of(wanted)[nth - 1];
          if (found === undefined) return;
          this.#waiters.delete(waiter);
          resolve(found);
        },
        reject,
      };
      this.#waiters.add(waiter);
      waiter.look();
      if (this.#ended !== null) reject(this.#ended);
    });
  }
}

/** A log for parts in this process, and what it was told. */
export function followedLog({ debug = false } = {}): { log: Log; events: LogEvents } {
  const events = new LogEvents();
  return { log: createLog({ json: true, debug, write: events.hear }), events };
}
