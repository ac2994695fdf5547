/** The stages from a fetched mail to a durable job: read, judge, commit. */
import { errorText, isSystemError, isTemporary, LimitError, PhaserLinkError } from '#base/errors.js';
import type { Log } from '#base/log.js';
import type {
  Assembly,
  ContentRef,
  ContentStore,
  Job,
  RawMessage,
  Submission,
  Verdict,
} from '#vocab/line.js';
import { assemblyStep, finalVerdict, keepPiece } from './assemble-stages.js';
import { acceptedFormatsText } from './convert/make-print-ready.js';
import type { FetchedMail } from './fetch-stages.js';
import { judge as judgeSubmission } from './intake/judge.js';
import { readMessage } from './intake/read-message.js';
import { contentDigestOf } from './jobs/content-digest.js';
import type { Desk } from './jobs/desk.js';
import type { Lease } from './jobs/leases.js';
import type { TrailStep } from './jobs/messages.js';
import type { Line } from './line.js';
import { composeNotices } from './report/compose-notice.js';
import { composeRefusal } from './report/compose-refusal.js';

/** What *read* leaves: a submission, or why the mail could not be read. */
export type Reading = { submission: Submission; unreadable: null } | Unreadable;

interface Unreadable {
  submission: null;
  unreadable: string;
  error: unknown;
}

/** A mail with what *read* found. */
export interface ReadMail extends FetchedMail {
  reading: Reading;
}

/** A mail whose fate is in the ledger. */
export interface Kept {
  /** When the ledger first knew of it; epoch milliseconds. */
  receivedAt: number;
  /** For the log, once it is on disk. */
  tell(log: Log): void;
}

/** A mail all of whose fate is in the ledger, as it went through the stages. */
type KeptMail = ReadMail & Kept;

export async function read(line: Line, mails: readonly FetchedMail[]): Promise<ReadMail[]> {
  const read: ReadMail[] = [];
  for (const { listed, message } of mails) {
    const reading = await readOrPutAside(message, line.spool);
    if (reading.submission === null) tellPutAside(line, message, reading);
    read.push({ listed, message, reading });
  }
  return read;
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

function putAside(line: Line, message: RawMessage, error: unknown): Unreadable {
  const reading: Unreadable = { submission: null, unreadable: errorText(error), error };
  tellPutAside(line, message, reading);
  return reading;
}

function tellPutAside({ log }: Line, { uniqueId }: RawMessage, { unreadable, error }: Unreadable): void {
  const text = `mail ${uniqueId} cannot be read and is put aside: ${unreadable}`;
  log.error({ event: 'unreadable', uniqueId, error }, text);
}

/**
 * Takes the mails to the ledger's desk, one after the other; when this returns, what became of them is on disk, in one commit.
 * A mail that makes the stages at the desk fail is put aside, and the others are kept without it.
 */
export async function atDesk(
  line: Line,
  lease: Lease,
  mails: readonly ReadMail[],
  run: (desk: Desk, mail: ReadMail) => Promise<Kept>,
): Promise<KeptMail[]> {
  await line.spool.makeDurable(mails.flatMap(contentsOf));
  try {
    const kept = await line.ledger.receive(lease, async (desk) => {
      const all: KeptMail[] = [];
      for (const mail of mails)
        all.push({ ...mail, ...((await wasKept(desk, mail)) ?? (await run(desk, mail))) });
      return all;
    });
    for (const mail of kept) await sendOff(line, mail);
    return kept;
  } catch (error) {
    if (isTemporary(error) || isSystemError(error)) throw error;
    const [only, ...others] = mails;
    if (only === undefined || (others.length === 0 && only.reading.submission === null)) throw error;
    const again = others.length === 0 ? [{ ...only, reading: putAside(line, only.message, error) }] : mails;
    const kept: KeptMail[] = [];
    for (const mail of again) kept.push(...(await atDesk(line, lease, [mail], run)));
    return kept;
  }
}

/** What the ledger is going to name. */
function contentsOf({ message, reading: { submission } }: ReadMail): ContentRef[] {
  return submission === null ? [message.content] : submission.documents.map(({ content }) => content);
}

/** The very same message, of a server that gives no unique-id by which it could have been recognised unfetched. */
async function wasKept(desk: Desk, { message }: ReadMail): Promise<Kept | null> {
  const receivedAt = await desk.receivedAt(message);
  if (receivedAt === null) return null;
  const { uniqueId } = message;
  const text = `mail ${uniqueId} was handled before`;
  return { receivedAt, tell: (log) => log.info({ event: 'already-handled', uniqueId }, text) };
}

/** What is left to do when a mail's fate is on disk. */
async function sendOff({ spool, log }: Line, { message, reading, tell }: KeptMail): Promise<void> {
  if (reading.unreadable === null) await spool.remove(message.content.digest);
  tell(log);
}

export async function judge(
  line: Line,
  desk: Pick<Desk, 'findEarlier'>,
  { message, reading: { submission, unreadable } }: ReadMail,
): Promise<Verdict> {
  const verdict = submission
    ? judgeSubmission(submission, {
        allow: line.policy.allow,
        ownAddress: line.policy.from,
        duplicateOf: await findEarlier(desk, message, submission),
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

/** Everything that this mail leaves; on disk when the desk closes, and told only then. */
export async function commit(
  line: Line,
  desk: Desk,
  mail: ReadMail,
  judged: Verdict,
  assembly: Assembly | null = null,
): Promise<Kept> {
  const { message, reading } = mail;
  const { submission, unreadable } = reading;
  const { policy, clock } = line;
  const verdict = finalVerdict(judged, assembly);
  const trail = trailOf(message, submission, unreadable, judged, assembly, clock.now());
  if (submission !== null && assembly?.action === 'take') {
    return keepPiece(line, desk, { message, submission, verdict, trail }, assembly);
  }
  const accepted = submission !== null && verdict.decision !== 'refuse' ? submission : null;
  const { jobId } = await desk.keep({
    message,
    submission,
    verdict,
    trail,
    job: accepted && {
      description: accepted.description,
      sender: accepted.sender ?? '',
      notify: verdict.mayReply ? accepted.notify : [],
      documents: accepted.documents,
      leftOut: accepted.leftOut,
    },
    mails: accepted
      ? (job: Job) => composeNotices(job, { type: 'received', held: verdict.decision === 'hold' }, policy)
      : submission === null
        ? []
        : composeRefusal(submission, verdict, { ...policy, accepted: acceptedFormatsText }),
  });
  const tell = (log: Log) =>
    jobId === null ? tellRefused(log, message, verdict) : tellKept(log, jobId, submission);
  return { receivedAt: clock.now(), tell };
}

function tellRefused(log: Log, { uniqueId }: RawMessage, { mayReply, reasons }: Verdict): void {
  const text = `mail ${uniqueId} is refused; its sender is ${mayReply ? 'answered' : 'not answered'}`;
  log.info({ event: 'refused', uniqueId, mayReply, reasons }, text);
}

function tellKept(log: Log, jobId: number, submission: Submission | null): void {
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

function findEarlier(desk: Pick<Desk, 'findEarlier'>, message: RawMessage, submission: Submission) {
  const contentDigest = contentDigestOf(submission.documents);
  const { messageId } = submission;
  return desk.findEarlier({ rawDigest: message.content.digest, messageId, contentDigest });
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
  assembly: Assembly | null,
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
    ...(assembly ? [assemblyStep(assembly)] : []),
  ];
  return steps.map((step) => ({ ...step, at }));
}

export function readSteps(submission: Submission): Omit<TrailStep, 'at'>[] {
  const { sender, senderProblem, documents, leftOut, automatic, tooMuch } = submission;
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
    ...(tooMuch === null ? [] : [{ stage: 'read', decision: 'not read on', text: tooMuch }]),
    ...(automatic === null ? [] : [{ stage: 'read', decision: 'never answered', text: automatic }]),
  ];
}
