/** The command `phaserlink why`: what did happen to a mail or a job, stage by stage, out of the ledger. */
import { isoTime } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import type { Reason } from '#vocab/line.js';
import type { Ledger } from './jobs/ledger.js';
import { type JobReport, noSuchJob, reportJob, withLedger } from './jobs-report.js';
import { explainEvent } from './report/explain.js';

export interface WhyStep {
  at: string;
  stage: string;
  decision: string;
  text: string;
}

export interface WhyReport {
  /** The mail's decision; null when a job's mails are no longer known. */
  decision: string | null;
  reasons: Reason[];
  messageId: string | null;
  sender: string | null;
  job: JobReport | null;
  /** In the order of time. */
  steps: WhyStep[];
}

/** `key` is a job's number or a Message-ID, with or without its angle brackets. */
export function why(config: string, key: string): Promise<WhyReport> {
  return withLedger(config, async (ledger) => {
    const jobId = /^\d{1,15}$/.test(key) ? Number(key) : null;
    const message =
      jobId === null ? await ledger.messageById(key) : ((await ledger.messagesOf(jobId))[0] ?? null);
    if (message === null && jobId === null) throw noSuchMessage(key);
    const job = await ledger.job(jobId ?? message?.jobId ?? 0);
    if (job === null && jobId !== null) throw noSuchJob(key);
    const trail = (message?.trail ?? []).map((step) => ({ ...step, at: isoTime(step.at) }));
    return {
      decision: message?.decision ?? null,
      reasons: message?.reasons ?? [],
      messageId: message?.messageId ?? null,
      sender: message?.sender ?? null,
      job: job && reportJob(job),
      steps: job === null ? trail : [...trail, ...(await jobSteps(ledger, job.id))],
    };
  });
}

async function jobSteps(ledger: Ledger, jobId: number): Promise<WhyStep[]> {
  const events = (await ledger.jobEvents(jobId)).map(({ at, event }) => ({
    at: isoTime(at),
    stage: 'job',
    decision: event.type,
    text: explainEvent(event),
  }));
  const mails = (await ledger.mailsOf(jobId)).map(
    ({ to, subject, sentAt, givenUpAt, lastError, createdAt }) => ({
      at: isoTime(sentAt ?? givenUpAt ?? createdAt),
      stage: 'tell',
      decision: sentAt !== null ? 'sent' : givenUpAt !== null ? 'given up' : 'waiting',
      text: `"${subject}" to ${to}${lastError === null ? '' : `: ${lastError}`}`,
    }),
  );
  return [...events, ...mails].sort((a, b) => a.at.localeCompare(b.at));
}

function noSuchMessage(key: string): PhaserLinkError {
  const text = `no mail with the Message-ID ${key} has come; give a Message-ID as it stands in the mail, or a job's number`;
  return new PhaserLinkError({ code: 'no-such-message', retry: 'permanent', text });
}

export function formatWhy({ messageId, sender, decision, job, steps }: WhyReport): string {
  const head = [
    `Mail ${messageId ?? '(without Message-ID)'} from ${sender ?? 'an unclear sender'}: ${decision ?? 'unknown'}`,
    job === null ? 'It made no job.' : `Job ${job.id}: ${job.state}`,
  ];
  const lines = steps.map(
    ({ at, stage, decision: what, text }) => `${at}  ${stage.padEnd(6)} ${what}: ${text}`,
  );
  return `${[...head, '', ...lines].join('\n')}\n`;
}
