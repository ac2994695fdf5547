/** The one source of time: everything that waits or dates takes a Clock, so that tests move time by hand. */

export interface Clock {
  /** Wall-clock time in epoch milliseconds; may jump. For dates only. */
  now(): number;
  /** Milliseconds since an arbitrary start; never jumps. For measuring. */
  monotonic(): number;
  /** Calls `run` once after `ms` milliseconds; the returned function cancels it. */
  schedule(ms: number, run: () => void): () => void;
}

/** setTimeout holds no more than this many milliseconds; it fires at once for more. */
const longestTimeoutMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(ms, run) {
    const timer = setTimeout(run, Math.min(ms, longestTimeoutMs));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`; rejects with the signal's reason when aborted first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const aborted = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.schedule(ms, () => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    });
    signal?.addEventListener('abort', aborted, { once: true });
  });
}

/** ISO 8601 in UTC, as every answer of ours writes a time. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
