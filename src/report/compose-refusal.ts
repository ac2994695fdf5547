/** The reply to a sender who may print, but whose mail could not be taken. */
import type { OutgoingMail, Submission, Verdict } from '#vocab/line.js';
import type { NoticeFacts } from './compose-notice.js';
import { type BlockLine, formatMailText, formatSubject, leftOutWords, listed, oneLine } from './mail-text.js';

export interface RefusalFacts extends Omit<NoticeFacts, 'holdFor'> {
  /** What this printer takes, in words, for example `PostScript documents as attachments`. */
  accepted: string;
}

/** Empty when the sender must not be answered: a stranger, automatic mail, ourselves. */
export function composeRefusal(
  submission: Pick<Submission, 'sender' | 'messageId' | 'description' | 'leftOut'>,
  verdict: Verdict,
  facts: RefusalFacts,
): OutgoingMail[] {
  const { sender, messageId, description, leftOut } = submission;
  if (verdict.decision !== 'refuse' || !verdict.mayReply || sender === null) return [];
  // RFC 3834 §2: our own mail is never answered.
  if (sender === facts.from.toLowerCase()) return [];
  const named = description === '' ? 'Your mail' : `Your mail "${oneLine(description)}"`;
  // Some reasons are sentences.
  const whys = verdict.reasons.map(({ text }) => oneLine(text).replace(/\.$/, ''));
  const why = whys.join('; ') || 'no reason was given';
  const block: BlockLine[] = [
    ['Description', description],
    ['Event', 'refused'],
    ['Printer', facts.printerName],
    ...verdict.reasons.map(({ code, text }): BlockLine => ['Reason', `${code}: ${text}`]),
    // Where nothing is printed, anything but the text itself may be what the sender meant.
    ...listed('Left-Out', leftOut.filter(({ kind }) => kind !== 'letter').map(leftOutWords)),
    ['Accepted', facts.accepted],
    ...(messageId === null ? [] : [['Message-ID', messageId] as const]),
    ...(facts.contact === null ? [] : [['Contact', facts.contact] as const]),
  ];
  return [
    {
      to: sender,
      subject: formatSubject(facts.printerName, 'Not accepted', description),
      text: formatMailText(
        `${named} was not printed: ${why}. This printer takes ${oneLine(facts.accepted)}.`,
        block,
      ),
      inReplyTo: messageId,
      autoSubmitted: 'auto-replied',
    },
  ];
}
