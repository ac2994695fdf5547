/** Dot-stuffing as a stream (RFC 1939 §3): multi-line answers to their bytes and back, not one byte changed. */

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
const crlfDot = Buffer.from('\r\n.');
const lfDot = Buffer.from('\n.');
/** To look at so few octets one by one, and to copy them so, costs less than to ask for it to be done. */
const fewOctets = 64;
const nothing = Buffer.alloc(0);

/**
 * What the last bytes may be the beginning of. Only CRLF makes a line here: a bare LF or CR is content
 * (RFC 1939 §3), and taking it for a line end would let a mail end its own transfer. A server that ends its own lines with a
 * bare LF is another matter: for it, that is the line end.
 */
type Position = 'in-line' | 'after-cr' | 'line-start' | 'after-dot' | 'after-dot-cr';

type LineEnd = 'CRLF' | 'LF';

export interface Unstuffed {
  /** May be empty; shares the memory of the chunk when no dot had to go. */
  data: Buffer;
  /** The lone dot has come. */
  end: boolean;
  /** What followed the lone dot's CRLF, belonging to the next answer. */
  rest: Buffer;
}

/**
 * Decodes one multi-line answer. A message without a last line end arrives with one, and an empty message from
 * Dovecot as one empty line: the wire cannot say it otherwise.
 */
export class DotUnstuffer {
  readonly #lineEnd: LineEnd;
  #position: Position = 'line-start';

  /** `lineEnd` is how the server has ended its status line. */
  constructor(lineEnd: LineEnd = 'CRLF') {
    this.#lineEnd = lineEnd;
  }

  decode(chunk: Buffer): Unstuffed {
    // Nearly every chunk is one run, or one run and the end: its bytes pass as they are.
    const run = this.#runFrom(chunk, 0);
    if (run > 0) this.#position = positionAfter(chunk, run, this.#lineEnd);
    if (run === chunk.length) return { data: chunk, end: false, rest: nothing };
    const end = this.#position === 'line-start' ? afterLoneDot(chunk, run, this.#lineEnd) : -1;
    if (end > 0) return { data: chunk.subarray(0, run), end: true, rest: chunk.subarray(end) };
    return this.#decodeRest(chunk, run);
  }

  /** `done` octets of the chunk, a run, have been looked at. */
  #decodeRest(chunk: Buffer, done: number): Unstuffed {
    // Room for one octet more: a CR may have been held back.
    const data = Buffer.allocUnsafe(chunk.length + 1);
    let length = chunk.copy(data, 0, 0, done);
    for (let at = done; at < chunk.length; ) {
      const run = this.#runFrom(chunk, at);
      if (run > at) {
        if (run - at > fewOctets) length += chunk.copy(data, length, at, run);
        else for (let from = at; from < run; from++) data[length++] = chunk[from] ?? 0;
        this.#position = positionAfter(chunk, run, this.#lineEnd);
        at = run;
        continue;
      }
      const octet = chunk[at++] ?? 0;
      if (octet === LF && endsAnswer(this.#position, this.#lineEnd)) {
        return { data: data.subarray(0, length), end: true, rest: chunk.subarray(at) };
      }
      if (this.#position === 'after-dot-cr') {
        data[length++] = CR;
        this.#position = 'after-cr';
      }
      if (this.#position === 'line-start' && octet === DOT) {
        this.#position = 'after-dot';
      } else if (this.#position === 'after-dot' && octet === CR) {
        this.#position = 'after-dot-cr';
      } else {
        // After a dot that began a line: whatever this is, the dot was stuffing.
        data[length++] = octet;
        this.#position = next(this.#position, octet, this.#lineEnd);
      }
    }
    return { data: data.subarray(0, length), end: false, rest: nothing };
  }

  /** Where the octets end that pass as they are, from `from` on: no line among them begins with a dot. */
  #runFrom(chunk: Buffer, from: number): number {
    const begins = this.#position === 'in-line' || (this.#position === 'line-start' && chunk[from] !== DOT);
    return begins && from < chunk.length ? endOfRun(chunk, from, this.#lineEnd) : from;
  }
}

/** Encodes one multi-line answer. */
export class DotStuffer {
  #position: Position = 'line-start';

  encode(chunk: Buffer): Buffer {
    if (chunk.length > 0 && isOrdinary(this.#position, chunk)) {
      this.#position = positionAfter(chunk, chunk.length, 'CRLF');
      return chunk;
    }
    // A dot can begin a line in every third octet, and the first may be one.
    const stuffed = Buffer.allocUnsafe(chunk.length + Math.ceil(chunk.length / 3) + 1);
    let length = 0;
    for (const octet of chunk) {
      if (this.#position === 'line-start' && octet === DOT) stuffed[length++] = DOT;
      stuffed[length++] = octet;
      this.#position = next(this.#position, octet, 'CRLF');
    }
    return stuffed.subarray(0, length);
  }

  /** The lone dot, after a line end where the message has none. */
  finish(): Buffer {
    return Buffer.from(this.#position === 'line-start' ? '.\r\n' : '\r\n.\r\n');
  }
}

/** Nearly every chunk: no line in it begins with a dot, so that it passes as it is. */
function isOrdinary(position: Position, chunk: Buffer): boolean {
  if (position === 'line-start' ? chunk[0] === DOT : position !== 'in-line') return false;
  return endOfRun(chunk, 0, 'CRLF') === chunk.length;
}

/** Up to the line end before the next line that begins with a dot, that line end included. */
function endOfRun(chunk: Buffer, from: number, lineEnd: LineEnd): number {
  const mark = lineEnd === 'LF' ? lfDot : crlfDot;
  const first = from + mark.length - 1;
  const far = Math.min(first + fewOctets, chunk.length);
  for (let at = first; at < far; at++) {
    if (chunk[at] === DOT && chunk[at - 1] === LF && (lineEnd === 'LF' || chunk[at - 2] === CR)) return at;
  }
  // In base64 there is a line end in every line, but no dot.
  const dot = far < chunk.length ? chunk.indexOf(DOT, far) : -1;
  const found = dot === -1 ? -1 : chunk.indexOf(mark, dot - mark.length + 1);
  return found === -1 ? chunk.length : found + mark.length - 1;
}

/** After an octet that a run ends with; none of it was held back. */
function positionAfter(chunk: Buffer, end: number, lineEnd: LineEnd): Position {
  return next(chunk[end - 2] === CR ? 'after-cr' : 'in-line', chunk[end - 1] ?? 0, lineEnd);
}

function next(position: Position, octet: number, lineEnd: LineEnd): Position {
  if (octet === CR) return 'after-cr';
  return octet === LF && (position === 'after-cr' || lineEnd === 'LF') ? 'line-start' : 'in-line';
}

/** Where the lone dot's line ends that begins at `at`, or -1 where none does. */
function afterLoneDot(chunk: Buffer, at: number, lineEnd: LineEnd): number {
  if (chunk[at] !== DOT) return -1;
  if (lineEnd === 'LF' && chunk[at + 1] === LF) return at + 2;
  return chunk[at + 1] === CR && chunk[at + 2] === LF ? at + 3 : -1;
}

/** Whether an LF ends the answer here. */
function endsAnswer(position: Position, lineEnd: LineEnd): boolean {
  return position === 'after-dot-cr' || (position === 'after-dot' && lineEnd === 'LF');
}
