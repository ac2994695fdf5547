/**
 * The line from mail to paper, stage by stage in DESIGN's order; each stage is a call, what it does stands in the
 * files that end in `-stages.ts`.
 * Three runs share it: `receive` from the maildrop to durable jobs, `print` from the ledger to paper, `tell` from the outbox
 * to the mail server. A fourth, `retry`, is begun by hand: as `receive`, but from quarantine. Nothing but the ledger and the
 * spool is remembered between them.
 */
import { readAhead } from '#base/read-ahead.js';
import { together } from '#base/together.js';
import { assemble } from './assemble-stages.js';
import { type FetchedBatch, fetch, survey, whatIsDone, withMailbox, withMaildrop } from './fetch-stages.js';
import { heedWatch } from './heed-watch.js';
import type { Desk } from './jobs/desk.js';
import type { Lease } from './jobs/leases.js';
import { giveUpSplitMails, joinSplitMails } from './join-stages.js';
import { distrustSpool, type Line } from './line.js';
import type { ListedMessage, MailboxSession } from './mail/mailbox.js';
import type { Patience } from './patience.js';
import {
  awaitPrinter,
  awaitRecovery,
  choose,
  convert,
  deliver,
  settle,
  settleInterrupted,
  stopCanceled,
  wasBegun,
  withJob,
} from './print-stages.js';
import { tellOfQuarantine, withQuarantined } from './quarantine-stages.js';
import { atDesk, commit, judge, type Kept, type ReadMail, read } from './receive-stages.js';
import { findAnswered, reply } from './reply-stages.js';
import { nextMailDueIn, sendOutbox, summarizeRefusals } from './tell-stages.js';
import { clearContents, endHolds, forgetRecords, makeRoom, nextHoldEndsIn } from './tidy-stages.js';

/** Empties the maildrop once; returns how many new mails were handled. */
export async function receive(line: Line, signal: AbortSignal): Promise<number> {
  return withMailbox(line, async (lease) => {
    let handled: number;
    try {
      const cleared = clearContents(line);
      [handled] = await together([emptyMaildrop(line, lease, cleared, signal), cleared]);
      if (await makeRoom(line)) handled += await emptyMaildrop(line, lease, cleared, signal);
    } catch (error) {
      distrustSpool(line);
      throw error;
    } finally {
      await joinSplitMails(line, lease, signal);
    }
    // Only after a look that came to its end: what lies on the mail server is not missing, and is not forgotten.
    await giveUpSplitMails(line, lease, signal);
    await forgetRecords(line);
    return handled;
  });
}

/** Nothing is fetched before the contents are `cleared`. */
async function emptyMaildrop(
  line: Line,
  lease: Lease,
  cleared: Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  let handled = 0;
  await withMaildrop(line, signal, async (maildrop) => {
    const { fresh, done } = await survey(line, maildrop);
    await cleared;
    // While some mails are kept, the next ones are read, and those behind them fetched.
    const fetched = readAhead(fetch(line, maildrop, fresh, signal));
    for await (const { mails, known } of readAhead(readEach(line, fetched, signal))) {
      const kept = await atDesk(line, lease, mails, (desk, mail) => decide(line, desk, mail));
      handled += kept.length;
      line.wakeUp();
      // A reply may have canceled what is being printed.
      await stopCanceled(line);
      done.push(...whatIsDone(line, [...known, ...kept]));
    }
    // Not before: a mail that was fetched ahead may have the same bytes as one that was kept.
    const clearing = handled > 0 ? clearContents(line) : undefined;
    await together([signal.aborted ? undefined : remove(maildrop, done), clearing]);
  });
  return handled;
}

/** Durable before acknowledged: only now may the server forget the mails, and it does so at QUIT (RFC 1939 §6). */
async function remove(maildrop: MailboxSession, done: readonly ListedMessage[]): Promise<void> {
  await maildrop.delete(done);
  await maildrop.quit();
}

async function* readEach(line: Line, batches: AsyncIterable<FetchedBatch>, signal: AbortSignal) {
  for await (const { mails, known } of batches) yield { mails: await read(line, mails, signal), known };
}

async function decide(line: Line, desk: Desk, mail: ReadMail): Promise<Kept> {
  const answered = await findAnswered(desk, mail);
  if (answered !== null) return reply(line, desk, mail, answered);
  const verdict = await judge(line, desk, mail);
  const assembly = await assemble(line, desk, mail, verdict);
  return commit(line, desk, mail, verdict, assembly);
}

/** Takes a mail of the quarantine through the stages anew; it ends as a job, refused, or in quarantine again. */
export async function retry(line: Line, id: number, patience: Patience): Promise<void> {
  await withQuarantined(line, id, patience, async (message, lease) => {
    const mails = await read(line, [{ message }], patience.signal);
    await atDesk(line, lease, mails, (desk, mail) => decide(line, desk, mail));
    await clearContents(line);
  });
}

/** Does what is due by the clock; returns in how many milliseconds more is, or null when nothing waits. */
export async function tidy(line: Line): Promise<number | null> {
  const next = await nextHoldEndsIn(line);
  if (next !== 0) return next;
  await endHolds(line);
  return nextHoldEndsIn(line);
}

export { heedWatch, stopCanceled };

/** Prints the next job, or finds out what became of an interrupted one; false when there is nothing to do. */
export async function print(line: Line, signal: AbortSignal): Promise<boolean> {
  const leased = await choose(line);
  if (leased === null) return awaitRecovery(line, signal);
  await withJob(line, leased, async () => {
    if (wasBegun(leased.job)) return settleInterrupted(line, leased, signal);
    await awaitPrinter(line, leased, signal);
    const converted = await convert(line, leased, signal);
    if (converted === null) return;
    const delivery = await deliver(line, leased, converted, signal);
    if (delivery !== null) await settle(line, leased, converted, delivery);
  });
  return true;
}

/** Sends what waits in the outbox; returns in how many milliseconds more is due, or null when it is empty. */
export async function tell(line: Line, signal: AbortSignal): Promise<number | null> {
  if (!(await line.ledger.hasNews())) return null;
  await tellOfQuarantine(line);
  await summarizeRefusals(line);
  await sendOutbox(line, signal);
  return nextMailDueIn(line);
}
