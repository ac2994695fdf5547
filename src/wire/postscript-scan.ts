/** Looks a PostScript file through once, as it streams by: where its program begins and ends, what its DSC comments say, its control bytes. */
import { detectionBytes } from './document-format.js';
import { readFrontWrapping } from './printer-wrapping.js';
import { ProgramEnd } from './program-end.js';
import { findStart, findStartBehindJunk, type ProgramPlace } from './program-start.js';

/** The longest DSC line that is read (DSC 3.0, section 3: lines are at most 255 characters). */
const maxDscLineBytes = 255;
/** A document that claims more pages than this is not believed. */
const maxBelievedPages = 1_000_000;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const percent = 0x25;

export interface PostScriptFacts {
  /** Byte offsets of the program itself, without junk and printer's commands around it; `to` is exclusive. */
  from: number;
  to: number;
  /** The program holds bytes that a serial channel takes for control characters. */
  hasControlBytes: boolean;
  /** `%%Pages:` of the document itself, or null. */
  pages: number | null;
  /** Encapsulated PostScript: a picture to be set into a page, which need not put out a page of its own. */
  encapsulated: boolean;
}

export class PostScriptScanner {
  /** The file's first bytes, which decide where the program is; null when that is decided. */
  #head: Buffer | null = Buffer.alloc(0);
  #place: ProgramPlace = { from: 0, to: 0 };
  #offset = 0;
  readonly #end = new ProgramEnd();
  #line = '';
  /** Null until the program's first line was read. */
  #encapsulated: boolean | null = null;
  #nesting = 0;
  #pages: number | null = null;
  #atEnd = false;

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#head === null) {
      this.#read(bytes);
    } else if (this.#head.length + bytes.length < detectionBytes) {
      this.#head = Buffer.concat([this.#head, bytes]);
    } else {
      this.#begin(this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]));
    }
  }

  end(): PostScriptFacts {
    if (this.#head !== null) this.#begin(this.#head);
    this.#readLine(this.#line);
    const { length, hasControlBytes } = this.#end.end();
    const from = length === 0 ? 0 : this.#place.from;
    return {
      from,
      to: from + length,
      hasControlBytes,
      pages: this.#pages,
      encapsulated: this.#encapsulated ?? false,
    };
  }

  #begin(head: Buffer): void {
    this.#head = null;
    this.#place = findProgram(head.subarray(0, detectionBytes));
    this.#read(head);
  }

  #read(bytes: Buffer): void {
    const { from, to } = this.#place;
    const program = bytes.subarray(Math.max(0, from - this.#offset), Math.max(0, to - this.#offset));
    this.#offset += bytes.length;
    this.#end.push(program);
    this.#findComments(program);
  }

  /** Of a program most lines are none: they are passed over. */
  #findComments(program: Buffer): void {
    for (let at = 0; at < program.length; ) {
      const end = findLineEnd(program, at);
      const line = this.#line + program.toString('latin1', at, Math.min(end, at + maxDscLineBytes));
      this.#line = line.slice(0, maxDscLineBytes);
      if (end === program.length) return;
      this.#readLine(this.#line);
      this.#line = '';
      at = this.#encapsulated === null ? end + 1 : findComment(program, end);
    }
  }

  #readLine(line: string): void {
    this.#encapsulated ??= findEncapsulated(line);
    if (line.startsWith('%%')) this.#readComment(line);
  }

  /** DSC 3.0, section 4.6: the count stands in the header, or is `(atend)` and stands in the trailer. */
  #readComment(line: string): void {
    // DSC 3.0, section 6.4: an embedded document has comments of its own.
    if (line.startsWith('%%BeginDocument')) this.#nesting++;
    else if (line.startsWith('%%EndDocument')) this.#nesting = Math.max(0, this.#nesting - 1);
    else if (this.#nesting === 0 && line.startsWith('%%Pages:'))
      this.#readPages(line.slice('%%Pages:'.length));
  }

  #readPages(value: string): void {
    if (this.#pages !== null && !this.#atEnd) return;
    if (/^\s*\(atend\)/.test(value)) this.#atEnd = true;
    const count = Number(/^\s*(\d{1,7})\b/.exec(value)?.[1]);
    if (count > 0 && count <= maxBelievedPages) this.#pages = count;
  }
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === lineFeed || byte === carriageReturn;
}

function findLineEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && !isLineEnd(bytes[at])) at++;
  return at;
}

/** Where behind the line's end at `from` the next line begins that is a DSC comment, or the last one, which may become one. */
function findComment(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf('%%', from); at > 0; at = bytes.indexOf('%%', at)) {
    if (isLineEnd(bytes[at - 1])) return at;
    while (bytes[at] === percent) at++;
  }
  return Math.max(bytes.lastIndexOf(lineFeed), bytes.lastIndexOf(carriageReturn)) + 1;
}

/** As `detectFormat` finds it; a file that is only called PostScript begins behind its padding. */
function findProgram(head: Buffer): ProgramPlace {
  const wrapping = readFrontWrapping(head);
  const start = findStart(head, wrapping) ?? findStartBehindJunk(head);
  return start?.format === 'application/postscript'
    ? start.place
    : { from: wrapping.end, to: Number.POSITIVE_INFINITY };
}

/** EPSF 3.0, section 2: the first line says it. Null when the line holds nothing but padding. */
function findEncapsulated(line: string): boolean | null {
  return line.trim() === '' ? null : /^\s*%!PS-Adobe-\d+\.\d+ EPSF-/.test(line);
}
