/** The memory that a socket reads into: what somebody holds is never written over, whether the socket pauses or not. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReadRing } from '../../src/mail/read-ring.js';

/** What reads into the ring as a socket does, byte after byte of a stream in which each has its own value for long. */
class Reader {
  readonly #options;
  #next: Uint8Array;
  #written = 0;
  /** All memory that it was ever given. */
  readonly memory = new Set<ArrayBufferLike>();
  isPaused = false;

  constructor(ring: ReadRing) {
    this.#options = ring.intoRing(() => {});
    this.#next = this.#given();
  }

  read(length: number): void {
    const fitting = Math.min(length, this.#next.length);
    for (let at = 0; at < fitting; at++) this.#next[at] = valueAt(this.#written++);
    this.isPaused = !this.#options.callback(fitting, this.#next);
    this.#next = this.#given();
  }

  #given(): Uint8Array {
    const { buffer } = this.#options;
    if (typeof buffer !== 'function') throw new Error('one buffer only');
    const given = buffer();
    this.memory.add(given.buffer);
    return given;
  }
}

const valueAt = (place: number) => (place * 31 + (place >> 8)) & 0xff;

function demandBytes(part: Buffer, from: number): void {
  for (let at = 0; at < part.length; at++) {
    if (part[at] !== valueAt(from + at)) expect.fail(`byte ${from + at} is another`);
  }
}

const sizes = fc.oneof(
  fc.integer({ min: 1, max: 65_536 }),
  fc.integer({ min: 1, max: 40 }),
  fc.constant(16_384),
);

it.each(['a socket that pauses when told', 'TLS, which brings what it has decrypted first'])(
  'of %s: every byte comes once, in order, and stays until the next is taken',
  (who) => {
    const step = fc.oneof(fc.record({ read: sizes }), fc.constant('take' as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const ring = new ReadRing();
        const reader = new Reader(ring);
        let held: { part: Buffer; from: number } | null = null;
        let taken = 0;
        for (const todo of [...steps, ...Array.from({ length: steps.length + 1 }, () => 'take' as const)]) {
          if (todo !== 'take') {
            if (!reader.isPaused || who.startsWith('TLS')) reader.read(todo.read);
          } else {
            const part = ring.take();
            held = part && { part, from: taken };
            taken += part?.length ?? 0;
            reader.isPaused = !ring.hasRoom;
          }
          if (held !== null) demandBytes(held.part, held.from);
        }
        expect(held).toBeNull();
      }),
      { numRuns: 60 },
    );
  },
);

it('needs four pieces of memory and no more, however long it goes on, and in however small parts', () => {
  for (const length of [65_536, 40_000, 16_384, 1000]) {
    const ring = new ReadRing();
    const reader = new Reader(ring);
    for (let turns = 0; turns < 300; turns++) {
      while (!reader.isPaused) reader.read(length);
      for (let parts = 0; parts < 1 + (turns % 5); parts++) ring.take();
      reader.isPaused = !ring.hasRoom;
    }
    expect(reader.memory.size).toBeLessThanOrEqual(4);
  }
});

it('has more for a socket that does not pause, and gives that back', () => {
  const ring = new ReadRing();
  const reader = new Reader(ring);
  for (let parts = 0; parts < 10; parts++) reader.read(65_536);
  expect(reader.memory.size).toBeGreaterThan(4);
  while (ring.take() !== null);
  reader.memory.clear();
  for (let turns = 0; turns < 300; turns++) {
    reader.read(65_536);
    ring.take();
  }
  expect(reader.memory.size).toBeLessThanOrEqual(5);
});
