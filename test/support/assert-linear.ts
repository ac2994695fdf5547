/** Proves that a cost grows linearly: four times the input must not take more than six times the processor's time. */
import { expect } from 'vitest';

const growth = 4;
const tolerance = 6;
const runs = 5;
const attempts = 5;
/** Shorter measurements say more about the machine than about the code. */
const minMicroseconds = 3000;

/** `work(size)` does everything for an input of `size` units; it is called with `size` and four times `size`. */
export function assertLinear(size: number, work: (size: number) => void): void {
  let repeats = 1;
  while (fastest(size, repeats, work) < minMicroseconds) repeats *= 2;
  const ratios: string[] = [];
  // A busy machine may spoil one measurement; work that is not linear spoils them all.
  for (let attempt = 0; attempt < attempts; attempt++) {
    const ratio = fastest(size * growth, repeats, work) / fastest(size, repeats, work);
    if (ratio <= tolerance) return;
    ratios.push(ratio.toFixed(1));
  }
  expect.fail(`${growth} times ${size} units cost ${ratios.join(', ')} times the work`);
}

/** In microseconds of the processor, which other programs on a busy machine do not use up. */
function fastest(size: number, repeats: number, work: (size: number) => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage();
    for (let time = 0; time < repeats; time++) work(size);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, user + system);
  }
  return best;
}
