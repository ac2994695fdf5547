/** Reads the bytes of one TNEF attribute: never more than it announced, and summed up for its checksum. */
import type { Reading } from './byte-feed.js';

export class TnefAttribute {
  /** Bytes still to come. */
  #left: number;
  #sum = 0;
  /** Something in it claims more bytes than it has. */
  #lies = false;

  constructor(length: number) {
    this.#left = length;
  }

  get left(): number {
    return this.#left;
  }

  /** Zeros when the attribute has fewer left; nothing of it is left then. */
  *exactly(bytes: number): Reading<Buffer> {
    if (bytes > this.#left) {
      this.#lies = true;
      yield* this.skip(this.#left);
      return Buffer.alloc(bytes);
    }
    return this.#account(yield { exactly: bytes });
  }

  /** Hands on the next bytes piece by piece; as many as are left when there are fewer. */
  *pass(bytes: number, take: (piece: Buffer) => void): Reading<void> {
    if (bytes > this.#left) this.#lies = true;
    let wanted = Math.min(bytes, this.#left);
    while (wanted > 0) {
      const piece = this.#account(yield { atMost: wanted });
      wanted -= piece.length;
      take(piece);
    }
  }

  skip(bytes: number): Reading<void> {
    return this.pass(bytes, () => {});
  }

  /** The first `max` of the next bytes; the others are passed over. */
  *first(max: number, bytes: number): Reading<Buffer> {
    const kept: Buffer[] = [];
    let room = max;
    yield* this.pass(bytes, (piece) => {
      const part = Buffer.from(piece.subarray(0, room));
      room -= part.length;
      if (part.length > 0) kept.push(part);
    });
    return Buffer.concat(kept);
  }

  /**
   * Passes over what is left, and reads the checksum: the sum of all bytes, modulo 65536 (MS-OXTNEF 2.1.3.1). False when it
   * is wrong, or something in the attribute claimed more than there was.
   */
  *end(): Reading<boolean> {
    yield* this.skip(this.#left);
    const checksum = (yield { exactly: 2 }).readUInt16LE(0);
    return checksum === this.#sum && !this.#lies;
  }

  *uint32(): Reading<number> {
    return (yield* this.exactly(4)).readUInt32LE(0);
  }

  #account(piece: Buffer): Buffer {
    let sum = this.#sum;
    for (const byte of piece) sum += byte;
    this.#sum = sum & 0xffff;
    this.#left -= piece.length;
    return piece;
  }
}
