/** The administrator's mail about mails that could not be read: what they are, and what can be done about them. */
import { isoTime } from '#base/clock.js';
import type { HeaderLine, OutgoingMail } from '#vocab/line.js';
import { count, formatSubject, oneLine } from './mail-text.js';

/** How much of each of them is shown, in characters. */
const maxShownLength = 100;

/** A mail in quarantine, as the ledger keeps it. */
export interface QuarantinedFacts {
  id: number;
  /** Epoch milliseconds. */
  receivedAt: number;
  message: { octets: number };
  header: readonly HeaderLine[];
  error: string;
}

/** One mail to the administrator about `untold.count` mails, some of them in detail; none when there is nothing to tell. */
export function composeQuarantine(
  untold: { mails: readonly QuarantinedFacts[]; count: number },
  facts: { printerName: string; to: string },
): OutgoingMail[] {
  const { mails, count: all } = untold;
  if (all === 0) return [];
  const more = all - mails.length;
  const paragraphs = [
    `${count(all, 'mail')} to ${oneLine(facts.printerName)} could not be read and ${all === 1 ? 'is' : 'are'} in quarantine. Other mails go on; nobody was answered.`,
    ...mails.map(mailLines),
    ...(more > 0 ? [`and ${more} more`] : []),
    whatToDo(mails[0]?.id ?? null),
  ];
  return [
    {
      to: facts.to,
      subject: formatSubject(facts.printerName, `${count(all, 'mail')} in quarantine`),
      text: `${paragraphs.join('\n\n')}\n`,
      inReplyTo: null,
      autoSubmitted: 'auto-generated',
    },
  ];
}

function whatToDo(id: number | null): string {
  const commands = [
    ['list', 'see all'],
    [`show ${id ?? 'NUMBER'}`, 'see its header, and where its bytes are'],
    [`retry ${id ?? 'NUMBER'}`, 'try it again, for example after an update'],
    [`drop ${id ?? 'NUMBER'}`, 'remove its bytes'],
  ];
  const width = Math.max(...commands.map(([words = '']) => words.length));
  const lines = commands.map(
    ([words = '', what]) => `  phaserlink quarantine ${words.padEnd(width)}  ${what}`,
  );
  return ['What you can do, on the machine of the Printing Server:', ...lines].join('\n');
}

/** What a field of the header says, in one harmless line; empty when it was not seen. */
export function seenInHeader(header: readonly HeaderLine[], name: string, limit = maxShownLength): string {
  return oneLine(header.find((field) => field.name === name)?.value ?? '', limit);
}

function mailLines({ id, receivedAt, message, header, error }: QuarantinedFacts): string {
  const from = seenInHeader(header, 'from') || 'unknown';
  const subject = seenInHeader(header, 'subject') || 'unknown';
  return [
    `Mail ${id}, received ${isoTime(receivedAt)}, ${count(message.octets, 'octet')}`,
    `  From:    ${from}`,
    `  Subject: ${subject}`,
    `  Error:   ${oneLine(error)}`,
  ].join('\n');
}
