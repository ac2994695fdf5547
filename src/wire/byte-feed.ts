/** Lets a binary format be read from top to bottom by a generator, while its bytes arrive in chunks of any size. */

/** What a reader asks for: exactly so many bytes at once, or the next ones there are, at most so many. Never none. */
export type Wanted = { exactly: number } | { atMost: number };

export type Reading<Result> = Generator<Wanted, Result, Buffer>;

const nothing = Buffer.alloc(0);

/** Bytes behind the reader's end are passed over. A reader asks for few bytes `exactly`, for they are kept together. */
export class ByteFeed {
  readonly #reader: Reading<void>;
  #wanted: Wanted | null;
  #held: Buffer = nothing;

  constructor(reader: Reading<void>) {
    this.#reader = reader;
    this.#wanted = this.#next(reader.next());
  }

  /** The reader may get parts of `chunk` itself. */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const data = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    let position = 0;
    while (this.#wanted !== null) {
      const available = data.length - position;
      const size =
        'exactly' in this.#wanted ? this.#wanted.exactly : Math.min(this.#wanted.atMost, available);
      if (size === 0 || size > available) break;
      this.#wanted = this.#next(this.#reader.next(data.subarray(position, position + size)));
      position += size;
    }
    this.#held = this.#wanted === null ? nothing : Buffer.from(data.subarray(position));
  }

  #next({ done, value }: IteratorResult<Wanted, void>): Wanted | null {
    return done ? null : value;
  }
}
