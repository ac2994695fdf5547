/** Split mail: a job that travels as several mails. The words of both forms, as docs/split-mail.md specifies them. */

/** RFC 2046 §5.2.2's `message/partial`, or a mail with our own header fields. */
export type SplitForm = 'partial' | 'phaserlink';

/** The header fields of our own form. */
export const pieceHeaders = {
  job: 'X-PhaserLink-Job',
  piece: 'X-PhaserLink-Piece',
  pieceDigest: 'X-PhaserLink-Piece-SHA256',
  jobDigest: 'X-PhaserLink-Job-SHA256',
} as const;

/** The most pieces that a job may have. */
export const maxPieces = 999;

/** The most bytes that the pieces of a job may hold together. */
export const maxSplitJobBytes = 256 * 1024 * 1024;

/** What a piece's mail says of it. */
export interface PieceLabel {
  form: SplitForm;
  /** Together with the sender it names the job. */
  id: string;
  /** From 1. */
  number: number;
  /** Null where this mail does not say it, as `message/partial` allows. */
  total: number | null;
  /** SHA-256 of the piece and of the whole, 64 lower-case hexadecimal digits; null in `message/partial`, which knows none. */
  pieceDigest: string | null;
  jobDigest: string | null;
  /** RFC 2046 §5.2.2.1: the header of the first piece, which becomes the joined mail's; empty in all other pieces. */
  head: readonly { name: string; value: string }[];
}

/** `piece 2 of 5`. */
export function pieceName({ number, total }: Pick<PieceLabel, 'number' | 'total'>): string {
  return total === null ? `piece ${number}` : `piece ${number} of ${total}`;
}

/** At the end of a piece's Subject. */
export function pieceMark({ number, total }: { number: number; total: number }): string {
  return ` (${number}/${total})`;
}

/** What the job is called, by the Subject of one of its pieces. */
export function withoutPieceMark(
  subject: string,
  { number, total }: Pick<PieceLabel, 'number' | 'total'>,
): string {
  const text = subject.trimEnd();
  const mark = /\((\d{1,9})\/(\d{1,9})\)$/.exec(text);
  const agrees = Number(mark?.[1]) === number && (total === null || Number(mark?.[2]) === total);
  return mark !== null && agrees ? text.slice(0, mark.index).trimEnd() : subject;
}

/** The numbers that are not there, in ascending order; while the total is not known, those below the highest. */
export function missingNumbers(there: readonly number[], total: number | null): number[] {
  const found = new Set(there);
  const last = total ?? there.reduce((highest, number) => Math.max(highest, number), 0);
  return Array.from({ length: last }, (_, index) => index + 1).filter((number) => !found.has(number));
}

/** Numbers in words: `2, 4-6`. They come in ascending order. */
export function numberRanges(numbers: readonly number[]): string[] {
  const ranges: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range !== undefined && number === range.last + 1) range.last = number;
    else ranges.push({ first: number, last: number });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
}
