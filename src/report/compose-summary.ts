/** The administrator's summary of mails that were refused: strangers get no reply, this is it. */
import { isoTime } from '#base/clock.js';
import type { OutgoingMail, Reason } from '#vocab/line.js';
import { count, formatSubject, oneLine } from './mail-text.js';

/** How many senders one summary names. */
const maxListed = 100;

/** A mail that got nowhere, as the ledger keeps it. */
export interface RefusedMail {
  sender: string | null;
  reasons: readonly Reason[];
  /** Epoch milliseconds. */
  receivedAt: number;
}

interface SenderTally {
  sender: string;
  mails: number;
  last: RefusedMail;
}

/** One mail to the administrator; none when there is nothing to tell. */
export function composeSummary(
  mails: readonly RefusedMail[],
  facts: { printerName: string; to: string },
): OutgoingMail[] {
  if (mails.length === 0) return [];
  const tallies = tallyBySender(mails);
  const sentence = `${count(mails.length, 'mail')} to ${oneLine(facts.printerName)} got nowhere. No stranger was answered.`;
  return [
    {
      to: facts.to,
      subject: formatSubject(facts.printerName, `${count(mails.length, 'mail')} not accepted`),
      text: `${sentence}\n\n${section('Refused, by sender:', tallies.map(tallyLine))}\n`,
      inReplyTo: null,
      autoSubmitted: 'auto-generated',
    },
  ];
}

/** The most frequent sender first. */
function tallyBySender(mails: readonly RefusedMail[]): SenderTally[] {
  const tallies = new Map<string, SenderTally>();
  for (const mail of mails) {
    const sender = mail.sender ?? 'no certain sender';
    const tally = tallies.get(sender);
    if (!tally) tallies.set(sender, { sender, mails: 1, last: mail });
    else {
      tally.mails += 1;
      if (mail.receivedAt >= tally.last.receivedAt) tally.last = mail;
    }
  }
  return [...tallies.values()].sort((a, b) => b.mails - a.mails);
}

function tallyLine({ sender, mails, last }: SenderTally): string {
  return `${oneLine(sender)}: ${count(mails, 'mail')}, last ${isoTime(last.receivedAt)}, ${reasonWords(last)}`;
}

function reasonWords({ reasons }: RefusedMail): string {
  return reasons.map(({ text }) => oneLine(text)).join('; ') || 'no reason kept';
}

function section(heading: string, lines: readonly string[]): string {
  const more = lines.length > maxListed ? [`and ${lines.length - maxListed} more`] : [];
  return [heading, ...[...lines.slice(0, maxListed), ...more].map((line) => `  ${line}`)].join('\n');
}
