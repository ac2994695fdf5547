/** Dot-stuffing as a stream (RFC 1939 §3): multi-line answers to their bytes and back, not one byte changed. */

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
const crlfDot = Buffer.from('\r\n.');
const loneCr = Buffer.from('\r');
const loneDot = Buffer.from('.');
const nothing = Buffer.alloc(0);

/**
 * What the last bytes may be the beginning of. Only CRLF makes a line here: a bare LF or CR is content
 * (RFC 1939 §3), and taking it for a line end would let a mail end its own transfer.
 */
type Position = 'in-line' | 'after-cr' | 'line-start' | 'after-dot' | 'after-dot-cr';

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
  #position: Position = 'line-start';

  decode(chunk: Buffer): Unstuffed {
    const pieces: Buffer[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#position === 'after-dot-cr') {
        if (chunk[at] === LF) {
          this.#position = 'line-start';
          return { data: join(pieces), end: true, rest: chunk.subarray(at + 1) };
        }
        pieces.push(loneCr);
        this.#position = 'after-cr';
      } else if (this.#position === 'after-dot') {
        // Whatever else follows it, the dot was stuffing.
        this.#position = chunk[at] === CR ? 'after-dot-cr' : 'in-line';
        if (this.#position === 'after-dot-cr') at++;
      } else if (this.#position === 'line-start' && chunk[at] === DOT) {
        this.#position = 'after-dot';
        at++;
      } else if (this.#position === 'after-cr' && chunk[at] === LF) {
        pieces.push(chunk.subarray(at, at + 1));
        this.#position = 'line-start';
        at++;
      } else {
        at = this.#takeContent(chunk, at, pieces);
      }
    }
    return { data: join(pieces), end: false, rest: nothing };
  }

  /** Takes everything up to the next dot that begins a line; returns the place behind that dot. */
  #takeContent(chunk: Buffer, from: number, pieces: Buffer[]): number {
    const found = chunk.indexOf(crlfDot, from);
    if (found !== -1) {
      pieces.push(chunk.subarray(from, found + 2));
      this.#position = 'after-dot';
      return found + 3;
    }
    const content = chunk.subarray(from);
    pieces.push(content);
    this.#position = positionAfter(content);
    return chunk.length;
  }
}

/** Encodes one multi-line answer. */
export class DotStuffer {
  #position: Position = 'line-start';

  encode(chunk: Buffer): Buffer {
    const pieces: Buffer[] = [];
    let from = 0;
    if (chunk.length === 0) return nothing;
    if (this.#position === 'line-start' && chunk[0] === DOT) pieces.push(loneDot);
    const split = this.#position === 'after-cr' && chunk[0] === LF;
    if (split && chunk[1] === DOT) {
      pieces.push(chunk.subarray(0, 1), loneDot);
      from = 1;
    }
    for (let found = chunk.indexOf(crlfDot, from); found !== -1; found = chunk.indexOf(crlfDot, from)) {
      pieces.push(chunk.subarray(from, found + 2), loneDot);
      from = found + 2;
    }
    pieces.push(chunk.subarray(from));
    this.#position = split && chunk.length === 1 ? 'line-start' : positionAfter(chunk);
    return join(pieces);
  }

  /** The lone dot, after a line end where the message has none. */
  finish(): Buffer {
    return Buffer.from(this.#position === 'line-start' ? '.\r\n' : '\r\n.\r\n');
  }
}

function positionAfter(content: Buffer): Position {
  const last = content.at(-1);
  if (last === CR) return 'after-cr';
  return last === LF && content.at(-2) === CR ? 'line-start' : 'in-line';
}

function join(pieces: Buffer[]): Buffer {
  const [only, ...others] = pieces;
  if (only === undefined) return nothing;
  return others.length === 0 ? only : Buffer.concat(pieces);
}
