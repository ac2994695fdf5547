/** The command `phaserlink why`: what did happen to a mail or a job, stage by stage, out of the ledger. */
import { isoTime } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import type { Job } from '#vocab/line.js';
import type { Ledger } from './jobs/ledger.js';
import type { MessageRecord } from './jobs/messages.js';
import { noSuchJob, reportJob, withLedger } from './jobs-report.js';
import { reportQuarantined } from './quarantine-report.js';
import { explainJob, explainMails, explainMessage, explainQuarantined } from './report/explain.js';

/** The way of a mail and its job: in words for people, as data for programs. */
export interface WhyReport {
  lines: string[];
  data: unknown;
}

/** `key` is a Message-ID, with or without its angle brackets, or the number of a job or else of a mail in quarantine. */
export function why(config: string, key: string): Promise<WhyReport> {
  return withLedger(config, async (ledger) => {
    if (!/^\d{1,15}$/.test(key)) return explainMail(ledger, await ledger.messageById(key), key);
    const number = Number(key);
    const job = await ledger.job(number);
    if (job !== null) return explain(ledger, job);
    if ((await ledger.quarantine.find(number)) === null) throw noSuchJob(key);
    return explainMail(ledger, await ledger.messageById(number), key);
  });
}

async function explainMail(ledger: Ledger, message: MessageRecord | null, key: string): Promise<WhyReport> {
  if (message === null) throw noSuchMessage(key);
  const job = message.jobId === null ? null : await ledger.job(message.jobId);
  if (job !== null) return explain(ledger, job);
  const quarantined = await ledger.quarantine.find(message.id);
  return {
    lines: [...explainMessage(message), ...(quarantined === null ? [] : explainQuarantined(quarantined))],
    data: {
      messages: [dated(message)],
      quarantine: quarantined && reportQuarantined(quarantined),
      job: null,
      events: [],
      mails: [],
    },
  };
}

async function explain(ledger: Ledger, job: Job): Promise<WhyReport> {
  const jobId = job.id;
  const messages = await ledger.messagesOf(jobId);
  const events = await ledger.jobEvents(jobId);
  const mails = await ledger.mailsOf(jobId);
  return {
    lines: [...messages.flatMap(explainMessage), ...explainJob(job, events), ...explainMails(mails)],
    data: {
      messages: messages.map(dated),
      quarantine: null,
      job: reportJob(job, await ledger.openSets()),
      events: events.map(dated),
      // Whoever reads the token could answer in the job's name.
      mails: mails.map(({ text: _text, token: _token, ...mail }) => dated(mail)),
    },
  };
}

/** Every time in ISO 8601: the fields that the ledger keeps as epoch milliseconds end in "At" or are called `at`. */
function dated(value: unknown): unknown {
  const json = JSON.stringify(value, (key, field) =>
    typeof field === 'number' && /(^at|At)$/.test(key) ? isoTime(field) : field,
  );
  return JSON.parse(json);
}

function noSuchMessage(key: string): PhaserLinkError {
  const text = `no mail with the Message-ID ${key} has come; give a Message-ID as it stands in the mail, or the number of a job or of a mail in quarantine`;
  return new PhaserLinkError({ code: 'no-such-message', retry: 'permanent', text });
}
