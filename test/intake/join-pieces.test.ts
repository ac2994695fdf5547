/** Joining: what went apart comes together byte for byte, in both forms. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHeader } from '#wire/mime-header.js';
import { type CompleteSet, joinPieces } from '../../src/intake/join-pieces.js';
import { MemoryContentStore } from '../support/memory-content.js';

async function joined(
  form: CompleteSet['form'],
  pieces: Buffer[],
  head = '',
  store = new MemoryContentStore(),
) {
  const content = await joinPieces(
    { form, head: parseHeader(Buffer.from(head)), pieces: pieces.map((piece) => store.put(piece)) },
    store,
  );
  return store.bytes(content);
}

/** The bytes in as many pieces as there are places to cut at, and one more. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

const places = fc.array(fc.nat(), { maxLength: 12 });

it('our own pieces make the document, wherever it was cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), places, async (bytes, cuts) => {
      const document = Buffer.from(bytes);
      expect(await joined('phaserlink', cut(document, cuts))).toEqual(document);
    }),
  );
});

describe('pieces of a message/partial', () => {
  const head =
    'From: alice@example.com\r\nSubject: tiger (1/3)\r\nContent-Type: message/partial; number=1; id=x\r\n';
  const inner = 'From: mallory@example.com\r\nSubject: tiger\r\nContent-Type: application/postscript\r\n';
  const body = '%!PS\r\n\r\nshowpage\r\n';
  const whole = `from: alice@example.com\r\nsubject: tiger\r\ncontent-type: application/postscript\r\n\r\n${body}`;

  it('make the mail, wherever it was cut, in the middle of its header too', async () => {
    await fc.assert(
      fc.asyncProperty(places, fc.integer({ min: 1, max: 40 }), async (cuts, chunkBytes) => {
        const store = new MemoryContentStore();
        store.chunkBytes = chunkBytes;
        const pieces = cut(Buffer.from(`${inner}\r\n${body}`), cuts);
        expect((await joined('partial', pieces, head, store)).toString()).toBe(whole);
        expect(store.openWriters).toBe(0);
      }),
    );
  });

  it.each([
    ['no header', '\r\n', 'from: alice@example.com\r\n\r\n'],
    ['nothing but a header', 'Subject: s\r\n', 'from: alice@example.com\r\nsubject: s\r\n\r\n'],
    ['nothing at all', '', 'from: alice@example.com\r\n\r\n'],
  ])('with %s inside make a mail all the same', async (_what, text, mail) => {
    expect((await joined('partial', [Buffer.from(text)], head)).toString()).toBe(mail);
  });

  it('have a header of at most 128 KiB inside, and what was begun is discarded', async () => {
    const store = new MemoryContentStore();
    const lines = Buffer.from('X-Y: z\r\n'.repeat(10_000));
    await expect(
      joined('partial', [lines, lines, Buffer.from('\r\nbody')], head, store),
    ).rejects.toMatchObject({
      code: 'limit-exceeded',
      publicText: 'the header of a joined split mail exceeds the limit of 131072 bytes',
    });
    expect(store.openWriters).toBe(0);
  });
});
