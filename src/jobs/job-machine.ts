/** How a job may change: the table of its phases and events, pure; nothing else decides a job's state. */
import { PhaserLinkError } from '#base/errors.js';
import { type JobState, type JobStateReason, terminalJobStates } from '#vocab/job-states.js';
import type { JobDocument, PageCounts } from '#vocab/line.js';

/** Why a job was ended before anything of it went to the printer. */
export type TransformFailure = 'unsupported-document-format' | 'document-format-error' | 'aborted-by-system';

/** The printer's life counter, its count for this job, its word that the job ended, or that it has taken it. */
export type PagesConfirmedBy = 'counter' | 'job' | 'end' | 'acceptance';

/** What can happen to a job; kept as JSON in the ledger, so these shapes only ever grow. */
export type JobEvent =
  | { type: 'received'; held: boolean }
  /** A piece of a split mail; the first one to come begins a job's history. `missing`: null while the total is not known. */
  | { type: 'piece-received'; number: number; total: number | null; missing: number | null }
  /** All pieces are there and joined. `findings`: what was found in the whole, in words. */
  | { type: 'set-complete'; held: boolean; pieces: number; findings: string[] }
  /** What has come makes no whole. */
  | { type: 'set-failed'; text: string }
  /** They were waited for in vain. `total`: null when not even the last one has come that would tell. */
  | { type: 'pieces-missing'; numbers: number[]; total: number | null }
  | { type: 'transforming-started' }
  | {
      type: 'transformed';
      pagesExpected: number | null;
      notPrinted: { document: number; reason: string }[];
    }
  | { type: 'transform-failed'; reason: TransformFailure; text: string }
  /** Written down before the first byte goes to the printer. */
  | { type: 'attempt-started'; counterBefore: number | null }
  /** The printer could not be reached; nothing of the job was sent. */
  | { type: 'printer-unavailable'; text: string }
  /** The printer's own name for the job, by which it can be asked about after a restart. */
  | { type: 'printer-job'; reference: string }
  | { type: 'printer-condition'; condition: string; text: string }
  | { type: 'condition-cleared' }
  /** `by`: whose word the pages are; the history of older jobs does not say. */
  | { type: 'printed'; pages: number | null; warnings: string[]; by?: PagesConfirmedBy }
  | {
      type: 'document-failed';
      pages: number | null;
      errors: { document: number; name: string; command: string }[];
    }
  /** The evidence says that nothing came out. */
  | { type: 'not-printed'; text: string }
  | { type: 'outcome-unknown'; text: string; pages: number | null }
  /** Found after a crash, before any attempt was written down. */
  | { type: 'interrupted' }
  | { type: 'canceled'; by: 'user' | 'operator' };

export type JobEventType = JobEvent['type'];

/** What a job's history begins with. */
export type BirthEvent = Extract<JobEvent, { type: 'received' | 'piece-received' }>;

export function isBirth(event: JobEvent): event is BirthEvent {
  return event.type === 'received' || event.type === 'piece-received';
}

/** What the machine knows of a job. */
export interface JobFacts {
  state: JobState;
  reasons: JobStateReason[];
  pages: PageCounts;
  attempts: number;
  counterBefore: number | null;
  documents: readonly Pick<JobDocument, 'notPrinted'>[];
  /** The printer's conditions that this job's people were told of. */
  conditionsTold: readonly string[];
}

/** The fields that an event changes; one that is absent stays as it was. */
export interface JobChange {
  state: JobState;
  reasons: JobStateReason[];
  pages?: Partial<PageCounts>;
  attempts?: number;
  counterBefore?: number | null;
  notPrinted?: { document: number; reason: string }[];
  conditionTold?: string;
}

/** How often a job is begun of which nothing came out, before it is held. */
export const maxAttemptsWithoutPages = 3;

/** Where a job stands, finer than IPP's states: what was already done decides what may happen next. */
export type JobPhase =
  | 'incoming'
  | 'waiting'
  | 'held'
  | 'transforming'
  | 'ready'
  | 'printing'
  | 'stopped'
  | 'ended';

export function phaseOf({ state, reasons }: Pick<JobFacts, 'state' | 'reasons'>): JobPhase {
  if (terminalJobStates.has(state)) return 'ended';
  if (state === 'pending') return 'waiting';
  if (state === 'pending-held') return reasons.includes('job-incoming') ? 'incoming' : 'held';
  if (state === 'processing-stopped') return 'stopped';
  if (reasons.includes('job-transforming')) return 'transforming';
  return reasons.includes('job-printing') ? 'printing' : 'ready';
}

interface Row<E extends JobEvent> {
  from: readonly JobPhase[];
  change(job: JobFacts, event: E): JobChange;
}

const attempt: readonly JobPhase[] = ['printing', 'stopped'];

const table: { [T in JobEventType]: Row<Extract<JobEvent, { type: T }>> } = {
  // A job that exists was received already: this event only begins its history.
  received: { from: [], change: (_job, event) => bornJob(event) },

  'piece-received': { from: ['incoming'], change: (_job, event) => bornJob(event) },
  'set-complete': { from: ['incoming'], change: (_job, { held }) => bornJob({ type: 'received', held }) },
  'set-failed': {
    from: ['incoming'],
    change: () => ({ state: 'aborted', reasons: ['aborted-by-system'] }),
  },
  'pieces-missing': {
    from: ['incoming'],
    change: () => ({ state: 'aborted', reasons: ['submission-interrupted', 'aborted-by-system'] }),
  },

  'transforming-started': {
    from: ['waiting'],
    change: () => ({ state: 'processing', reasons: ['job-transforming'] }),
  },
  transformed: {
    from: ['transforming'],
    change: (_job, { pagesExpected, notPrinted }) => ({
      state: 'processing',
      reasons: [],
      pages: { expected: pagesExpected },
      notPrinted,
    }),
  },
  // Also when it is known already which documents stay off the paper: all of them.
  'transform-failed': {
    from: ['transforming', 'ready'],
    change: (_job, { reason }) => ({
      state: 'aborted',
      reasons: reason === 'aborted-by-system' ? [reason] : [reason, 'aborted-by-system'],
    }),
  },
  'attempt-started': {
    from: ['ready'],
    change: (job, { counterBefore }) => ({
      state: 'processing',
      reasons: ['job-printing'],
      attempts: job.attempts + 1,
      counterBefore,
      pages: { confirmed: null },
    }),
  },
  // Changes nothing; the history keeps it.
  'printer-job': {
    from: attempt,
    change: ({ state, reasons }) => ({ state, reasons }),
  },
  'printer-unavailable': {
    from: ['waiting', 'transforming', 'ready'],
    change: () => ({
      state: 'pending',
      reasons: ['printer-stopped'],
      conditionTold: 'printer-unavailable',
    }),
  },
  'printer-condition': {
    from: attempt,
    change: (_job, { condition }) => ({
      state: 'processing-stopped',
      reasons: ['printer-stopped'],
      conditionTold: condition,
    }),
  },
  'condition-cleared': {
    from: ['stopped'],
    change: () => ({ state: 'processing', reasons: ['job-printing'] }),
  },
  printed: {
    from: attempt,
    change: (job, { pages, warnings }) => ({
      state: 'completed',
      reasons: [
        warnings.length > 0 || fellShort(job, pages)
          ? 'job-completed-with-warnings'
          : 'job-completed-successfully',
      ],
      pages: { confirmed: pages },
    }),
  },
  'document-failed': {
    from: attempt,
    change: (_job, { pages }) => ({
      state: 'aborted',
      reasons: ['document-format-error', 'aborted-by-system'],
      pages: { confirmed: pages },
    }),
  },
  'not-printed': {
    from: attempt,
    change: (job) =>
      job.attempts < maxAttemptsWithoutPages
        ? { state: 'pending', reasons: [] }
        : { state: 'pending-held', reasons: ['job-hold-until-specified'] },
  },
  'outcome-unknown': {
    from: attempt,
    change: (_job, { pages }) => ({
      state: 'pending-held',
      reasons: ['outcome-unknown'],
      pages: { confirmed: pages },
    }),
  },
  // An attempt that was begun is not undone by a restart: its evidence decides.
  interrupted: { from: ['transforming', 'ready'], change: () => ({ state: 'pending', reasons: [] }) },
  canceled: {
    from: ['incoming', 'waiting', 'held', 'transforming', 'ready', 'printing', 'stopped'],
    change: (_job, { by }) => ({
      state: 'canceled',
      reasons: [by === 'user' ? 'job-canceled-by-user' : 'job-canceled-by-operator'],
    }),
  },
};

/** Every event, the first of a job's history included. */
export const jobEventTypes = Object.keys(table) as JobEventType[];

/** The state in which a job begins. */
export function bornJob(event: BirthEvent): JobChange {
  if (event.type === 'piece-received') return { state: 'pending-held', reasons: ['job-incoming'] };
  return event.held
    ? { state: 'pending-held', reasons: ['job-hold-until-specified'] }
    : { state: 'pending', reasons: [] };
}

/** What `event` makes of `job`; throws `job-event-refused` when it cannot happen to it now. */
export function changeJob(job: JobFacts, event: JobEvent): JobChange {
  // A union of rows cannot be called with a union of events; the key ties the two together.
  const row = table[event.type] as Row<JobEvent>;
  const phase = phaseOf(job);
  if (row.from.includes(phase)) return row.change(job, event);
  throw new PhaserLinkError({
    code: 'job-event-refused',
    retry: 'permanent',
    text: `a job that is ${[job.state, ...job.reasons].join(', ')} cannot meet "${event.type}"`,
  });
}

/** Whether the event tells only what this job's people were told before. */
export function isRepeated(job: JobFacts, change: JobChange): boolean {
  return change.conditionTold !== undefined && job.conditionsTold.includes(change.conditionTold);
}

function fellShort(job: JobFacts, pages: number | null): boolean {
  if (job.documents.some(({ notPrinted }) => notPrinted !== null)) return true;
  if (pages === null) return false;
  return pages === 0 || (job.pages.expected !== null && pages !== job.pages.expected);
}
