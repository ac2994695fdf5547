/** Decides what a reply to one of our mails comes to: pure, from what it says and what the ledger knows of that mail. */
import type { Reason, Submission } from '#vocab/line.js';
import type { Wish } from '#vocab/wishes.js';
import { parseReply } from './parse-reply.js';

/** The mail of ours that is answered, and its job. */
export interface AnsweredMail {
  /** The outbox's number of it. */
  id: number;
  jobId: number;
  /** Whose job it is. */
  sender: string;
  /** A reply to it has changed something before. */
  used: boolean;
  /** Its sender was told before which words are understood. */
  helped: boolean;
}

export type ReplyDecision =
  /** To be done, when the job's state allows it. */
  | { action: 'wish'; wish: Wish; reason: Reason }
  | { action: 'tell'; what: 'status' | 'help'; reason: Reason }
  | { action: 'refuse'; reason: Reason; silently: boolean };

/** Of the job's own sender, who may print; a mail of anybody else never comes here. */
export function judgeReply(
  { automatic, reply, documents }: Pick<Submission, 'automatic' | 'reply' | 'documents'>,
  answered: AnsweredMail,
): ReplyDecision {
  const job = `job ${answered.jobId}`;
  const about = `The mail answers our mail about ${job}`;
  // RFC 3834 §2: what no person has sent is neither obeyed nor answered.
  if (automatic !== null) {
    return refuse('automatic-reply', `${about}, but was sent automatically: ${automatic}.`, true);
  }
  const said = parseReply(reply?.text ?? '');
  const attached =
    documents.length === 0
      ? ''
      : ' What is attached to it is not printed: send it as a new mail, not as a reply.';
  switch (said.wish) {
    case 'unclear': {
      const line = said.line === '' ? 'says nothing in its first line' : `says "${said.line}"`;
      const text = `${about} and ${line}, which is none of the words that are understood.${attached}`;
      return refuse('reply-unclear', text, answered.helped && documents.length === 0);
    }
    case 'status':
    case 'help':
      return {
        action: 'tell',
        what: said.wish,
        reason: { code: `reply-${said.wish}`, text: `${about} and asks for ${said.wish}.${attached}` },
      };
    default:
      if (answered.used) {
        const text = `${about}, to which another reply has been obeyed already: answer the newest mail about ${job}.`;
        return refuse('reply-used', text, false);
      }
      return {
        action: 'wish',
        wish: said,
        reason: { code: 'reply-wish', text: `${about} and says ${wishText(said)}.${attached}` },
      };
  }
}

function wishText(wish: Wish): string {
  if (wish.wish !== 'again') return wish.wish;
  const from = wish.from === 1 ? '' : ` from ${wish.from}`;
  return `again${from}${wish.copies === 1 ? '' : ` copies ${wish.copies}`}`;
}

function refuse(code: string, text: string, silently: boolean): ReplyDecision {
  return { action: 'refuse', reason: { code, text }, silently };
}
