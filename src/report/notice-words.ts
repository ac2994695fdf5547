/** What happened to a job, in a sentence for its sender: one row for each event. */
import { toldOf } from '#vocab/left-out.js';
import type { Job } from '#vocab/line.js';
import { numberRanges, pieceName } from '#vocab/split-mail.js';
import type { Part } from '#vocab/wishes.js';
import type { Asker, JobEvent, JobEventType, PagesConfirmedBy } from '../jobs/job-machine.js';
import { count, oneLine } from './mail-text.js';

/** How many interpreter errors one sentence names. */
const maxNamedErrors = 3;
/** How many ranges of missing pieces; the block has them all. */
const maxNamedRanges = 20;

type Words = { [T in JobEventType]: (job: Job, event: Extract<JobEvent, { type: T }>) => string };

const words: Words = {
  received: (job, { held }) =>
    held
      ? `${yours(job)} was received as job ${job.id}. It is held, and not printed for now.${releaseWords(job)}`
      : `${yours(job)} was received and waits to be printed as job ${job.id}.`,
  'piece-received': (job, event) =>
    `${capital(pieceName(event))} of ${named(job)} was received; ${missingWords(event.missing)}.`,
  'set-complete': (job, { held, pieces }) =>
    held
      ? `${yours(job)} has come whole, in ${count(pieces, 'piece')}, as job ${job.id}. It is held, and not printed for now.${releaseWords(job)}`
      : `${yours(job)} has come whole, in ${count(pieces, 'piece')}, and waits to be printed as job ${job.id}.`,
  'set-failed': (job, { text }) =>
    `${yours(job)} was not printed: ${sentence(text)} Its pieces are discarded; to have it printed, send it again as a new job.`,
  'pieces-missing': (job, event) =>
    `${yours(job)} was not printed: ${missingPieces(event)} in time. What has come of it is discarded; please send it again.`,
  'transforming-started': (job) => `${yours(job)} is being made ready for the printer.`,
  transformed: (job, { pagesExpected }) =>
    pagesExpected === null
      ? `${yours(job)} is ready for the printer.`
      : `${yours(job)} is ready for the printer: ${count(pagesExpected, 'page')}.`,
  'transform-failed': (job, { text }) => `${yours(job)} was not printed: ${sentence(text)}`,
  'attempt-started': (job) => `${yours(job)} is being printed.`,
  'printer-unavailable': (job, { text }) =>
    `${yours(job)} waits for the printer: ${sentence(text)} It is printed as soon as the printer takes it.`,
  'printer-job': (job, { reference }) => `${yours(job)} is job ${oneLine(reference)} at the printer.`,
  taken: (job) => `${yours(job)} was taken by the printer.`,
  'printer-condition': conditionWords,
  'condition-cleared': (job) => `The printer goes on printing ${named(job)}.`,
  printed: printedWords,
  'document-failed': (job, { pages, errors }) => `${failedWords(job, pages)} ${interpreterWords(errors)}`,
  'not-printed': (job, { text }) =>
    job.state === 'canceled'
      ? canceledWords(job, 0)
      : job.state === 'pending-held'
        ? `${yours(job)} was not printed in ${count(job.attempts, 'attempt')}: ${sentence(text)} It is held, and not printed for now.${releaseWords(job)}`
        : `${yours(job)} was not printed yet: ${sentence(text)} It is tried again.`,
  'outcome-unknown': (job, { text, pages }) =>
    job.state === 'canceled'
      ? canceledWords(job, pages)
      : `Nobody can know whether ${named(job)} was printed: ${sentence(text)} ${pages ? `${count(pages, 'page')} came out for certain. ` : ''}Please look into the output tray. The job is held and is not printed again by itself. ${tellWords(pages)}`,
  interrupted: (job) => `The Printing Server was started again; ${named(job)} waits to be printed.`,
  canceled: (job, { by }) => `${yours(job)} was canceled ${byWhom(by)}.`,
  'cancel-asked': (job, { by }) =>
    `${yours(job)} is being stopped, as asked for ${byWhom(by)}. What has come out is counted then.`,
  held: (job, { by }) => `${yours(job)} is held ${byWhom(by)}, and not printed for now.${releaseWords(job)}`,
  released: (job, { by }) =>
    `${yours(job)} was released ${byWhom(by)} and waits to be printed as job ${job.id}.`,
  again: (job, event) => `${yours(job)} waits to be printed${partWords(event)}, as job ${job.id}.`,
  reprint: (job, event) =>
    `${yours(job)} waits to be printed once more${partWords(event)}, as job ${job.id}; it was job ${event.of}.`,
  settled: (job, { by }) => `${yours(job)} counts as printed: it was found to be there ${byWhom(by)}.`,
  'hold-expired': (job) =>
    job.reasons.includes('outcome-unknown')
      ? `Nobody has said what became of ${named(job)}. It is not printed again, and its documents are discarded in time.`
      : `${yours(job)} was not released in time, and is not printed. To have it printed, send it again.`,
  resumed: (job, { text }) => `${yours(job)} waits to be printed again: ${sentence(text)}`,
};

/** From which page on, and how many times; empty for a whole job once. */
export function partWords({ from, copies }: Part): string {
  const on = from === 1 ? '' : ` from page ${from} on`;
  return copies === 1 ? on : `${on} in ${copies} copies`;
}

function byWhom(by: Asker['by']): string {
  return by === 'user' ? 'by its owner' : 'by the administrator';
}

/** What its sender can do about a held job; empty for one that is held no more. */
function releaseWords({ releaseCode }: Job): string {
  if (releaseCode === null) return '';
  return ` Reply to this mail with "release" to have it printed, or with "cancel"; at the printer, its code is ${releaseCode}.`;
}

function tellWords(pages: number | null): string {
  return `Reply to this mail with "done" when all of it is there, with "again" to have all of it printed once more, with "from ${pages ? pages + 1 : 1}" to have it printed from that page on, or with "cancel". Later jobs of yours wait for that.`;
}

function canceledWords(job: Job, pages: number | null): string {
  const by = job.reasons.includes('job-canceled-by-user') ? 'user' : 'operator';
  const out =
    pages === null
      ? 'How many pages had come out by then is not known.'
      : pages === 0
        ? 'No page had come out.'
        : `${count(pages, 'page')} had come out, by the printer's counter.`;
  return `${yours(job)} was canceled ${byWhom(by)} while it was being printed. ${out}`;
}

/** A sentence or two; never with a line break. */
export function eventWords(job: Job, event: JobEvent): string {
  // A union of rows cannot be called with a union of events; the key ties the two together.
  const say = words[event.type] as (job: Job, event: JobEvent) => string;
  return say(job, event);
}

/** How many pieces are missing. */
export function missingWords(missing: number | null): string {
  if (missing === null) return 'how many are missing is not known yet';
  return missing === 0 ? 'none is missing' : `${missing} missing`;
}

/** Which pieces did not come; where not even the number of pieces is known, the last one is among them. */
export function missingPieces({
  numbers,
  total,
}: {
  numbers: readonly number[];
  total: number | null;
}): string {
  const ranges = numberRanges(numbers);
  const shown = ranges.slice(0, maxNamedRanges).join(', ');
  const more = ranges.length > maxNamedRanges ? ', …' : '';
  const of = total === null ? '' : ` of ${total}`;
  const named = `${numbers.length === 1 ? 'piece' : 'pieces'} ${shown}${more}${of}`;
  if (total !== null) return `${named} did not come`;
  const last = 'the last piece, which tells how many there are,';
  return `${numbers.length === 0 ? last : `${named} and ${last}`} did not come`;
}

/** PostScript's error in the interpreter's own words. */
export function interpreterError(error: { name: string; command: string }): string {
  return `${oneLine(error.name)} in ${oneLine(error.command)}`;
}

/** The printer and the document speak on the same line; who says it cannot be known. */
function conditionWords(
  job: Job,
  { condition, text, source }: Extract<JobEvent, { type: 'printer-condition' }>,
): string {
  if (condition === 'connecting-to-device') {
    return `The printing of ${named(job)} was broken off: ${sentence(text)} What came out is found out when the printer is back.`;
  }
  if (source === 'watch') {
    return `While ${named(job)} was being printed, the printer stopped: ${sentence(text)} The job goes on by itself when this is put right.`;
  }
  return `While ${named(job)} was being printed, the printer or the document itself said: ${sentence(text)} If it was the printer, the job goes on when this is put right.`;
}

/** As it follows a number of pages. */
const confirmedBy = {
  counter: ", confirmed by the printer's counter",
  job: ", confirmed by the printer's own count for this job",
  end: '',
  acceptance: '',
} as const satisfies Record<PagesConfirmedBy, string>;

function printedWords(
  job: Job,
  { pages, by = 'counter', warnings }: Extract<JobEvent, { type: 'printed' }>,
): string {
  const doubts = warnings.map((warning) => ` ${capital(sentence(warning))}`).join('');
  if (pages === null && by === 'acceptance') {
    return `${yours(job)} was given to the printer, which took it. What came out it does not say.`;
  }
  if (pages === null) {
    return `${yours(job)} was sent and the printer came to its end. How many pages came out it does not say.`;
  }
  if (pages === 0) {
    return `${yours(job)} came to its end, but no page was printed: the printer's counter has not moved.`;
  }
  const { expected } = job.pages;
  const differs = expected !== null && expected !== pages ? ` ${expected} were expected.` : '';
  const left = job.documents.filter(({ notPrinted }) => notPrinted !== null).length;
  const leftOut =
    left > 0 ? ` ${count(left, 'document')} of ${job.documents.length} stayed off the paper.` : '';
  const missed = job.leftOut.filter((part) => toldOf(part) === 'missed').length;
  const alsoMissed = missed > 0 ? ` ${count(missed, 'part')} of your mail could not be printed.` : '';
  return `${yours(job)} was printed: ${count(pages, 'page')}${confirmedBy[by]}.${differs}${doubts}${leftOut}${alsoMissed}`;
}

function failedWords(job: Job, pages: number | null): string {
  if (pages === null) return `${yours(job)} was not printed to its end.`;
  if (pages === 0) return `${yours(job)} was not printed.`;
  return `${yours(job)} was not printed to its end: ${count(pages, 'page')} came out.`;
}

function interpreterWords(errors: readonly { name: string; command: string }[]): string {
  if (errors.length === 0) return "The printer's interpreter gave no reason.";
  const said = errors.slice(0, maxNamedErrors).map(interpreterError).join('; ');
  return `The printer's interpreter said: ${said}${errors.length > maxNamedErrors ? '; …' : '.'}`;
}

function named(job: Job): string {
  return job.description === '' ? 'your document' : `your document "${oneLine(job.description)}"`;
}

function yours(job: Job): string {
  return capital(named(job));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function sentence(text: string): string {
  const line = oneLine(text);
  return /[.!?…]$/.test(line) ? line : `${line}.`;
}
