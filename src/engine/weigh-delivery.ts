/** What the evidence of an attempt proves: printed, failed, not printed, or nobody can know (DESIGN, rule 2). */
import type { Delivery, DocumentEnd, WatchedCounter } from '#vocab/line.js';
import { parseInterpreterError } from '#wire/postscript-job.js';

export interface DocumentError {
  /** The document's place in the job, from 0. */
  document: number;
  name: string;
  command: string;
}

/** Whose word the page count is, in the order of trust. */
export type Confirmation = 'counter' | 'job' | 'end' | 'acceptance';

export type Outcome =
  | { type: 'printed'; pages: number | null; warnings: string[]; by: Confirmation }
  | { type: 'document-failed'; pages: number | null; errors: DocumentError[] }
  | { type: 'not-printed'; text: string }
  | { type: 'outcome-unknown'; pages: number | null; text: string };

/** The verdict on an end that was heard; null when it was not: then the printer must be asked again. */
export function weighDelivery(delivery: Delivery, expected: number | null): Outcome | null {
  if (!delivery.begun) return { type: 'not-printed', text: delivery.broken ?? 'nothing was sent' };
  if (delivery.end === 'unknown') return null;
  const { pages, by, disagreement } = weighPages(delivery, expected);
  if (delivery.end === 'accepted') return { type: 'printed', pages, warnings: disagreement, by };
  const errors = documentErrors(delivery);
  if (errors.length > 0) return { type: 'document-failed', pages, errors };
  const untold = delivery.documents.flatMap(({ end }, index) => (end === 'unknown' ? [index + 1] : []));
  if (untold.length > 0 && (pages === null || pages !== expected)) {
    const text = `the printer did not say how document ${untold.join(' and ')} ended`;
    return { type: 'outcome-unknown', pages, text };
  }
  return {
    type: 'printed',
    pages,
    warnings: [...disagreement, ...delivery.documents.flatMap(documentWarning)],
    by,
  };
}

/** The verdict on a job that never reached the printer whole, and has ended there all the same. */
export function weighFragment(delivery: Delivery): Outcome {
  const { pages } = weighPages(delivery, null);
  if (pages === 0)
    return {
      type: 'not-printed',
      text: 'it did not reach the printer whole, and no page of it has come out',
    };
  return { type: 'outcome-unknown', pages, text: 'it did not reach the printer whole' };
}

/** The verdict on a job that the printer has taken whole, by what the watch has counted since. */
export function weighTaken(watched: WatchedCounter, expected: number | null): Outcome {
  const counted = weighWatched(watched, expected);
  return {
    type: 'printed',
    pages: counted.pages,
    by: counted.pages === null ? 'acceptance' : 'counter',
    warnings: counted.doubts,
  };
}

interface PageVerdict {
  pages: number | null;
  by: Confirmation;
  disagreement: string[];
}

/** The page count to believe: the counter on the way of the job, the one that the watch reads, then its word for this job. */
function weighPages(delivery: Delivery, expected: number | null): PageVerdict {
  const { end, pagesTold: told, watched } = delivery;
  const pages = counted(delivery.counterBefore, delivery.counterAfter);
  const seen = watched === undefined ? null : countedBy(watched);
  if (pages !== null) {
    const disagreement = [...differsFromTold(pages, told), ...differsFromSeen(pages, seen)];
    return { pages, by: 'counter', disagreement };
  }
  if (told !== null) {
    // Others may print at the same time: the counter confirms what the printer says of this job, or says that it cannot.
    return {
      pages: told,
      by: seen === told ? 'counter' : 'job',
      disagreement: seen === null ? [] : differsFromTold(seen, told),
    };
  }
  const fallback = end === 'accepted' ? 'acceptance' : 'end';
  if (watched === undefined) return { pages, by: fallback, disagreement: [] };
  const { pages: watchedPages, doubts } = weighWatched(watched, expected);
  return { pages: watchedPages, by: watchedPages === null ? fallback : 'counter', disagreement: doubts };
}

/** On a way that others use as well: more pages than expected say that they did. */
function weighWatched(
  watched: WatchedCounter,
  expected: number | null,
): { pages: number | null; doubts: string[] } {
  if (watched.isShared) {
    const text =
      "the printer was not at rest before, so its counter may have counted somebody else's pages and cannot tell those of this job";
    return { pages: null, doubts: [text] };
  }
  const pages = countedBy(watched);
  if (pages === null && counted(watched.before, watched.after) === 0) {
    const text =
      "the printer's counter has not moved, and was never seen to move: whether anything came out it does not tell";
    return { pages: null, doubts: [text] };
  }
  if (pages === null || expected === null || pages <= expected) return { pages, doubts: [] };
  const text = `the printer's counter has gone up by ${pages} meanwhile, and ${expected} were expected: somebody else may have printed at the same time`;
  return { pages: null, doubts: [text] };
}

/** Some counters stand at the same number for ever; then "no page" is not what it says. */
function countedBy({ before, after, isAlive }: WatchedCounter): number | null {
  const pages = counted(before, after);
  return pages === 0 && !isAlive ? null : pages;
}

function differsFromTold(pages: number, told: number | null): string[] {
  if (told === null || told === pages) return [];
  return [
    `the printer's counter has gone up by ${pages}, while the printer itself says ${told} for this job`,
  ];
}

function differsFromSeen(pages: number, seen: number | null): string[] {
  if (seen === null || seen === pages) return [];
  return [
    `the printer's counter has gone up by ${pages} as the job has asked it, and by ${seen} as the watch has read it`,
  ];
}

/**
 * The verdict on an attempt whose end we did not see, on a way that tells no counter: what the watch has read meanwhile says
 * nothing for certain, for a queue may hold all of the job, and the pages may be somebody else's.
 */
export function weighUntold(before: number, now: number | null): Outcome {
  const pages = counted(before, now);
  const text =
    pages === null
      ? 'the end of the job was not heard, and this way to the printer tells no more'
      : `the end of the job was not heard; meanwhile the printer's counter has gone up by ${pages}, which need not be this job's pages`;
  return { type: 'outcome-unknown', pages: null, text };
}

/**
 * The verdict on an attempt whose end we did not see, by the page counter before it and now, when the printer is free again.
 * Only "no page since" and "exactly the pages it should have" prove anything.
 */
export function weighInterrupted(counters: {
  before: number | null;
  now: number | null;
  expected: number | null;
}): Outcome {
  const pages = counted(counters.before, counters.now);
  if (pages === 0)
    return { type: 'not-printed', text: 'its end was not heard, and no page has come out since' };
  if (pages !== null && pages === counters.expected) {
    return {
      type: 'printed',
      pages,
      by: 'counter',
      warnings: ['the end of the job was not heard; the counter tells that all of it came out'],
    };
  }
  const text =
    pages === null
      ? 'the end of the job was not heard, and the page counter is not known'
      : `the end of the job was not heard; the counter has gone up by ${pages} since it was begun`;
  return { type: 'outcome-unknown', pages, text };
}

function counted(before: number | null, after: number | null): number | null {
  return before === null || after === null || after < before ? null : after - before;
}

/**
 * A document can print lines that look like errors, so they count only where the guard did not say how the document ended:
 * then the interpreter was stopped from outside, and the last such line is its own.
 */
function documentErrors(delivery: Delivery): DocumentError[] {
  const canceled = delivery.documents.flatMap(({ end }, document) =>
    end === 'canceled' ? [{ document, name: 'canceled', command: 'at the printer' }] : [],
  );
  if (canceled.length > 0) return canceled;
  const lastError = delivery.messages.map(parseInterpreterError).findLast((error) => error !== null);
  return delivery.documents.flatMap(({ end, error }, document) => {
    const found = error ?? (end === 'unknown' ? lastError : null);
    return found ? [{ document, name: found.name, command: found.command }] : [];
  });
}

function documentWarning({ end }: DocumentEnd, index: number): string[] {
  if (end === 'stopped') return [`document ${index + 1} ended itself before its last line (stop or quit)`];
  if (end === 'unknown') return [`the printer did not say how document ${index + 1} ended`];
  return [];
}
