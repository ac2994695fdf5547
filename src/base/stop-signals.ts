/** How a process of ours is asked to stop: SIGTERM, SIGINT, or the end of the program that started it. */

export interface StopSignals {
  /** Aborted at the first request: come to an end. */
  readonly stop: AbortSignal;
  /** Aborted at the second request: end at once. */
  readonly stopNow: AbortSignal;
}

export function listenForStop(): StopSignals {
  const stop = new AbortController();
  const stopNow = new AbortController();
  const asked = () => (stop.signal.aborted ? stopNow : stop).abort();
  process.on('SIGTERM', asked);
  process.on('SIGINT', asked);
  // Started with an IPC channel: when it closes, whoever started us is gone.
  if (process.connected) process.once('disconnect', asked);
  else if (process.connected === false) asked();
  // Listening to the channel is no reason to stay.
  process.channel?.unref();
  return { stop: stop.signal, stopNow: stopNow.signal };
}

/** Resolves when the signal is aborted. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
