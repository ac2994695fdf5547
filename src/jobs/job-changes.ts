/** A job's birth and its changes inside a transaction: the event is kept first, the state follows from it. */
import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import { PhaserLinkError } from '#base/errors.js';
import { terminalJobStates } from '#vocab/job-states.js';
import type { LeftOutPart, PackedContent, SubmittedDocument } from '#vocab/line.js';
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
import { changedColumns, changedJob, type KeptJob, toJob } from './job-rows.js';
import type { LedgerTransaction } from './ledger-database.js';
import { insertPacked } from './packed-contents.js';
import type { JobDocumentsTable, JobEventsTable, JobsTable } from './schema.js';
import { closeSet } from './split-rows.js';
import { statement } from './statement.js';

/** What a mail asks for, once it is accepted. */
export interface NewJob {
  description: string;
  sender: string;
  /** Empty for a sender who must not be answered. */
  notify: readonly NoticeKind[];
  /** At least one, unless pieces of the job are still arriving. */
  documents: readonly SubmittedDocument[];
  /** Which of their contents lie in packs. */
  packed: readonly PackedContent[];
  leftOut: readonly LeftOutPart[];
}

const insertRow = statement((database, row: Omit<JobsTable, 'id'>) =>
  database
    .insertInto('jobs')
    .values({
      state: row.state,
      reasons: row.reasons,
      description: row.description,
      sender: row.sender,
      notify: row.notify,
      pages_expected: row.pages_expected,
      pages_confirmed: row.pages_confirmed,
      attempts: row.attempts,
      counter_before: row.counter_before,
      conditions_told: row.conditions_told,
      left_out: row.left_out,
      created_at: row.created_at,
      completed_at: row.completed_at,
      from_page: row.from_page,
      copies: row.copies,
      attempt_limit: row.attempt_limit,
      may_pass: row.may_pass,
      held_since: row.held_since,
      release_code: row.release_code,
      again_of: row.again_of,
      helped_at: row.helped_at,
    })
    .returning('id'),
);

const insertDocument = statement((database, row: Omit<JobDocumentsTable, 'not_printed'>) =>
  database.insertInto('job_documents').values({
    job_id: row.job_id,
    n: row.n,
    name: row.name,
    format: row.format,
    digest: row.digest,
    bytes: row.bytes,
  }),
);

const insertEvent = statement((database, { job_id, n, at, event }: JobEventsTable) =>
  database.insertInto('job_events').values({ job_id, n, at, event }),
);

const appendEvent = statement((database, { job_id, at, event }: Omit<JobEventsTable, 'n'>) =>
  database
    .insertInto('job_events')
    .values({
      job_id,
      at,
      event,
      n: ({ selectFrom }) =>
        selectFrom('job_events')
          .select(({ fn }) => sql<number>`${fn.max('n')} + 1`.as('n'))
          .where('job_id', '=', job_id),
    })
    .returning('n'),
);

const updateRow = statement((database, row: ReturnType<typeof changedColumns> & { id: number }) =>
  database
    .updateTable('jobs')
    .set({
      state: row.state,
      reasons: row.reasons,
      pages_expected: row.pages_expected,
      pages_confirmed: row.pages_confirmed,
      attempts: row.attempts,
      counter_before: row.counter_before,
      conditions_told: row.conditions_told,
      completed_at: row.completed_at,
      from_page: row.from_page,
      copies: row.copies,
      attempt_limit: row.attempt_limit,
      may_pass: row.may_pass,
      held_since: row.held_since,
      release_code: row.release_code,
    })
    .where('id', '=', row.id),
);

/** Writes the job and the first event of its history; returns it, whose mail has still to be written. */
export async function insertJob(
  transaction: LedgerTransaction,
  job: NewJob,
  birth: BirthEvent,
  now: number,
): Promise<KeptJob> {
  if (job.documents.length === 0 && birth.type !== 'piece-received') {
    throw new PhaserLinkError({
      code: 'job-without-documents',
      retry: 'permanent',
      text: 'a job needs at least one document; a mail without one is refused',
    });
  }
  const { state, reasons, part, attemptLimit } = { ...unchangedFacts(), ...bornJob(birth) };
  const row = {
    state,
    reasons: JSON.stringify(reasons),
    description: job.description,
    sender: job.sender,
    notify: JSON.stringify(job.notify),
    pages_expected: null,
    pages_confirmed: null,
    attempts: 0,
    counter_before: null,
    conditions_told: '[]',
    left_out: JSON.stringify(job.leftOut),
    created_at: now,
    completed_at: null,
    from_page: part.from,
    copies: part.copies,
    attempt_limit: attemptLimit,
    may_pass: 0,
    again_of: birth.type === 'reprint' ? birth.of : null,
    helped_at: null,
    ...(await holdColumns(transaction, { state, reasons }, now)),
  };
  const [{ id }] = insertRow(transaction, row) as [{ id: number }];
  await insertDocuments(transaction, id, job);
  insertEvent(transaction, { job_id: id, n: 1, at: now, event: JSON.stringify(birth) });
  const documents = job.documents.map((document) => ({ ...document, notPrinted: null }));
  return toJob({ id, ...row }, documents, []);
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
  { documents, packed }: Pick<NewJob, 'documents' | 'packed'>,
): Promise<void> {
  await insertPacked(transaction, packed);
  for (const [n, { name, format, content }] of documents.entries()) {
    const { digest, bytes } = content;
    insertDocument(transaction, { job_id: jobId, n, name, format, digest, bytes });
  }
}

/** What an event has made of a job; `repeated` says that the job's people know it already. */
export interface AppliedEvent {
  job: KeptJob;
  event: JobEvent;
  repeated: boolean;
}

/** What events have made of a job. */
export interface AppliedEvents {
  job: KeptJob;
  applied: AppliedEvent[];
  /** The number of the last one in the job's history. */
  lastEvent: number;
}

/** Runs the machine, event after event, and writes what follows from all of them. */
export async function applyEvents(
  transaction: LedgerTransaction,
  asItStands: KeptJob,
  events: readonly JobEvent[],
  now: number,
): Promise<AppliedEvents> {
  const { id } = asItStands;
  const applied: AppliedEvent[] = [];
  let job = asItStands;
  for (const event of events) {
    const before = job;
    const change = changeJob(before, event);
    job = changedJob(before, change);
    if (terminalJobStates.has(job.state)) job.completedAt = now;
    if (phaseOf(before) !== phaseOf(job)) {
      const { held_since, release_code } = await holdColumns(transaction, job, now);
      job.heldSince = held_since;
      job.releaseCode = release_code;
    }
    if (change.notPrinted) writeNotPrinted(transaction, before, job);
    // However a job stops being incoming, its set goes with it.
    if (phaseOf(before) === 'incoming' && phaseOf(job) !== 'incoming') {
      await closeSet(transaction, id, event.type === 'set-complete' ? 'joined' : 'ended');
    }
    applied.push({ job, event, repeated: isRepeated(before, change) });
  }
  let lastEvent = 0;
  for (const event of events) {
    const [row] = appendEvent(transaction, { job_id: id, at: now, event: JSON.stringify(event) });
    lastEvent = row?.n ?? 0;
  }
  updateRow(transaction, { id, ...changedColumns(job) });
  return { job, applied, lastEvent };
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

const updateNotPrinted = statement(
  (database, { job_id, n, not_printed }: Pick<JobDocumentsTable, 'job_id' | 'n' | 'not_printed'>) =>
    database
      .updateTable('job_documents')
      .set({ not_printed })
      .where('job_id', '=', job_id)
      .where('n', '=', n),
);

function writeNotPrinted(transaction: LedgerTransaction, before: KeptJob, after: KeptJob): void {
  for (const [n, { notPrinted }] of after.documents.entries()) {
    if (notPrinted === before.documents[n]?.notPrinted) continue;
    updateNotPrinted(transaction, { job_id: after.id, n, not_printed: notPrinted });
  }
}
