/** What TOP shows of a message: the header, the empty line and the first lines of the body (RFC 1939 §7). */

const LF = 0x0a;
const CR = 0x0d;

export class TopCutter {
  #inBody = false;
  #linesLeft: number;
  /** Octets of the current line so far, a CR at its beginning not counted. */
  #lineLength = 0;

  constructor(bodyLines: number) {
    this.#linesLeft = bodyLines;
  }

  /** The part of `chunk` that belongs to the answer; `end` when nothing after it does. */
  cut(chunk: Buffer): { data: Buffer; end: boolean } {
    let from = 0;
    while (!(this.#inBody && this.#linesLeft === 0)) {
      const end = chunk.indexOf(LF, from);
      if (end === -1) {
        this.#lineLength += lengthWithoutCr(chunk.subarray(from));
        return { data: chunk, end: false };
      }
      this.#lineLength += lengthWithoutCr(chunk.subarray(from, end));
      if (this.#inBody) this.#linesLeft--;
      else if (this.#lineLength === 0) this.#inBody = true;
      this.#lineLength = 0;
      from = end + 1;
    }
    return { data: chunk.subarray(0, from), end: true };
  }
}

function lengthWithoutCr(piece: Buffer): number {
  return piece.at(-1) === CR ? piece.length - 1 : piece.length;
}
