/** Finds uuencoded files in a text as it streams by, and decodes them (POSIX uuencode, traditional and base64). */
import { createTransferDecoder, type TransferDecoder } from './mime-transfer.js';
import {
  type BeginLine,
  type DataLine,
  decodeUuLine,
  maxUuLineBytes,
  parseBeginLine,
  readBase64Line,
  readUuLine,
  type UuLine,
} from './uuencode-lines.js';

/** So many lines are kept back at most while they may still turn out to be text. */
const maxUndecidedLines = 100;

export type UuEvent =
  /** What stands outside of files; may share memory with the chunk that was pushed. */
  | { type: 'text'; bytes: Buffer }
  /** `name` is the sender's: it may hold path separators and control characters, or be empty. `mode`: octal digits. */
  | { type: 'file-start'; name: string; mode: string }
  | { type: 'file-body'; bytes: Buffer }
  /** `complete`: the file came to its own end, and not to that of the text or to a line that is no data. */
  | { type: 'file-end'; complete: boolean };

interface OpenFile {
  begin: BeginLine;
  /** Null in the traditional encoding, whose lines stand for themselves. */
  base64: TransferDecoder | null;
  /** How many bytes the first line held. */
  firstBytes: number;
  last: DataLine | null;
  /** An empty line has come since the last one. */
  afterBlank: boolean;
  /** All lines so far, while they may still turn out to be text; null when the file is proven. */
  undecided: Buffer[] | null;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const beginWord = Buffer.from('begin');
const nothing = Buffer.alloc(0);
const needsMore = -1;

/** All bytes of the text are in `text` events or in a file's lines; lines end with CRLF or LF. Nothing throws. */
export class UuencodeFinder {
  #events: UuEvent[] = [];
  /** The beginning of a line that may matter and whose end has not come. */
  #held: Buffer = nothing;
  #atLineStart = true;
  #file: OpenFile | null = null;
  /** Decoded lines that no event has taken along yet. */
  #decoded: Buffer[] = [];

  push(chunk: Uint8Array): UuEvent[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#consume(this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]), false);
    return this.#takeEvents();
  }

  end(): UuEvent[] {
    this.#consume(this.#held, true);
    if (this.#file !== null) this.#leaveFile(this.#file);
    return this.#takeEvents();
  }

  #consume(data: Buffer, final: boolean): void {
    let position = 0;
    while (position < data.length) {
      const next =
        this.#file === null
          ? this.#readText(data, position, final)
          : this.#readFile(this.#file, data, position, final);
      if (next === needsMore) break;
      position = next;
    }
    this.#held = Buffer.from(data.subarray(position));
  }

  /** Passes text on as far as it certainly begins no file. */
  #readText(data: Buffer, start: number, final: boolean): number {
    if (this.#atLineStart && startsWithBegin(data, start)) {
      const end = lineEnd(data, start, final);
      if (end === needsMore) return needsMore;
      const begin = parseBeginLine(data.subarray(start, end));
      if (begin !== null) {
        this.#file = openFile(begin, data.subarray(start, end));
        return end;
      }
    }
    const found = data.indexOf('\nbegin', start, 'latin1');
    const end = found >= 0 ? found + 1 : final ? data.length : possibleBegin(data, start);
    if (end === start) return needsMore;
    this.#events.push({ type: 'text', bytes: data.subarray(start, end) });
    this.#atLineStart = data[end - 1] === lineFeed;
    return end;
  }

  /** A line that is none of the file's ends it, and is left to be read as text. */
  #readFile(file: OpenFile, data: Buffer, start: number, final: boolean): number {
    const end = lineEnd(data, start, final);
    if (end === needsMore) return needsMore;
    this.#atLineStart = true;
    const line = data.subarray(start, end);
    const content = withoutEnd(line);
    const read = readLine(file, content);
    if (read === null) {
      this.#leaveFile(file);
      return start;
    }
    if (file.undecided !== null && provesFile(file, read)) {
      this.#events.push({ type: 'file-start', name: file.begin.name, mode: file.begin.mode });
      file.undecided = null;
    }
    // The lines outlive the chunk.
    file.undecided?.push(Buffer.from(line));
    if (read.kind === 'end') this.#endFile(file, true);
    else if (read.kind === 'blank') file.afterBlank = true;
    else this.#readData(file, content, read);
    return end;
  }

  #readData(file: OpenFile, content: Buffer, read: DataLine): void {
    if (file.last === null) file.firstBytes = read.bytes;
    file.last = read;
    file.afterBlank = false;
    if (read.bytes > 0) this.#decoded.push(file.base64?.write(content) ?? decodeUuLine(content, read.bytes));
  }

  /** Without its `end` a file is whole when the line without data has come. */
  #leaveFile(file: OpenFile): void {
    if (file.undecided === null) {
      this.#endFile(file, file.last?.bytes === 0);
    } else {
      this.#decoded = [];
      this.#events.push({ type: 'text', bytes: Buffer.concat(file.undecided) });
      this.#file = null;
    }
  }

  #endFile({ base64 }: OpenFile, complete: boolean): void {
    if (base64 !== null) this.#decoded.push(base64.end());
    this.#passBodyOn();
    this.#events.push({ type: 'file-end', complete });
    this.#file = null;
  }

  #passBodyOn(): void {
    const bytes = Buffer.concat(this.#decoded);
    this.#decoded = [];
    if (bytes.length > 0) this.#events.push({ type: 'file-body', bytes });
  }

  #takeEvents(): UuEvent[] {
    if (this.#file?.undecided === null) this.#passBodyOn();
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

function openFile(begin: BeginLine, line: Buffer): OpenFile {
  const base64 = begin.base64 ? createTransferDecoder('base64') : null;
  const undecided = [Buffer.from(line)];
  return { begin, base64, firstBytes: 0, last: null, afterBlank: false, undecided };
}

/** Null when the line is none of the file's, or shows that there is no file. */
function readLine(file: OpenFile, content: Buffer): UuLine | { kind: 'blank' } | null {
  if (content.length > maxUuLineBytes || isTooLongUndecided(file)) return null;
  if (content.length === 0) return file.last === null ? null : { kind: 'blank' };
  const read = file.base64 === null ? readUuLine(content) : readBase64Line(content);
  if (read === null) return null;
  const fits =
    read.kind === 'end' ? file.undecided === null || provesFile(file, read) : mayFollow(file, read);
  return fits ? read : null;
}

function isTooLongUndecided({ undecided }: OpenFile): boolean {
  return undecided !== null && undecided.length > maxUndecidedLines;
}

/** A line with all its characters proves a file when another one follows it, or the end; a line of no data only with the end. */
function provesFile({ last }: OpenFile, read: UuLine | { kind: 'blank' }): boolean {
  if (last === null || !last.whole || read.kind === 'blank') return false;
  return read.kind === 'end' || (last.bytes > 0 && read.whole);
}

/**
 * A line with characters missing may be a file's (its blanks were cut off) or, where the `end` is missing, the next text's:
 * it is the file's right behind a line as long as the first one, as all lines but the last are.
 */
function mayFollow({ firstBytes, last, afterBlank }: OpenFile, line: DataLine): boolean {
  if (last === null) return true;
  if (last.bytes === 0) return false;
  return line.whole || (!afterBlank && last.bytes === firstBytes);
}

/** Where the line at `start` ends; a line that is too long ends where it is known to be so. */
function lineEnd(data: Buffer, start: number, final: boolean): number {
  const found = data.indexOf(lineFeed, start);
  if (found >= 0) return found + 1;
  return final || data.length - start > maxUuLineBytes ? data.length : needsMore;
}

function withoutEnd(line: Buffer): Buffer {
  const end = line.at(-1) === lineFeed ? line.length - 1 : line.length;
  return line.subarray(0, line[end - 1] === carriageReturn ? end - 1 : end);
}

/** Whether the line at `start` begins with the word, as far as its bytes are there. */
function startsWithBegin(data: Buffer, start: number): boolean {
  const length = Math.min(beginWord.length, data.length - start);
  return beginWord.compare(data, start, start + length, 0, length) === 0;
}

/** Where at the end of `data` a line starts that may turn out to begin with the word. */
function possibleBegin(data: Buffer, start: number): number {
  const from = data.lastIndexOf(lineFeed) + 1;
  return from > start && data.length - from < beginWord.length && startsWithBegin(data, from)
    ? from
    : data.length;
}
