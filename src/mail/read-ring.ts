/** What a socket has read and nobody has taken yet, in a little memory that is used again and again. */
import type { OnReadOpts } from 'node:net';

const pieceBytes = 64 * 1024;
/** So many pieces are kept to be used again. */
const keptPieces = 4;
/** With less room a piece counts as full: TLS brings up to so much at once (RFC 8446 §5.1). */
const leastRoomBytes = 16 * 1024;
/** A stream that drips brings no more parts than these before it has to wait. */
const maxWaitingParts = 8;

interface Piece {
  memory: Buffer;
  /** How much of it has been written to. */
  used: number;
  /** How many parts of it wait, or are in use: until there is none, nothing is written over. */
  held: number;
}

interface Part {
  bytes: Buffer;
  /** Null for memory that is not ours. */
  piece: Piece | null;
}

export class ReadRing {
  readonly #pieces: Piece[] = [];
  #filling: Piece = this.#newPiece();
  readonly #waiting: Part[] = [];
  #inUse: Part | null = null;

  /** For a socket that reads straight into this memory; `came` is called each time. */
  intoRing(came: () => void): OnReadOpts {
    return {
      buffer: () => this.#room(),
      callback: (length) => {
        const piece = this.#filling;
        const bytes = piece.memory.subarray(piece.used, piece.used + length);
        piece.used += length;
        piece.held++;
        this.#waiting.push({ bytes, piece });
        came();
        // TLS goes on all the same with what it has decrypted already.
        return this.hasRoom;
      },
    };
  }

  /** Takes what has come in other memory. */
  put(bytes: Buffer): void {
    this.#waiting.push({ bytes, piece: null });
  }

  /** Whether the socket may go on; one piece more is free then, for what it reads next. */
  get hasRoom(): boolean {
    const heldPieces = this.#pieces.filter(({ held }) => held > 0).length;
    return this.#waiting.length < maxWaitingParts && heldPieces < keptPieces - 1;
  }

  /** The oldest part, or null. The one that was taken before may be overwritten from now on. */
  take(): Buffer | null {
    this.#giveBack();
    this.#inUse = this.#waiting.shift() ?? null;
    return this.#inUse?.bytes ?? null;
  }

  clear(): void {
    while (this.take() !== null);
  }

  /** Where the next bytes may go: nobody holds anything there. */
  #room(): Buffer {
    if (pieceBytes - this.#filling.used < leastRoomBytes) {
      this.#filling = this.#pieces.find(({ held }) => held === 0) ?? this.#newPiece();
      this.#filling.used = 0;
    }
    return this.#filling.memory.subarray(this.#filling.used);
  }

  #newPiece(): Piece {
    const piece = { memory: Buffer.allocUnsafeSlow(pieceBytes), used: 0, held: 0 };
    this.#pieces.push(piece);
    return piece;
  }

  #giveBack(): void {
    const piece = this.#inUse?.piece ?? null;
    if (piece === null) return;
    piece.held--;
    const isSpare = piece.held === 0 && piece !== this.#filling && this.#pieces.length > keptPieces;
    if (isSpare) this.#pieces.splice(this.#pieces.indexOf(piece), 1);
  }
}
