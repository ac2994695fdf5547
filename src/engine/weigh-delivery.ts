/** What the evidence of an attempt proves: printed, failed, not printed, or nobody can know (DESIGN, rule 2). */
import type { Delivery, DocumentEnd } from '#vocab/line.js';
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
  const { pages, by, disagreement } = weighPages(delivery);
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
  const { pages } = weighPages(delivery);
  if (pages === 0)
    return {
      type: 'not-printed',
      text: 'it did not reach the printer whole, and no page of it has come out',
    };
  return { type: 'outcome-unknown', pages, text: 'it did not reach the printer whole' };
}

/** The page count to believe: the printer's counter, then its word for this job. */
function weighPages(delivery: Delivery): { pages: number | null; by: Confirmation; disagreement: string[] } {
  const { end, pagesTold } = delivery;
  const pages = counted(delivery.counterBefore, delivery.counterAfter);
  if (pages === null) {
    if (pagesTold !== null) return { pages: pagesTold, by: 'job', disagreement: [] };
    return { pages, by: end === 'accepted' ? 'acceptance' : 'end', disagreement: [] };
  }
  const differs = pagesTold !== null && pagesTold !== pages;
  const text = `the printer's counter has gone up by ${pages}, while the printer itself says ${pagesTold} for this job`;
  return { pages, by: 'counter', disagreement: differs ? [text] : [] };
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
    return { type: 'not-printed', text: 'the connection was lost and no page has come out since' };
  if (pages !== null && pages === counters.expected) {
    return {
      type: 'printed',
      pages,
      by: 'counter',
      warnings: ['the connection was lost before the printer confirmed the end of the job'],
    };
  }
  const text =
    pages === null
      ? 'the connection to the printer was lost, and its page counter is not known'
      : `the connection to the printer was lost; its counter has gone up by ${pages} since the job was begun`;
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
