/** What a job's ticket says of one page of one document: whether it is printed, on what and into which bin; pure. */
import type { JobOptions, NumberRange } from './job.js';

export interface PageOptions {
  /** Outside of `pageRanges` a page is made and thrown away. */
  printed: boolean;
  /** Of the ticket and of its overrides for this page; absent leaves it to the document. */
  medium?: JobOptions['medium'];
  input?: JobOptions['input'];
  output?: JobOptions['output'];
}

/** Documents and their pages count from 1. Media for the whole job are the interpreter's to begin with. */
export function pageOptions(options: JobOptions, document: number, page: number): PageOptions {
  const found: PageOptions = { printed: isWithin(page, options.pageRanges ?? null), output: options.output };
  for (const override of options.overrides ?? []) {
    if (isWithin(page, override.pages) && isWithin(document, override.documents))
      Object.assign(found, override.options);
  }
  return found;
}

function isWithin(number: number, ranges: readonly NumberRange[] | null): boolean {
  return ranges === null || ranges.some(({ from, to }) => number >= from && number <= to);
}
