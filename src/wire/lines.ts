/** Cuts a byte stream into lines, however the network has split it, and never keeps more than one line. */
import { LimitError } from '#base/errors.js';

const LF = 0x0a;
const CR = 0x0d;
const nothing = Buffer.alloc(0);

/**
 * Lines end with CRLF; a bare LF is taken, too. Push one chunk, then take lines until `next` says null: the chunk may be used for
 * something else then, and so may the lines.
 * A line above `maxLength` octets (its end not counted) throws LimitError, from `next`; one that is to be shortened loses
 * what is above.
 */
export class LineSplitter {
  readonly #what: string;
  readonly #maxLength: number;
  readonly #overlong: 'refuse' | 'shorten';
  /** The beginning of a line whose end has not come. */
  #begun: Buffer[] = [];
  #begunLength = 0;
  #unread: Buffer = nothing;
  /** The last octet of the line so far. */
  #lastOctet: number | undefined;
  #lastEndWasBare = false;

  /** `what` names the line in the error, for example `a POP3 reply line`. */
  constructor(what: string, maxLength: number, overlong: 'refuse' | 'shorten' = 'refuse') {
    this.#what = what;
    this.#maxLength = maxLength;
    this.#overlong = overlong;
  }

  /** Whether the line that was taken last ended with a bare LF. */
  get lastEndWasBare(): boolean {
    return this.#lastEndWasBare;
  }

  push(chunk: Buffer): void {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
  }

  /** The next line without its end, or null when more bytes are needed. */
  next(): Buffer | null {
    const end = this.#unread.indexOf(LF);
    const piece = end === -1 ? this.#unread : this.#unread.subarray(0, end);
    // One octet more for the CR, which is not known to belong to the line end before the LF has come.
    const room = this.#maxLength + 1 - this.#begunLength;
    if (piece.length > room && this.#overlong === 'refuse') this.#refuse();
    const fitting = piece.subarray(0, Math.max(room, 0));
    if (fitting.length > 0) this.#begun.push(end === -1 ? Buffer.from(fitting) : fitting);
    this.#begunLength += Math.min(piece.length, room);
    this.#lastOctet = piece.at(-1) ?? this.#lastOctet;
    if (end === -1) {
      this.#unread = nothing;
      return null;
    }
    this.#unread = this.#unread.subarray(end + 1);
    this.#lastEndWasBare = this.#lastOctet !== CR;
    const line = this.#takeBegun();
    if (line.at(-1) === CR) return line.subarray(0, -1);
    if (line.length > this.#maxLength && this.#overlong === 'refuse') this.#refuse();
    return line.subarray(0, this.#maxLength);
  }

  /** All bytes that were not handed out as lines, for a reader of another kind; the splitter is empty then. */
  takeRest(): Buffer {
    this.#begun.push(this.#unread);
    this.#unread = nothing;
    return this.#takeBegun();
  }

  #takeBegun(): Buffer {
    const [only, ...others] = this.#begun;
    const bytes = only !== undefined && others.length === 0 ? only : Buffer.concat(this.#begun);
    this.#begun = [];
    this.#begunLength = 0;
    this.#lastOctet = undefined;
    return bytes;
  }

  #refuse(): never {
    throw new LimitError(this.#what, this.#maxLength, 'octets');
  }
}
