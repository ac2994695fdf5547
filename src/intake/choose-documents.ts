/** Decides which of the files of a mail are printed when all are known: pictures of the text, alternatives and copies stay out. */
import type { DocumentFormat } from '#vocab/line.js';
import type { PictureSize } from '#wire/picture-size.js';
import type { LeftOutWhy } from './leave-out-rules.js';
import { type PartHead, partName } from './part-head.js';
import { whyLeftOut } from './picture-rules.js';

export interface Candidate {
  head: PartHead;
  format: DocumentFormat;
  bytes: number;
  /** Null for what is no picture; its size may be unknown. */
  picture: { size: PictureSize | null } | null;
}

/** Which of two forms of the same is printed: the higher one, of equals the last (RFC 2046 §5.1.4). */
const formRank: Readonly<Partial<Record<DocumentFormat, number>>> = {
  'application/postscript': 4,
  'application/pdf': 3,
  'text/html': 1,
  'text/plain': 0,
};
const otherRank = 2;

/** For each candidate why it is left out, or null when it is a document; `shown`: the Content-IDs that texts refer to. */
export function chooseDocuments(
  candidates: readonly Candidate[],
  shown: ReadonlySet<string>,
): (LeftOutWhy | null)[] {
  const chosen = choosePictures(candidates, shown);
  for (const container of alternativesOf(candidates)) chooseForm(candidates, chosen, container);
  return chosen;
}

/** A picture pasted into the text is what is to be printed where nothing else is. */
function choosePictures(candidates: readonly Candidate[], shown: ReadonlySet<string>): (LeftOutWhy | null)[] {
  const found = candidates.map(({ head, bytes, picture }) =>
    picture === null ? null : whyLeftOut({ head, bytes, size: picture.size, shown }),
  );
  if (found.some((why) => why === null)) return found;
  return found.map((why) => (why?.kind === 'picture' ? null : why));
}

/** The innermost first. */
function alternativesOf(candidates: readonly Candidate[]): PartHead[] {
  const depths = new Map<PartHead, number>();
  for (const { head } of candidates) {
    for (const [depth, { container }] of head.around.entries()) {
      if (container.mediaType === 'multipart/alternative') depths.set(container, depth);
    }
  }
  return [...depths].sort(([, a], [, b]) => b - a).map(([container]) => container);
}

/** Of the branches that hold something to print the best is taken; what the others have in another form is left out. */
function chooseForm(
  candidates: readonly Candidate[],
  chosen: (LeftOutWhy | null)[],
  container: PartHead,
): void {
  const branches = new Map<number, Candidate[]>();
  for (const [index, candidate] of candidates.entries()) {
    const branch = candidate.head.around.find((place) => place.container === container)?.branch;
    // Some programs put attachments beside the forms of the text; they are no form of it.
    if (branch === undefined || chosen[index] !== null || candidate.head.disposition === 'attachment')
      continue;
    branches.set(branch, [...(branches.get(branch) ?? []), candidate]);
  }
  const [best] = [...branches].sort(
    ([branchA, a], [branchB, b]) => rankOf(b) - rankOf(a) || branchB - branchA,
  );
  if (best === undefined) return;
  const [bestBranch, taken] = best;
  for (const [branch, others] of branches) {
    if (branch === bestBranch) continue;
    for (const other of others) {
      const better = taken.find((candidate) => isSameInOtherForm(candidate, other));
      if (better === undefined) continue;
      const name = partName(better.head);
      const reason = `the mail holds the same in another form${name === null ? '' : `, "${name}"`}`;
      chosen[candidates.indexOf(other)] = { kind: 'alternative', reason };
    }
  }
}

function rankOf(candidates: readonly Candidate[]): number {
  return Math.max(...candidates.map(({ format }) => formRank[format] ?? otherRank));
}

/** Files of different names are different files, even where a program has called them alternatives. */
function isSameInOtherForm(a: Candidate, b: Candidate): boolean {
  const [stemA, stemB] = [a, b].map(({ head }) =>
    partName(head)
      ?.toLowerCase()
      .replace(/\.[^.]*$/, ''),
  );
  return stemA === undefined || stemB === undefined || stemA === stemB;
}

/** Whether two documents with the same bytes are one: a part without a name is taken as the other once more. */
export function isCopy(
  a: { name: string | null; digest: string },
  b: { name: string | null; digest: string },
): boolean {
  return a.digest === b.digest && (a.name === b.name || a.name === null || b.name === null);
}
