/** What a mail's own header says of the wish to print: who sent it, what it is called, which notices are wanted. */
import { cleanForDisplay } from '#base/display-text.js';
import type { Submission } from '#vocab/line.js';
import {
  defaultNotify,
  holdHeader,
  holdMark,
  isNoticeKind,
  maxDescriptionLength,
  type NoticeKind,
  notifyHeader,
} from '#vocab/notices.js';
import { type PieceLabel, withoutPieceMark } from '#vocab/split-mail.js';
import { parseOriginator } from '#wire/address.js';
import { type HeaderField, headerValue, headerValues } from '#wire/mime-header.js';
import { decodeHeaderWords } from '#wire/mime-words.js';
import { findAutomatic } from './automatic-mail.js';
import { describePiece } from './describe-piece.js';
import { describeReply } from './describe-reply.js';

/** More of a subject than its 80 characters can take in encoded words is not looked at. */
const maxSubjectLength = 4000;
const maxNotifyLength = 1000;

interface MailHead {
  fields: readonly HeaderField[];
  mediaType: string;
  parameters: ReadonlyMap<string, string>;
}

/** `text`: the beginning of what the mail says itself. */
export function describeSubmission(
  head: MailHead,
  text: string,
): Omit<Submission, 'documents' | 'leftOut' | 'tooMuch'> {
  const { mailbox, problem } = parseOriginator(headerValues(head.fields, 'from'));
  const sender = mailbox?.address ?? null;
  const piece = describePiece(head);
  const subject = decodeHeaderWords((headerValue(head.fields, 'subject') ?? '').slice(0, maxSubjectLength));
  return {
    sender,
    senderProblem: problem,
    messageId: findMessageId(head.fields),
    description: findDescription(subject, piece?.label ?? null),
    notify: findNotify(head.fields),
    hold: wantsHold(head.fields, subject),
    reply: describeReply(head.fields, subject, text),
    automatic: findAutomatic(head.fields, head.mediaType, sender),
    piece,
  };
}

/** RFC 5322 §3.6.4; RFC 5322 §2.1.1 keeps it within a line. */
function findMessageId(fields: readonly HeaderField[]): string | null {
  const value = headerValue(fields, 'message-id') ?? '';
  return /^<[!-;=?-~]{1,996}>/.exec(value)?.[0] ?? null;
}

function findDescription(subject: string, piece: PieceLabel | null): string {
  const named = (piece === null ? subject : withoutPieceMark(subject, piece)).replaceAll(holdMark, ' ');
  return cleanForDisplay(named, maxDescriptionLength) || 'untitled';
}

function wantsHold(fields: readonly HeaderField[], subject: string): boolean {
  return (
    headerValue(fields, holdHeader.toLowerCase())?.toLowerCase() === 'yes' || subject.search(holdMark) >= 0
  );
}

function findNotify(fields: readonly HeaderField[]): NoticeKind[] {
  const value = headerValue(fields, notifyHeader.toLowerCase())?.slice(0, maxNotifyLength) ?? '';
  const wanted = value
    .toLowerCase()
    .split(/[\s,;]+/)
    .filter(isNoticeKind);
  return wanted.length === 0 ? [...defaultNotify] : [...new Set(wanted)];
}
