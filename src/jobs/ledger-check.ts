/** The ledger proves itself: what must hold between its tables, looked up row by row. */
import { sql } from 'kysely';
import { errorText } from '#base/errors.js';
import { type JobState, type JobStateReason, terminalJobStates } from '#vocab/job-states.js';
import {
  bornJob,
  changeJob,
  isBirth,
  type JobEventType,
  type JobFacts,
  phaseOf,
  unchangedFacts,
} from './job-machine.js';
import {
  changedJob,
  type JobEventRecord,
  type KeptJob,
  readJobEvents,
  selectJobs,
  wholeJob,
} from './job-rows.js';
import type { LedgerTransaction } from './ledger-database.js';
import { maxQuarantineBytes, maxQuarantineMails } from './quarantine.js';
import { splitFaults } from './split-check.js';

/** The reasons that a job may have in each state. */
const fittingReasons: Record<JobState, readonly JobStateReason[]> = {
  pending: ['printer-stopped'],
  'pending-held': ['job-incoming', 'job-hold-until-specified', 'errors-detected', 'outcome-unknown'],
  processing: [
    'job-transforming',
    'job-printing',
    'processing-to-stop-point',
    'job-canceled-by-user',
    'job-canceled-by-operator',
  ],
  'processing-stopped': ['printer-stopped'],
  canceled: ['job-canceled-by-user', 'job-canceled-by-operator'],
  aborted: [
    'aborted-by-system',
    'outcome-unknown',
    'submission-interrupted',
    'unsupported-document-format',
    'document-format-error',
  ],
  completed: ['job-completed-successfully', 'job-completed-with-warnings'],
};

/** These states always say why. */
const statesWithReason: ReadonlySet<JobState> = new Set([
  'pending-held',
  'processing-stopped',
  'canceled',
  'aborted',
  'completed',
]);

/** The faults found, in words. */
export async function checkLedger(transaction: LedgerTransaction): Promise<string[]> {
  const rows = await selectJobs(transaction).orderBy('id').execute();
  const faults: string[] = [];
  for (const job of rows.map(wholeJob)) {
    const events = await readJobEvents(transaction, job.id);
    const found = [
      ...stateFaults(job),
      ...holdFaults(job),
      ...documentFaults(job, events),
      ...historyFaults(job, events),
      ...(await splitFaults(transaction, job, events)),
    ];
    faults.push(...found.map((fault) => `job ${job.id} ${fault}`));
  }
  faults.push(
    ...(await messageFaults(transaction)),
    ...(await quarantineFaults(transaction)),
    ...(await databaseFaults(transaction)),
  );
  return faults;
}

function stateFaults(job: KeptJob): string[] {
  const { state, reasons } = job;
  const faults: string[] = [];
  for (const reason of reasons) {
    if (!fittingReasons[state].includes(reason)) faults.push(`is ${state} with the reason ${reason}`);
  }
  if (reasons.length === 0 && statesWithReason.has(state)) faults.push(`is ${state} without a reason`);
  if (terminalJobStates.has(state) !== (job.completedAt !== null)) {
    faults.push(`is ${state} with completedAt ${job.completedAt}`);
  }
  return faults;
}

/** Whoever is asked for a word must be able to give it, and the time for it must end. */
function holdFaults({ id, state, reasons, heldSince, releaseCode, againOf }: KeptJob): string[] {
  const phase = phaseOf({ state, reasons });
  const faults: string[] = [];
  if ((phase === 'held' || phase === 'unknown') !== (heldSince !== null))
    faults.push(`is ${phase} with heldSince ${heldSince}`);
  if (againOf !== null && againOf >= id)
    faults.push(`prints job ${againOf} once more, which is no earlier one`);
  if ((phase === 'held') !== (releaseCode !== null)) faults.push(`is ${phase} with the code ${releaseCode}`);
  return faults;
}

const wholeFrom: ReadonlySet<JobEventType> = new Set(['received', 'reprint', 'set-complete']);

/** A job that comes in pieces has documents once these are joined, every other one from its beginning. */
function documentFaults({ documents }: KeptJob, events: readonly JobEventRecord[]): string[] {
  const isWhole = events.some(({ event: { type } }) => wholeFrom.has(type));
  const isSplit = events.some(({ event: { type } }) => type === 'piece-received');
  if (documents.length === 0) return isWhole || !isSplit ? ['has no document'] : [];
  return isSplit && !isWhole ? ['has documents, but its pieces were never joined'] : [];
}

/** The history must begin with its birth, be without a gap, and lead to what the job's row says. */
function historyFaults(job: KeptJob, events: readonly JobEventRecord[]): string[] {
  if (events.some(({ n }, index) => n !== index + 1)) return ['has a gap in its history'];
  const [first, ...later] = events;
  if (first === undefined || !isBirth(first.event)) return ['has a history without a beginning'];
  let replayed: JobFacts = {
    ...unchangedFacts(),
    ...bornJob(first.event),
    documents: job.documents.map(() => ({ notPrinted: null })),
  };
  for (const { n, event } of later) {
    try {
      replayed = changedJob(replayed, changeJob(replayed, event));
    } catch (error) {
      return [`has an event ${n} that could not happen: ${errorText(error)}`];
    }
  }
  const faults: string[] = [];
  if (machineFacts(replayed) !== machineFacts(job)) {
    faults.push(`is ${machineFacts(job)}, but its history says ${machineFacts(replayed)}`);
  }
  if (job.completedAt !== null && job.completedAt !== events.at(-1)?.at) {
    faults.push('ended at another time than its last event');
  }
  return faults;
}

function machineFacts(job: JobFacts): string {
  const { state, reasons, pages, attempts, counterBefore, conditionsTold } = job;
  const { part, attemptLimit, mayPass } = job;
  const notPrinted = job.documents.map((document) => document.notPrinted);
  return JSON.stringify({
    ...{ state, reasons, pages, attempts, counterBefore, conditionsTold },
    ...{ part, attemptLimit, mayPass, notPrinted },
  });
}

async function messageFaults(transaction: LedgerTransaction): Promise<string[]> {
  const wrong = await transaction
    .selectFrom('messages')
    .select(['id', 'decision', 'job_id'])
    .where((where) =>
      where.or([
        where.and([where('decision', '=', 'refuse'), where('job_id', 'is not', null)]),
        where.and([where('decision', '!=', 'refuse'), where('job_id', 'is', null)]),
      ]),
    )
    .execute();
  const orphans = await transaction
    .selectFrom('jobs')
    .leftJoin('messages', 'messages.job_id', 'jobs.id')
    .select('jobs.id')
    .where('messages.id', 'is', null)
    .where('jobs.again_of', 'is', null)
    .execute();
  return [
    ...wrong.map(({ id, decision, job_id }) => `message ${id}: ${decision} with job ${job_id}`),
    ...orphans.map(({ id }) => `job ${id} came from no message`),
  ];
}

/** A mail that could not be read is in quarantine, with its bytes, or was, and says why not any more. */
async function quarantineFaults(transaction: LedgerTransaction): Promise<string[]> {
  const lost = await transaction
    .selectFrom('messages')
    .leftJoin('quarantine', 'quarantine.message', 'messages.id')
    .select('messages.id')
    .where('readable', '=', 0)
    .where('quarantine.message', 'is', null)
    .execute();
  const mails = await transaction
    .selectFrom('quarantine')
    .innerJoin('messages', 'messages.id', 'quarantine.message')
    .select(['message', 'readable', 'raw_bytes', 'tries', 'closed_at', 'closed_as'])
    .execute();
  const open = mails.filter(({ closed_at }) => closed_at === null);
  const bytes = open.reduce((sum, { raw_bytes }) => sum + raw_bytes, 0);
  return [
    ...lost.map(({ id }) => `message ${id}: unreadable, and not in quarantine`),
    ...mails.flatMap((mail) => {
      const faults: string[] = [];
      const { closed_as, closed_at } = mail;
      if ((closed_as === null) !== (closed_at === null))
        faults.push(`is closed as ${closed_as} at ${closed_at}`);
      if ((closed_as === 'read') !== (mail.readable === 1))
        faults.push(`is closed as ${closed_as}, readable ${mail.readable}`);
      if (mail.tries < 1) faults.push('was never tried');
      return faults.map((fault) => `mail ${mail.message} of the quarantine ${fault}`);
    }),
    ...(bytes > maxQuarantineBytes
      ? [`quarantine keeps ${bytes} bytes, more than ${maxQuarantineBytes}`]
      : []),
    ...(open.length > maxQuarantineMails
      ? [`quarantine keeps ${open.length} mails, more than ${maxQuarantineMails}`]
      : []),
  ];
}

async function databaseFaults(transaction: LedgerTransaction): Promise<string[]> {
  const foreign = await sql<{ table: string }>`pragma foreign_key_check`.execute(transaction);
  const quick = await sql<{ quick_check: string }>`pragma quick_check`.execute(transaction);
  return [
    ...foreign.rows.map(({ table }) => `a row of ${table} refers to one that is missing`),
    ...quick.rows.flatMap((row) => (row.quick_check === 'ok' ? [] : [row.quick_check])),
  ];
}
