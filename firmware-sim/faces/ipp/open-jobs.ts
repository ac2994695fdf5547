/** Jobs that were created and whose documents still come, one request after the other; they do not wait for ever. */
import type { Clock } from '#base/clock.js';
import type { OpenJob } from '../../jobs/job-queue.js';

/** RFC 8011 §5.4.31, multiple-operation-time-out. */
export const openJobSeconds = 120;

interface Waiting {
  open: OpenJob;
  /** A document is on its way. */
  receiving: boolean;
  cancel: () => void;
}

export class OpenJobs {
  readonly #clock: Clock;
  readonly #jobs = new Map<number, Waiting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(open: OpenJob): void {
    const waiting = { open, receiving: false, cancel: () => {} };
    this.#jobs.set(open.job.number, waiting);
    this.#wait(waiting);
  }

  /** Null when it takes no documents any more, or one is just coming. Time stands still until `resume` or `close`. */
  take(number: number): OpenJob | null {
    const waiting = this.#jobs.get(number);
    if (waiting === undefined || waiting.receiving) return null;
    waiting.cancel();
    if (!isOpen(waiting.open)) {
      this.#jobs.delete(number);
      return null;
    }
    waiting.receiving = true;
    return waiting.open;
  }

  /** More documents may come. */
  resume(number: number): void {
    const waiting = this.#jobs.get(number);
    if (waiting === undefined) return;
    waiting.receiving = false;
    this.#wait(waiting);
  }

  /** No more come. */
  close(number: number): void {
    const waiting = this.#jobs.get(number);
    waiting?.cancel();
    this.#jobs.delete(number);
    waiting?.open.close();
  }

  stop(): void {
    for (const { cancel, open } of this.#jobs.values()) {
      cancel();
      open.abandon();
    }
    this.#jobs.clear();
  }

  #wait(waiting: Waiting): void {
    const { open } = waiting;
    waiting.cancel = this.#clock.schedule(openJobSeconds * 1000, () => {
      this.#jobs.delete(open.job.number);
      open.abandon();
    });
  }
}

/** It may have been canceled, or the printer switched off. */
function isOpen({ job }: OpenJob): boolean {
  return job.state === 'pending-held' && job.reasons.includes('job-incoming');
}
