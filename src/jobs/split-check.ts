/** What must hold between a job that comes in pieces, its set and the pieces: the part of the ledger's proof on split mail. */
import { type JobEvent, phaseOf } from './job-machine.js';
import type { JobEventRecord, KeptJob } from './job-rows.js';
import type { LedgerTransaction } from './ledger-database.js';
import type { SplitSetsTable } from './schema.js';

/** The faults found, as they follow "job 7". */
export async function splitFaults(
  transaction: LedgerTransaction,
  job: KeptJob,
  events: readonly JobEventRecord[],
): Promise<string[]> {
  const set = await transaction
    .selectFrom('split_sets')
    .selectAll()
    .where('job_id', '=', job.id)
    .executeTakeFirst();
  const received = events.flatMap(({ event }) => (event.type === 'piece-received' ? [event.number] : []));
  if (set === undefined) return received.length > 0 ? ['comes in pieces, but has no set'] : [];
  const pieces = await transaction
    .selectFrom('split_pieces')
    .select('number')
    .where('job_id', '=', job.id)
    .orderBy('number')
    .execute();
  const numbers = pieces.map(({ number }) => number);
  return [
    ...fateFaults(job, set),
    ...pieceFaults(
      set,
      numbers,
      received,
      events.map(({ event }) => event),
    ),
  ];
}

function fateFaults(job: KeptJob, { fate, sender }: SplitSetsTable): string[] {
  const faults: string[] = [];
  if ((fate === 'open') !== (phaseOf(job) === 'incoming'))
    faults.push(`is ${job.state} with a set that is ${fate}`);
  if ((fate === 'joined') !== job.documents.length > 0) {
    faults.push(`has ${job.documents.length} documents and a set that is ${fate}`);
  }
  if (sender !== job.sender) faults.push(`is of ${job.sender}, and its set of ${sender}`);
  return faults;
}

function pieceFaults(
  { fate, total, name }: SplitSetsTable,
  numbers: readonly number[],
  received: readonly number[],
  events: readonly JobEvent[],
): string[] {
  const faults: string[] = [];
  // A piece that makes its job fail at once is not kept.
  const failedAtOnce = numbers.length === 0 && events[1]?.type === 'set-failed';
  const told = failedAtOnce ? [] : received.toSorted((a, b) => a - b);
  if (numbers.join() !== told.join()) {
    faults.push(`has the pieces ${numbers.join()}, but its history says ${told.join()}`);
  }
  if (total !== null && (numbers.at(-1) ?? 0) > total)
    faults.push(`has a piece ${numbers.at(-1)} of ${total}`);
  if (fate === 'joined' && numbers.length !== total) {
    faults.push(`was joined of ${numbers.length} pieces, and there are ${total}`);
  }
  if (numbers[0] === 1 && name === null) faults.push('has forgotten what its first piece says');
  return faults;
}
