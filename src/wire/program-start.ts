/** Finds where in a file its document begins, behind and within what printers and mail programs put around it. */
import { type FrontWrapping, startsWith } from './printer-wrapping.js';
import { isTnef } from './tnef.js';

/** So many bytes may stand in front of a PDF document (ISO 32000-1 annex H.3.4.1), and of a PostScript program. */
const maxJunkBytes = 1024;

const programMark = Buffer.from('%!');
const pdfMark = Buffer.from('%PDF-');
/** EPSF 3.0, section 5.2: a binary header stands in front of a program and its preview. */
const dosEpsMark = Buffer.from('c5d0d3c6', 'hex');
const dosEpsBytes = 12;
/** X.690 §8.9, §8.19; what the content types of RFC 5652 begin with. */
const [sequence, objectIdentifier] = [0x30, 0x06];
const pkcsArc = Buffer.from('2a864886f70d01', 'hex');
/** POSIX.1, pax, "ustar Interchange Format" */
const tarMark = { at: 257, bytes: Buffer.from('ustar') };
const scriptMark = Buffer.from('#!');

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
  if (mayHoldDocuments(bytes)) return null;
  const program = text.search(/(?<=^|\cD)%!PS(?:-Adobe-|[ \t]*$)/m);
  const pdf = findPdf(text);
  if (pdf >= 0 && pdf <= maxJunkBytes - pdfMark.length && (program < 0 || pdf < program))
    return { format: 'application/pdf' };
  return program >= 0 && program < maxJunkBytes ? postScript(program) : null;
}

/** What begins so is no junk, though a document may follow soon. */
function mayHoldDocuments(bytes: Buffer): boolean {
  const isTar = startsWith(bytes, tarMark.at, tarMark.bytes);
  return isTar || startsWith(bytes, 0, scriptMark) || isTnef(bytes) || isSecureMail(bytes);
}

/** DER or BER as far as the content type: RFC 5652 §3. */
function isSecureMail(bytes: Buffer): boolean {
  const length = bytes[1] ?? 0;
  // X.690 §8.1.3.5: above 128 it counts the bytes of the length that follow.
  const at = 2 + Math.max(0, length - 0x80);
  return bytes[0] === sequence && bytes[at] === objectIdentifier && startsWith(bytes, at + 2, pkcsArc);
}

/** Where a text mentions PDF, none begins: behind text it begins a line. */
function findPdf(text: string): number {
  const first = text.search(/%PDF-\d/);
  if (first <= 0) return first;
  const isBehindText = Buffer.from(text.slice(0, first), 'latin1').every(isTextByte);
  return isBehindText ? text.search(/^%PDF-\d/m) : first;
}

/** Escape is among them because ISO-2022 text holds it. */
export function isTextByte(byte: number): boolean {
  const isWhiteSpace = byte >= 0x09 && byte <= 0x0d;
  return (byte >= 0x20 && byte !== 0x7f) || isWhiteSpace || byte === 0x08 || byte === 0x1b;
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
