/** Decides who may print what: a pure function from a submission and the facts around it to a verdict with its reasons. */
import type { Reason, Submission, Verdict } from '#vocab/line.js';

/** As many left-out parts a refusal names in its sentence. */
const maxNamedParts = 5;

export interface JudgeFacts {
  /** Addresses and `@domain` entries, in any case; when empty, nobody may print. */
  allow: readonly string[];
  /** Likewise: whose jobs are held until they are released. */
  hold: readonly string[];
  /** The address that our own mails come from. */
  ownAddress: string;
  /** The earlier mail that this one repeats: its job, if it became one, and how it was recognised, in words. */
  duplicateOf: { jobId: number | null; text: string } | null;
}

/** Only someone on the access list is ever answered, and never an automatic mail (RFC 3834 §2). */
export function judge(submission: Submission, facts: JudgeFacts): Verdict {
  const found = judgeSender(submission.sender, submission.senderProblem, facts);
  return 'decision' in found ? found : judgeContent(submission, found, facts);
}

/** Who may print at all, and whether the mail is new; for a mail that may print, by which entry of the list. */
export function judgeSender(
  sender: string | null,
  senderProblem: string | null,
  facts: Omit<JudgeFacts, 'hold'>,
): Verdict | Reason {
  if (sender === facts.ownAddress.toLowerCase()) {
    return refuseSilently(
      'own-mail',
      'The mail comes from the Printing Server itself, which never answers or prints its own mail.',
    );
  }
  if (sender === null) {
    return refuseSilently(
      'sender-unclear',
      `Who sent the mail is not clear: ${senderProblem ?? 'it names no sender'}.`,
    );
  }
  if (facts.allow.length === 0) {
    return refuseSilently(
      'nobody-allowed',
      `The access list is empty, so nobody may print, ${sender} neither. Add addresses or @domains to access.allow.`,
    );
  }
  const entry = facts.allow.find((candidate) => entryMatches(candidate, sender));
  if (entry === undefined) {
    return refuseSilently(
      'sender-not-allowed',
      `${sender} may not print: no entry of the access list matches.`,
    );
  }
  if (facts.duplicateOf !== null) {
    const { jobId, text } = facts.duplicateOf;
    const job = jobId === null ? '' : `, as job ${jobId}`;
    return refuseSilently('already-received', `The mail has been received before${job}: ${text}.`);
  }
  return { code: 'sender-allowed', text: `${sender} may print: the access list has "${entry}".` };
}

/** What an allowed sender's mail holds. */
function judgeContent(submission: Submission, allowed: Reason, { hold }: JudgeFacts): Verdict {
  const mayReply = submission.automatic === null;
  const silence: Reason[] = mayReply
    ? []
    : [
        {
          code: 'automatic-mail',
          text: `The sender gets no answer, because the mail was sent automatically: ${submission.automatic}.`,
        },
      ];
  const refusal = contentProblem(submission);
  if (refusal !== null) return { decision: 'refuse', reasons: [refusal, ...silence], mayReply };
  const held = holdReason(submission, hold);
  const reasons = [allowed, ...(held === null ? [] : [held]), ...silence];
  return { decision: held === null ? 'accept' : 'hold', reasons, mayReply };
}

/** By its sender's own wish, or by the administrator's rule. */
function holdReason({ hold, sender }: Submission, rule: readonly string[]): Reason | null {
  if (hold) return { code: 'hold-asked', text: 'It is held until it is released, as the mail asks for.' };
  const entry = rule.find((candidate) => entryMatches(candidate, sender ?? ''));
  if (entry === undefined) return null;
  return { code: 'hold-rule', text: `It is held until it is released: access.hold has "${entry}".` };
}

function contentProblem(submission: Submission): Reason | null {
  if (submission.tooMuch !== null) {
    const text = `Nothing of the mail is printed, for it is too much: ${submission.tooMuch}. Send less at once.`;
    return { code: 'too-much', text };
  }
  // What a piece may hold is for *assemble* to say.
  if (submission.piece !== null) return null;
  if (submission.documents.length > 0) return null;
  const leftOut = submission.leftOut
    .filter(({ kind }) => kind !== 'letter')
    .slice(0, maxNamedParts)
    .map(({ name, reason }) => ` "${name}" was left out: ${reason}.`)
    .join('');
  return {
    code: 'no-document',
    text: `The mail holds no document.${leftOut} Attach a PostScript file, or send PostScript as the text of the mail; it begins with %!.`,
  };
}

function refuseSilently(code: string, text: string): Verdict {
  return { decision: 'refuse', reasons: [{ code, text }], mayReply: false };
}

/** `@domain` stands for every address of exactly that domain, none of its sub-domains. */
function entryMatches(entry: string, sender: string): boolean {
  const wanted = entry.toLowerCase();
  return wanted.startsWith('@') ? sender.slice(sender.lastIndexOf('@')) === wanted : sender === wanted;
}
