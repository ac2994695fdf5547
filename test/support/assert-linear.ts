/** Proves that a cost grows linearly: four times the input must not take more than six times the processor's time. */
import { expect } from 'vitest';

const growth = 4;
const tolerance = 6;
const runs = 3;
const attempts = 5;
/** Shorter measurements say more about the machine than about the code. */
const minMicroseconds = 3000;
/** Longer ones show nothing that these do not: what is not linear costs sixteen times as much, and not four times. */
const maxMicroseconds = 20_000;

/**
 * `work(size)` does everything for an input of `size` units; it is called with `size`, which is `most` or as much of it as does not
 * take long, and four times `size`.
 */
export function assertLinear(most: number, work: (size: number) => void): void {
  let size = most;
  while (size >= 2 && once(size, work) > maxMicroseconds) size /= 2;
  let repeats = 1;
  while (fastest(size, repeats, work) < minMicroseconds) repeats *= 2;
  const ratios: number[] = [];
  while (ratios.length < attempts) {
    ratios.push(fastest(size * growth, repeats, work) / fastest(size, repeats, work));
    if (isLinear(ratios)) return;
  }
  failFor(size, ratios);
}

/** The same for work that has to be waited for. */
export async function assertLinearAsync(
  size: number,
  work: (size: number) => Promise<unknown>,
): Promise<void> {
  let repeats = 1;
  while ((await fastestAsync(size, repeats, work)) < minMicroseconds) repeats *= 2;
  const ratios: number[] = [];
  while (ratios.length < attempts) {
    const more = await fastestAsync(size * growth, repeats, work);
    ratios.push(more / (await fastestAsync(size, repeats, work)));
    if (isLinear(ratios)) return;
  }
  failFor(size, ratios);
}

/** A busy machine may spoil one measurement; work that is not linear spoils them all. */
function isLinear(ratios: readonly number[]): boolean {
  return ratios.some((ratio) => ratio <= tolerance);
}

function failFor(size: number, ratios: readonly number[]): never {
  const times = ratios.map((ratio) => ratio.toFixed(1)).join(', ');
  return expect.fail(`${growth} times ${size} units cost ${times} times the work`);
}

function once(size: number, work: (size: number) => void): number {
  const before = process.cpuUsage();
  work(size);
  return microseconds(before);
}

/** In microseconds of the processor, which other programs on a busy machine do not use up. */
function fastest(size: number, repeats: number, work: (size: number) => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage();
    for (let time = 0; time < repeats; time++) work(size);
    best = Math.min(best, microseconds(before));
  }
  return best;
}

async function fastestAsync(
  size: number,
  repeats: number,
  work: (size: number) => Promise<unknown>,
): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage();
    for (let time = 0; time < repeats; time++) await work(size);
    best = Math.min(best, microseconds(before));
  }
  return best;
}

function microseconds(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
