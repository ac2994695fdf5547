/** Which piece of a split mail a mail is, by its header alone; docs/split-mail.md specifies both forms. */
import type { Submission } from '#vocab/line.js';
import { type PieceLabel, pieceHeaders } from '#vocab/split-mail.js';
import { type HeaderField, headerValues } from '#wire/mime-header.js';

/** RFC 2046 §5.2.2.1 sets no limit to the id of a `message/partial`. */
const maxPartialIdLength = 250;
const maxOwnIdLength = 100;

interface MailHead {
  fields: readonly HeaderField[];
  mediaType: string;
  parameters: ReadonlyMap<string, string>;
}

export function describePiece({ fields, mediaType, parameters }: MailHead): Submission['piece'] {
  if (mediaType === 'message/partial') return asPiece(partialLabel(fields, parameters));
  const isOurs = [pieceHeaders.job, pieceHeaders.piece].some((name) => valuesOf(fields, name).length > 0);
  return isOurs ? asPiece(ownLabel(fields)) : null;
}

function asPiece(label: PieceLabel | string): Submission['piece'] {
  return typeof label === 'string' ? { label: null, problem: label } : { label, problem: null };
}

/** RFC 2046 §5.2.2: id and number stand in every piece, the total at least in the last one. */
function partialLabel(
  fields: readonly HeaderField[],
  parameters: ReadonlyMap<string, string>,
): PieceLabel | string {
  const id = parameters.get('id') ?? '';
  if (id === '' || id.length > maxPartialIdLength || /\p{Cc}/u.test(id)) {
    return `its id is not one of 1 to ${maxPartialIdLength} characters`;
  }
  const total = parameters.get('total');
  const numbers = pieceNumbers(parameters.get('number'), total);
  if (typeof numbers === 'string') return numbers;
  const head = numbers.number === 1 ? fields : [];
  return { form: 'partial', id, ...numbers, pieceDigest: null, jobDigest: null, head };
}

function ownLabel(fields: readonly HeaderField[]): PieceLabel | string {
  const found = new Map<string, string>();
  for (const name of Object.values(pieceHeaders)) {
    const values = valuesOf(fields, name);
    const [value] = values;
    if (value === undefined) return `it has no ${name} field`;
    if (values.length > 1) return `it has ${values.length} ${name} fields`;
    found.set(name, value);
  }
  const labelOf = (name: string) => found.get(name) ?? '';
  const id = labelOf(pieceHeaders.job);
  if (!/^[!-~]+$/.test(id) || id.length > maxOwnIdLength) {
    return `its ${pieceHeaders.job} is not one word of 1 to ${maxOwnIdLength} ASCII characters`;
  }
  const [, number, total] = /^(\d+)\s?\/\s?(\d+)$/.exec(labelOf(pieceHeaders.piece)) ?? [];
  if (number === undefined) return `its ${pieceHeaders.piece} is not of the form 2/5`;
  const numbers = pieceNumbers(number, total);
  if (typeof numbers === 'string') return numbers;
  const pieceDigest = labelOf(pieceHeaders.pieceDigest).toLowerCase();
  const jobDigest = labelOf(pieceHeaders.jobDigest).toLowerCase();
  if (![pieceDigest, jobDigest].every((digest) => /^[0-9a-f]{64}$/.test(digest))) {
    return `a SHA-256 in it is not written in 64 hexadecimal digits`;
  }
  return { form: 'phaserlink', id, ...numbers, pieceDigest, jobDigest, head: [] };
}

function pieceNumbers(
  numberText: string | undefined,
  totalText: string | undefined,
): Pick<PieceLabel, 'number' | 'total'> | string {
  const number = positiveInteger(numberText);
  if (number === null) return 'it does not say which number it has';
  const total = totalText === undefined ? null : positiveInteger(totalText);
  if (totalText !== undefined && total === null) return 'it does not say of how many pieces it is one';
  if (total !== null && number > total) return `it is piece ${number} of only ${total}`;
  return { number, total };
}

function positiveInteger(text: string | undefined): number | null {
  return text !== undefined && /^0*[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}

function valuesOf(fields: readonly HeaderField[], name: string): string[] {
  return headerValues(fields, name.toLowerCase());
}
