/** Jobs and their events to and from the ledger's rows. */
import { type Selectable, sql } from 'kysely';
import { PhaserLinkError } from '#base/errors.js';
import type { JobStateReason } from '#vocab/job-states.js';
import type { ContentRef, Job, JobDocument, LeftOutPart } from '#vocab/line.js';
import type { NoticeKind } from '#vocab/notices.js';
import type { InLine } from './choose.js';
import { isInTrouble, type JobChange, type JobEvent, type JobFacts } from './job-machine.js';
import type { LedgerDatabase } from './ledger-database.js';
import type { JobDocumentsTable, JobsTable } from './schema.js';
import { statement } from './statement.js';

/** A job together with what only the machine asks for. */
export type KeptJob = Job & JobFacts;

/** One line of a job's history. */
export interface JobEventRecord {
  n: number;
  /** Epoch milliseconds. */
  at: number;
  event: JobEvent;
}

type JobRow = Selectable<JobsTable>;

/** As `selectJobs` gives it: what belongs to the job is JSON. */
type WholeRow = JobRow & { documents: string; message_ids: string };

const documentsOfJob = sql<string>`(
  select json_group_array(json_object(
    'name', name, 'format', format, 'digest', digest, 'bytes', bytes, 'not_printed', not_printed
  ))
  from (select * from job_documents where job_id = jobs.id order by n)
)`;

const messageIdsOfJob = sql<string>`(
  select json_group_array(message_id)
  from (select message_id from messages where job_id = jobs.id and message_id is not null order by id)
)`;

/** Jobs with all that belongs to them, for `wholeJob`. */
export function selectJobs(database: LedgerDatabase) {
  return database
    .selectFrom('jobs')
    .selectAll()
    .select([documentsOfJob.as('documents'), messageIdsOfJob.as('message_ids')]);
}

export function wholeJob(row: WholeRow): KeptJob {
  const documents = JSON.parse(row.documents) as Omit<JobDocumentsTable, 'job_id' | 'n'>[];
  return toJob(row, documents.map(toDocument), JSON.parse(row.message_ids) as string[]);
}

const findJob = statement((database, { id }: { id: number }) => selectJobs(database).where('id', '=', id));

export function readJob(database: LedgerDatabase, id: number): KeptJob | null {
  const [row] = findJob(database, { id });
  return row === undefined ? null : wholeJob(row);
}

/** Throws `job-unknown`. */
export function demandJob(database: LedgerDatabase, id: number): KeptJob {
  const job = readJob(database, id);
  if (job !== null) return job;
  throw new PhaserLinkError({
    code: 'job-unknown',
    retry: 'permanent',
    text: `there is no job ${id} in the ledger`,
  });
}

function selectInLine(database: LedgerDatabase) {
  return database.selectFrom('jobs').select(['id', 'state', 'reasons', 'sender', 'may_pass']).orderBy('id');
}

function toInLine(
  rows: readonly Pick<JobRow, 'id' | 'state' | 'reasons' | 'sender' | 'may_pass'>[],
): InLine[] {
  return rows.map(({ id, state, reasons, sender, may_pass }) => ({
    ...{ id, state, sender },
    reasons: JSON.parse(reasons) as JobStateReason[],
    mayPass: may_pass === 1,
  }));
}

const findUnfinished = statement((database, _: object) =>
  database
    .selectFrom('jobs')
    .select('id')
    .where('state', 'in', ['processing', 'processing-stopped'])
    .orderBy('id')
    .limit(sql.lit(1)),
);

/** The oldest job that a crash may have left in the middle, or null. */
export function readFirstUnfinished(database: LedgerDatabase): KeptJob | null {
  const [first] = findUnfinished(database, {});
  return first === undefined ? null : demandJob(database, first.id);
}

/** The reasons that `isInTrouble` knows; jobs that are held on purpose may be many. As parameters they would have SQLite plan the query anew each time. */
const findTroubled = statement((database, _: object) =>
  selectInLine(database)
    .where('state', '=', 'pending-held')
    .where((where) =>
      where.or([
        where('reasons', 'like', sql.lit('%errors-detected%')),
        where('reasons', 'like', sql.lit('%outcome-unknown%')),
      ]),
    ),
);

/** The jobs that stand in the way of others, without their documents. */
export function readTroubled(database: LedgerDatabase): InLine[] {
  return toInLine(findTroubled(database, {})).filter(isInTrouble);
}

/** How many that wait are read at once: it is mostly the first that is printed next. */
const portions = [1, 16, 256, 4096].map((atMost) => ({
  atMost,
  find: statement((database, { after }: { after: number }) =>
    // As a parameter it would have SQLite plan the query anew each time.
    selectInLine(database).where('state', '=', 'pending').where('id', '>', after).limit(sql.lit(atMost)),
  ),
}));

/** The jobs that wait to be printed, oldest first and without their documents. */
export function* readWaiting(database: LedgerDatabase): Generator<InLine[]> {
  let after = 0;
  for (let n = 0; ; n++) {
    const { atMost, find } = portions[Math.min(n, portions.length - 1)] as (typeof portions)[number];
    const portion = toInLine(find(database, { after }));
    yield portion;
    if (portion.length < atMost) return;
    after = portion.at(-1)?.id ?? after;
  }
}

/** Those that wait for somebody's word, the one that has waited longest first. */
export async function readHeld(database: LedgerDatabase): Promise<KeptJob[]> {
  const held = selectJobs(database).where('held_since', 'is not', null);
  return (await held.orderBy('held_since').orderBy('id').execute()).map(wholeJob);
}

/** The job that this code releases, or null. */
export async function readJobByCode(database: LedgerDatabase, code: string): Promise<KeptJob | null> {
  const row = await selectJobs(database).where('release_code', '=', code).executeTakeFirst();
  return row === undefined ? null : wholeJob(row);
}

export async function readJobEvents(database: LedgerDatabase, jobId: number): Promise<JobEventRecord[]> {
  const rows = await database
    .selectFrom('job_events')
    .select(['n', 'at', 'event'])
    .where('job_id', '=', jobId)
    .orderBy('n')
    .execute();
  return rows.map(({ n, at, event }) => ({ n, at, event: JSON.parse(event) as JobEvent }));
}

/** The job as `change` leaves it at the time `at`; the job itself stays as it was. */
export function changedJob<J extends JobFacts & { documents: readonly Pick<JobDocument, 'notPrinted'>[] }>(
  job: J,
  change: JobChange,
): J {
  const told = change.conditionTold;
  const notPrinted = change.notPrinted;
  return {
    ...job,
    state: change.state,
    reasons: change.reasons,
    pages: { ...job.pages, ...change.pages },
    attempts: change.attempts ?? job.attempts,
    counterBefore: change.counterBefore === undefined ? job.counterBefore : change.counterBefore,
    conditionsTold:
      told === undefined || job.conditionsTold.includes(told)
        ? job.conditionsTold
        : [...job.conditionsTold, told],
    part: change.part ?? job.part,
    attemptLimit: change.attemptLimit ?? job.attemptLimit,
    mayPass: change.mayPass ?? job.mayPass,
    documents: notPrinted
      ? job.documents.map((document, index) => ({
          ...document,
          notPrinted: notPrinted.find((entry) => entry.document === index)?.reason ?? null,
        }))
      : job.documents,
  };
}

/** The columns of `jobs` that an event can change. */
export function changedColumns(job: KeptJob) {
  return {
    state: job.state,
    reasons: JSON.stringify(job.reasons),
    pages_expected: job.pages.expected,
    pages_confirmed: job.pages.confirmed,
    attempts: job.attempts,
    counter_before: job.counterBefore,
    conditions_told: JSON.stringify(job.conditionsTold),
    completed_at: job.completedAt,
    from_page: job.part.from,
    copies: job.part.copies,
    attempt_limit: job.attemptLimit,
    may_pass: job.mayPass ? 1 : 0,
    held_since: job.heldSince,
    release_code: job.releaseCode,
  };
}

export function toJob(row: JobRow, documents: JobDocument[], messageIds: string[]): KeptJob {
  return {
    id: row.id,
    state: row.state,
    reasons: JSON.parse(row.reasons) as JobStateReason[],
    description: row.description,
    sender: row.sender,
    notify: JSON.parse(row.notify) as NoticeKind[],
    messageIds,
    documents,
    leftOut: JSON.parse(row.left_out) as LeftOutPart[],
    pages: { expected: row.pages_expected, confirmed: row.pages_confirmed },
    createdAt: row.created_at,
    completedAt: row.completed_at,
    attempts: row.attempts,
    counterBefore: row.counter_before,
    conditionsTold: JSON.parse(row.conditions_told) as string[],
    part: { from: row.from_page, copies: row.copies },
    attemptLimit: row.attempt_limit,
    mayPass: row.may_pass === 1,
    againOf: row.again_of,
    heldSince: row.held_since,
    releaseCode: row.release_code,
  };
}

function toDocument(row: Omit<JobDocumentsTable, 'job_id' | 'n'>): JobDocument {
  const content: ContentRef = { digest: row.digest, bytes: row.bytes };
  return { name: row.name, format: row.format, content, notPrinted: row.not_printed };
}
