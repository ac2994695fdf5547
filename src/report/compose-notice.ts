/** The status messages to a job's sender: *Job Printed*, *On Error* and *Trace Job*, as the sender asked for them. */
import { isoTime } from '#base/clock.js';
import { toldOf } from '#vocab/left-out.js';
import type { Job, JobDocument, OutgoingMail } from '#vocab/line.js';
import { type NoticeKind, noticeKinds } from '#vocab/notices.js';
import { numberRanges } from '#vocab/split-mail.js';
import type { JobEvent, JobEventType } from '../jobs/job-machine.js';
import { type BlockLine, formatMailText, formatSubject, leftOutWords, listed } from './mail-text.js';
import { eventWords, interpreterError } from './notice-words.js';

/** So many ranges of numbers up to 999 fit in a line of the block. */
const rangesPerLine = 50;

export interface NoticeFacts {
  printerName: string;
  /** Our own address, which we never answer. */
  from: string;
  /** Whom the sender may ask; null when the administrator names nobody. */
  contact: string | null;
  /** How long a held job waits to be released, in milliseconds. */
  holdFor: number;
}

/** Events that every *Trace Job* mail tells of; converting is no step that a sender can act on. */
const traced: ReadonlySet<JobEventType> = new Set([
  'received',
  'piece-received',
  'set-complete',
  'set-failed',
  'pieces-missing',
  'attempt-started',
  'printer-unavailable',
  'printer-condition',
  'condition-cleared',
  'printed',
  'transform-failed',
  'document-failed',
  'not-printed',
  'outcome-unknown',
  'canceled',
  'cancel-asked',
  'held',
  'released',
  'again',
  'reprint',
  'settled',
  'hold-expired',
  'resumed',
]);

/**
 * At most one mail for an event, named after the first wish that it answers. `job` is as the event has left it. For
 * one condition several times, ask once: the ledger's `apply` does.
 */
export function composeNotices(job: Job, event: JobEvent, facts: NoticeFacts): OutgoingMail[] {
  const kind = wishAnswered(job, event);
  if (kind !== null)
    return composeAbout(job, event, kind === 'held' ? 'On Hold' : noticeKinds[kind].name, facts);
  return waitsForSomebody(job, event) ? composeForContact(job, event, facts) : [];
}

function composeAbout(job: Job, event: JobEvent, name: string, facts: NoticeFacts): OutgoingMail[] {
  // RFC 3834 §2: our own mail is never answered.
  if (job.sender === facts.from.toLowerCase()) return [];
  return [
    {
      to: job.sender,
      subject: formatSubject(facts.printerName, name, job.description),
      text: formatMailText(eventWords(job, event), noticeBlock(job, event, facts)),
      inReplyTo: job.messageIds[0] ?? null,
      autoSubmitted: 'auto-replied',
    },
  ];
}

/** Nothing goes on before somebody says a word, and the sender does not want to hear of it. */
function waitsForSomebody(job: Job, { type }: JobEvent): boolean {
  return job.state === 'pending-held' && (type === 'outcome-unknown' || type === 'not-printed');
}

function composeForContact(job: Job, event: JobEvent, facts: NoticeFacts): OutgoingMail[] {
  if (facts.contact === null) return [];
  const ask = `phaserlink jobs ${job.id} tells more; jobs done, again or cancel decides.`;
  return [
    {
      to: facts.contact,
      subject: formatSubject(facts.printerName, noticeKinds.error.name, job.description),
      text: formatMailText(
        `Of ${job.sender}: ${eventWords(job, event)} ${ask}`,
        noticeBlock(job, event, facts),
      ),
      inReplyTo: null,
      autoSubmitted: 'auto-generated',
    },
  ];
}

function wishAnswered(job: Job, event: JobEvent): NoticeKind | 'held' | null {
  // Whoever may be answered at all is told of a job that waits for a word.
  if ((event.type === 'received' || event.type === 'set-complete' || event.type === 'held') && isHeld(job)) {
    return job.notify.length > 0 ? 'held' : null;
  }
  const answered: NoticeKind[] = [];
  if (isError(job, event)) answered.push('error');
  if (event.type === 'printed') answered.push('printed');
  if (traced.has(event.type)) answered.push('trace');
  return answered.find((kind) => job.notify.includes(kind)) ?? null;
}

function isError(job: Job, event: JobEvent): boolean {
  switch (event.type) {
    case 'set-failed':
    case 'pieces-missing':
    case 'transform-failed':
    case 'document-failed':
    case 'outcome-unknown':
    case 'printer-condition':
    case 'printer-unavailable':
    case 'hold-expired':
      return true;
    case 'not-printed':
      return job.state === 'pending-held' || job.state === 'canceled';
    case 'printed':
      return (
        (event.pages !== null && event.pages < (job.pages.expected ?? 1)) ||
        job.documents.some(({ notPrinted }) => notPrinted !== null) ||
        job.leftOut.some((part) => toldOf(part) === 'missed')
      );
    case 'canceled':
      return event.by === 'operator';
    default:
      return false;
  }
}

/** What stands in every mail about a job; `event`: what the mail is about, in one word. */
export function jobBlock(job: Job, event: string, facts: NoticeFacts): BlockLine[] {
  const { pages } = job;
  return [
    ['Job', String(job.id)],
    ['Description', job.description],
    ['Event', event],
    ['Printer', facts.printerName],
    ['State', job.state],
    // RFC 8011 §5.3.8: a job without reasons says "none".
    ['State-Reasons', job.reasons.join(', ') || 'none'],
    ['Pages-Expected', pages.expected === null ? 'unknown' : String(pages.expected)],
    ['Pages-Confirmed', pages.confirmed === null ? 'unknown' : String(pages.confirmed)],
    ...optional('Release-Code', job.releaseCode),
    ...optional('Held-Until', heldUntil(job, facts)),
    ...optional('Again-Of', job.againOf === null ? null : String(job.againOf)),
  ];
}

export function noticeBlock(job: Job, event: JobEvent, facts: NoticeFacts): BlockLine[] {
  const { messageIds } = job;
  return [
    ...jobBlock(job, event.type, facts),
    ...pieceLines(event),
    ...listed('Document', job.documents.map(documentWords)),
    ...listed('Left-Out', job.leftOut.filter((part) => toldOf(part) !== 'quiet').map(leftOutWords)),
    ...listed('Error', errorsOf(event, job.documents)),
    ...listed('Reason', reasonsOf(event)),
    ['Received', isoTime(job.createdAt)],
    ...optional('Completed', job.completedAt === null ? null : isoTime(job.completedAt)),
    ...optional('Message-ID', messageIds[0] ?? null),
    ...optional('Contact', facts.contact),
  ];
}

function pieceLines(event: JobEvent): BlockLine[] {
  switch (event.type) {
    case 'piece-received':
      return [
        ['Piece', event.total === null ? String(event.number) : `${event.number}/${event.total}`],
        ['Missing', event.missing === null ? 'unknown' : String(event.missing)],
      ];
    case 'pieces-missing': {
      const ranges = numberRanges(event.numbers);
      const lines = Math.ceil(ranges.length / rangesPerLine);
      return Array.from({ length: lines }, (_, line) => [
        'Missing-Numbers',
        ranges.slice(line * rangesPerLine, (line + 1) * rangesPerLine).join(', '),
      ]);
    }
    default:
      return [];
  }
}

function documentWords({ name, format, content, notPrinted }: JobDocument): string {
  const facts = `${name} (${format}, ${content.bytes} bytes)`;
  return notPrinted === null ? facts : `${facts} not printed: ${notPrinted}`;
}

function errorsOf(event: JobEvent, documents: readonly JobDocument[]): string[] {
  if (event.type !== 'document-failed') return [];
  return event.errors.map((error) => {
    const document = documents[error.document];
    return document ? `${interpreterError(error)} (${document.name})` : interpreterError(error);
  });
}

function reasonsOf(event: JobEvent): string[] {
  if (event.type === 'printed') return event.warnings;
  return 'text' in event ? [event.text] : [];
}

function isHeld({ releaseCode }: Job): boolean {
  return releaseCode !== null;
}

function heldUntil({ releaseCode, heldSince }: Job, { holdFor }: NoticeFacts): string | null {
  return releaseCode === null || heldSince === null ? null : isoTime(heldSince + holdFor);
}

function optional(key: string, value: string | null): BlockLine[] {
  return value === null ? [] : [[key, value]];
}
