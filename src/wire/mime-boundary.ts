/** Recognises the delimiter lines between body parts (RFC 2046 §5.1.1). */

/** RFC 5322 §2.1.1: a line longer than this is no delimiter, however much white space it is padded with. */
const maxLineLength = 998;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const hyphen = 0x2d;

export interface Delimiter {
  closing: boolean;
  /** Where the bytes after the delimiter line begin. */
  next: number;
}

/**
 * Whether a delimiter line stands at `start`, which is a line's begin. `dashBoundary` is the boundary with its two
 * hyphens; the whole line counts, so that one boundary may begin with another. `final`: no more bytes will come.
 */
export function matchDelimiter(
  data: Buffer,
  start: number,
  dashBoundary: Buffer,
  final: boolean,
): Delimiter | 'none' | 'undecided' {
  const more = final ? 'none' : 'undecided';
  const compared = Math.min(dashBoundary.length, data.length - start);
  if (dashBoundary.compare(data, start, start + compared, 0, compared) !== 0) return 'none';
  if (compared < dashBoundary.length) return more;

  let at = start + compared;
  if (data[at] === hyphen && at + 1 === data.length) return more;
  const closing = data[at] === hyphen && data[at + 1] === hyphen;
  if (closing) at += 2;
  while ((data[at] === 0x20 || data[at] === 0x09) && at - start < maxLineLength) at++;

  if (data[at] === lineFeed) return { closing, next: at + 1 };
  const carriageReturns = data[at] === carriageReturn ? 1 : 0;
  if (carriageReturns === 1 && data[at + 1] === lineFeed) return { closing, next: at + 2 };
  if (at + carriageReturns < data.length) return 'none';
  return final ? { closing, next: data.length } : 'undecided';
}

/** Where the bytes at the end of `data` begin that may belong to a delimiter still coming: `CR`, `CRLF`, `CRLF-`. */
export function possibleDelimiterStart(data: Buffer, from: number): number {
  let end = data.length;
  if (data[end - 1] === hyphen && data[end - 2] === lineFeed) end -= 1;
  if (data[end - 1] === lineFeed) end -= 1;
  if (data[end - 1] === carriageReturn) end -= 1;
  return Math.max(end, from);
}
