/** What becomes of split mails between two looks into the mailbox: complete ones are joined, others given up in time. */
import { errorText, isSystemError, isTemporary, PhaserLinkError } from '#base/errors.js';
import type {
  ContentRef,
  Job,
  LeftOutPart,
  PackedContent,
  RawMessage,
  Submission,
  SubmittedDocument,
} from '#vocab/line.js';
import { missingNumbers } from '#vocab/split-mail.js';
import { joinPieces } from './intake/join-pieces.js';
import { judge } from './intake/judge.js';
import type { JobEvent } from './jobs/job-machine.js';
import type { Lease } from './jobs/leases.js';
import type { OpenSet } from './jobs/split-rows.js';
import { distrustSpool, type Line } from './line.js';
import {
  atDesk,
  commit,
  placesOf,
  type ReadMail,
  read,
  readSteps,
  refuseUnreadable,
} from './receive-stages.js';
import { composeNotices } from './report/compose-notice.js';
import { count } from './report/mail-text.js';

/** The pieces are joined to a whole, and what is in a joined mail is written once more. */
const roomForEachByte = { phaserlink: 1, partial: 2 } as const;

/** So much of what was found in a joined mail is kept in the job's history. */
const maxFindings = 100;

/** What a set has become. */
interface Whole {
  description: string;
  documents: SubmittedDocument[];
  /** Which of their contents lie in packs. */
  packed: readonly PackedContent[];
  leftOut: LeftOutPart[];
  findings: string[];
  held: boolean;
  notify: Submission['notify'];
}

/** Joins the split mails whose pieces are all there. */
export function joinSplitMails(line: Line, lease: Lease, signal: AbortSignal): Promise<void> {
  return forEachSet(line, signal, async (set) => {
    if (!isComplete(set)) return;
    distrustSpool(line);
    await join(line, lease, set, signal);
  });
}

/** Gives up the split mails whose missing pieces were waited for long enough; those that only could not be joined wait on. */
export function giveUpSplitMails(line: Line, lease: Lease, signal: AbortSignal): Promise<void> {
  const lastPieceBefore = line.clock.now() - line.policy.splitMail.waitForMissing;
  return forEachSet(line, signal, async (set) => {
    if (isComplete(set) || set.lastPieceAt > lastPieceBefore) return;
    distrustSpool(line);
    await giveUp(line, lease, set);
  });
}

function isComplete({ pieces, total }: OpenSet): boolean {
  return pieces.length === total;
}

/** Trouble with one of them does not stop the others. */
async function forEachSet(
  line: Line,
  signal: AbortSignal,
  run: (set: OpenSet) => Promise<void>,
): Promise<void> {
  for (const set of await line.ledger.openSets()) {
    if (signal.aborted) return;
    try {
      await run(set);
    } catch (error) {
      const text = `job ${set.jobId} waits with its pieces: ${errorText(error)}`;
      line.log.warn({ event: 'not-joined', job: set.jobId }, text);
    }
  }
}

async function giveUp(line: Line, lease: Lease, { jobId, total, pieces }: OpenSet): Promise<void> {
  const numbers = missingNumbers(
    pieces.map(({ number }) => number),
    total,
  );
  const job = await apply(line, lease, jobId, { type: 'pieces-missing', numbers, total });
  const text = `job ${jobId}: ${job.state}: ${numbers.length} of its pieces did not come`;
  line.log.info({ event: 'pieces-missing', job: jobId, numbers, total }, text);
}

async function join(line: Line, lease: Lease, set: OpenSet, signal: AbortSignal): Promise<void> {
  const { jobId, pieces } = set;
  const job = await line.ledger.job(jobId);
  if (job === null) return;
  const whole = await makeWhole(line, lease, set, job, signal);
  if (typeof whole === 'string') {
    await apply(line, lease, jobId, { type: 'set-failed', text: whole });
    line.log.info({ event: 'set-failed', job: jobId }, `job ${jobId} cannot be joined: ${whole}`);
    return;
  }
  const { description, documents, packed, findings, held } = whole;
  await line.contents.makeDurable(placesOf(documents, packed));
  const event = { type: 'set-complete', held, pieces: pieces.length, findings } as const;
  await line.ledger.completeSet(lease, jobId, whole, event, composeFor(line));
  const found = documents.length === 1 ? 'one document' : `${documents.length} documents`;
  line.log.info(
    { event: 'joined', job: jobId, pieces: pieces.length, documents: documents.length },
    `job ${jobId}: "${description}" joined of ${count(pieces.length, 'piece')}, ${found}`,
  );
}

/** The documents of the set, or why there are none, in words for its sender. */
async function makeWhole(
  line: Line,
  lease: Lease,
  set: OpenSet,
  job: Job,
  signal: AbortSignal,
): Promise<Whole | string> {
  const bytes = set.pieces.reduce((sum, { content }) => sum + content.bytes, 0);
  await demandRoom(line, bytes * roomForEachByte[set.form]);
  try {
    const content = await joinPieces(
      { ...set, pieces: set.pieces.map((piece) => piece.content) },
      line.contents,
    );
    if (set.form === 'partial') return await readWhole(line, lease, set, job, content, signal);
    const mails = await line.ledger.messagesOf(job.id);
    const held = mails.some(({ decision }) => decision === 'hold');
    return wholeDocument(set, job, content, held);
  } catch (error) {
    // The disk's trouble is not the job's.
    if (isTemporary(error) || isSystemError(error)) throw error;
    line.log.error(
      { event: 'join-broke-down', job: set.jobId, error },
      `job ${set.jobId}: ${errorText(error)}`,
    );
    return error instanceof PhaserLinkError ? error.publicText : 'an internal error';
  }
}

async function demandRoom({ spool }: Line, neededBytes: number): Promise<void> {
  const { folder, freeBytes } = await spool.room();
  if (neededBytes <= freeBytes) return;
  throw new PhaserLinkError({
    code: 'no-room',
    retry: 'temporary',
    text: `${folder} has ${freeBytes} bytes free, and joining takes ${neededBytes}; make room there`,
  });
}

/** Our own form: the pieces are the document itself, and its sender has said which digest it must have. */
function wholeDocument(
  { document, jobDigest }: OpenSet,
  job: Job,
  content: ContentRef,
  held: boolean,
): Whole | string {
  if (content.digest !== jobDigest) {
    return `its pieces make a document with the SHA-256 ${content.digest}, and not the ${jobDigest} that its mails name`;
  }
  const { name, format } = document ?? { name: 'document', format: 'application/octet-stream' as const };
  const findings = [`document: ${name}: ${format}, ${content.bytes} bytes`];
  const { description, notify } = job;
  const documents = [{ name, format, content }];
  return { description, notify, documents, packed: [], leftOut: [], findings, held };
}

/** `message/partial`: the pieces are a mail, which is read and judged as any other. */
async function readWhole(
  line: Line,
  lease: Lease,
  set: OpenSet,
  job: Job,
  content: ContentRef,
  signal: AbortSignal,
): Promise<Whole | string> {
  const { policy, spool, ledger } = line;
  const message: RawMessage = {
    mailbox: line.mailbox.name,
    // With blanks, which no server's unique-id has (RFC 1939 §7).
    uniqueId: `joined for job ${set.jobId}`,
    octets: content.bytes,
    headerDigest: '',
    tooLarge: null,
    content,
  };
  const [mail] = await read(line, [{ message }], signal);
  if (mail === undefined) throw new Error('a mail was read to nothing');
  const { reading } = mail;
  if (reading.submission === null) return putWholeAside(line, lease, mail, reading.unreadable);
  const { submission, packed } = reading;
  // The same mail may be in quarantine since it was joined before.
  if (!(await ledger.liveDigests()).has(content.digest)) await spool.remove(content.digest);
  const problem = wholeProblem(set, submission);
  if (problem !== null) return problem;
  const verdict = judge(submission, {
    allow: policy.allow,
    hold: policy.hold,
    ownAddress: policy.from,
    duplicateOf: null,
  });
  if (verdict.decision === 'refuse') return verdict.reasons.map(({ text }) => text).join(' ');
  const mayReply = verdict.mayReply && job.notify.length > 0;
  return {
    description: submission.description,
    documents: submission.documents,
    packed,
    leftOut: submission.leftOut,
    findings: readSteps(submission)
      .slice(0, maxFindings)
      .map(({ decision, text }) => `${decision}: ${text}`),
    held: verdict.decision === 'hold',
    // Once one of the pieces must not be answered, the whole must not.
    notify: mayReply ? submission.notify : [],
  };
}

/** As any mail that cannot be read; returns what its sender is told. A run that broke off after this finds it put aside. */
async function putWholeAside(line: Line, lease: Lease, mail: ReadMail, unreadable: string): Promise<string> {
  await atDesk(line, lease, [mail], (desk) => commit(line, desk, mail, refuseUnreadable(unreadable)));
  const { uniqueId } = mail.message;
  const inQuarantine = await line.ledger.quarantine.list();
  const kept = inQuarantine.find(({ message }) => message.uniqueId === uniqueId);
  const fate = kept ? `it is in quarantine as mail ${kept.id}` : 'quarantine has no room for it';
  return `the joined mail cannot be read: ${unreadable}; ${fate}`;
}

/** What *judge* cannot know. */
function wholeProblem({ sender }: OpenSet, submission: Submission): string | null {
  if (submission.piece !== null)
    return 'the joined mail is itself a piece of a split mail, and such are not taken';
  return submission.sender === sender ? null : `the joined mail is not from ${sender}`;
}

function apply(line: Line, lease: Lease, jobId: number, event: JobEvent): Promise<Job> {
  const compose = composeFor(line);
  return line.ledger.apply(lease, jobId, event, (job) => compose(job, event));
}

function composeFor({ policy }: Line) {
  return (job: Job, event: JobEvent) => composeNotices(job, event, policy);
}
