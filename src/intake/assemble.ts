/** Decides what follows of a piece of a split mail: pure, from the piece and what came of its set before, with the reason. */
import type { Assembly, Reason, SetFacts, SetSoFar, Submission, SubmittedDocument } from '#vocab/line.js';
import { type PieceLabel, pieceName } from '#vocab/split-mail.js';

export interface SplitMailLimits {
  maxPieces: number;
  /** What the pieces of one job may hold together. */
  maxJobBytes: number;
  /** How long missing pieces are waited for, counted from the last piece that came; in milliseconds. */
  waitForMissing: number;
  /** How many split mails may be incomplete at a time, of one sender and in all. */
  maxUnfinishedPerSender: number;
  maxUnfinished: number;
}

export interface AssembleFacts extends SetFacts {
  now: number;
  limits: SplitMailLimits;
}

/** Of an accepted mail that is a piece; whoever may not print never comes here. */
export function assemble(
  { piece, documents }: Pick<Submission, 'documents'> & { piece: NonNullable<Submission['piece']> },
  facts: AssembleFacts,
): Assembly {
  if (piece.label === null) {
    const text = `The mail is a piece of a split mail, but ${piece.problem}.`;
    return { action: 'refuse', reason: { code: 'piece-unclear', text }, silently: false };
  }
  const { label } = piece;
  const [document, ...others] = documents;
  if (document === undefined || others.length > 0) {
    const found = document === undefined ? 'none' : `${documents.length}`;
    return refuse(label, 'piece-malformed', `has to carry one attachment, and has ${found}`);
  }
  const { digest } = document.content;
  if (label.pieceDigest !== null && label.pieceDigest !== digest) {
    const text = `arrived damaged: its SHA-256 is ${digest} instead of ${label.pieceDigest}. Send this piece again`;
    return refuse(label, 'piece-damaged', text);
  }
  return place(label, document, facts);
}

function refuse(label: PieceLabel, code: string, text: string, silently = false): Assembly {
  const reason = { code, text: `${capital(pieceName(label))} ${text}.` };
  return { action: 'refuse', reason, silently };
}

/** Of this piece its sender has heard already, or will not want to hear. */
function ignore(label: PieceLabel, code: string, text: string): Assembly {
  return refuse(label, code, text, true);
}

function place(label: PieceLabel, document: SubmittedDocument, facts: AssembleFacts): Assembly {
  const { open, joinedInto, ended, limits, now } = facts;
  if (joinedInto !== null) {
    return ignore(label, 'already-received', `has been received before and is part of job ${joinedInto}`);
  }
  if (open !== null) {
    const problem = setProblem(label, document, open);
    if (problem === null && open.sameNumber !== null) {
      return ignore(label, 'piece-repeated', `has come before, for job ${open.jobId}; it is ignored`);
    }
    return take(label, document, open, problem ?? limitProblem(label, document, facts));
  }
  // Pieces of a job that has failed may still be on their way; a set that begins with one of them could never be complete.
  if (ended !== null && now < ended.lastPieceAt + limits.waitForMissing) {
    return ignore(label, 'set-ended', `belongs to job ${ended.jobId}, which has ended; it is not taken`);
  }
  return take(label, document, null, limitProblem(label, document, facts) ?? crowdProblem(facts));
}

/** What of the piece does not go together with the pieces before it. */
function setProblem(label: PieceLabel, { content }: SubmittedDocument, open: SetSoFar): string | null {
  const { number, total, jobDigest } = label;
  if (total !== null && open.total !== null && total !== open.total) {
    return `one piece says that there are ${open.total} pieces, another one ${total}`;
  }
  const known = total ?? open.total;
  const highest = Math.max(number, open.highest);
  if (known !== null && highest > known) return `there is a piece ${highest}, but only ${known} should be`;
  if (jobDigest !== open.jobDigest) return 'its pieces name different SHA-256 of the whole';
  if (open.sameNumber !== null && open.sameNumber !== content.digest) {
    return `piece ${number} came twice, with different content`;
  }
  return null;
}

function limitProblem(
  { number, total }: PieceLabel,
  { content }: SubmittedDocument,
  { open, limits: { maxPieces, maxJobBytes } }: AssembleFacts,
): string | null {
  if (Math.max(number, total ?? 0) > maxPieces) {
    return `it has more than ${maxPieces} pieces, and that is too many; make larger pieces`;
  }
  if ((open?.bytes ?? 0) + content.bytes > maxJobBytes) {
    return `its pieces hold more than ${maxJobBytes} bytes, and that is too much`;
  }
  return null;
}

function crowdProblem({ unfinished, limits }: AssembleFacts): string | null {
  if (unfinished.ofSender >= limits.maxUnfinishedPerSender) {
    return `${unfinished.ofSender} other split mails of yours are incomplete; send the rest of them first`;
  }
  if (unfinished.inAll >= limits.maxUnfinished) {
    return `${unfinished.inAll} other split mails are incomplete; send it again later`;
  }
  return null;
}

function take(
  label: PieceLabel,
  document: SubmittedDocument,
  open: SetSoFar | null,
  failure: string | null,
): Assembly {
  const total = label.total ?? open?.total ?? null;
  const missing = total === null ? null : Math.max(0, total - (open?.pieces ?? 0) - 1);
  return {
    action: 'take',
    reason: reasonOf(label, open, failure, missing),
    label,
    document,
    jobId: open?.jobId ?? null,
    total,
    missing,
    failure,
  };
}

function reasonOf(
  label: PieceLabel,
  open: SetSoFar | null,
  failure: string | null,
  missing: number | null,
): Reason {
  const name = capital(pieceName(label));
  const role = open === null ? 'begins a job' : `belongs to job ${open.jobId}`;
  if (failure !== null) return { code: 'set-failed', text: `${name} ${role}, which fails: ${failure}.` };
  const rest =
    missing === null
      ? 'how many are missing is not known yet'
      : missing === 0
        ? 'none is missing'
        : `${missing} missing`;
  return { code: open === null ? 'set-begun' : 'piece-added', text: `${name} ${role}; ${rest}.` };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
