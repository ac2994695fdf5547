/** The stages from a fetched mail to a durable job: read, judge, commit. */
import { errorText, isSystemError, isTemporary } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { together } from '#base/together.js';
import type {
  Assembly,
  ContentRef,
  Job,
  PackedContent,
  RawMessage,
  Submission,
  SubmittedDocument,
  Verdict,
} from '#vocab/line.js';
import { assemblyStep, finalVerdict, keepPiece } from './assemble-stages.js';
import { acceptedFormatsText } from './convert/make-print-ready.js';
import { judge as judgeSubmission } from './intake/judge.js';
import { contentDigestOf } from './jobs/content-digest.js';
import type { Desk } from './jobs/desk.js';
import type { Lease } from './jobs/leases.js';
import type { TrailStep } from './jobs/messages.js';
import { distrustSpool, type Line } from './line.js';
import type { Reading, Unreadable } from './read-apart.js';
import { composeNotices } from './report/compose-notice.js';
import { composeRefusal } from './report/compose-refusal.js';

/** A mail with what *read* found. */
export interface ReadMail {
  message: RawMessage;
  reading: Reading;
}

/** A mail whose fate is in the ledger. */
export interface Kept {
  /** When the ledger first knew of it; epoch milliseconds. */
  receivedAt: number;
  /** Whether content of it may lie in the spool that no job needs. */
  leavesContent: boolean;
  /** For the log, once it is on disk. */
  tell(log: Log): void;
}

export async function read<M extends Pick<ReadMail, 'message'>>(
  line: Line,
  mails: readonly M[],
  signal: AbortSignal,
): Promise<(M & ReadMail)[]> {
  const pack = line.spool.packs.newName();
  const readings = await together(mails.map(({ message }) => line.reader.read(message, pack, signal)));
  return mails.map((mail, place) => {
    const reading = readings[place] as Reading;
    if (reading.submission === null) tellUnreadable(line, mail.message, reading);
    return { ...mail, reading };
  });
}

function tellUnreadable({ log }: Line, { uniqueId }: RawMessage, { unreadable, stack }: Unreadable): void {
  log.error({ event: 'unreadable', uniqueId, stack }, `mail ${uniqueId} cannot be read: ${unreadable}`);
}

/** A mail that was read, but that a stage at the desk breaks down with. */
function unreadableAfterAll(
  line: Line,
  { message, reading: { submission } }: ReadMail,
  error: unknown,
): Unreadable {
  const { sender, description = '', messageId } = submission ?? {};
  const seen = { from: sender, subject: description, 'message-id': messageId };
  const header = Object.entries(seen).flatMap(([name, value]) => (value ? [{ name, value }] : []));
  const stack = error instanceof Error ? (error.stack ?? null) : null;
  const reading: Unreadable = { submission: null, unreadable: errorText(error), header, stack };
  tellUnreadable(line, message, reading);
  return reading;
}

/**
 * Takes the mails to the ledger's desk, one after the other; when this returns, what became of them is on disk, in one commit.
 * A mail that makes the stages at the desk fail is put aside, and the others are kept without it; of two copies of one message the
 * second fails, and is recognised when it comes alone.
 */
export async function atDesk<M extends ReadMail>(
  line: Line,
  lease: Lease,
  mails: readonly M[],
  run: (desk: Desk, mail: ReadMail) => Promise<Kept>,
): Promise<(M & Kept)[]> {
  for (const mail of mails) await keepUnreadable(line, mail);
  await line.contents.makeDurable(mails.flatMap(contentsOf));
  try {
    const kept = await line.ledger.receive(lease, async (desk) => {
      const all: (M & Kept)[] = [];
      const times = await desk.receivedAt(mails.map(({ message }) => message));
      for (const [place, mail] of mails.entries())
        all.push({ ...mail, ...(keptBefore(mail, times[place] ?? null) ?? (await run(desk, mail))) });
      return all;
    });
    if (kept.some(({ leavesContent }) => leavesContent)) distrustSpool(line);
    for (const { tell } of kept) tell(line.log);
    return kept;
  } catch (error) {
    if (isTemporary(error) || isSystemError(error)) throw error;
    const [only, ...others] = mails;
    if (only === undefined || (others.length === 0 && only.reading.submission === null)) throw error;
    const again = others.length === 0 ? [{ ...only, reading: unreadableAfterAll(line, only, error) }] : mails;
    const kept: (M & Kept)[] = [];
    for (const mail of again) kept.push(...(await atDesk(line, lease, [mail], run)));
    return kept;
  }
}

/** The bytes of a mail that could not be read have to stay; those of a small one are not in the spool yet. */
async function keepUnreadable({ spool }: Line, { message: { bytes }, reading }: ReadMail): Promise<void> {
  if (reading.submission !== null || bytes === undefined) return;
  const writer = await spool.create();
  await writer.write(bytes);
  await writer.commit();
}

/** What the ledger is going to name. */
function contentsOf({ message, reading }: ReadMail): (ContentRef | PackedContent)[] {
  return reading.submission === null
    ? [message.content]
    : placesOf(reading.submission.documents, reading.packed);
}

/** The contents of documents, those in packs with their place. */
export function placesOf(
  documents: readonly SubmittedDocument[],
  packed: readonly PackedContent[],
): (ContentRef | PackedContent)[] {
  return documents.map(({ content }) => packed.find(({ digest }) => digest === content.digest) ?? content);
}

/** The very same message, of a server that gives no unique-id by which it could have been recognised unfetched. */
function keptBefore({ message }: ReadMail, receivedAt: number | null): Kept | null {
  if (receivedAt === null || message.quarantined !== undefined) return null;
  const { uniqueId } = message;
  const text = `mail ${uniqueId} was handled before`;
  const tell = (log: Log) => log.info({ event: 'already-handled', uniqueId }, text);
  return { receivedAt, leavesContent: true, tell };
}

export async function judge(
  line: Line,
  desk: Pick<Desk, 'findEarlier'>,
  { message, reading: { submission, unreadable } }: ReadMail,
): Promise<Verdict> {
  const verdict = submission
    ? judgeSubmission(submission, {
        allow: line.policy.allow,
        hold: line.policy.hold,
        ownAddress: line.policy.from,
        duplicateOf: await findEarlier(desk, message.content.digest, submission),
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
  const packed = reading.submission === null ? [] : reading.packed;
  const { policy, clock } = line;
  const verdict = finalVerdict(judged, assembly);
  const trail = trailOf(message, submission, unreadable, judged, assembly, clock.now());
  if (submission !== null && assembly?.action === 'take') {
    return keepPiece(line, desk, { message, submission, packed, verdict, trail }, assembly);
  }
  const accepted = submission !== null && verdict.decision !== 'refuse' ? submission : null;
  const { id, jobId } = await desk.keep({
    message,
    submission,
    unreadable: reading.submission === null ? { error: reading.unreadable, header: reading.header } : null,
    verdict,
    trail,
    job: accepted && {
      description: accepted.description,
      sender: accepted.sender ?? '',
      notify: verdict.mayReply ? accepted.notify : [],
      documents: accepted.documents,
      packed,
      leftOut: accepted.leftOut,
    },
    mails: accepted
      ? (job: Job) => composeNotices(job, { type: 'received', held: verdict.decision === 'hold' }, policy)
      : submission === null
        ? []
        : composeRefusal(submission, verdict, {
            ...policy,
            accepted: acceptedFormatsText(line.engine.formats),
          }),
  });
  const tell = (log: Log) => {
    if (submission === null) tellPutAside(log, message, id);
    else if (jobId === null) tellRefused(log, message, verdict);
    else tellKept(log, jobId, submission);
  };
  return { receivedAt: clock.now(), leavesContent: jobId === null || message.bytes === undefined, tell };
}

function tellPutAside(log: Log, { uniqueId }: RawMessage, id: number): void {
  const text = `mail ${uniqueId} is in quarantine as mail ${id}; "phaserlink quarantine show ${id}" shows it`;
  log.warn({ event: 'put-aside', uniqueId, mail: id }, text);
}

function tellRefused(log: Log, { uniqueId }: RawMessage, { mayReply, reasons }: Verdict): void {
  const text = `mail ${uniqueId} is refused; its sender is ${mayReply ? 'answered' : 'not answered'}`;
  log.info({ event: 'refused', uniqueId, mayReply, reasons }, text);
}

function tellKept(log: Log, jobId: number, { description, documents }: Submission): void {
  log.info(
    { event: 'kept', job: jobId, documents: documents.length },
    `kept as job ${jobId}: "${description}", ${documents.length === 1 ? 'one document' : `${documents.length} documents`}`,
  );
}

/** The mail, or the same wish to print, when it came before. */
export function findEarlier(desk: Pick<Desk, 'findEarlier'>, rawDigest: string, submission: Submission) {
  const contentDigest = contentDigestOf(submission.documents);
  const { messageId } = submission;
  return desk.findEarlier({ rawDigest, messageId, contentDigest });
}

/** The fate of a mail that is put aside; nobody is told, for nothing in it can be believed. */
export function refuseUnreadable(why: string): Verdict {
  const text = `the mail cannot be read: ${why}; it goes into quarantine`;
  return { decision: 'refuse', reasons: [{ code: 'unreadable', text }], mayReply: false };
}

/** How the mail came to its fate, for `why`. */
export function trailOf(
  message: Pick<RawMessage, 'uniqueId' | 'content' | 'mailbox' | 'quarantined'>,
  submission: Submission | null,
  unreadable: string | null,
  verdict: Verdict,
  assembly: Assembly | null,
  at: number,
): TrailStep[] {
  const { bytes } = message.content;
  const mail = `mail ${message.uniqueId} of ${message.mailbox}, ${bytes} bytes`;
  const steps = [
    message.quarantined === undefined
      ? { stage: 'fetch', decision: 'fetched', text: mail }
      : { stage: 'quarantine', decision: 'tried again', text: mail },
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
