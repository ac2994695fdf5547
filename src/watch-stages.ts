/** The page counter that the watch reads around a job, for printers that tell none on the way of the job, and to hold against theirs. */
import { sleep } from '#base/clock.js';
import type { Delivery, WatchedCounter } from '#vocab/line.js';
import type { Line } from './line.js';
import { beginCount, type Count, countOn, progressOf } from './printer/count-out.js';
import { busyLookMs } from './printer/printer-watch.js';

/** What the watch has read before a job. */
export interface WatchedBefore {
  /** Null where it says nothing of this job. */
  counter: number | null;
  /** The printer was not at rest: what it counts next may be somebody else's. */
  isShared: boolean;
}

/** Read just before the printer is connected to; null when the watch has nothing to say. */
export async function watchedBefore(line: Line, signal: AbortSignal): Promise<WatchedBefore | null> {
  if (!line.printer.mayAnswer) return null;
  const report = await line.printer.lookBriefly(signal);
  if (report === null || report.counters.impressions === null) return null;
  const isShared = report.state === 'processing' || report.state === 'stopped' || report.isWarmingUp;
  return { counter: isShared ? null : report.counters.impressions, isShared };
}

/** Waits until the printer is through with what it was given, as long as its counter can tell something by that. */
export async function countOut(
  line: Line,
  before: WatchedBefore | null,
  delivery: Delivery,
  expected: number | null,
  signal: AbortSignal,
): Promise<WatchedCounter | undefined> {
  if (before === null || delivery.end === 'unknown') return undefined;
  const { isAlive } = line.printer;
  if (before.counter === null) return { before: null, after: null, isShared: before.isShared, isAlive };
  // One that was never seen to move is nothing to hold another one against.
  if (!isAlive && ownCount(delivery) !== null) return undefined;
  const facts = {
    before: before.counter,
    expected: ownCount(delivery) ?? delivery.pagesTold ?? expected,
    isConfirmed: delivery.end === 'confirmed',
  };
  const { count, isThrough } = await follow(line, facts, signal);
  return watchedCounter(line, facts.before, isThrough ? count.now : null);
}

/** The same for a job that the printer has taken whole and of which nobody saw more. */
export async function countTaken(
  line: Line,
  facts: { before: number; expected: number | null },
  signal: AbortSignal,
): Promise<WatchedCounter> {
  const inattentive = line.printer.attend();
  try {
    const { count, isThrough } = await follow(line, { ...facts, isConfirmed: false }, signal);
    signal.throwIfAborted();
    return watchedCounter(line, facts.before, isThrough ? count.now : null);
  } finally {
    inattentive();
  }
}

function watchedCounter({ printer }: Line, before: number, after: number | null): WatchedCounter {
  return { before, after, isShared: false, isAlive: printer.isAlive };
}

async function follow(
  line: Line,
  facts: Parameters<typeof beginCount>[0],
  signal: AbortSignal,
): Promise<{ count: Count; isThrough: boolean }> {
  const { clock, printer } = line;
  let count = beginCount(facts, clock.monotonic());
  for (;;) {
    const report = await printer.look(signal).catch(() => null);
    const now = clock.monotonic();
    count = countOn(count, report, now);
    const progress = signal.aborted ? 'given-up' : progressOf(count, now);
    if (progress !== 'goes-on') return { count, isThrough: progress === 'through' };
    await sleep(clock, busyLookMs, signal).catch(() => undefined);
  }
}

function ownCount({ counterBefore, counterAfter }: Delivery): number | null {
  return counterBefore === null || counterAfter === null ? null : counterAfter - counterBefore;
}
