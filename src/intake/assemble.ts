/** Decides what follows of a piece of a split mail: pure, from the piece and what came of its set before, with the reason. */
import type { Reason, Submission, SubmittedDocument } from '#vocab/line.js';
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

/** What has come of a set that is not joined yet. */
export interface SetSoFar {
  jobId: number;
  total: number | null;
  jobDigest: string | null;
  pieces: number;
  bytes: number;
  /** The highest number that has come. */
  highest: number;
  /** The digest of the piece that came before under the number of this one, if any did. */
  sameNumber: string | null;
}

/** The ledger's knowledge around one piece: sets of its sender with its form and id. */
export interface AssembleFacts {
  now: number;
  limits: SplitMailLimits;
  /** The set that is still waited for. */
  open: SetSoFar | null;
  /** The job that this very piece was joined into before. */
  joinedInto: number | null;
  /** The newest set that ended without being joined. */
  ended: { jobId: number; lastPieceAt: number } | null;
  unfinished: { ofSender: number; inAll: number };
}

export type Assembly =
  /** `silently`: the sender is not answered, who expects no answer or has had one. */
  { action: 'refuse'; reason: Reason; silently: boolean } | TakenPiece;

export interface TakenPiece {
  action: 'take';
  reason: Reason;
  label: PieceLabel;
  /** The bytes of the piece. */
  document: SubmittedDocument;
  /** The job that the piece belongs to; null for a set that begins with it. */
  jobId: number | null;
  /** How many pieces the set has, as far as it is known now. */
  total: number | null;
  /** How many of them are missing now; null while the total is not known. */
  missing: number | null;
  /** Why the job fails of this piece, in words; null for most. */
  failure: string | null;
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

function refuse(label: PieceLabel, code: string, text: string): Assembly {
  return {
    action: 'refuse',
    reason: { code, text: `${capital(pieceName(label))} ${text}.` },
    silently: false,
  };
}

function ignore(label: PieceLabel, code: string, text: string): Assembly {
  return { ...refuse(label, code, text), silently: true } as Assembly;
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
  const missing = total === null ? null : total - (open?.pieces ?? 0) - 1;
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
