/** The stages from the ledger to paper: choose, convert, print, settle. */
import { errorText, isSystemError, isTemporary, PhaserLinkError } from '#base/errors.js';
import type { Delivery, Job, PrintReady } from '#vocab/line.js';
import { type Conversion, makePrintReady } from './convert/make-print-ready.js';
import { printerBusy } from './engine/printer-errors.js';
import {
  type Outcome,
  weighDelivery,
  weighFragment,
  weighInterrupted,
  weighTaken,
  weighUntold,
} from './engine/weigh-delivery.js';
import { hear } from './hear-printer.js';
import { isAtRest, type JobEvent, phaseOf } from './jobs/job-machine.js';
import type { JobEventRecord } from './jobs/job-rows.js';
import { apply, type LeasedJob } from './leased-job.js';
import { keepLease, type Line, leaseMs } from './line.js';
import type { LineView } from './printer/printer-belief.js';
import { composeNotices } from './report/compose-notice.js';
import { count } from './report/mail-text.js';
import { countOut, countTaken, watchedBefore } from './watch-stages.js';

/**
 * When the people of a job hear of a printer that does not take it, and in which words; addresses and ports are the
 * administrator's. One that cannot be reached may just be busy, and one that is busy will not be so for long.
 */
const patienceWith: Record<string, { noticeAfterMs: number; text: string }> = {
  'printer-away': { noticeAfterMs: 60_000, text: 'the printer cannot be reached' },
  'printer-busy': { noticeAfterMs: 30 * 60_000, text: 'the printer has been busy with other jobs for long' },
};

/** IPP's word for a printer that cannot be reached, which is a condition of ours and not the printer's. */
const connectionLost = 'connecting-to-device';

/** Of one that waits for a printer which is believed to be well, the conversion begins in the same step. */
export function choose({ ledger, owner, policy, printer }: Line): Promise<LeasedJob | null> {
  const { onTrouble } = policy;
  return ledger.takeJob({ owner, ttlMs: leaseMs, onTrouble, begin: isBelievedWell(printer.lineView) });
}

/** Works on a job while its lease is renewed. */
export function withJob(line: Line, leased: LeasedJob, run: () => Promise<void>): Promise<void> {
  return keepLease(line, leased.lease, async () => {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof PhaserLinkError) || error.code !== 'job-event-refused') throw error;
      // Somebody has held or canceled it meanwhile; nothing of it had been sent.
      const now = await line.ledger.job(leased.job.id);
      if (now === null || !isAtRest(now)) throw error;
      line.log.info({ event: 'taken-back', job: now.id, state: now.state }, `job ${now.id}: ${now.state}`);
    }
  });
}

/** Whether some of the job may have reached the printer, so that only evidence can tell. */
export function wasBegun(job: Job): boolean {
  const phase = phaseOf(job);
  return phase === 'printing' || phase === 'stopped' || phase === 'canceling';
}

function isBelievedWell({ state }: LineView): boolean {
  return state === 'idle' || state === 'unknown';
}

/** A printer that was away or busy the last time is asked first, so that a waiting job is not begun again and again. */
export async function awaitPrinter(line: Line, leased: LeasedJob, signal: AbortSignal): Promise<void> {
  if (isBelievedWell(line.printer.lineView)) return;
  try {
    await askPrinter(line, signal);
  } catch (error) {
    const text = observeTrouble(line, error);
    if (text !== null && !leased.job.reasons.includes('printer-stopped')) {
      await apply(line, leased, { type: 'printer-unavailable', text });
    }
    throw error;
  }
}

/** With nothing else to print, a printer in trouble is asked for the sake of the jobs that are held for it. */
export async function awaitRecovery(line: Line, signal: AbortSignal): Promise<boolean> {
  const { ledger, printer } = line;
  if (printer.lineView.state !== 'stopped' || !(await ledger.hasTroubled())) return false;
  try {
    await askPrinter(line, signal);
  } catch (error) {
    observeTrouble(line, error);
    throw error;
  }
  return true;
}

/** As soon as it answers again, the jobs that it was the trouble of are back in line. */
async function askPrinter(line: Line, signal: AbortSignal): Promise<void> {
  const wasInTrouble = line.printer.lineView.state === 'stopped';
  await line.engine.probe(signal);
  line.printer.observe({ type: 'answered' });
  if (wasInTrouble) await resumeAfterTrouble(line);
}

/** To be called by whoever learns that the cause of a trouble is gone. */
export async function resumeAfterTrouble({ ledger, policy, log, mailWaits }: Line): Promise<void> {
  const resumed = await ledger.resumeTroubled('the printer is ready again', (job, event) =>
    composeNotices(job, event, policy),
  );
  if (resumed.length > 0) mailWaits();
  for (const { job } of resumed) {
    log.info({ event: 'resumed', job: job.id }, `job ${job.id}: back in line, the printer is ready again`);
  }
}

/** Ends the deliveries of jobs that somebody has canceled; what came out of them, the evidence will say. */
export async function stopCanceled({ ledger, deliveries, log }: Line): Promise<void> {
  for (const [id, delivery] of deliveries) {
    const job = await ledger.job(id);
    if (job === null || delivery.signal.aborted) continue;
    if (phaseOf(job) !== 'canceling' && !isAtRest(job)) continue;
    log.info({ event: 'stopping', job: id }, `job ${id}: its delivery is ended, for it is ${job.state}`);
    delivery.abort();
  }
}

/** What goes to the printer, and what is written down of that before the first byte does. */
export interface Converted {
  ready: PrintReady;
  transformed: JobEvent;
}

/** What this engine takes of the job; null when that is nothing, and the job has ended. */
export async function convert(line: Line, leased: LeasedJob, signal: AbortSignal): Promise<Converted | null> {
  if (phaseOf(leased.job) === 'waiting') await apply(line, leased, { type: 'transforming-started' });
  const conversion = await tryToConvert(line, leased, signal);
  if (conversion === null) return null;
  const { ready, pagesExpected, notPrinted } = conversion;
  const transformed: JobEvent = { type: 'transformed', pagesExpected, notPrinted };
  const { id } = leased.job;
  if (ready === null) {
    const text = notPrinted.map(({ reason }) => reason).join('; ');
    const failed: JobEvent = { type: 'transform-failed', reason: 'unsupported-document-format', text };
    await apply(line, leased, transformed, failed);
    tellSettled(line, leased.job, text);
    return null;
  }
  const pages =
    pagesExpected === null
      ? 'does not say how many pages it has'
      : `should have ${count(pagesExpected, 'page')}`;
  line.log.info(
    { event: 'converted', job: id, pagesExpected, notPrinted },
    `job ${id}: ready for the printer; ${pages}`,
  );
  return { ready, transformed };
}

/** The printer will not take it however often it is tried. */
function isRefusal(error: unknown): error is PhaserLinkError {
  return (
    error instanceof PhaserLinkError && error.retry === 'permanent' && error.code !== 'job-event-refused'
  );
}

/** Ends a job of which nothing was sent; `publicText` is for its sender, `text` for the log, `before` what was found of it. */
async function fail(
  line: Line,
  leased: LeasedJob,
  { publicText, text }: { publicText: string; text: string },
  ...before: JobEvent[]
): Promise<void> {
  const failed: JobEvent = { type: 'transform-failed', reason: 'aborted-by-system', text: publicText };
  await apply(line, leased, ...before, failed);
  tellSettled(line, leased.job, text);
}

/** A job whose own content is at fault ends, instead of standing in the way of those behind it. */
async function tryToConvert(line: Line, leased: LeasedJob, signal: AbortSignal): Promise<Conversion | null> {
  try {
    return await makePrintReady(leased.job, line.contents, await line.engine.accepts(signal));
  } catch (error) {
    // The disk's trouble is not the job's, nor is the printer's.
    if (isTemporary(error) || isSystemError(error)) {
      await apply(line, leased, { type: 'interrupted' });
      observeTrouble(line, error);
      throw error;
    }
    const publicText = error instanceof PhaserLinkError ? error.publicText : 'an internal error';
    await fail(line, leased, { publicText, text: errorText(error) });
    return null;
  }
}

/**
 * Sends the job to the printer and listens to its end. The attempt is written down before the first byte goes out. Null when the
 * printer does not take this job at all, and the job has ended.
 */
export async function deliver(
  line: Line,
  leased: LeasedJob,
  converted: Converted,
  signal: AbortSignal,
): Promise<Delivery | null> {
  const cut = new AbortController();
  const stop = () => cut.abort();
  // Not `AbortSignal.any`: on Node 20 every one leaves something behind on a signal that lives long.
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  line.deliveries.set(leased.job.id, cut);
  try {
    const delivery = await deliverUntil(line, leased, converted, cut.signal);
    // What the printer has taken is counted on by whoever starts next.
    if (delivery?.end === 'accepted' && delivery.watched !== undefined) signal.throwIfAborted();
    return delivery;
  } finally {
    line.deliveries.delete(leased.job.id);
    signal.removeEventListener('abort', stop);
  }
}

async function deliverUntil(
  line: Line,
  leased: LeasedJob,
  { ready, transformed }: Converted,
  signal: AbortSignal,
): Promise<Delivery | null> {
  const hearing = hear(line, leased);
  const inattentive = line.printer.attend();
  try {
    const before = await watchedBefore(line, signal);
    const delivery = await line.engine.deliver(
      ready,
      {
        attempt: async (counterBefore) => {
          line.printer.observe({ type: 'job-begun' });
          const watched = before === null ? {} : { watchedBefore: before.counter };
          await apply(line, leased, transformed, { type: 'attempt-started', counterBefore, ...watched });
          line.log.info(
            { event: 'printing', job: leased.job.id, counterBefore, ...watched },
            `job ${leased.job.id}: printing`,
          );
          hearing.heedWatch();
        },
        ...hearing,
      },
      signal,
    );
    if (delivery.end === 'accepted' && before !== null) await apply(line, leased, { type: 'taken' });
    const watched = await countOut(line, before, delivery, leased.job.pages.expected, signal);
    await hearing.settled();
    return { ...delivery, watched };
  } catch (error) {
    await hearing.settled();
    if (!wasBegun(leased.job)) {
      if (isRefusal(error)) {
        await fail(line, leased, { publicText: error.publicText, text: errorText(error) }, transformed);
        return null;
      }
      // Nothing of the job was sent: it waits again.
      const text = observeTrouble(line, error);
      await apply(
        line,
        leased,
        text === null ? { type: 'interrupted' } : { type: 'printer-unavailable', text },
      );
    }
    throw error;
  } finally {
    inattentive();
  }
}

/** The evidence of a whole delivery decides; a broken one is left as it is, for `settleInterrupted`. */
export async function settle(
  line: Line,
  leased: LeasedJob,
  { ready }: Converted,
  delivery: Delivery,
): Promise<void> {
  const outcome = weighDelivery(delivery, leased.job.pages.expected);
  if (outcome?.type === 'not-printed') return settleUnsent(line, leased, outcome);
  if (outcome !== null) return applyOutcome(line, leased, inJob(outcome, ready));
  line.log.warn(
    { event: 'delivery-broken', job: leased.job.id, bytesSent: delivery.bytesSent },
    `job ${leased.job.id}: the connection to the printer broke (${delivery.broken}); its page counter will tell what came out`,
  );
}

/** A printer that took nothing was busy after all: that is no attempt, and it is left alone for a while. */
async function settleUnsent(
  line: Line,
  leased: LeasedJob,
  outcome: Extract<Outcome, { type: 'not-printed' }>,
): Promise<void> {
  await applyOutcome(line, leased, outcome, { ...outcome, trouble: 'operator' });
  if (phaseOf(leased.job) === 'waiting')
    throw printerBusy(`the printer at ${line.engine.uri} took nothing: ${outcome.text}`);
}

/** Errors are told by place among what was sent; of several copies, or a part, that is another place than in the job. */
function inJob(outcome: Outcome, { documents }: PrintReady): Outcome {
  if (outcome.type !== 'document-failed') return outcome;
  const errors = outcome.errors.map((error) => ({
    ...error,
    document: documents[error.document]?.place ?? error.document,
  }));
  return { ...outcome, errors };
}

/** Finds out by the printer's page counter what became of a job whose end nobody saw. */
export async function settleInterrupted(line: Line, leased: LeasedJob, signal: AbortSignal): Promise<void> {
  const { job } = leased;
  try {
    const resumed = await outcomeOfResumed(line, leased, signal);
    if (resumed !== null) return await applyOutcome(line, leased, resumed);
    const { pageCounter } = await line.engine.probe(signal);
    const events = await line.ledger.jobEvents(job.id);
    const outcome =
      (await outcomeOfWatched(line, leased, events, signal)) ??
      weighInterrupted({ before: job.counterBefore, now: pageCounter, expected: job.pages.expected });
    await applyOutcome(line, leased, outcome, withTrouble(outcome, events));
  } catch (error) {
    const text = observeTrouble(line, error);
    // One that is busy may be so with this very job.
    const isAway = error instanceof PhaserLinkError && error.code === 'printer-away';
    if (text !== null && isAway && phaseOf(job) === 'printing') {
      await apply(line, leased, { type: 'printer-condition', condition: connectionLost, text });
    }
    throw error;
  }
}

/** Where the way to the printer tells no counter, what the watch has read; null when it has read none before the attempt. */
async function outcomeOfWatched(
  line: Line,
  leased: LeasedJob,
  events: readonly JobEventRecord[],
  signal: AbortSignal,
): Promise<Outcome | null> {
  const { counterBefore, pages } = leased.job;
  const { expected } = pages;
  const newest = events.map(({ event }) => event).findLast(({ type }) => type === 'attempt-started');
  const before = newest?.type === 'attempt-started' ? (newest.watchedBefore ?? null) : null;
  if (counterBefore !== null || before === null) return null;
  const last = events.findLast(({ event: { type } }) => type === 'attempt-started' || type === 'taken');
  if (last?.event.type !== 'taken') {
    const report = await line.printer.lookBriefly(signal);
    return weighUntold(before, report?.counters.impressions ?? null);
  }
  const hearing = hear(line, leased);
  hearing.heedWatch();
  const watched = await countTaken(line, { before, expected }, signal).finally(() => hearing.settled());
  return weighTaken(watched, expected);
}

/** A printer that knows the job by its own name for it may still print it: then it is listened to until its end. */
async function outcomeOfResumed(line: Line, leased: LeasedJob, signal: AbortSignal): Promise<Outcome | null> {
  const { job } = leased;
  const events = await line.ledger.jobEvents(job.id);
  const begun = events
    .map(({ event }) => event)
    .findLast(({ type }) => type === 'attempt-started' || type === 'printer-job');
  if (begun?.type !== 'printer-job') return null;
  const isCanceled = phaseOf(job) === 'canceling';
  // What has not come whole is not to be printed in part.
  if (isCanceled || !begun.whole) await line.engine.cancel(begun.reference, signal);
  const hearing = hear(line, leased);
  const delivery = await line.engine.resume(begun.reference, hearing, signal);
  await hearing.settled();
  if (delivery === null) return null;
  const { expected } = job.pages;
  const evidence = { ...delivery, counterBefore: job.counterBefore };
  if (!begun.whole && !isCanceled) return weighFragment(evidence);
  const outcome = weighDelivery(evidence, expected);
  // The end of a job that was stopped is not the end of its document.
  if (!isCanceled || outcome === null || outcome.type === 'not-printed' || outcome.type === 'outcome-unknown')
    return outcome;
  if (outcome.type === 'printed' && expected !== null && outcome.pages === expected) return outcome;
  return { type: 'outcome-unknown', pages: outcome.pages, text: 'the printer has stopped the job' };
}

/** A printer that has waited for a hand, for paper or the like, is not the job's fault; one that was only gone may be. */
function withTrouble(outcome: Outcome, events: readonly JobEventRecord[]): JobEvent {
  if (outcome.type !== 'not-printed') return outcome;
  const newest = events.findLast(
    ({ event: { type } }) =>
      type === 'attempt-started' || type === 'printer-condition' || type === 'condition-cleared',
  );
  const asked = newest?.event.type === 'printer-condition' && newest.event.condition !== connectionLost;
  return asked ? { ...outcome, trouble: 'operator' } : outcome;
}

async function applyOutcome(
  line: Line,
  leased: LeasedJob,
  outcome: Outcome,
  event: JobEvent = outcome,
): Promise<void> {
  line.printer.observe({ type: 'job-ended' });
  await apply(line, leased, event);
  tellSettled(line, leased.job, outcomeText(outcome, leased.job));
}

function outcomeText(outcome: Outcome, job: Job): string {
  switch (outcome.type) {
    case 'printed':
      return [printedText(outcome, job), ...outcome.warnings].join('; ');
    case 'document-failed':
      return outcome.errors.map(({ name, command }) => `${name} in ${command}`).join('; ');
    default:
      return outcome.text;
  }
}

function printedText({ pages, by }: Extract<Outcome, { type: 'printed' }>, job: Job): string {
  if (pages !== null) return `${pagesText(pages, job.pages.expected)}, confirmed by the printer`;
  if (by === 'acceptance') return 'the printer has taken it, and says no more on this way';
  return 'printed to its end, confirmed by the printer, which counts no pages';
}

function pagesText(confirmed: number, expected: number | null): string {
  return expected === null ? count(confirmed, 'page') : `${confirmed} of ${count(expected, 'page')}`;
}

function tellSettled(line: Line, job: Job, text: string): void {
  const { id, state, reasons, pages } = job;
  line.log.info({ event: 'settled', job: id, state, reasons, pages }, `job ${id}: ${state}: ${text}`);
}

/** Takes in what an attempt to reach the printer failed of; gives what people are told of it once it has lasted, else null. */
function observeTrouble(line: Line, error: unknown): string | null {
  if (!(error instanceof PhaserLinkError)) return null;
  const patience = patienceWith[error.code];
  if (patience === undefined) return null;
  const { since } = line.printer.observe(
    error.code === 'printer-busy' ? { type: 'busy' } : { type: 'away', text: error.message },
  );
  const lasts = line.clock.now() - (line.printer.refusingSince ?? since);
  return lasts >= patience.noticeAfterMs ? patience.text : null;
}
