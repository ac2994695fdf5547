/** A job's birth and its changes inside a transaction: the event is kept first, the state follows from it. */
import { randomInt } from 'node:crypto';
import { PhaserLinkError } from '#base/errors.js';
import { terminalJobStates } from '#vocab/job-states.js';
import type { LeftOutPart, SubmittedDocument } from '#vocab/line.js';
import type { NoticeKind } from '#vocab/notices.js';
import {
  type BirthEvent,
  bornJob,
  changeJob,
  isRepeated,
  type JobEvent,
  phaseOf,
  unchangedFacts,
} from './job-machine.js';
import { changedColumns, changedJob, demandJob, type KeptJob } from './job-rows.js';
import type { LedgerTransaction } from './schema.js';
import { closeSet } from './split-rows.js';

/** What a mail asks for, once it is accepted. */
export interface NewJob {
  description: string;
  sender: string;
  /** Empty for a sender who must not be answered. */
  notify: readonly NoticeKind[];
  /** At least one, unless pieces of the job are still arriving. */
  documents: readonly SubmittedDocument[];
  leftOut: readonly LeftOutPart[];
}

/** Writes the job and the first event of its history; returns its number. */
export async function insertJob(
  transaction: LedgerTransaction,
  job: NewJob,
  birth: BirthEvent,
  now: number,
): Promise<number> {
  if (job.documents.length === 0 && birth.type !== 'piece-received') {
    throw new PhaserLinkError({
      code: 'job-without-documents',
      retry: 'permanent',
      text: 'a job needs at least one document; a mail without one is refused',
    });
  }
  const { state, reasons, part } = { ...unchangedFacts(), ...bornJob(birth) };
  const { id } = await transaction
    .insertInto('jobs')
    .values({
      state,
      reasons: JSON.stringify(reasons),
      description: job.description,
      sender: job.sender,
      notify: JSON.stringify(job.notify),
      attempts: 0,
      conditions_told: '[]',
      left_out: JSON.stringify(job.leftOut),
      created_at: now,
      from_page: part.from,
      copies: part.copies,
      again_of: birth.type === 'reprint' ? birth.of : null,
      ...(await holdColumns(transaction, { state, reasons }, now)),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await insertDocuments(transaction, id, job.documents);
  await appendEvent(transaction, id, birth, now);
  return id;
}

/** What a job is called and who is told, as the mail says that has just come to it. */
export async function renameJob(
  transaction: LedgerTransaction,
  jobId: number,
  { description, notify }: Pick<NewJob, 'description' | 'notify'>,
): Promise<void> {
  await transaction
    .updateTable('jobs')
    .set({ description, notify: JSON.stringify(notify) })
    .where('id', '=', jobId)
    .execute();
}

export async function insertDocuments(
  transaction: LedgerTransaction,
  jobId: number,
  documents: readonly SubmittedDocument[],
): Promise<void> {
  for (const [n, { name, format, content }] of documents.entries()) {
    await transaction
      .insertInto('job_documents')
      .values({ job_id: jobId, n, name, format, digest: content.digest, bytes: content.bytes })
      .execute();
  }
}

/** Runs the machine and writes what follows; `repeated` says that the job's people know it already. */
export async function applyEvent(
  transaction: LedgerTransaction,
  jobId: number,
  event: JobEvent,
  now: number,
): Promise<{ job: KeptJob; repeated: boolean }> {
  const before = await demandJob(transaction, jobId);
  const change = changeJob(before, event);
  const job = changedJob(before, change);
  if (terminalJobStates.has(job.state)) job.completedAt = now;
  if (phaseOf(before) !== phaseOf(job)) {
    const { held_since, release_code } = await holdColumns(transaction, job, now);
    job.heldSince = held_since;
    job.releaseCode = release_code;
  }
  await appendEvent(transaction, jobId, event, now);
  await transaction.updateTable('jobs').set(changedColumns(job)).where('id', '=', jobId).execute();
  if (change.notPrinted) await writeNotPrinted(transaction, job);
  // However a job stops being incoming, its set goes with it.
  if (phaseOf(before) === 'incoming' && phaseOf(job) !== 'incoming') {
    await closeSet(transaction, jobId, event.type === 'set-complete' ? 'joined' : 'ended');
  }
  return { job, repeated: isRepeated(before, change) };
}

/** Without vowels, so that no word comes out, and without digits, so that no job's number looks like one. */
const codeLetters = 'BCDFGHJKLMNPQRSTVWXZ';
const codeLength = 6;

export function isReleaseCode(text: string): boolean {
  return text.length === codeLength && [...text].every((letter) => codeLetters.includes(letter));
}

/** A job that waits for somebody's word knows since when; one that can be released has a code that no other has. */
async function holdColumns(
  transaction: LedgerTransaction,
  job: Pick<KeptJob, 'state' | 'reasons'>,
  now: number,
): Promise<{ held_since: number | null; release_code: string | null }> {
  const phase = phaseOf(job);
  if (phase !== 'held') return { held_since: phase === 'unknown' ? now : null, release_code: null };
  for (;;) {
    const code = Array.from({ length: codeLength }, () => codeLetters[randomInt(codeLetters.length)]).join(
      '',
    );
    const taken = transaction.selectFrom('jobs').select('id').where('release_code', '=', code);
    if ((await taken.executeTakeFirst()) === undefined) return { held_since: now, release_code: code };
  }
}

async function writeNotPrinted(transaction: LedgerTransaction, job: KeptJob): Promise<void> {
  for (const [n, { notPrinted }] of job.documents.entries()) {
    await transaction
      .updateTable('job_documents')
      .set({ not_printed: notPrinted })
      .where('job_id', '=', job.id)
      .where('n', '=', n)
      .execute();
  }
}

async function appendEvent(
  transaction: LedgerTransaction,
  jobId: number,
  event: JobEvent,
  now: number,
): Promise<void> {
  const { last } = await transaction
    .selectFrom('job_events')
    .select(({ fn }) => fn.max('n').as('last'))
    .where('job_id', '=', jobId)
    .executeTakeFirstOrThrow();
  await transaction
    .insertInto('job_events')
    .values({ job_id: jobId, n: (last ?? 0) + 1, at: now, event: JSON.stringify(event) })
    .execute();
}
