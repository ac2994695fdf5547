/** The verdict on a soak, from what lies in the tray and what people were told; the ledger is only asked what it holds as unknown. */
import type { Job } from '#vocab/line.js';
import { copiesOf, type PlannedJob, pagesOf } from './planned-jobs.js';
import type { Letter } from './post-office.js';

export interface SoakEvidence {
  jobs: readonly PlannedJob[];
  /** How often each page of each job lies in the tray. */
  tray: ReadonlyMap<number, readonly number[]>;
  letters: readonly Letter[];
  replies: ReadonlyMap<number, readonly string[]>;
  ledger: readonly Pick<Job, 'description' | 'state' | 'reasons'>[];
}

export interface SoakVerdict {
  jobs: number;
  printedOnce: number;
  /** Of these, printed or completed by a reply of somebody who had looked into the tray. */
  afterAnAnswer: number;
  canceledUnprinted: number;
  outcomeUnknown: number;
  /** Of these, all pages are there, some, or none. */
  unknownAll: number;
  unknownSome: number;
  unknownNone: number;
  duplicates: number;
  losses: number;
  pages: number;
  letters: number;
  /** The same mail again, with its Message-ID: a kill had come between the mail server's word and its note. */
  lettersAgain: number;
  /** Everything that must not be, in words. */
  faults: string[];
}

/** What is told of a job once at the most. */
const onceOnly = new Set(['received', 'set-complete', 'printed', 'settled', 'canceled', 'document-failed']);

export function judgeSoak(evidence: SoakEvidence): SoakVerdict {
  const { jobs, tray, letters, ledger } = evidence;
  const distinct = [...new Map(letters.map((letter) => [letter.messageId, letter])).values()];
  const verdict: SoakVerdict = {
    ...{ jobs: jobs.length, printedOnce: 0, afterAnAnswer: 0, canceledUnprinted: 0, outcomeUnknown: 0 },
    ...{ unknownAll: 0, unknownSome: 0, unknownNone: 0, duplicates: 0, losses: 0 },
    pages: [...tray.values()].flat().reduce((sum, times) => sum + times, 0),
    letters: distinct.length,
    lettersAgain: letters.length - distinct.length,
    faults: [],
  };
  const known = new Set(jobs.map(({ number }) => number));
  for (const number of tray.keys()) {
    if (!known.has(number)) verdict.faults.push(`pages of job ${number}, which nobody sent, lie in the tray`);
  }
  for (const job of jobs) {
    const kept = ledger.filter(({ description }) => description === job.description);
    if (kept.length !== 1) verdict.faults.push(`${job.description} is ${kept.length} times in the ledger`);
    judgeJob(job, kept[0]?.reasons.includes('outcome-unknown') ?? false, evidence, verdict);
    const told = distinct.filter((letter) => letter.description === job.description);
    verdict.faults.push(...judgeLetters(job, told));
  }
  return verdict;
}

function judgeJob(
  job: PlannedJob,
  isUnknown: boolean,
  { tray, replies, letters }: SoakEvidence,
  verdict: SoakVerdict,
): void {
  const pages = tray.get(job.number) ?? [];
  const expected = pagesOf(job);
  const copies = copiesOf(job);
  const found = Array.from({ length: expected }, (_, page) => pages[page] ?? 0);
  const fault = (text: string) =>
    verdict.faults.push(`${job.description}: ${text}; of its pages lie in the tray: ${found.join(' ')}`);
  const last = letters.findLast((letter) => letter.description === job.description);
  const isWhole = found.every((times) => times === copies) && pages.length <= expected;
  if (found.some((times) => times > copies) || pages.length > expected) {
    verdict.duplicates++;
    fault('printed more than once');
  } else if (isUnknown) {
    verdict.outcomeUnknown++;
    if (isWhole) verdict.unknownAll++;
    else if (found.some((times) => times > 0)) verdict.unknownSome++;
    else verdict.unknownNone++;
    if (last?.event !== 'outcome-unknown')
      fault(`is of unknown outcome, and its sender was last told "${last?.event}"`);
  } else if (!isWhole) {
    verdict.losses++;
    fault('not printed whole, and not known to be unknown');
  } else if (copies === 0) {
    verdict.canceledUnprinted++;
    if (last?.event !== 'canceled') fault(`was canceled, and its sender was last told "${last?.event}"`);
  } else {
    verdict.printedOnce++;
    const answered = replies.get(job.number)?.some((words) => /^(again|from|done)/.test(words)) ?? false;
    if (answered) verdict.afterAnAnswer++;
    const confirmed = answered || last?.pagesConfirmed === expected * copies;
    const isTrue = last?.event === 'settled' || (last?.event === 'printed' && confirmed);
    if (!isTrue)
      fault(`printed, and its sender was last told "${last?.event}" of ${last?.pagesConfirmed} pages`);
  }
}

function judgeLetters(job: PlannedJob, told: readonly Letter[]): string[] {
  const events = told.map(({ event }) => event).filter((event) => onceOnly.has(event));
  const twice = events.filter((event, place) => events.indexOf(event) !== place);
  const strangers = told.filter(({ to }) => to !== job.sender);
  return [
    ...twice.map((event) => `${job.description}: its sender was told "${event}" twice`),
    ...strangers.map(({ to }) => `${job.description}: ${to} was told of it`),
  ];
}
