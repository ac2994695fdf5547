/** Tells those who watch the printer what happens, and the whole state when it has changed. */
import type { Clock } from '#base/clock.js';
import { type StateSources, type StateView, viewState } from './state-view.js';

/** State is told at most so often: a fast machine changes a thousand times a second. */
const restMs = 50;
export const maxWatchers = 50;

export type FeedListener = (event: string, data: unknown) => void;

export class LiveFeed {
  readonly #sources: StateSources;
  readonly #clock: Clock;
  readonly #watchers = new Map<FeedListener, () => void>();
  readonly #unsubscribe: (() => void)[];
  #cancelTelling: (() => void) | null = null;

  constructor(sources: StateSources, clock: Clock) {
    this.#sources = sources;
    this.#clock = clock;
    const { printer, scripts } = sources;
    const changed = () => this.#tellSoon();
    this.#unsubscribe = [
      printer.machine.subscribe(({ effects }) => {
        for (const effect of effects) {
          if (effect.type === 'wake') continue;
          const { type, ...data } = effect;
          for (const tell of this.#watchers.keys()) tell(type, data);
        }
        changed();
      }),
      printer.queue.subscribe(changed),
      scripts.subscribe(changed),
    ];
  }

  get isFull(): boolean {
    return this.#watchers.size >= maxWatchers;
  }

  /** Hears the state at once, and then of everything; resolves when the watcher left or the printer is stopped. */
  watch(tell: FeedListener, left: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#watchers.delete(tell);
        resolve();
      };
      if (left.aborted) return end();
      left.addEventListener('abort', end, { once: true });
      this.#watchers.set(tell, end);
      tell('state', this.#state());
    });
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#cancelTelling?.();
    for (const end of this.#watchers.values()) end();
  }

  #state(): StateView {
    return viewState(this.#sources);
  }

  #tellSoon(): void {
    if (this.#cancelTelling !== null || this.#watchers.size === 0) return;
    this.#cancelTelling = this.#clock.schedule(restMs, () => {
      this.#cancelTelling = null;
      const state = this.#state();
      for (const tell of this.#watchers.keys()) tell('state', state);
    });
  }
}
