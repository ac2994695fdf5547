/** Finds where in a file its document begins, behind and within what printers and mail programs put around it. */
import { type FrontWrapping, startsWith } from './printer-wrapping.js';

/** So many bytes may stand in front of a PDF document (ISO 32000-1 annex H.3.4.1), and of a PostScript program. */
const maxJunkBytes = 1024;

const programMark = Buffer.from('%!');
const pdfMark = Buffer.from('%PDF-');
/** EPSF 3.0, section 5.2: a binary header stands in front of a program and its preview. */
const dosEpsMark = Buffer.from('c5d0d3c6', 'hex');
const dosEpsBytes = 12;

/** Byte offsets in the file; `to` is exclusive, and infinite when the program goes on to the end of the file. */
export interface ProgramPlace {
  from: number;
  to: number;
}

export type DocumentStart =
  | { format: 'application/postscript'; place: ProgramPlace }
  | { format: 'application/pdf' };

/** What begins right behind the wrapping of `bytes`, a file's first ones; null when that is another format. */
export function findStart(bytes: Buffer, { end, language }: FrontWrapping): DocumentStart | null {
  if (startsWith(bytes, end, pdfMark)) return { format: 'application/pdf' };
  if (startsWith(bytes, end, dosEpsMark) && bytes.length >= end + dosEpsBytes) {
    const from = end + bytes.readUInt32LE(end + 4);
    return postScript(from, from + bytes.readUInt32LE(end + 8));
  }
  // Between PJL and PostScript no comment is needed to tell what it is.
  if (startsWith(bytes, end, programMark) || language === 'POSTSCRIPT') return postScript(end);
  return null;
}

/**
 * What begins behind junk: a banner, a driver's messages, header fields. There a program must begin with a line of its own
 * that says no more than `%!PS` or goes on with `-Adobe-`.
 */
export function findStartBehindJunk(bytes: Buffer): DocumentStart | null {
  const text = bytes.toString('latin1', 0, maxJunkBytes + 20);
  const program = text.search(/(?<=^|\cD)%!PS(?:-Adobe-|[ \t]*$)/m);
  const pdf = text.indexOf('%PDF-');
  if (pdf >= 0 && pdf <= maxJunkBytes - pdfMark.length && (program < 0 || pdf < program))
    return { format: 'application/pdf' };
  return program >= 0 && program < maxJunkBytes ? postScript(program) : null;
}

/** A letter may mention a program: there one only begins where the next line is one of its comments (DSC 3.0, section 4). */
export function findStartInLetter(bytes: Buffer): DocumentStart | null {
  const text = bytes.toString('latin1', 0, maxJunkBytes);
  const program = text.search(/^%!PS-Adobe-\d.*\r?\n%%[A-Z]/m);
  return program >= 0 ? postScript(program) : null;
}

function postScript(from: number, to = Number.POSITIVE_INFINITY): DocumentStart {
  return { format: 'application/postscript', place: { from, to } };
}
