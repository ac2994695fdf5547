/** The page counter that the watch reads around a job, for printers that tell none on the way of the job, and to hold against theirs. */
import { sleep } from '#base/clock.js';
import type { Delivery, WatchedCounter } from '#vocab/line.js';
import { printerBusy } from './engine/printer-errors.js';
import type { Line } from './line.js';
import { beginCount, type Count, countOn, progressOf } from './printer/count-out.js';
import { busyLookMs } from './printer/printer-watch.js';

/** What the watch has read before a job. */
export interface WatchedBefore {
  /** Null where it says nothing of this job. */
  counter: number | null;
  /** Somebody else's job was being printed. */
  isShared: boolean;
}

/** Read just before the printer is connected to; null when the watch has nothing to say. */
export async function watchedBefore(line: Line, signal: AbortSignal): Promise<WatchedBefore | null> {
  if (!line.printer.mayAnswer) return null;
  const report = await line.printer.look(signal);
  if (report === null || report.counters.impressions === null) return null;
  const isShared = report.state === 'processing';
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
  if (before.counter === null) return { before: null, after: null, isShared: before.isShared };
  const facts = {
    before: before.counter,
    expected: ownCount(delivery) ?? delivery.pagesTold ?? expected,
    isConfirmed: delivery.end === 'confirmed',
  };
  const { count, isThrough } = await follow(line, facts, signal);
  return { before: facts.before, after: isThrough ? count.now : null, isShared: false };
}

/** The same for an attempt whose end nobody saw: while the printer is at work, throws that it is busy. */
export async function countInterrupted(
  line: Line,
  facts: { before: number; expected: number | null },
  signal: AbortSignal,
): Promise<WatchedCounter> {
  const inattentive = line.printer.attend();
  try {
    const { count, isThrough } = await follow(line, { ...facts, isConfirmed: false }, signal);
    signal.throwIfAborted();
    // One that is asked in vain may be away, and have the answer when it is back.
    if (!isThrough && line.printer.report !== null)
      throw printerBusy(`the printer at ${line.engine.uri} does not come to rest`);
    return { before: facts.before, after: isThrough ? count.now : null, isShared: false };
  } finally {
    inattentive();
  }
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
