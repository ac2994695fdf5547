/** The stage *assemble*, at the desk: to which job the piece of a split mail belongs, and keeping it there. */
import type { Clock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import type {
  Assembly,
  PackedContent,
  RawMessage,
  SetFacts,
  Submission,
  TakenPiece,
  Verdict,
} from '#vocab/line.js';
import { assemble as assemblePiece, type SplitMailLimits } from './intake/assemble.js';
import type { Desk } from './jobs/desk.js';
import type { TrailStep } from './jobs/messages.js';
import type { Line } from './line.js';
import type { Kept, ReadMail } from './receive-stages.js';
import { composeNotices } from './report/compose-notice.js';

/** For the first piece that ever came. */
export const nothingBefore: SetFacts = {
  open: null,
  joinedInto: null,
  ended: null,
  unfinished: { ofSender: 0, inAll: 0 },
};

/** Null for whatever is no piece, or must not print. */
export async function assemble(
  line: Line,
  desk: Pick<Desk, 'findSets'>,
  { message, reading: { submission } }: ReadMail,
  verdict: Verdict,
): Promise<Assembly | null> {
  const assembly =
    submission && (await decideOnPiece(desk, submission, verdict, line.policy.splitMail, line.clock));
  if (assembly === null) return null;
  const { uniqueId } = message;
  const { action, reason } = assembly;
  line.log.info({ event: 'assembled', uniqueId, action, reason }, `mail ${uniqueId}: ${reason.text}`);
  return assembly;
}

/** `sets`: whoever knows what came before. */
export async function decideOnPiece(
  sets: Pick<Desk, 'findSets'>,
  { piece, documents, sender }: Submission,
  { decision }: Verdict,
  limits: SplitMailLimits,
  clock: Clock,
): Promise<Assembly | null> {
  if (piece === null || sender === null || decision === 'refuse') return null;
  const digest = documents[0]?.content.digest ?? '';
  const before =
    piece.label === null ? nothingBefore : await sets.findSets({ sender, label: piece.label, digest });
  return assemblePiece({ piece, documents }, { ...before, limits, now: clock.now() });
}

/** What *judge* and *assemble* come to together. */
export function finalVerdict(judged: Verdict, assembly: Assembly | null): Verdict {
  if (assembly?.action !== 'refuse') return judged;
  const mayReply = judged.mayReply && !assembly.silently;
  return { decision: 'refuse', reasons: [assembly.reason], mayReply };
}

/** For `why`. */
export function assemblyStep({ action, reason: { code, text } }: Assembly): Omit<TrailStep, 'at'> {
  return { stage: 'assemble', decision: action, text: `${text} (${code})` };
}

interface PieceMail {
  message: RawMessage;
  submission: Submission;
  packed: readonly PackedContent[];
  verdict: Verdict;
  trail: TrailStep[];
}

/** Keeps the piece and its mail with the job that it belongs to. */
export async function keepPiece(
  { policy, clock }: Line,
  desk: Desk,
  { packed, ...mail }: PieceMail,
  taken: TakenPiece,
): Promise<Kept> {
  const { submission, verdict } = mail;
  const { sender, description } = submission;
  const notify = verdict.mayReply ? submission.notify : [];
  const kept = await desk.keepPiece({
    ...mail,
    piece: { ...taken, sender: sender ?? '', description, notify, packed },
    mails: (job, event) => composeNotices(job, event, policy),
  });
  const { label, total, missing, failure } = taken;
  const tell = (log: Log) => {
    const fate = failure === null ? 'kept as a piece of' : 'it ends';
    const text = `mail ${mail.message.uniqueId}: ${fate} job ${kept.jobId}`;
    log.info({ event: 'piece-kept', job: kept.jobId, number: label.number, total, missing, failure }, text);
  };
  return { receivedAt: clock.now(), leavesContent: true, tell };
}
