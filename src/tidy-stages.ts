/** What is done by the clock: jobs that nobody releases end, content goes, and what is old enough is forgotten. */
import type { Line } from './line.js';
import { composeNotices } from './report/compose-notice.js';

/** How long a job of unknown outcome waits for somebody who has looked into the tray; longer than any holidays at a stretch. */
export const answerWaitMs = 14 * 24 * 3_600_000;

/** How often records are looked through for those whose time is over. */
const forgetEveryMs = 3_600_000;

/** An end that was being written down while contents were cleared is looked for once more. */
const clearingOverlapMs = 60_000;
/** Commands beside the server, and records that are forgotten, leave something without a word. */
const clearEveryMs = 3_600_000;

/**
 * Removes content that nobody needs any more: of jobs that ended long enough ago, of refused mails, and what a crash left behind.
 * To find it everything that is kept must be looked at, so that it is looked for at each look only where there may be any.
 */
export async function clearContents(line: Line): Promise<void> {
  const { contents, policy, memory, clock } = line;
  const at = clock.now();
  const until = at - policy.keepContent;
  if (await isClear(line, at, until)) return;
  await contents.sweep(until);
  memory.cleared = { at, until };
}

async function isClear({ ledger, memory: { cleared } }: Line, at: number, until: number): Promise<boolean> {
  // A clock that was set back says nothing about what has ended since.
  if (cleared === null || at < cleared.at || at - cleared.at >= clearEveryMs) return false;
  return !(await ledger.hasEnded({ after: cleared.until - clearingOverlapMs, until }));
}

/** A mail that waits for room is worth more than documents of jobs that have ended; true when there were any. */
export async function makeRoom({ contents, memory, log }: Line): Promise<boolean> {
  if (memory.noRoom === null) return false;
  const removed = await contents.sweep();
  if (removed === 0) return false;
  log.warn(
    { event: 'room-made', contents: removed },
    'the documents of jobs that have ended make room for new mail',
  );
  return true;
}

/** Forgets mails and jobs whose time is over; only after a look into the mailbox, for what lies there must be known again. */
export async function forgetRecords({ ledger, policy, memory, mailbox, clock }: Line): Promise<void> {
  const { listed } = memory;
  const now = clock.now();
  // A clock that was set back must not stop it.
  if (listed === null || Math.abs(now - memory.forgotAt) < forgetEveryMs) return;
  memory.forgotAt = now;
  await ledger.forget(now - policy.keepRecords, (mail) => {
    if (mail.mailbox !== mailbox.name) return false;
    // A mail without a unique-id is known by its bytes, which can only be compared once it is fetched.
    return listed.uniqueIds.has(mail.uniqueId) || (listed.unnamed && mail.uniqueId.startsWith('bytes-'));
  });
}

/** Ends the jobs that nobody has released, or said a word about, in time. */
export async function endHolds({ ledger, policy, clock, log, mailWaits }: Line): Promise<void> {
  const now = clock.now();
  const before = { held: now - policy.holdFor, unknown: now - answerWaitMs };
  const ended = await ledger.expireHolds(before, (job, event) => composeNotices(job, event, policy));
  if (ended.length > 0) mailWaits();
  for (const { job } of ended) {
    log.info(
      { event: 'hold-expired', job: job.id, reasons: job.reasons },
      `job ${job.id}: ended, nobody has released it`,
    );
  }
}

/** In how many milliseconds the next of them ends; null when none waits. */
export async function nextHoldEndsIn({ ledger, policy, clock }: Line): Promise<number | null> {
  const ends = (await ledger.heldJobs()).flatMap(({ heldSince, releaseCode }) =>
    heldSince === null ? [] : [heldSince + (releaseCode === null ? answerWaitMs : policy.holdFor)],
  );
  return ends.length === 0 ? null : Math.max(0, Math.min(...ends) - clock.now());
}
