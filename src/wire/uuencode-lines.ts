/** The lines of a uuencoded file (POSIX uuencode): what begins it, what each line holds, what ends it. */
import { decodeUnlabelled } from './charset.js';

/** RFC 5322 §2.1.1, with the line end; longer lines belong to no file. */
export const maxUuLineBytes = 1000;

/** What a line holds at most in the traditional encoding, whose length character is then `M`. */
const usualDataBytes = 45;

const lowerE = 0x65;

export interface BeginLine {
  name: string;
  /** The file's permissions in octal digits. */
  mode: string;
  base64: boolean;
}

export interface DataLine {
  kind: 'data';
  /** As many as the line says that it holds (in base64: its length); 0 ends the data. */
  bytes: number;
  /** None of its characters are missing. */
  whole: boolean;
}

export type UuLine = DataLine | { kind: 'end' };

const beginForm = /^begin(-base64)?(-encoded)? ([0-7]{3,6})(?: +(.*))?$/s;

/** Null for any other line; `begin 666 words` of a sentence is taken, so the next lines must be looked at. */
export function parseBeginLine(line: Buffer): BeginLine | null {
  if (line.length > maxUuLineBytes) return null;
  // Not `trimEnd`: a byte of the name may look like a blank of Latin-1.
  const found = beginForm.exec(line.toString('latin1').replace(/[ \t\r\n]+$/, ''));
  if (found === null) return null;
  const [, base64, encoded, mode = '', name = ''] = found;
  // `uuencode --encode-file-name` of GNU sharutils writes the name in base64.
  const bytes = Buffer.from(name, encoded === undefined ? 'latin1' : 'base64');
  return { name: decodeUnlabelled(bytes), mode, base64: base64 !== undefined };
}

/** A line of the traditional encoding, without its line end; null when it is none. */
export function readUuLine(line: Buffer): UuLine | null {
  if (line[0] === lowerE) return /^end\s*$/.test(line.toString('latin1')) ? { kind: 'end' } : null;
  const bytes = sixBits(line[0]);
  // The last group may lack the characters that hold nothing.
  const whole = line.length > Math.ceil((bytes * 4) / 3);
  const end = Math.min(line.length, 1 + Math.ceil(bytes / 3) * 4);
  for (let at = 0; at < end; at++) if (!isUuCharacter(line[at])) return null;
  // Blanks at a line's end are zeros that a mail program may have cut off.
  if (!whole && bytes > usualDataBytes) return null;
  // Some encoders put a checksum character behind the data.
  if (end < line.length && line.toString('latin1', end).trim().length > 1) return null;
  return { kind: 'data', bytes, whole };
}

/** `bytes` as `readUuLine` told it. */
export function decodeUuLine(line: Buffer, bytes: number): Buffer {
  const decoded = Buffer.allocUnsafe(bytes);
  for (let from = 1, to = 0; to < bytes; from += 4, to += 3) {
    const bits =
      (sixBits(line[from]) << 18) |
      (sixBits(line[from + 1]) << 12) |
      (sixBits(line[from + 2]) << 6) |
      sixBits(line[from + 3]);
    decoded[to] = bits >> 16;
    decoded[to + 1] = bits >> 8;
    decoded[to + 2] = bits;
  }
  return decoded;
}

/** A line of POSIX's base64 variant. */
export function readBase64Line(line: Buffer): UuLine | null {
  const text = line.toString('latin1').trimEnd();
  if (text === '====') return { kind: 'end' };
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  return { kind: 'data', bytes: text.length, whole: text.length % 4 === 0 };
}

/** Zero is written as a blank by some encoders and as a backquote by others. */
function sixBits(character: number | undefined): number {
  return character === undefined ? 0 : (character - 0x20) & 0x3f;
}

function isUuCharacter(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x20 && byte <= 0x60;
}
