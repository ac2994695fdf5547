/** What a socket has read and nobody has taken yet, in a little memory that is used again and again. */
import type { OnReadOpts } from 'node:net';

const ringPieces = 4;
const pieceBytes = 64 * 1024;

export class ReadRing {
  readonly #ring = Array.from({ length: ringPieces }, () => Buffer.allocUnsafeSlow(pieceBytes));
  #turn = 0;
  readonly #come: Buffer[] = [];

  /** For a socket that reads straight into this memory, one piece after the other; `came` is called for each. */
  intoRing(came: () => void): OnReadOpts {
    return {
      buffer: () => this.#ring[this.#turn++ % ringPieces] as Buffer,
      callback: (bytes, piece) => {
        const hasRoom = this.put(Buffer.from(piece.buffer, piece.byteOffset, bytes));
        came();
        return hasRoom;
      },
    };
  }

  /** False when the socket has to pause until the next `take`: the piece behind the last one may be in use. */
  put(piece: Buffer): boolean {
    this.#come.push(piece);
    return this.#come.length < ringPieces - 1;
  }

  /** The oldest piece, or null. The one that was taken before may be overwritten from now on. */
  take(): Buffer | null {
    return this.#come.shift() ?? null;
  }

  clear(): void {
    this.#come.length = 0;
  }
}
