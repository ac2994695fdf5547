/** Whatever the bytes and however they come: one submission, within the limits, with every part accounted for. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContentStore, Submission } from '#vocab/line.js';
import { readMessage } from '../../src/intake/read-message.js';
import { corpusMails } from '../support/corpus.js';
import { MemoryContentStore } from '../support/memory-content.js';
import { parseMail } from '../support/mime-parts.js';
import { anyCuts, cutAt, singleBytes } from '../support/pieces.js';
import { rawMessage } from '../support/raw-message.js';
import { entity, file, fromAlice, html, multipart, plain, png, readMail } from '../support/read-mail.js';
import { attachment, ids, text, tnef } from '../support/tnef-encoder.js';

/** Also proves that nothing is left open and that all documents are there. */
async function readCut(chunks: readonly Buffer[]): Promise<Submission | string> {
  const store = new MemoryContentStore();
  const cut: ContentStore = {
    create: () => store.create(),
    async *read() {
      // A chunk is only lent: the reader may keep nothing of it.
      for (const chunk of chunks) {
        const lent = Buffer.from(chunk);
        yield lent;
        lent.fill('X');
      }
    },
  };
  try {
    const submission = await readMessage(rawMessage({ digest: '', bytes: 0 }), cut);
    for (const { content } of submission.documents) expect(store.bytes(content)).toHaveLength(content.bytes);
    return submission;
  } catch (error) {
    // Only a mail whose own header passes a limit has no submission.
    expect(error).toMatchObject({ code: 'limit-exceeded' });
    return String(error);
  } finally {
    expect(store.openWriters).toBe(0);
  }
}

const ps = '%!PS\r\nshowpage\r\n%%EOF\r\n';
const winmail = tnef(attachment({ data: Buffer.from(ps), properties: [text(ids.longFileName, 'a.ps')] }));
const leaf = fc.constantFrom(
  plain(),
  html('<img src="cid:a@b">'),
  plain(`${ps}-- \r\nfooter`),
  plain('begin 644 a.ps\r\n.)2%04PIS:&]W<&%G90H`\r\n`\r\nend\r\nbye'),
  entity(['Content-Type: text/plain; format=flowed'], '%!PS \r\nshow \r\npage\r\n'),
  file('a.ps', ps),
  file('b.pdf', '%PDF-1.4', { disposition: null }),
  file('a.png', png(9, 9), { disposition: 'inline', contentId: 'a@b' }),
  file('winmail.dat', winmail),
  file('empty', ''),
  entity(['Content-Type: application/pkcs7-mime'], 'x'),
  'no header',
  '',
);
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc
      .tuple(
        fc.constantFrom(
          'mixed',
          'alternative',
          'related',
          'digest',
          'signed',
          'encrypted',
          'mixed-without-end',
        ),
        fc.array(tie('tree'), { maxLength: 4 }),
      )
      .map(([type, parts]) => multipart(type, ...parts).replace(/--$/, type.endsWith('end') ? '' : '--')),
    tie('tree').map((inner) => entity(['Content-Type: message/rfc822'], fromAlice(inner))),
    tie('tree').map((inner) =>
      entity(['Content-Type: message/rfc822'], Buffer.from(fromAlice(inner), 'latin1')),
    ),
  ),
}));
const mails = tree.map((body) => Buffer.from(fromAlice(body), 'latin1'));

const words = fc.constantFrom(
  'Content-Type: ',
  'multipart/mixed; boundary=b',
  'multipart/related; boundary=b; start=<a>',
  'message/partial',
  'message/rfc822',
  'application/ms-tnef',
  'text/plain; format=flowed',
  'Content-Transfer-Encoding: ',
  'base64',
  'quoted-printable',
  'x-uuencode',
  'Content-Disposition: attachment; filename=',
  'a.eml',
  '\r\n',
  '\n',
  '\r\n\r\n',
  '--b',
  '--b--',
  '--',
  '%!PS',
  '%%EOF',
  'begin 644 a\n',
  '=ybegin line=1',
  'cid:a',
  '=',
  '\x00',
  'From: ',
  'a@b.c',
  ';',
  '"',
  '(',
  '<',
  ' ',
  'Subject: ',
  '=?utf-8?b?',
  '\xff',
  winmail.toString('latin1'),
);
const anything = fc.oneof(
  fc.array(words, { maxLength: 60 }).map((parts) => Buffer.from(parts.join(''), 'latin1')),
  fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
);

describe('any mail', () => {
  it('is read the same however its bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(mails, anything), anyCuts, async (mail, cuts) => {
        const whole = await readCut([mail]);
        expect(await readCut(cutAt(mail, cuts))).toEqual(whole);
        if (mail.length < 3000) expect(await readCut(singleBytes(mail))).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  it('has every part accounted for (ask 33)', async () => {
    await fc.assert(
      fc.asyncProperty(mails, async (mail) => {
        const { documents, leftOut, tooMuch } = await readMail(mail);
        const told = documents.length + leftOut.length;
        // What is opened only adds to the leaves of the mail itself, but for the mails inside of it.
        const leaves = parseMail([mail]).filter(
          ({ start: { isMultipart, mediaType } }) => !isMultipart && mediaType !== 'message/rfc822',
        );
        if (tooMuch === null) expect(told).toBeGreaterThanOrEqual(leaves.length);
        for (const { reason, name } of leftOut) expect([reason, name]).not.toContain('');
      }),
      { numRuns: 300 },
    );
  });

  it('keeps its limits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { maxLength: 30 }), fc.nat(1200), async (parts, copies) => {
        const body = multipart('mixed', ...parts.map((part) => part.toString('latin1')));
        const mail = fromAlice(body + `\r\n${body}`.repeat(copies % 40));
        const { documents, leftOut } = await readMail(mail);
        expect(documents.length).toBeLessThanOrEqual(50);
        expect(documents.length + leftOut.length).toBeLessThanOrEqual(1000);
      }),
      { numRuns: 50 },
    );
  });
});

const fixtures = new URL('../../../fixtures/mail/', import.meta.url);
const real = [
  ...readdirSync(fixtures).map((name) => readFileSync(new URL(name, fixtures))),
  ...corpusMails().map(({ read }) => read()),
].filter((mail) => mail.length < 100_000);

describe('a mail that was changed on its way', () => {
  const change = fc.record({
    mail: fc.nat(),
    at: fc.nat(),
    bytes: fc.nat(40),
    by: fc.uint8Array({ maxLength: 40 }),
  });

  it('is still read, the same however its bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), anyCuts, async (changes, cuts) => {
        let mail = real[(changes[0]?.mail ?? 0) % real.length] ?? Buffer.alloc(0);
        for (const { at, bytes, by } of changes) {
          const from = at % (mail.length + 1);
          mail = Buffer.concat([mail.subarray(0, from), by, mail.subarray(from + bytes)]);
        }
        expect(await readCut(cutAt(mail, cuts))).toEqual(await readCut([mail]));
      }),
      { numRuns: 300 },
    );
  });
});
