/** Bytes that come in pieces, gathered in one piece of memory that grows with them. */

export class GatheredBytes {
  readonly #maxBytes: number;
  readonly #firstRoomBytes: number;
  #room: Buffer = Buffer.alloc(0);
  #length = 0;

  /** There is never room for more than `maxBytes`; the first room is for so many bytes as most of them, or these, will need. */
  constructor(maxBytes: number, firstRoomBytes: number) {
    this.#maxBytes = maxBytes;
    this.#firstRoomBytes = firstRoomBytes;
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length === this.#maxBytes;
  }

  /** What has been gathered; it changes with the next call of `take` after a `clear`. */
  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  /** Takes as much of the piece as fits, and returns how much that is. */
  take(piece: Uint8Array): number {
    const fitting = piece.subarray(0, this.#maxBytes - this.#length);
    this.#makeRoom(this.#length + fitting.length);
    this.#room.set(fitting, this.#length);
    this.#length += fitting.length;
    return fitting.length;
  }

  /** For other bytes in the same room. */
  clear(): void {
    this.#length = 0;
  }

  #makeRoom(needed: number): void {
    if (needed <= this.#room.length) return;
    const room = Math.min(this.#maxBytes, Math.max(needed, 2 * this.#room.length, this.#firstRoomBytes));
    const larger = Buffer.allocUnsafe(room);
    this.#room.copy(larger, 0, 0, this.#length);
    this.#room = larger;
  }
}
