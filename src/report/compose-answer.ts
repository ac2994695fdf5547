/** What a sender hears who has replied to one of our mails. */
import { isoTime } from '#base/clock.js';
import { jobStateReasons } from '#vocab/job-states.js';
import type { Job, OutgoingMail, Reason } from '#vocab/line.js';
import { replyWords } from '#vocab/wishes.js';
import type { JobEvent } from '../jobs/job-machine.js';
import { jobBlock, type NoticeFacts, noticeBlock } from './compose-notice.js';
import { type BlockLine, formatMailText, formatSubject, oneLine } from './mail-text.js';
import { eventWords } from './notice-words.js';

/** The answer to a wish that was granted, whatever notices the job's sender wants. */
export function composeGranted(
  job: Job,
  event: JobEvent,
  inReplyTo: string | null,
  facts: NoticeFacts,
): OutgoingMail[] {
  return answer(job, eventWords(job, event), noticeBlock(job, event, facts), inReplyTo, facts);
}

/** The answer to a reply that has changed nothing. */
export function composeAnswer(
  job: Job,
  said: { event: string; text: string; reasons: readonly Reason[]; inReplyTo: string | null },
  facts: NoticeFacts,
): OutgoingMail[] {
  const reasons = said.reasons.map(({ code, text }): BlockLine => ['Reason', `${code}: ${text}`]);
  const block = [...jobBlock(job, said.event, facts), ...reasons];
  return answer(job, said.text, block, said.inReplyTo, facts);
}

function answer(
  job: Job,
  text: string,
  block: readonly BlockLine[],
  inReplyTo: string | null,
  { printerName, from }: NoticeFacts,
): OutgoingMail[] {
  // RFC 3834 §2: our own mail is never answered.
  if (job.sender === from.toLowerCase()) return [];
  return [
    {
      to: job.sender,
      subject: formatSubject(printerName, 'Answer', job.description),
      text: formatMailText(text, block),
      inReplyTo,
      autoSubmitted: 'auto-replied',
    },
  ];
}

/** How a job stands, in a sentence. */
export function statusText(
  { id, state, reasons, description, pages, completedAt }: Job,
  now: number,
): string {
  const why = reasons.map((reason) => jobStateReasons[reason]).join('; ');
  const { confirmed, expected } = pages;
  const counted =
    confirmed === null ? '' : ` ${confirmed} of ${expected ?? 'an unknown number of'} pages are confirmed.`;
  const when = completedAt === null ? `at ${isoTime(now)}` : `since ${isoTime(completedAt)}`;
  return `Job ${id}, "${oneLine(description)}", is ${state} ${when}${why === '' ? '' : `: ${why}`}.${counted}`;
}

/** The words that can be replied, for whoever has asked or has used others. */
export function helpText({ id }: Pick<Job, 'id'>): string {
  const width = Math.max(...replyWords.map(([words]) => words.length));
  const lines = replyWords.map(([words, meaning]) => `  ${words.padEnd(width)}  ${meaning}`);
  return [`Reply to this mail with one of these in the first line, and job ${id} obeys:`, '', ...lines].join(
    '\n',
  );
}
