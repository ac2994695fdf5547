/** For what other processes, the disk or the network do in their own time: soon, but on a busy machine not at once. */
import { vi } from 'vitest';

const patienceMs = 15_000;

/** Tries again until `check` throws no more; throws what it threw last. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, patienceMs);
}
