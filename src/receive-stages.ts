/** The stages from the maildrop to a durable job: fetch, read, judge, assemble, commit. */
import { errorText, isSystemError, LimitError, PhaserLinkError } from '#base/errors.js';
import type { ContentStore, Job, RawMessage, Submission, Verdict } from '#vocab/line.js';
import { acceptedFormatsText } from './convert/make-print-ready.js';
import { judge as judgeSubmission } from './intake/judge.js';
import { readMessage } from './intake/read-message.js';
import { contentDigestOf } from './jobs/content-digest.js';
import type { Lease } from './jobs/leases.js';
import type { TrailStep } from './jobs/messages.js';
import { holdLease, type Line } from './line.js';
import type { ListedMessage, MailboxSession } from './mail/mailbox.js';
import { composeNotices } from './report/compose-notice.js';
import { composeRefusal } from './report/compose-refusal.js';

/** A larger mail is not fetched. */
export const maxMessageBytes = 256 * 1024 * 1024;

/** A mail is in the spool as it came and, until it is committed, once more as its documents. */
const roomForEachOctet = 2;

/** What *read* leaves: a submission, or why the mail could not be read. */
export type Reading =
  | { submission: Submission; unreadable: null }
  | { submission: null; unreadable: string; error: unknown };

/** Opens the maildrop and closes it whatever happens; without QUIT nothing is deleted. */
export async function withMaildrop(
  line: Line,
  signal: AbortSignal,
  run: (maildrop: MailboxSession, lease: Lease) => Promise<void>,
): Promise<void> {
  await holdLease(line, `mailbox:${line.mailbox.name}`, async (lease) => {
    const maildrop = await line.mailbox.open(signal);
    try {
      await run(maildrop, lease);
    } finally {
      maildrop.close();
    }
  });
}

/** A message that the ledger can know again. */
export type IdentifiedMessage = ListedMessage & { uniqueId: string };

/** The others stay on the mail server; the mailbox has logged them. */
export function hasUniqueId(listed: ListedMessage): listed is IdentifiedMessage {
  return listed.uniqueId !== null;
}

/** A mail whose fate is in the ledger was only not deleted yet: the last session broke before its QUIT was confirmed. */
export async function wasCommitted(
  { ledger, mailbox, log }: Line,
  listed: IdentifiedMessage,
): Promise<boolean> {
  const known = await ledger.findByUniqueId(mailbox.name, listed.uniqueId, listed.octets);
  if (known === null) return false;
  const { uniqueId } = listed;
  log.info(
    { event: 'already-handled', uniqueId },
    `mail ${uniqueId} was handled before; deleting it on the mail server`,
  );
  return true;
}

/** Brings a mail into the spool; null for one that stays on the server, so that it does not stop those behind it. */
export async function fetch(
  line: Line,
  maildrop: MailboxSession,
  listed: IdentifiedMessage,
): Promise<RawMessage | null> {
  const { uniqueId, octets } = listed;
  if (line.leftOnServer.has(uniqueId)) return null;
  if (octets <= maxMessageBytes && !(await hasRoom(line, listed))) return null;
  const writer = await line.spool.create();
  try {
    if (octets > maxMessageBytes) throw new LimitError('a mail', maxMessageBytes, 'octets');
    for await (const chunk of maildrop.retrieve(listed)) await writer.write(chunk);
    const content = await writer.commit();
    const text = `fetched mail ${uniqueId}, ${content.bytes} bytes`;
    line.log.info({ event: 'fetched', uniqueId, bytes: content.bytes }, text);
    return { mailbox: line.mailbox.name, uniqueId, octets, content };
  } catch (error) {
    await writer.discard();
    if (!isAboutThisMail(error)) throw error;
    line.leftOnServer.add(uniqueId);
    const text = `mail ${uniqueId} is left on the mail server: ${errorText(error)}; remove it there`;
    line.log.warn({ event: 'left-on-server', uniqueId, octets }, text);
    return null;
  }
}

/** A mail that does not fit now is left for the next look, and smaller ones go on. */
async function hasRoom({ spool, log }: Line, { uniqueId, octets }: IdentifiedMessage): Promise<boolean> {
  const { folder, freeBytes } = await spool.room();
  if (octets * roomForEachOctet <= freeBytes) return true;
  const text = `mail ${uniqueId} of ${octets} octets waits on the mail server: ${folder} has ${freeBytes} bytes free; make room there`;
  log.warn({ event: 'no-room', uniqueId, octets, folder, freeBytes }, text);
  return false;
}

function isAboutThisMail(error: unknown): boolean {
  return (
    error instanceof LimitError || (error instanceof PhaserLinkError && error.code === 'pop3-command-refused')
  );
}

export async function read(line: Line, message: RawMessage): Promise<Reading> {
  const reading = await readOrPutAside(message, line.spool);
  if (reading.submission === null) {
    const { uniqueId } = message;
    const { unreadable, error } = reading;
    const text = `mail ${uniqueId} cannot be read and is put aside: ${unreadable}`;
    line.log.error({ event: 'unreadable', uniqueId, error }, text);
  }
  return reading;
}

/** One bad mail never stops the mailbox: what the reader cannot digest is a finding about this mail. */
export async function readOrPutAside(message: RawMessage, content: ContentStore): Promise<Reading> {
  try {
    return { submission: await readMessage(message, content), unreadable: null };
  } catch (error) {
    // The disk's and the spool's trouble is not the mail's: a limit is, and so is whatever the reader breaks down with.
    const ofTheHouse = error instanceof PhaserLinkError && !(error instanceof LimitError);
    if (ofTheHouse || isSystemError(error)) throw error;
    return { submission: null, unreadable: errorText(error), error };
  }
}

export async function judge(
  line: Line,
  message: RawMessage,
  { submission, unreadable }: Reading,
): Promise<Verdict> {
  const verdict = submission
    ? judgeSubmission(submission, {
        allow: line.policy.allow,
        ownAddress: line.policy.from,
        duplicateOf: await findDuplicate(line, message, submission),
      })
    : refuseUnreadable(unreadable ?? '');
  const { decision, reasons } = verdict;
  const { uniqueId } = message;
  const { messageId = null, sender = null } = submission ?? {};
  line.log.info(
    { event: 'judged', uniqueId, messageId, sender, decision, reasons },
    `mail ${uniqueId}: ${decision}; ${reasons.map(({ text }) => text).join(' ')}`,
  );
  return verdict;
}

/** Everything that this mail leaves, in one transaction; when this returns it is on disk. */
export async function commit(
  line: Line,
  lease: Lease,
  message: RawMessage,
  { submission, unreadable }: Reading,
  verdict: Verdict,
): Promise<void> {
  const { ledger, policy, spool, log } = line;
  const accepted = submission !== null && verdict.decision !== 'refuse' ? submission : null;
  const { jobId } = await ledger.commitMessage(lease, {
    message,
    submission,
    verdict,
    trail: trailOf(message, submission, unreadable, verdict, line.clock.now()),
    job: accepted && {
      description: accepted.description,
      sender: accepted.sender ?? '',
      notify: verdict.mayReply ? accepted.notify : [],
      documents: accepted.documents,
    },
    mails: accepted
      ? (job: Job) => composeNotices(job, { type: 'received', held: verdict.decision === 'hold' }, policy)
      : submission === null
        ? []
        : composeRefusal(submission, verdict, { ...policy, accepted: acceptedFormatsText }),
  });
  if (unreadable === null) await spool.remove(message.content.digest);
  if (jobId === null) {
    const { uniqueId } = message;
    const { mayReply } = verdict;
    const text = `mail ${uniqueId} is refused; its sender is ${mayReply ? 'answered' : 'not answered'}`;
    log.info({ event: 'refused', uniqueId, mayReply, reasons: verdict.reasons }, text);
    return;
  }
  const { description = '', documents = [] } = submission ?? {};
  log.info(
    { event: 'kept', job: jobId, documents: documents.length },
    `kept as job ${jobId}: "${description}", ${documents.length === 1 ? 'one document' : `${documents.length} documents`}`,
  );
}

/** Removes content that nobody needs any more: of jobs that have ended, of refused mails, and what a crash left behind. */
export async function clearSpool({ ledger, spool }: Line): Promise<void> {
  await spool.sweep(await ledger.liveDigests());
}

async function findDuplicate(line: Line, message: RawMessage, submission: Submission) {
  const contentDigest = contentDigestOf(submission.documents);
  const { messageId } = submission;
  return line.ledger.findDuplicate({ rawDigest: message.content.digest, messageId, contentDigest });
}

/** The fate of a mail that is put aside; nobody is told, for nothing in it can be believed. */
export function refuseUnreadable(why: string): Verdict {
  const text = `the mail cannot be read: ${why}; its bytes are kept in the spool`;
  return { decision: 'refuse', reasons: [{ code: 'unreadable', text }], mayReply: false };
}

/** How the mail came to its fate, for `why`. */
export function trailOf(
  message: Pick<RawMessage, 'uniqueId' | 'content' | 'mailbox'>,
  submission: Submission | null,
  unreadable: string | null,
  verdict: Verdict,
  at: number,
): TrailStep[] {
  const { bytes } = message.content;
  const fetched = `mail ${message.uniqueId} of ${message.mailbox}, ${bytes} bytes`;
  const steps = [
    { stage: 'fetch', decision: 'fetched', text: fetched },
    ...(submission
      ? readSteps(submission)
      : [{ stage: 'read', decision: 'unreadable', text: unreadable ?? '' }]),
    ...verdict.reasons.map(({ code, text }) => ({
      stage: 'judge',
      decision: verdict.decision,
      text: `${text} (${code})`,
    })),
  ];
  return steps.map((step) => ({ ...step, at }));
}

function readSteps(submission: Submission): Omit<TrailStep, 'at'>[] {
  const { sender, senderProblem, documents, leftOut, automatic } = submission;
  const from = sender === null ? `no usable sender: ${senderProblem}` : `from ${sender}`;
  return [
    { stage: 'read', decision: 'read', text: `${from}; "${submission.description}"` },
    ...documents.map(({ name, format, content }) => ({
      stage: 'read',
      decision: 'document',
      text: `${name}: ${format}, ${content.bytes} bytes`,
    })),
    ...leftOut.map(({ name, reason }) => ({
      stage: 'read',
      decision: 'left out',
      text: `${name}: ${reason}`,
    })),
    ...(automatic === null ? [] : [{ stage: 'read', decision: 'never answered', text: automatic }]),
  ];
}
