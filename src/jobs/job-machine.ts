/** How a job may change: the table of its phases and events, pure; nothing else decides a job's state. */
import { PhaserLinkError } from '#base/errors.js';
import { type JobState, type JobStateReason, terminalJobStates } from '#vocab/job-states.js';
import type { JobDocument, PageCounts } from '#vocab/line.js';
import { type Part, wholeOnce } from '#vocab/wishes.js';

/** Why a job was ended before anything of it went to the printer. */
export type TransformFailure = 'unsupported-document-format' | 'document-format-error' | 'aborted-by-system';

/** Who wants something of a job: its owner, or somebody who may do so with every job. */
export interface Asker {
  by: 'user' | 'operator';
  /** An address, or a name on this machine; not known of older events. */
  who?: string;
}

/** The printer's life counter, its count for this job, its word that the job ended, or that it has taken it. */
export type PagesConfirmedBy = 'counter' | 'job' | 'end' | 'acceptance';

/** What can happen to a job; kept as JSON in the ledger, so these shapes only ever grow. */
export type JobEvent =
  | { type: 'received'; held: boolean }
  /** A job that has ended is printed once more, as a new one. */
  | ({ type: 'reprint'; of: number } & Part & Asker)
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
  | {
      type: 'attempt-started';
      counterBefore: number | null;
      /** The counter that the watch has read, which may be another one; absent where nobody watched. */
      watchedBefore?: number | null;
    }
  /** The printer could not be reached; nothing of the job was sent. */
  | { type: 'printer-unavailable'; text: string }
  /** The printer's own name for the job, by which it can be asked about after a restart. */
  | { type: 'printer-job'; reference: string; whole: boolean }
  /** The printer has taken all of it, and says no more on this way. */
  | { type: 'taken' }
  /** `source`: absent for what came on the way of the job, where a document may speak as well. */
  | { type: 'printer-condition'; condition: string; text: string; source?: 'watch' }
  | { type: 'condition-cleared' }
  /** `by`: whose word the pages are; the history of older jobs does not say. */
  | { type: 'printed'; pages: number | null; warnings: string[]; by?: PagesConfirmedBy }
  | {
      type: 'document-failed';
      pages: number | null;
      errors: { document: number; name: string; command: string }[];
    }
  /** The evidence says that nothing came out. `trouble`: the printer itself waited for a hand, or took nothing, so the attempt does not count. */
  | { type: 'not-printed'; text: string; trouble?: 'operator' }
  | { type: 'outcome-unknown'; text: string; pages: number | null }
  /** Found after a crash, before any attempt was written down. */
  | { type: 'interrupted' }
  /** Nothing of it is at the printer, or its pages were counted. */
  | ({ type: 'canceled' } & Asker)
  /** While it is being printed: the attempt is ended, and its evidence decides. */
  | ({ type: 'cancel-asked' } & Asker)
  | ({ type: 'held' } & Asker)
  /** Prints a held job, or lets a waiting one pass its sender's earlier jobs. */
  | ({ type: 'released' } & Asker)
  | ({ type: 'again' } & Part & Asker)
  /** Somebody has looked into the tray: all of it is there. */
  | ({ type: 'settled' } & Asker)
  /** Nobody has released it, or said what became of it, in time. */
  | { type: 'hold-expired' }
  /** The trouble that it was held for is over. */
  | { type: 'resumed'; text: string };

export type JobEventType = JobEvent['type'];

/** What a job's history begins with. */
export type BirthEvent = Extract<JobEvent, { type: 'received' | 'reprint' | 'piece-received' }>;

/** How soon a change is on disk: before anybody acts on it, on its way while the next is thought of, or with the next one that is. */
export type Durability = 'write' | 'writeSoon' | 'jot';

/** What says how far a job has come on its way to the printer: when a power cut undoes it, it is done once more. */
const undoable: ReadonlySet<JobEventType> = new Set(['transforming-started', 'transformed', 'interrupted']);
/** After these nothing is done for the job but what waits for the disk itself: another attempt, its mails, the removal of its documents. */
const concluding: ReadonlySet<JobEventType> = new Set([
  'printed',
  'document-failed',
  'not-printed',
  'outcome-unknown',
]);

/** Of events that happen together. */
export function durabilityOf(events: readonly JobEvent[]): Durability {
  if (events.every(({ type }) => undoable.has(type))) return 'jot';
  return events.every(({ type }) => concluding.has(type)) ? 'writeSoon' : 'write';
}

export function isBirth(event: JobEvent): event is BirthEvent {
  return event.type === 'received' || event.type === 'reprint' || event.type === 'piece-received';
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
  /** What of it the next attempt is to print. */
  part: Part;
  /** The attempts after which it is held when nothing comes out. */
  attemptLimit: number;
  /** Somebody has said that it need not wait for its sender's earlier jobs. */
  mayPass: boolean;
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
  part?: Part;
  attemptLimit?: number;
  mayPass?: boolean;
}

/** How often a job is begun of which nothing came out, before it is held. */
export const maxAttemptsWithoutPages = 3;
/** The same, with those that broke off while a hand was needed, for a document can print such words itself. */
const maxAttempts = 10;

/** Where a job stands, finer than IPP's states: what was already done decides what may happen next. */
export type JobPhase =
  | 'incoming'
  | 'waiting'
  | 'held'
  /** Held, because nobody knows whether it was printed. */
  | 'unknown'
  | 'transforming'
  | 'ready'
  | 'printing'
  | 'stopped'
  /** Somebody has canceled it while it was being printed. */
  | 'canceling'
  | 'ended';

export function phaseOf({ state, reasons }: Pick<JobFacts, 'state' | 'reasons'>): JobPhase {
  if (terminalJobStates.has(state)) return 'ended';
  if (state === 'pending') return 'waiting';
  if (state === 'pending-held') {
    if (reasons.includes('job-incoming')) return 'incoming';
    return reasons.includes('outcome-unknown') ? 'unknown' : 'held';
  }
  if (reasons.includes('processing-to-stop-point')) return 'canceling';
  if (state === 'processing-stopped') return 'stopped';
  if (reasons.includes('job-transforming')) return 'transforming';
  return reasons.includes('job-printing') ? 'printing' : 'ready';
}

/** There is nothing to do for a printer at a job that stands so. */
const restingPhases: ReadonlySet<JobPhase> = new Set(['ended', 'held', 'unknown']);

export function isAtRest(job: Pick<JobFacts, 'state' | 'reasons'>): boolean {
  return restingPhases.has(phaseOf(job));
}

interface Row<E extends JobEvent> {
  from: readonly JobPhase[];
  change(job: JobFacts, event: E): JobChange;
}

const attempt: readonly JobPhase[] = ['printing', 'stopped', 'canceling'];

const table: { [T in JobEventType]: Row<Extract<JobEvent, { type: T }>> } = {
  // A job that exists was received already: these events only begin its history.
  received: { from: [], change: (_job, event) => bornJob(event) },
  reprint: { from: [], change: (_job, event) => bornJob(event) },

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
  // These two change nothing; the history keeps them.
  'printer-job': {
    from: attempt,
    change: ({ state, reasons }) => ({ state, reasons }),
  },
  taken: { from: attempt, change: ({ state, reasons }) => ({ state, reasons }) },
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
    change: (job, { condition }) =>
      phaseOf(job) === 'canceling'
        ? { state: job.state, reasons: job.reasons, conditionTold: condition }
        : { state: 'processing-stopped', reasons: ['printer-stopped'], conditionTold: condition },
  },
  'condition-cleared': {
    from: ['stopped', 'canceling'],
    change: (job) =>
      phaseOf(job) === 'canceling'
        ? { state: job.state, reasons: job.reasons }
        : { state: 'processing', reasons: ['job-printing'] },
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
    change: (job, { trouble }) => {
      if (phaseOf(job) === 'canceling') return canceledJob(job, 0);
      if (trouble === 'operator' && job.attempts < maxAttempts) {
        return { state: 'pending', reasons: ['printer-stopped'], attemptLimit: job.attemptLimit + 1 };
      }
      return job.attempts < job.attemptLimit
        ? { state: 'pending', reasons: [] }
        : { state: 'pending-held', reasons: ['job-hold-until-specified', 'errors-detected'] };
    },
  },
  'outcome-unknown': {
    from: attempt,
    change: (job, { pages }) =>
      phaseOf(job) === 'canceling'
        ? canceledJob(job, pages)
        : { state: 'pending-held', reasons: ['outcome-unknown'], pages: { confirmed: pages } },
  },
  // An attempt that was begun is not undone by a restart: its evidence decides.
  interrupted: { from: ['transforming', 'ready'], change: () => ({ state: 'pending', reasons: [] }) },
  canceled: {
    from: ['incoming', 'waiting', 'held', 'unknown', 'transforming', 'ready', ...attempt],
    change: (_job, { by }) => ({ state: 'canceled', reasons: [canceledBy(by)] }),
  },
  // RFC 8011 §4.3.3: such a job goes on being processed until it can be stopped.
  'cancel-asked': {
    from: ['printing', 'stopped'],
    change: (_job, { by }) => ({
      state: 'processing',
      reasons: ['processing-to-stop-point', canceledBy(by)],
    }),
  },
  // Nothing has gone to the printer: whoever works on the job finds its next event refused.
  held: {
    from: ['waiting', 'transforming', 'ready'],
    change: () => ({ state: 'pending-held', reasons: ['job-hold-until-specified'], mayPass: false }),
  },
  released: {
    from: ['held', 'waiting'],
    change: (job) =>
      phaseOf(job) === 'waiting'
        ? { state: job.state, reasons: job.reasons, mayPass: true }
        : { ...waitingAgain(job), mayPass: true },
  },
  again: {
    from: ['waiting', 'held', 'unknown'],
    change: (job, { from, copies }) => ({
      ...waitingAgain(job),
      part: { from, copies },
      pages: { expected: null, confirmed: null },
    }),
  },
  settled: {
    from: ['unknown'],
    change: () => ({ state: 'completed', reasons: ['job-completed-with-warnings'] }),
  },
  'hold-expired': {
    from: ['held', 'unknown'],
    change: (job) => ({
      state: 'aborted',
      reasons: phaseOf(job) === 'unknown' ? ['outcome-unknown', 'aborted-by-system'] : ['aborted-by-system'],
    }),
  },
  resumed: { from: ['held'], change: waitingAgain },
};

/** Every event, the first of a job's history included. */
export const jobEventTypes = Object.keys(table) as JobEventType[];

/** The state in which a job begins. */
export function bornJob(event: BirthEvent): Pick<JobChange, 'state' | 'reasons'> & { part?: Part } {
  if (event.type === 'piece-received') return { state: 'pending-held', reasons: ['job-incoming'] };
  if (event.type === 'reprint') {
    return { state: 'pending', reasons: [], part: { from: event.from, copies: event.copies } };
  }
  return event.held
    ? { state: 'pending-held', reasons: ['job-hold-until-specified'] }
    : { state: 'pending', reasons: [] };
}

/** What of a new job nobody has changed yet. */
export function unchangedFacts(): Pick<
  JobFacts,
  'pages' | 'attempts' | 'counterBefore' | 'conditionsTold' | 'part' | 'attemptLimit' | 'mayPass'
> {
  return {
    pages: { expected: null, confirmed: null },
    attempts: 0,
    counterBefore: null,
    conditionsTold: [],
    part: wholeOnce,
    attemptLimit: maxAttemptsWithoutPages,
    mayPass: false,
  };
}

/** Whether it is held because something went wrong, and not because somebody wants it held. */
export function isInTrouble(job: Pick<JobFacts, 'state' | 'reasons'>): boolean {
  const phase = phaseOf(job);
  return phase === 'unknown' || (phase === 'held' && job.reasons.includes('errors-detected'));
}

/** How often a job that is held goes back into line because its trouble is over; then only somebody's word helps. */
const maxResumes = 3;

const words: ReadonlySet<JobEventType> = new Set(['released', 'again']);

/** Whether it may go back into line when the trouble that it was held for is over; `history`: its events, oldest first. */
export function mayBeResumed(
  job: Pick<JobFacts, 'state' | 'reasons'>,
  history: readonly Pick<JobEvent, 'type'>[],
): boolean {
  if (phaseOf(job) !== 'held' || !job.reasons.includes('errors-detected')) return false;
  const sinceWord = history.slice(history.findLastIndex(({ type }) => words.has(type)) + 1);
  return sinceWord.filter(({ type }) => type === 'resumed').length < maxResumes;
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

function canceledBy(by: Asker['by']): JobStateReason {
  return by === 'user' ? 'job-canceled-by-user' : 'job-canceled-by-operator';
}

/** Stopped on somebody's wish, with so many pages in the tray. */
function canceledJob({ reasons }: JobFacts, pages: number | null): JobChange {
  const by = reasons.filter((reason) => reason !== 'processing-to-stop-point');
  return { state: 'canceled', reasons: by, pages: { confirmed: pages } };
}

/** In line again, with as many attempts as a new job. */
function waitingAgain(job: JobFacts): JobChange {
  return { state: 'pending', reasons: [], attemptLimit: job.attempts + maxAttemptsWithoutPages };
}

function fellShort(job: JobFacts, pages: number | null): boolean {
  if (job.documents.some(({ notPrinted }) => notPrinted !== null)) return true;
  if (pages === null) return false;
  return pages === 0 || (job.pages.expected !== null && pages !== job.pages.expected);
}
