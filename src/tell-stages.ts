/** The stages that speak: the administrator's summary, and the outbox to the mail server. */
import { errorText, isTemporary, PhaserLinkError } from '#base/errors.js';
import { markSubject } from '#vocab/reply-token.js';
import type { Line } from './line.js';
import { quarantineNoticeDueAt } from './quarantine-stages.js';
import { composeSummary } from './report/compose-summary.js';

/** Refusals are told in one mail, this long after the first of them: a flood of spam is no flood of summaries. */
export const summaryDelayMs = 3_600_000;

/** The mail sender's errors that are not about one mail. */
const serverTrouble: ReadonlySet<string> = new Set([
  'smtp-unreachable',
  'smtp-tls-failed',
  'smtp-login-refused',
  'smtp-no-token',
]);

/** Puts the administrator's summary of refused mails into the outbox when its time has come. */
export async function summarizeRefusals({ ledger, policy, clock }: Line): Promise<void> {
  const refusals = await ledger.unreportedRefusals();
  const [first] = refusals;
  if (first === undefined || clock.now() < first.receivedAt + summaryDelayMs) return;
  const mails = composeSummary(refusals, { printerName: policy.printerName, to: policy.contact });
  await ledger.markRefusalsReported(
    refusals.map(({ id }) => id),
    mails,
  );
}

/** Sends every mail that is due; what fails stays in the outbox for later, or is given up when it never can succeed. */
export async function sendOutbox({ ledger, sender, clock, log }: Line, signal: AbortSignal): Promise<void> {
  let away: unknown = null;
  for (const mail of await ledger.dueMails(clock.now())) {
    const { to, subject, token } = mail;
    if (away !== null) {
      await ledger.mailFailed(mail.id, errorText(away), 'temporary');
      continue;
    }
    try {
      await sender.send(token === null ? mail : { ...mail, subject: markSubject(subject, token) }, signal);
      await ledger.mailSent(mail.id);
      log.info({ event: 'told', to, subject, job: mail.jobId }, `${subject} (to ${to})`);
    } catch (error) {
      // Cut short, it is as due as before.
      signal.throwIfAborted();
      if (isServerAway(error)) away = error;
      const retry = isTemporary(error) ? 'temporary' : 'permanent';
      await ledger.mailFailed(mail.id, errorText(error), retry);
      const next = retry === 'temporary' ? 'it stays in the outbox' : 'it is given up';
      log.warn(
        { event: 'mail-failed', to, subject, retry },
        `"${subject}" to ${to}: ${errorText(error)}; ${next}`,
      );
    }
  }
}

/** Trouble with the mail server itself: every other mail would meet it, too. */
function isServerAway(error: unknown): boolean {
  return error instanceof PhaserLinkError && serverTrouble.has(error.code);
}

/** In how many milliseconds there is something to tell again; null when nothing waits. */
export async function nextMailDueIn(line: Line): Promise<number | null> {
  const { ledger, clock } = line;
  const [refusal] = await ledger.unreportedRefusals();
  const dueAt = [
    await ledger.nextMailDueAt(),
    refusal ? refusal.receivedAt + summaryDelayMs : null,
    await quarantineNoticeDueAt(line),
  ];
  const times = dueAt.filter((time) => time !== null);
  return times.length === 0 ? null : Math.max(0, Math.min(...times) - clock.now());
}
