/** The stage that talks back: a reply to one of our mails, at the desk, is obeyed or answered instead of becoming a job. */
import { PhaserLinkError } from '#base/errors.js';
import type { Log } from '#base/log.js';
import type { Job, OutgoingMail, Reason, Submission, Verdict } from '#vocab/line.js';
import { judgeSender } from './intake/judge.js';
import { judgeReply, type ReplyDecision } from './intake/judge-reply.js';
import type { Desk } from './jobs/desk.js';
import type { TalkedOf } from './jobs/replies.js';
import type { Line } from './line.js';
import { findEarlier, type Kept, type ReadMail, trailOf } from './receive-stages.js';
import { composeAnswer, composeGranted, helpText, statusText } from './report/compose-answer.js';

/** What a reply has come to. */
interface Answer {
  verdict: Verdict;
  /** The job that it changed or asked about; null when it did neither. */
  jobId: number | null;
  helps: boolean;
  mails: OutgoingMail[];
}

/** Which of our mails this one answers; null for any other mail. */
export async function findAnswered(
  desk: Pick<Desk, 'findAnswered'>,
  { reading: { submission } }: ReadMail,
): Promise<TalkedOf | null> {
  if (!submission?.reply) return null;
  const answered = await desk.findAnswered(submission.reply);
  // Somebody else who writes in the same thread, a status mail forwarded to him, mails the printer for himself.
  return answered?.sender === submission.sender ? answered : null;
}

/** Decides on a reply, does what it wants, and keeps it, all together; told when the desk closes. */
export async function reply(
  line: Line,
  desk: Desk,
  { message, reading }: ReadMail,
  answered: TalkedOf,
): Promise<Kept> {
  const { submission } = reading;
  if (submission === null) throw new Error('a mail that cannot be read answers nothing');
  const answer = await answerReply(line, desk, message.content.digest, submission, answered);
  const { verdict, jobId } = answer;
  const trail = trailOf(message, submission, null, verdict, null, line.clock.now()).map((step) =>
    step.stage === 'judge' ? { ...step, stage: 'reply' } : step,
  );
  await desk.keepReply({ ...answer, message, submission, verdict, trail, answered });
  const { decision, reasons } = verdict;
  const { uniqueId } = message;
  const why = reasons.map(({ text }) => text).join(' ');
  const tell = (log: Log) =>
    log.info(
      { event: 'reply', uniqueId, job: jobId, decision, reasons },
      `mail ${uniqueId}: ${decision}; ${why}`,
    );
  return { receivedAt: line.clock.now(), leavesContent: true, tell };
}

async function answerReply(
  line: Line,
  desk: Desk,
  rawDigest: string,
  submission: Submission,
  answered: TalkedOf,
): Promise<Answer> {
  const { sender, senderProblem } = submission;
  const { allow, from } = line.policy;
  const duplicateOf = await findEarlier(desk, rawDigest, submission);
  const found = judgeSender(sender, senderProblem, { allow, ownAddress: from, duplicateOf });
  if ('decision' in found) return { verdict: found, jobId: null, helps: false, mails: [] };
  const job = await desk.job(answered.jobId);
  if (job === null) throw new Error(`mail ${answered.id} of the outbox is about no job`);
  const decision = judgeReply(submission, answered);
  switch (decision.action) {
    case 'wish':
      return grant(line, desk, submission, answered, job, decision);
    case 'tell': {
      const mails = answerWith(line, submission, job, decision.what, [decision.reason]);
      return { ...accepted(job.id, [found, decision.reason]), mails };
    }
    case 'refuse': {
      const { reason, silently } = decision;
      const mails = silently ? [] : answerWith(line, submission, job, 'refused', [reason]);
      const verdict = verdictOfReply(decision);
      return { verdict, jobId: null, mails, helps: !silently && reason.code === 'reply-unclear' };
    }
  }
}

async function grant(
  line: Line,
  desk: Desk,
  submission: Submission,
  answered: TalkedOf,
  job: Job,
  { wish, reason }: Extract<ReplyDecision, { action: 'wish' }>,
): Promise<Answer> {
  const { policy, contents } = line;
  const asker = { by: 'user', who: submission.sender ?? '' } as const;
  try {
    const granted = await desk.grant(answered, wish, asker, (content) => contents.has(content));
    const mails = composeGranted(granted.job, granted.event, submission.messageId, policy);
    return { ...accepted(granted.job.id, [reason]), mails };
  } catch (error) {
    if (!(error instanceof PhaserLinkError) || error.code !== 'wish-refused') throw error;
    const refusal = { code: error.code, text: `${capital(error.message)}.` };
    const verdict = verdictOfReply({ action: 'refuse', reason: refusal, silently: false });
    const mails = answerWith(line, submission, job, 'refused', [refusal]);
    return { verdict, jobId: null, helps: false, mails };
  }
}

function answerWith(
  { policy, clock }: Line,
  { messageId }: Submission,
  job: Job,
  what: 'status' | 'help' | 'refused',
  reasons: readonly Reason[],
): OutgoingMail[] {
  const why = reasons.map(({ text }) => text).join(' ');
  const texts = {
    status: statusText(job, clock.now()),
    help: helpText(job),
    refused: `${why}\n\n${helpText(job)}`,
  };
  return composeAnswer(job, { event: what, text: texts[what], reasons, inReplyTo: messageId }, policy);
}

function accepted(jobId: number, reasons: Reason[]): Omit<Answer, 'mails'> {
  return { verdict: { decision: 'accept', reasons, mayReply: true }, jobId, helps: false };
}

/** As far as the mail alone decides it. */
export function verdictOfReply(decision: ReplyDecision): Verdict {
  const isRefused = decision.action === 'refuse';
  return {
    decision: isRefused ? 'refuse' : 'accept',
    reasons: [decision.reason],
    mayReply: !(isRefused && decision.silently),
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
