/** Pieces of split mails inside a transaction: a piece comes to its job, a set is given up or becomes a whole job. */
import type { PackedContent, TakenPiece } from '#vocab/line.js';
import type { NoticeKind } from '#vocab/notices.js';
import { applyEvents, insertDocuments, insertJob, type NewJob, renameJob } from './job-changes.js';
import type { JobEvent } from './job-machine.js';
import { demandJob, type KeptJob } from './job-rows.js';
import type { LedgerTransaction } from './ledger-database.js';
import { insertPacked } from './packed-contents.js';
import { insertPiece, insertSet } from './split-rows.js';

/** A piece with what was decided of it, and what its mail says of the job. */
export interface PlacedPiece extends Omit<TakenPiece, 'action' | 'reason'> {
  sender: string;
  description: string;
  /** Empty for a mail that must not be answered. */
  notify: readonly NoticeKind[];
  /** Where its bytes lie, when that is in a pack. */
  packed: readonly PackedContent[];
}

/** The job's number; a new job is in the ledger already, for the mail's own row refers to it. */
export async function findOrBeginJob(
  transaction: LedgerTransaction,
  piece: PlacedPiece,
  now: number,
): Promise<number> {
  if (piece.jobId !== null) return piece.jobId;
  const { description, sender, notify } = piece;
  const { id: jobId } = await insertJob(
    transaction,
    { description, sender, notify, documents: [], packed: [], leftOut: [] },
    receivedEvent(piece),
    now,
  );
  await insertSet(transaction, jobId, piece, now);
  return jobId;
}

/** Puts the piece to its set, or ends the set because of it; returns what its people are to be told. */
export async function addPiece(
  transaction: LedgerTransaction,
  jobId: number,
  piece: PlacedPiece,
  now: number,
): Promise<{ job: KeptJob; event: JobEvent }> {
  if (piece.failure !== null) {
    const event: JobEvent = { type: 'set-failed', text: piece.failure };
    const { job } = await applyEvents(transaction, demandJob(transaction, jobId), [event], now);
    return { job, event };
  }
  await insertPacked(transaction, piece.packed);
  await insertPiece(transaction, jobId, piece, now);
  const event = receivedEvent(piece);
  if (piece.jobId === null) return { job: demandJob(transaction, jobId), event };
  await renameByPiece(transaction, jobId, piece);
  const { job } = await applyEvents(transaction, demandJob(transaction, jobId), [event], now);
  return { job, event };
}

/** The pieces have become documents. */
export async function completeSet(
  transaction: LedgerTransaction,
  jobId: number,
  whole: Omit<NewJob, 'sender'>,
  event: Extract<JobEvent, { type: 'set-complete' }>,
  now: number,
): Promise<KeptJob> {
  await renameJob(transaction, jobId, whole);
  await transaction
    .updateTable('jobs')
    .set({ left_out: JSON.stringify(whole.leftOut) })
    .where('id', '=', jobId)
    .execute();
  await insertDocuments(transaction, jobId, whole);
  const { job } = await applyEvents(transaction, demandJob(transaction, jobId), [event], now);
  return job;
}

function receivedEvent({ label, total, missing }: PlacedPiece) {
  return { type: 'piece-received', number: label.number, total, missing } as const;
}

/** The first piece's word counts; and once one of the mails must not be answered, nobody is told any more. */
async function renameByPiece(
  transaction: LedgerTransaction,
  jobId: number,
  piece: PlacedPiece,
): Promise<void> {
  const job = demandJob(transaction, jobId);
  const { description, notify } = piece.label.number === 1 ? piece : job;
  const silent = job.notify.length === 0 || piece.notify.length === 0;
  await renameJob(transaction, jobId, { description, notify: silent ? [] : notify });
}
