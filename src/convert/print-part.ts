/** Which pages of which documents are printed when only a part of a job is wanted, and how often: pure. */
import { PhaserLinkError } from '#base/errors.js';
import type { Part } from '#vocab/wishes.js';

/** A document with so many of its first pages left out. */
export interface PartOfDocument<D> {
  document: D;
  skipPages: number;
}

/** The documents as they go to the printer, their pages counted through all of them: one copy of all of them after the other. Throws `no-such-page`. */
export function choosePart<D>(
  documents: readonly D[],
  pageCounts: readonly (number | null)[],
  { from, copies }: Part,
): { documents: PartOfDocument<D>[]; pagesExpected: number | null } {
  let skip = from - 1;
  const chosen: PartOfDocument<D>[] = [];
  let pages: number | null = 0;
  for (const [place, document] of documents.entries()) {
    const count = pageCounts[place] ?? null;
    if (count === null && skip > 0 && place < documents.length - 1) {
      throw noSuchPage(
        `where page ${from} is cannot be known: document ${place + 1} does not say how many pages it has`,
      );
    }
    if (count !== null && skip >= count) {
      skip -= count;
      continue;
    }
    chosen.push({ document, skipPages: skip });
    pages = pages === null || count === null ? null : pages + count - skip;
    skip = 0;
  }
  if (chosen.length === 0 && documents.length > 0) {
    throw noSuchPage(`there is no page ${from}: the document has ${from - 1 - skip}`);
  }
  return {
    documents: Array.from({ length: copies }, () => chosen).flat(),
    pagesExpected: pages === null ? null : pages * copies,
  };
}

function noSuchPage(text: string): PhaserLinkError {
  return new PhaserLinkError({ code: 'no-such-page', retry: 'permanent', text, publicText: text });
}
