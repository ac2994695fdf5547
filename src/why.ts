/** The command `phaserlink why`: what did happen to a mail or a job, stage by stage, out of the ledger. */
import { isoTime } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import type { Ledger } from './jobs/ledger.js';
import { noSuchJob, reportJob, withLedger } from './jobs-report.js';
import { explainJob, explainMails, explainMessage } from './report/explain.js';

/** The way of a mail and its job: in words for people, as data for programs. */
export interface WhyReport {
  lines: string[];
  data: unknown;
}

/** `key` is a job's number or a Message-ID, with or without its angle brackets. */
export function why(config: string, key: string): Promise<WhyReport> {
  return withLedger(config, async (ledger) => {
    if (/^\d{1,15}$/.test(key)) return explain(ledger, Number(key));
    const message = await ledger.messageById(key);
    if (message === null) throw noSuchMessage(key);
    if (message.jobId !== null) return explain(ledger, message.jobId);
    return {
      lines: explainMessage(message),
      data: { messages: [dated(message)], job: null, events: [], mails: [] },
    };
  });
}

async function explain(ledger: Ledger, jobId: number): Promise<WhyReport> {
  const job = await ledger.job(jobId);
  if (job === null) throw noSuchJob(String(jobId));
  const messages = await ledger.messagesOf(jobId);
  const events = await ledger.jobEvents(jobId);
  const mails = await ledger.mailsOf(jobId);
  return {
    lines: [...messages.flatMap(explainMessage), ...explainJob(job, events), ...explainMails(mails)],
    data: {
      messages: messages.map(dated),
      job: reportJob(job, await ledger.openSets()),
      events: events.map(dated),
      mails: mails.map(({ text: _text, ...mail }) => dated(mail)),
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
  const text = `no mail with the Message-ID ${key} has come; give a Message-ID as it stands in the mail, or a job's number`;
  return new PhaserLinkError({ code: 'no-such-message', retry: 'permanent', text });
}
