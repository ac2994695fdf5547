/** What the printer says while it prints a job, on its own channel and to the watch, kept with the job: each trouble once. */
import { type Condition, conditions as rows } from '#vocab/conditions.js';
import type { PrinterReport } from '#vocab/printer-status.js';
import type { ResumedWatch } from './engine/print-engine.js';
import { phaseOf } from './jobs/job-machine.js';
import { apply, type LeasedJob } from './leased-job.js';
import type { Line } from './line.js';

/** Whose word a trouble is: the printer's on the way of the job, or the watch's. */
type Source = 'job' | 'watch';

/** So many answers without trouble end one that the watch has never seen itself. */
const answersToClear = 3;

export interface Hearing extends ResumedWatch {
  /** To be called once the attempt is written down: from then on the watch is heard as well. */
  heedWatch(): void;
  /** Nothing more is heard; all of it is kept when this resolves. */
  settled(): Promise<unknown>;
}

/** Keeps what the printer says, in order. */
export function hear(line: Line, leased: LeasedJob): Hearing {
  let applied: Promise<unknown> = Promise.resolve();
  const standing = new Map<Condition, Source>();
  let unlisten = () => {};
  let goodAnswers = 0;
  let wasContradicted = false;
  const then = (step: () => Promise<void>) => {
    applied = applied.then(step);
    // It is awaited at the end of the delivery; until then a failure must not count as unheard.
    applied.catch(() => undefined);
  };
  const stand = (condition: Condition, text: string, source: Source) => {
    // A printer repeats its trouble for as long as it lasts, and a document can print such words without end.
    if (standing.has(condition)) return;
    // What the other one has told already in its own words is most likely the same.
    if ([...standing.values()].some((other) => other !== source)) return;
    standing.set(condition, source);
    goodAnswers = 0;
    then(() => hearCondition(line, leased, condition, text, source));
  };
  const clear = () => {
    if (standing.size === 0) return;
    standing.clear();
    then(() => hearCleared(line, leased));
  };
  const heed = (report: PrinterReport) => {
    const stopping = stoppingConditions(report);
    const [gravest] = stopping;
    // With the one that was told it is still the same stop, whatever is opened and lifted to mend it.
    if (gravest !== undefined && !stopping.some(({ condition }) => standing.has(condition))) {
      stand(gravest.condition, gravest.text, 'watch');
    }
    if (gravest !== undefined || report.state === 'unknown') return;
    goodAnswers++;
    const isSeen = [...standing.values()].includes('watch');
    if (isSeen) return clear();
    // Once: what is told again and again on the way of the job is not for the watch to end.
    if (standing.size === 0 || wasContradicted || goodAnswers < answersToClear) return;
    wasContradicted = true;
    clear();
  };
  return {
    begun: (reference, whole) => apply(line, leased, { type: 'printer-job', reference, whole }),
    condition: (condition, text) => stand(condition, text, 'job'),
    cleared: clear,
    heedWatch() {
      const { report } = line.printer;
      unlisten = line.printer.listen(heed);
      if (report !== null) heed(report);
    },
    settled() {
      unlisten();
      return applied;
    },
  };
}

/** What keeps the printer from printing, the gravest first; of one that only says that it has stopped, just that. */
function stoppingConditions({ state, conditions }: PrinterReport): { condition: Condition; text: string }[] {
  if (state !== 'stopped') return [];
  const errors = conditions.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return [{ condition: rows.other, text: 'it has stopped' }];
  return errors.map(({ name, text }) => {
    if (name === null) return { condition: rows.other, text };
    const row = rows[name];
    return { condition: row, text: text === row.text ? text : `${row.text} ("${text}")` };
  });
}

async function hearCondition(
  line: Line,
  leased: LeasedJob,
  condition: Condition,
  text: string,
  source: Source,
): Promise<void> {
  const { keyword } = condition;
  if (source === 'watch') {
    await apply(line, leased, { type: 'printer-condition', condition: keyword, text, source });
  } else {
    line.printer.observe({ type: 'condition', condition, text });
    await apply(line, leased, { type: 'printer-condition', condition: keyword, text });
  }
}

async function hearCleared(line: Line, leased: LeasedJob): Promise<void> {
  line.printer.observe({ type: 'job-begun' });
  if (phaseOf(leased.job) === 'stopped') await apply(line, leased, { type: 'condition-cleared' });
}
