/** The administrator's mail about mails that could not be read: what they are, and what can be done about them. */
import { isoTime } from '#base/clock.js';
import type { HeaderLine, OutgoingMail } from '#vocab/line.js';
import { count, formatSubject, oneLine } from './mail-text.js';

/** How many mails one notice names. */
const maxListed = 50;
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

/** One mail to the administrator; none when there is nothing to tell. */
export function composeQuarantine(
  mails: readonly QuarantinedFacts[],
  facts: { printerName: string; to: string },
): OutgoingMail[] {
  const [first] = mails;
  if (first === undefined) return [];
  const listed = mails.slice(0, maxListed).map(mailLines);
  if (mails.length > maxListed) listed.push(`and ${mails.length - maxListed} more`);
  const text = [
    `${count(mails.length, 'mail')} to ${oneLine(facts.printerName)} could not be read and ${mails.length === 1 ? 'is' : 'are'} in quarantine. Other mails go on; nobody was answered.`,
    ...listed,
    [
      'What you can do, on the machine of the Printing Server:',
      `  phaserlink quarantine show ${first.id}    see its header, and where its bytes are`,
      `  phaserlink quarantine retry ${first.id}   try it again, for example after an update`,
      `  phaserlink quarantine drop ${first.id}    remove its bytes`,
      '  phaserlink quarantine list       see all',
    ].join('\n'),
  ].join('\n\n');
  const event = `${count(mails.length, 'mail')} in quarantine`;
  return [
    {
      to: facts.to,
      subject: formatSubject(facts.printerName, event),
      text: `${text}\n`,
      inReplyTo: null,
      autoSubmitted: 'auto-generated',
    },
  ];
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
