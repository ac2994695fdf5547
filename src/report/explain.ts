/** Words for `why`: what was decided on a mail and what happened to its job, line by line. */
import { isoTime } from '#base/clock.js';
import { jobStateReasons } from '#vocab/job-states.js';
import type { Job } from '#vocab/line.js';
import { pieceName } from '#vocab/split-mail.js';
import type { Asker, JobEvent } from '../jobs/job-machine.js';
import type { JobEventRecord } from '../jobs/job-rows.js';
import type { MessageRecord } from '../jobs/messages.js';
import type { OutboxFate, OutboxMail } from '../jobs/outbox.js';
import type { QuarantinedMail } from '../jobs/quarantine.js';
import { count, oneLine } from './mail-text.js';
import { interpreterError, missingPieces, missingWords, partWords } from './notice-words.js';

/** The way of one mail to its decision. What mails and printers say reaches a terminal without control characters. */
export function explainMessage(message: MessageRecord): string[] {
  const { decision, jobId } = message;
  const sender = message.sender ?? 'no certain sender';
  const outcome = jobId === null ? decision : `${decision}, job ${jobId}`;
  return [
    oneLine(
      `Mail ${message.messageId ?? 'without Message-ID'} from ${sender}, ${count(message.octets, 'octet')}, in ${message.mailbox} as ${message.uniqueId}`,
    ),
    ...message.trail.map(({ stage, decision, text, at }) => timed(at, `${stage}: ${decision}. ${text}`)),
    // Decided anew, it has the hour of that.
    timed(Math.max(message.receivedAt, message.trail.at(-1)?.at ?? 0), `kept: ${outcome}`),
  ];
}

/** Where a mail stands that could not be read, and what can be done about it; nothing when its trail says all. */
export function explainQuarantined({ id, closed, tries }: QuarantinedMail): string[] {
  if (closed !== null) return [];
  return [
    `Now in quarantine as mail ${id}, tried ${count(tries, 'time')}: see "phaserlink quarantine show ${id}", try it again with "phaserlink quarantine retry ${id}"`,
  ];
}

/** A job's history and where it stands. */
export function explainJob(job: Job, events: readonly JobEventRecord[]): string[] {
  const reasons = job.reasons.map((reason) => `${jobStateReasons[reason]} (${reason})`);
  return [
    oneLine(`Job ${job.id} "${job.description}" from ${job.sender}`),
    ...events.flatMap(({ at, event }) => [
      timed(at, eventLine(event)),
      ...findingsOf(event).map((finding) => timed(at, `in the whole: ${finding}`)),
    ]),
    `Now ${job.state}${reasons.length === 0 ? '' : `: ${reasons.join(', ')}`}`,
  ];
}

/** What was mailed about a job, and what became of each mail. */
export function explainMails(mails: readonly (OutboxMail & OutboxFate)[]): string[] {
  return mails.map(({ to, subject, sentAt, givenUpAt, lastError }) => {
    const fate = sentAt !== null ? 'mailed' : givenUpAt !== null ? 'given up' : 'waits in the outbox';
    return oneLine(`${fate}: "${subject}" to ${to}${lastError === null ? '' : ` (${lastError})`}`);
  });
}

function eventLine(event: JobEvent): string {
  switch (event.type) {
    case 'received':
      return event.held ? 'received, held' : 'received, waiting to be printed';
    case 'piece-received':
      return `${pieceName(event)} received, ${missingWords(event.missing)}`;
    case 'set-complete':
      return `all pieces are there and joined, ${event.held ? 'held' : 'waiting to be printed'}`;
    case 'set-failed':
      return `cannot be joined: ${event.text}`;
    case 'pieces-missing':
      return `given up: ${missingPieces(event)} in time`;
    case 'transforming-started':
      return 'being made ready for the printer';
    case 'transformed':
      return `ready for the printer, ${pagesWords(event.pagesExpected)} expected${event.notPrinted.map(({ document, reason }) => `; document ${document + 1} stays off the paper: ${reason}`).join('')}`;
    case 'transform-failed':
      return `cannot be printed: ${event.text} (${event.reason})`;
    case 'attempt-started':
      return `printing begins, the printer's page counter is at ${event.counterBefore ?? event.watchedBefore ?? 'an unknown value'}`;
    case 'printer-unavailable':
      return `the printer cannot be reached: ${event.text}`;
    case 'printer-job':
      return event.whole ? 'has come to the printer whole' : `is job ${event.reference} at the printer`;
    case 'taken':
      return 'the printer has taken all of it';
    case 'printer-condition':
      return `the printer ${event.source === 'watch' ? 'has' : 'is said to have'} stopped: ${event.text} (${event.condition})`;
    case 'condition-cleared':
      return 'the printer goes on';
    case 'printed':
      return `the printer came to the end, ${pagesWords(event.pages)} confirmed${event.warnings.map((text) => `; ${text}`).join('')}`;
    case 'document-failed':
      return `the interpreter gave up, ${pagesWords(event.pages)} confirmed${event.errors.map((error) => `; document ${error.document + 1}: ${interpreterError(error)}`).join('')}`;
    case 'not-printed':
      return `nothing came out: ${event.text}${event.trouble === undefined ? '' : '; the printer itself waited for a hand'}`;
    case 'outcome-unknown':
      return `nobody can know what came out: ${event.text}; ${pagesWords(event.pages)} confirmed`;
    case 'interrupted':
      return 'put back in line: nothing of it had gone to the printer';
    case 'canceled':
      return `canceled ${askerWords(event)}`;
    case 'cancel-asked':
      return `to be canceled ${askerWords(event)}, while it is being printed`;
    case 'held':
      return `held ${askerWords(event)}`;
    case 'released':
      return `released ${askerWords(event)}`;
    case 'again':
      return `to be printed${partWords(event)} ${askerWords(event)}`;
    case 'reprint':
      return `job ${event.of} once more${partWords(event)}, asked for ${askerWords(event)}`;
    case 'settled':
      return `all of it is there, said ${askerWords(event)}`;
    case 'hold-expired':
      return 'ended: nobody has said a word about it in time';
    case 'resumed':
      return `back in line: ${event.text}`;
  }
}

function askerWords({ by, who }: Asker): string {
  const role = by === 'user' ? 'by its owner' : 'by the administrator';
  return who === undefined ? role : `${role} (${who})`;
}

function findingsOf(event: JobEvent): string[] {
  return event.type === 'set-complete' ? event.findings : [];
}

function pagesWords(pages: number | null): string {
  return pages === null ? 'an unknown number of pages' : count(pages, 'page');
}

function timed(at: number, text: string): string {
  return `${isoTime(at)}  ${oneLine(text)}`;
}
