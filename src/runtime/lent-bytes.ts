/**
 * Bytes for another process, in a file without a name that both have open: they are written at once, and it reads them when it
 * comes to it. Through a pipe, which holds little, it would wait for us again and again.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { writeAllAtOnce } from '#base/durable-files.js';

/** Where the other process finds them. */
export interface LentPlace {
  at: number;
  length: number;
}

export class LentBytes {
  readonly #file: number;
  #isOpen = true;
  /** For the other process, which is to read only; in here is nothing but what it was lent. */
  readonly readDescriptor: number;
  /** What is lent, by place. */
  readonly #lent: LentPlace[] = [];

  /** The file is in `folder` for a moment only; what is in it goes with the two processes, however they end. */
  constructor(folder: string) {
    const path = join(folder, `.${randomUUID()}.lent`);
    this.#file = openSync(path, 'wx', 0o600);
    try {
      this.readDescriptor = openSync(path, 'r');
    } catch (error) {
      closeSync(this.#file);
      throw error;
    } finally {
      unlinkSync(path);
    }
  }

  /** Good until it is given back. Throws the error of the disk, and nothing is lent then. */
  lend(bytes: Uint8Array): LentPlace {
    const { length } = bytes;
    const index = this.#lent.findIndex(({ at }, n) => at - this.#endBefore(n) >= length);
    const before = index < 0 ? this.#lent.length : index;
    const place = { at: this.#endBefore(before), length };
    writeAllAtOnce(this.#file, bytes, place.at);
    this.#lent.splice(before, 0, place);
    return place;
  }

  giveBack(place: LentPlace): void {
    const index = this.#lent.indexOf(place);
    if (index >= 0) this.#lent.splice(index, 1);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#file);
    closeSync(this.readDescriptor);
  }

  /** Of what is lent before the one in this place. */
  #endBefore(index: number): number {
    const { at, length } = this.#lent[index - 1] ?? { at: 0, length: 0 };
    return at + length;
  }
}
