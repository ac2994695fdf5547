/** Takes a mail apart as its bytes arrive (RFC 2045, RFC 2046): bytes in, parts and their decoded bodies out. */
import { LimitError } from '#base/errors.js';
import { type Delimiter, matchDelimiter, possibleDelimiterStart } from './mime-boundary.js';
import { describeEntity, type EntityDescription, type HeaderField, parseHeader } from './mime-header.js';
import { createTransferDecoder, type TransferDecoder } from './mime-transfer.js';

const maxHeaderBytes = 131_072;
const maxHeaderLineBytes = 65_536;
const maxParts = 1000;
/** Enough for ten mails in a mail, with four multiparts of each around the next. */
const maxDepth = 60;
const maxBoundaryLength = 250;

export interface PartStart extends EntityDescription {
  type: 'part-start';
  /** 0 for the message itself; mails around this one count, too. */
  depth: number;
  /** The part's number at each level of its own message, from 1; empty for the message itself. */
  path: readonly number[];
  /** Its parts follow and it has no body of its own. */
  isMultipart: boolean;
  fields: readonly HeaderField[];
}

/** Decoded bytes of the part that started last; they may share memory with the chunk that was pushed. */
export interface PartBody {
  type: 'part-body';
  bytes: Buffer;
}

export interface PartEnd {
  type: 'part-end';
  path: readonly number[];
  /** How many bytes a multipart has in which no part begins; 0 for anything else. */
  undivided: number;
}

/** The last event of a mail that passes a limit; what came before it holds. */
export interface TooMuch {
  type: 'too-much';
  error: LimitError;
}

export type MimeEvent = PartStart | PartBody | PartEnd | TooMuch;

/** The body parts of a mail and of all mails in it; multiparts count, too. */
export interface PartCount {
  parts: number;
}

interface OpenMultipart {
  path: readonly number[];
  /** The boundary with its two hyphens. */
  dashBoundary: Buffer;
  children: number;
  childMediaType: string;
  preambleBytes: number;
}

interface OpenLeaf {
  path: readonly number[];
  decoder: TransferDecoder;
}

const lineFeed = 0x0a;

/**
 * A multipart gives part-start, its parts, part-end; any other entity, `message/rfc822` too, is a leaf whose body
 * comes decoded. Preambles and epilogues are passed over. After `too-much` it is of no use.
 */
export class MimeParser {
  readonly #depth: number;
  readonly #count: PartCount;
  /** The multiparts around the current place, the outermost first. */
  readonly #open: OpenMultipart[] = [];
  #leaf: OpenLeaf | null = null;
  #inHeader = true;
  #header = Buffer.allocUnsafe(4096);
  #headerBytes = 0;
  #headerLineStart = 0;
  /** Body bytes that may belong to a delimiter. */
  #held: Buffer = Buffer.alloc(0);
  /** No body byte has come since the header or the delimiter line: a delimiter needs no line end before it. */
  #atLineStart = false;
  #events: MimeEvent[] = [];

  /** For a mail inside a mail: its own depth there, and the count of parts that both share. */
  constructor(depth = 0, count: PartCount = { parts: 0 }) {
    this.#depth = depth;
    this.#count = count;
  }

  push(chunk: Uint8Array): MimeEvent[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    return this.#withinLimits(() => {
      this.#consume(this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]), false);
    });
  }

  /** The end of the mail ends all that is open, as a missing closing delimiter would be read. */
  end(): MimeEvent[] {
    return this.#withinLimits(() => {
      this.#consume(this.#held, true);
      if (this.#inHeader && this.#headerBytes > this.#headerLineStart) this.#endHeaderLine();
      if (this.#inHeader) this.#startEntity(this.#headerBytes);
      this.#closeDownTo(0);
    });
  }

  /** However the mail is cut into chunks, the events before the limit are given. */
  #withinLimits(run: () => void): MimeEvent[] {
    try {
      run();
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
      this.#events.push({ type: 'too-much', error });
    }
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #consume(data: Buffer, final: boolean): void {
    let position = 0;
    while (position < data.length) {
      const next = this.#inHeader
        ? this.#readHeaderLine(data, position)
        : this.#readBody(data, position, final);
      if (next === position) break;
      position = next;
    }
    this.#held = Buffer.from(data.subarray(position));
  }

  #readHeaderLine(data: Buffer, position: number): number {
    const found = data.indexOf(lineFeed, position);
    const end = found < 0 ? data.length : found + 1;
    this.#appendToHeader(data.subarray(position, end));
    if (found >= 0) this.#endHeaderLine();
    return end;
  }

  #appendToHeader(bytes: Buffer): void {
    const length = this.#headerBytes + bytes.length;
    if (length > maxHeaderBytes) throw new LimitError('the header of a body part', maxHeaderBytes, 'bytes');
    if (length > this.#header.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#header.length));
      this.#header.copy(larger, 0, 0, this.#headerBytes);
      this.#header = larger;
    }
    bytes.copy(this.#header, this.#headerBytes);
    this.#headerBytes = length;
  }

  #endHeaderLine(): void {
    const line = this.#header.subarray(this.#headerLineStart, this.#headerBytes);
    if (line.length > maxHeaderLineBytes) {
      throw new LimitError('a line in the header of a body part', maxHeaderLineBytes, 'bytes');
    }
    if (line[0] === lineFeed || (line[0] === 0x0d && line[1] === lineFeed)) {
      this.#startEntity(this.#headerLineStart);
      return;
    }
    const delimiter = this.#findDelimiter(line, 0, true);
    if (delimiter === 'none' || delimiter === 'undecided') {
      this.#headerLineStart = this.#headerBytes;
      return;
    }
    // RFC 2046 §5.1.2: a delimiter of any enclosing multipart ends the part, even where its header lacks the blank line.
    this.#startEntity(this.#headerLineStart);
    this.#applyDelimiter(delimiter.level, delimiter.closing);
  }

  #startEntity(headerBytes: number): void {
    if (this.#count.parts === maxParts) throw new LimitError('a mail', maxParts, 'body parts');
    this.#count.parts++;
    const fields = parseHeader(this.#header.subarray(0, headerBytes));
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.children++;
    const path = parent === undefined ? [] : [...parent.path, parent.children];
    const description = describeEntity(fields, parent?.childMediaType ?? 'text/plain');
    const boundary = description.parameters.get('boundary')?.trimEnd() ?? '';
    // RFC 2046 §5.1.1: without a boundary the parts cannot be told apart; the body is kept as one.
    const isMultipart = description.mediaType.startsWith('multipart/') && boundary !== '';
    this.#events.push({
      type: 'part-start',
      depth: this.#depth + this.#open.length,
      path,
      isMultipart,
      fields,
      ...description,
    });
    this.#inHeader = false;
    this.#atLineStart = true;
    if (isMultipart) this.#openMultipart(path, boundary, description.mediaType);
    else this.#leaf = { path, decoder: createTransferDecoder(description.transferEncoding) };
  }

  #openMultipart(path: readonly number[], boundary: string, mediaType: string): void {
    if (boundary.length > maxBoundaryLength) {
      throw new LimitError('the boundary of a multipart', maxBoundaryLength, 'characters');
    }
    if (this.#depth + this.#open.length === maxDepth)
      throw new LimitError('the nesting of body parts', maxDepth, 'levels');
    // RFC 2046 §5.1.5
    const childMediaType = mediaType === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
    this.#open.push({
      path,
      dashBoundary: Buffer.from(`--${boundary}`),
      children: 0,
      childMediaType,
      preambleBytes: 0,
    });
  }

  /** Passes the body on up to the next delimiter, or as far as `data` certainly holds none. */
  #readBody(data: Buffer, start: number, final: boolean): number {
    if (this.#open.length === 0) {
      this.#passOn(data.subarray(start));
      return data.length;
    }
    // RFC 2046 §5.1.1: the line end before the delimiter belongs to it, unless that line end ended the header.
    let bodyEnd = start;
    let candidate = this.#atLineStart ? start : -1;
    if (candidate < 0) [bodyEnd, candidate] = nextCandidate(data, start, start);
    while (candidate >= 0) {
      const delimiter = this.#findDelimiter(data, candidate, final);
      if (delimiter === 'undecided') {
        this.#passOn(data.subarray(start, bodyEnd));
        return bodyEnd;
      }
      if (delimiter !== 'none') {
        this.#passOn(data.subarray(start, bodyEnd));
        this.#applyDelimiter(delimiter.level, delimiter.closing);
        return delimiter.next;
      }
      [bodyEnd, candidate] = nextCandidate(data, start, candidate);
    }
    const end = final ? data.length : possibleDelimiterStart(data, start);
    this.#passOn(data.subarray(start, end));
    return end;
  }

  #findDelimiter(
    data: Buffer,
    start: number,
    final: boolean,
  ): (Delimiter & { level: number }) | 'none' | 'undecided' {
    // The innermost first: nested multiparts that share one boundary end from the inside.
    for (let level = this.#open.length - 1; level >= 0; level--) {
      const multipart = this.#open[level];
      if (multipart === undefined) continue;
      const match = matchDelimiter(data, start, multipart.dashBoundary, final);
      if (match === 'undecided') return match;
      if (match !== 'none') return { ...match, level };
    }
    return 'none';
  }

  /** RFC 2046 §5.1.2: a delimiter of an outer multipart ends all inner ones. */
  #applyDelimiter(level: number, closing: boolean): void {
    this.#closeDownTo(closing ? level : level + 1);
    this.#atLineStart = true;
    if (closing) return;
    this.#inHeader = true;
    this.#headerBytes = 0;
    this.#headerLineStart = 0;
  }

  #passOn(encoded: Buffer): void {
    if (encoded.length === 0) return;
    this.#atLineStart = false;
    const multipart = this.#open.at(-1);
    if (this.#leaf !== null) this.#emitBody(this.#leaf.decoder.write(encoded));
    else if (multipart !== undefined) multipart.preambleBytes += encoded.length;
  }

  #emitBody(bytes: Buffer): void {
    if (bytes.length > 0) this.#events.push({ type: 'part-body', bytes });
  }

  #closeDownTo(level: number): void {
    if (this.#leaf !== null) {
      this.#emitBody(this.#leaf.decoder.end());
      this.#events.push({ type: 'part-end', path: this.#leaf.path, undivided: 0 });
      this.#leaf = null;
    }
    for (const { path, children, preambleBytes } of this.#open.splice(level).reverse()) {
      this.#events.push({ type: 'part-end', path, undivided: children === 0 ? preambleBytes : 0 });
    }
  }
}

/** Where a body would end and the delimiter line after it begin; -1 when there is no such line from `from` on. */
function nextCandidate(data: Buffer, bodyStart: number, from: number): [bodyEnd: number, candidate: number] {
  // In base64 there is a line feed in every line, but no hyphen.
  const hyphen = data.indexOf(0x2d, from);
  const found = hyphen < 0 ? -1 : data.indexOf('\n--', Math.max(from, hyphen - 1), 'latin1');
  const bodyEnd = found > bodyStart && data[found - 1] === 0x0d ? found - 1 : found;
  return [bodyEnd, found < 0 ? -1 : found + 1];
}
