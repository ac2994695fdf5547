/** How much of a mail is read: each limit in words, and a cost that grows no faster than the mail. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LimitError } from '#base/errors.js';
import { leftOutKinds } from '#vocab/left-out.js';
import type { ContentStore } from '#vocab/line.js';
import { judge } from '../../src/intake/judge.js';
import { readMessage } from '../../src/intake/read-message.js';
import { assertLinearAsync } from '../support/assert-linear.js';
import { MemoryContentStore } from '../support/memory-content.js';
import { rawMessage } from '../support/raw-message.js';
import {
  entity,
  file,
  fromAlice,
  html,
  mixed,
  multipart,
  plain,
  png,
  readMail,
} from '../support/read-mail.js';

const many = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => part(index));
const nested = (levels: number) =>
  many(levels, (level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`).join(
    '',
  );

const overLimit: [what: string, mail: string, words: string][] = [
  [
    'documents',
    mixed(...many(51, (n) => file(`${n}.ps`, `%!PS ${n}`))),
    'a mail exceeds the limit of 50 documents',
  ],
  [
    'attachments and pictures',
    mixed(
      html(),
      ...many(251, (n) => file(`${n}.png`, png(20, 20), { disposition: 'inline', contentId: `${n}` })),
    ),
    'a mail exceeds the limit of 250 attachments and pictures',
  ],
  ['body parts', mixed(...many(1000, () => plain())), 'a mail exceeds the limit of 1000 body parts'],
  [
    'body parts in mails inside the mail, all together',
    mixed(
      ...many(20, () =>
        entity(['Content-Type: message/rfc822'], multipart('mixed', ...many(60, () => plain()))),
      ),
    ),
    'a mail exceeds the limit of 1000 body parts',
  ],
  [
    'files in a text',
    fromAlice(plain("begin 644 a.ics\r\n/0D5'24XZ5D-!3$5.1$%2\r\n`\r\nend\r\n".repeat(1000))),
    'a mail exceeds the limit of 1000 parts',
  ],
  [
    'multiparts in multiparts',
    fromAlice(nested(61)),
    'the nesting of body parts exceeds the limit of 60 levels',
  ],
  [
    'bytes in the header of a part',
    mixed(
      entity([`X: ${' y'.repeat(30_000)}`, `X: ${' y'.repeat(30_000)}`, `X: ${' y'.repeat(30_000)}`], ''),
    ),
    'the header of a body part exceeds the limit of 131072 bytes',
  ],
  [
    'bytes in a line of the header of a part',
    mixed(entity([`X: ${'y'.repeat(70_000)}`], '')),
    'a line in the header of a body part exceeds the limit of 65536 bytes',
  ],
  [
    'fields in the header of a part',
    mixed(
      entity(
        many(1001, () => 'X: y'),
        '',
      ),
    ),
    'a header exceeds the limit of 1000 fields',
  ],
  [
    'characters in a boundary',
    mixed(entity([`Content-Type: multipart/mixed; boundary=${'b'.repeat(251)}`], '')),
    'the boundary of a multipart exceeds the limit of 250 characters',
  ],
];

describe('a mail that passes a limit', () => {
  it.each(overLimit)(
    'of %s is not read on, says so, and leaves nothing behind',
    async (_what, mail, words) => {
      const store = new MemoryContentStore();
      const submission = await readMail(mail, store);
      expect(submission).toMatchObject({
        sender: 'alice@example.com',
        tooMuch: words,
        documents: [],
        leftOut: [],
      });
      expect([store.openWriters, store.contents.size]).toEqual([0, 1]);
    },
  );

  it('is refused with these words by mail, when its sender may print', async () => {
    const submission = await readMail(mixed(...many(51, (n) => file(`${n}.ps`, `%!PS ${n}`))));
    const facts = {
      allow: ['alice@example.com'],
      hold: [],
      ownAddress: 'printer@example.com',
      duplicateOf: null,
    };
    const verdict = judge(submission, facts);
    expect(verdict).toMatchObject({ decision: 'refuse', mayReply: true });
    expect(verdict.reasons[0]?.text).toContain('a mail exceeds the limit of 50 documents');
    expect(judge(submission, { ...facts, allow: ['bob@example.com'] }).mayReply).toBe(false);
  });

  it('in its own header cannot be read: nobody knows who sent it', async () => {
    await expect(readMail(`${'X: y\r\n'.repeat(1001)}From: alice@example.com\r\n\r\n`)).rejects.toThrow(
      LimitError,
    );
    await expect(readMail(`X: ${'y'.repeat(200_000)}\r\n\r\n`)).rejects.toThrow(LimitError);
  });

  it('may hold as much as the limit says', async () => {
    const documents = mixed(...many(50, (n) => file(`${n}.ps`, `%!PS ${n}`)));
    expect((await readMail(documents)).documents).toHaveLength(50);
    const pictures = many(249, (n) =>
      file(`${n}.png`, png(20, 20), { disposition: 'inline', contentId: `${n}` }),
    );
    expect((await readMail(mixed(html(), ...pictures, file('a.ps', '%!PS')))).tooMuch).toBeNull();
    expect((await readMail(mixed(...many(999, () => plain())))).leftOut).toHaveLength(999);
    expect((await readMail(fromAlice(nested(60)))).tooMuch).toBeNull();
  });
});

describe('a very large mail', () => {
  const megabyte = Buffer.alloc(1024 * 1024, 'x');

  /** A store whose one content is `head` and then many megabytes that nobody has to keep. */
  function storeOf(head: string, megabytes: number): ContentStore {
    const none = async () => {};
    return {
      create: async () => ({ write: none, commit: async () => ({ digest: '', bytes: 0 }), discard: none }),
      async *read() {
        yield Buffer.from(head);
        for (let at = 0; at < megabytes; at++) yield megabyte;
      },
    };
  }
  const content = { digest: '', bytes: 0 };

  it('may hold a document of up to 256 MB', async () => {
    const head = fromAlice(entity(['Content-Type: application/octet-stream'], ''));
    expect(await readMessage(rawMessage(content), storeOf(head, 255))).toMatchObject({ tooMuch: null });
    expect(await readMessage(rawMessage(content), storeOf(head, 257))).toMatchObject({
      tooMuch: 'a part of a mail exceeds the limit of 268435456 bytes',
    });
  });

  it('may hold 512 MB in all, each mail inside of it counted, too', async () => {
    const inner = (rest: string) => `Content-Type: message/rfc822\r\n\r\n${rest}`;
    const head = fromAlice(inner(inner(inner(entity(['Content-Type: application/octet-stream'], '')))));
    expect(await readMessage(rawMessage(content), storeOf(head, 127))).toMatchObject({ tooMuch: null });
    expect(await readMessage(rawMessage(content), storeOf(head, 129))).toMatchObject({
      tooMuch: 'a mail exceeds the limit of 536870912 decoded bytes',
    });
  });
});

describe('the cost of a mail', () => {
  const inside = (mails: number, body: string): string =>
    fromAlice(mails === 0 ? body : entity(['Content-Type: message/rfc822'], inside(mails - 1, body)));
  it.each<[string, number, (size: number) => string]>([
    ['many parts', 200, (size) => mixed(...many(size, () => plain()))],
    ['many pictures', 60, (size) => mixed(html(), ...many(size, (n) => file(`${n}.png`, png(9, 9))))],
    [
      'many alternatives',
      50,
      (size) =>
        mixed(
          ...many(size, (n) =>
            multipart('alternative', plain(), file(`${n}.pdf`, '%PDF-', { disposition: null })),
          ),
        ),
    ],
    ['a long letter', 3_000, (size) => fromAlice(plain('begin 644 me\r\ncid:x %!PS\r\n'.repeat(size)))],
    [
      'a program in the text',
      5_000,
      (size) => fromAlice(plain(`%!PS\r\n${'showpage \r\n%%EOF\r\n'.repeat(size)}`)),
    ],
    ['one long line', 500_000, (size) => fromAlice(plain('x'.repeat(size)))],
    ['a letter inside of ten mails', 5_000, (size) => inside(10, plain('\r\n--'.repeat(size)))],
    [
      'a letter inside of sixty multiparts',
      2_000,
      (size) => fromAlice(`${nested(60)}${plain('\r\n--'.repeat(size))}`),
    ],
    [
      'many parts inside of fifty multiparts',
      200,
      (size) => fromAlice(`${nested(50)}${multipart('mixed', ...many(size, () => plain()))}`),
    ],
    ['an attachment', 200_000, (size) => mixed(file('a.ps', Buffer.alloc(size, '%!PS')))],
  ])('of %s grows with its size', async (_what, size, make) => {
    const made = new Map([size, 4 * size].map((units) => [units, make(units)]));
    await assertLinearAsync(size, (units) => readMail(made.get(units) ?? ''));
  });
});

it('docs/reading-mail.md gives the text of each limit', () => {
  const text = readFileSync(new URL('../../../docs/reading-mail.md', import.meta.url), 'utf8');
  for (const [, , words] of overLimit) expect(text).toContain(`| ${words} |`);
});

it('docs/reading-mail.md tells of each kind of part that is left out who hears of it', () => {
  const text = readFileSync(new URL('../../../docs/reading-mail.md', import.meta.url), 'utf8');
  for (const [kind, told] of Object.entries(leftOutKinds)) {
    const row = text.split('\n').find((line) => line.startsWith(`| ${kind} | `));
    expect(row?.endsWith(` | ${told} |`), kind).toBe(true);
  }
});
