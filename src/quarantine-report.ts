/** What `phaserlink quarantine` shows of a mail that could not be read, for programs and for people. */
import { isoTime } from '#base/clock.js';
import type { HeaderLine } from '#vocab/line.js';
import type { MessageRecord } from './jobs/messages.js';
import type { QuarantinedMail, QuarantineEnd } from './jobs/quarantine.js';
import { formatTable } from './jobs-report.js';
import { seenInHeader } from './report/compose-quarantine.js';
import { explainMessage } from './report/explain.js';
import { count, oneLine } from './report/mail-text.js';

/** As `--json` gives it; times are ISO 8601. */
export interface QuarantineReport {
  mail: number;
  /** `read` and `displaced` as the ledger has it; only in quarantine it can be tried again. */
  state: 'in quarantine' | QuarantineEnd;
  receivedAt: string;
  bytes: number;
  /** What its header seems to say; null where it could not be seen. */
  from: string | null;
  subject: string | null;
  messageId: string | null;
  error: string;
  /** How often it was tried in vain. */
  tries: number;
  lastTriedAt: string;
  closedAt: string | null;
  job: number | null;
}

/** One mail with all that is known of it. */
export interface QuarantineDetails extends QuarantineReport {
  header: HeaderLine[];
  /** Where its bytes are, as they came; null when they are gone. */
  file: string | null;
  /** The way to its present state, line by line. */
  history: string[];
}

export interface RetryReport extends QuarantineReport {
  /** What the new try came to. */
  decision: MessageRecord['decision'];
  reasons: MessageRecord['reasons'];
}

const maxTableCell = 30;

export function reportQuarantined(mail: QuarantinedMail): QuarantineReport {
  const { closed, header } = mail;
  return {
    mail: mail.id,
    state: closed === null ? 'in quarantine' : closed.as,
    receivedAt: isoTime(mail.receivedAt),
    bytes: mail.message.content.bytes,
    from: seenInHeader(header, 'from') || null,
    subject: seenInHeader(header, 'subject') || null,
    messageId: mail.messageId,
    error: oneLine(mail.error),
    tries: mail.tries,
    lastTriedAt: isoTime(mail.triedAt),
    closedAt: closed === null ? null : isoTime(closed.at),
    job: closed?.jobId ?? null,
  };
}

export function detailQuarantined(
  mail: QuarantinedMail,
  record: MessageRecord,
  fileOf: (mail: QuarantinedMail) => string,
): QuarantineDetails {
  return {
    ...reportQuarantined(mail),
    header: mail.header,
    file: mail.closed === null ? fileOf(mail) : null,
    history: explainMessage(record),
  };
}

/** One line a mail. */
export function formatQuarantine(mails: readonly QuarantineReport[]): string {
  if (mails.length === 0) return 'No mail is in quarantine.\n';
  const rows = mails.map(({ mail, receivedAt, bytes, from, subject, error }) => [
    String(mail),
    receivedAt.slice(0, 16).replace('T', ' '),
    String(bytes),
    oneLine(from ?? '-', maxTableCell),
    oneLine(subject ?? '-', maxTableCell),
    error,
  ]);
  return formatTable([['Mail', 'Received (UTC)', 'Bytes', 'From', 'Subject', 'Error'], ...rows]);
}

export function formatQuarantined(details: QuarantineDetails): string {
  const { mail, bytes, file, header, history } = details;
  const table = formatTable([
    ['Mail', String(mail)],
    ['State', stateWords(details)],
    ['Error', details.error],
    ['Tried', `${count(details.tries, 'time')}, last ${details.lastTriedAt}`],
    ['Received', details.receivedAt],
    ['Size', count(bytes, 'byte')],
    ['Bytes', file ?? 'gone'],
  ]);
  const fields = header.map(({ name, value }) => oneLine(`${name}: ${value}`));
  return [
    table,
    section('What can be seen of its header:', fields.length > 0 ? fields : ['nothing']),
    section('Its way:', history),
  ].join('\n');
}

export function formatRetry(report: RetryReport): string {
  const { mail, state, job, reasons, error, tries } = report;
  const why = reasons.map(({ text }) => oneLine(text)).join(' ');
  if (state === 'in quarantine')
    return `Mail ${mail} is still in quarantine, tried ${count(tries, 'time')}: ${error}\n`;
  return job === null
    ? `Mail ${mail} was read and is refused: ${why}\n`
    : `Mail ${mail} is job ${job}: ${why}\n`;
}

function stateWords({ state, closedAt, job, mail }: QuarantineReport): string {
  switch (state) {
    case 'in quarantine':
      return `in quarantine: "phaserlink quarantine retry ${mail}" tries it again`;
    case 'read':
      return `read at last, ${closedAt}: ${job === null ? 'refused' : `job ${job}`}`;
    case 'dropped':
      return `dropped, ${closedAt}`;
    case 'displaced':
      return `gone, ${closedAt}: newer mails needed the room; it must be sent again`;
  }
}

function section(heading: string, lines: readonly string[]): string {
  return [heading, ...lines.map((line) => `  ${line}`), ''].join('\n');
}
