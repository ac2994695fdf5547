/** The look at a mail that could not be read: bounded, clean, and content with anything. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lookAtHeader } from '../../src/intake/look-at-header.js';
import { MemoryContentStore } from '../support/memory-content.js';
import { rawMessage } from '../support/raw-message.js';

function look(mail: string | Uint8Array, chunkBytes = 65_536) {
  const store = new MemoryContentStore();
  store.chunkBytes = chunkBytes;
  return lookAtHeader(rawMessage(store.put(Buffer.from(mail))), store);
}

it('shows the fields in their order, decoded and cleaned, and nothing of the body', async () => {
  const mail = [
    'From: =?utf-8?Q?J=C3=A4nner?= <a@example.com>',
    'Subject: one',
    '  line\x1b[2J',
    'no field',
    'X-Odd: =?utf-8?B?=?=',
    '',
    'Body: not this',
  ].join('\r\n');
  expect(await look(mail)).toEqual([
    { name: 'from', value: 'Jänner <a@example.com>' },
    { name: 'subject', value: 'one line [2J' },
    { name: 'x-odd', value: expect.any(String) },
  ]);
});

it.each([
  ['nothing', ''],
  ['no header', '\r\nFrom: body'],
  ['no text', Buffer.from([0, 255, 254, 13, 10, 0])],
])('sees nothing in a mail of %s', async (_what, mail) => {
  expect(await look(mail)).toEqual([]);
});

it.each([
  ['many fields', 'a: b\n'.repeat(2_000_000)],
  ['a field without end', `Subject: ${'x'.repeat(10_000_000)}`],
  ['encoded words without end', `Subject: ${'=?utf-8?Q?x?= '.repeat(700_000)}`],
  ['a name without end', `${'x'.repeat(10_000_000)}: y`],
])('reads no more than the beginning of %s', async (_what, mail) => {
  const store = new MemoryContentStore();
  store.chunkBytes = 4096;
  const message = rawMessage(store.put(Buffer.from(mail)));
  let chunks = 0;
  async function* read() {
    for await (const chunk of store.read(message.content)) {
      chunks++;
      yield chunk;
    }
  }
  const header = await lookAtHeader(message, { create: () => store.create(), read });
  expect(chunks).toBe(8);
  expect(header.length).toBeLessThanOrEqual(50);
  expect(JSON.stringify(header).length).toBeLessThan(25_000);
});

it('is content with any bytes, however they come', async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom('\r\n', '\n', ' ', ':', 'From:', 'Subject: =?utf-8?B?', '?=', '=?x?Q?').map(Buffer.from),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 60 }),
      fc.integer({ min: 1, max: 50 }),
      async (pieces, size) => {
        const mail = Buffer.concat(pieces);
        const header = await look(mail, size);
        expect(header).toEqual(await look(mail));
        for (const { name, value } of header) {
          expect(name + value).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
          expect([...value].length).toBeLessThanOrEqual(300);
        }
      },
    ),
  );
});
