import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import MailComposer from 'nodemailer/lib/mail-composer';
import { describe, expect, it } from 'vitest';
import { corpusMails } from '../support/corpus.js';
import { parseMail } from '../support/mime-parts.js';

/** mailparser opens a mail within a mail where the inner one has attachments; for us it is one part. */
const openedByMailparser = new Set(['rfc/002.eml']);

async function attachmentsOf(mail: Buffer): Promise<Buffer[]> {
  const parsed = await simpleParser(mail, { skipHtmlToText: true, skipTextToHtml: true });
  return parsed.attachments.map(({ content }) => content);
}

/** Every attachment that mailparser finds must be one of our parts, bit for bit. */
async function expectSameAttachments(mail: Buffer): Promise<number> {
  const digests = parseMail([mail]).map(({ body }) => body.toString('base64'));
  const attachments = await attachmentsOf(mail);
  for (const attachment of attachments) expect(digests).toContain(attachment.toString('base64'));
  return attachments.length;
}

const bytes = fc.uint8Array({ maxLength: 3000 }).map((array) => Buffer.from(array));
const encodings = fc.constantFrom('base64' as const, 'quoted-printable' as const);
const fileNames = fc.constantFrom(
  'a.ps',
  'Jänner 2026.ps',
  'x'.repeat(100),
  'quote".ps',
  '日本語の名前はとても長いです.ps',
);

describe('mails composed by nodemailer', () => {
  it('give back the attachments and their names', async () => {
    const attachments = fc.array(fc.record({ content: bytes, encoding: encodings, filename: fileNames }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(attachments, fc.boolean(), async (wanted, withHtml) => {
        const mail = await new MailComposer({
          from: 'alice@example.com',
          text: 'Please print --\r\n--b',
          ...(withHtml ? { html: '<p>Please print</p>' } : {}),
          attachments: wanted.map(({ content, encoding, filename }) => ({
            content,
            filename,
            contentTransferEncoding: encoding,
            contentType: 'application/octet-stream',
          })),
        })
          .compile()
          .build();
        const found = parseMail([mail]).filter(({ start }) => start.disposition === 'attachment');
        expect(found.map(({ start, body }) => [start.fileName, body.toString('base64')])).toEqual(
          wanted.map(({ filename, content }) => [filename, content.toString('base64')]),
        );
        // mailparser gives an empty part that is followed by another one a line end.
        if (wanted.every(({ content }) => content.length > 0)) await expectSameAttachments(mail);
      }),
      { numRuns: 60 },
    );
  });
});

describe('mails built by hand', () => {
  it('give back nested 8bit and base64 parts', async () => {
    const part = fc.record({ content: bytes, base64: fc.boolean() });
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof({ maxDepth: 4 }, part, fc.array(tie('tree'), { minLength: 1, maxLength: 3 })),
    }));
    fc.assert(
      fc.property(tree, (shape) => {
        const expected: string[] = [];
        const mail = Buffer.concat(buildEntity(shape, 'b', expected));
        const leaves = parseMail([mail]).filter(({ start }) => !start.isMultipart);
        expect(leaves.map(({ body }) => body.toString('base64'))).toEqual(expected);
      }),
    );
  });
});

/** An array becomes a multipart whose boundary begins with its parent's; anything else a leaf. */
function buildEntity(shape: unknown, boundary: string, expected: string[]): Buffer[] {
  if (Array.isArray(shape)) {
    const parts = shape.flatMap((child, index) => [
      Buffer.from(`\r\n--${boundary}\r\n`),
      ...buildEntity(child, `${boundary}${index}`, expected),
    ]);
    const head = Buffer.from(`Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n`);
    return [head, ...parts, Buffer.from(`\r\n--${boundary}--\r\n`)];
  }
  const { content, base64 } = shape as { content: Buffer; base64: boolean };
  expected.push(content.toString('base64'));
  const encoding = base64 ? 'base64' : 'binary';
  const body = base64 ? content.toString('base64').replace(/.{76}/g, '$&\r\n') : content;
  return [Buffer.from(`Content-Transfer-Encoding: ${encoding}\r\n\r\n`), Buffer.from(body as string)];
}

describe('base64 of openssl', () => {
  it.each([0, 1, 2, 3, 47, 48, 49, 100_000, 200_001])('gives back %i bytes', async (size) => {
    const content = randomBytes(size);
    const { stdout } = spawnSync('openssl', ['base64'], { input: content });
    const head = 'Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n';
    const mail = Buffer.concat([Buffer.from(head), stdout]);
    const [part] = parseMail([mail.subarray(0, 5001), mail.subarray(5001)]);
    expect(part?.body.equals(content)).toBe(true);
  });
});

const hasSwaks = spawnSync('swaks', ['--version']).status === 0;
if (!hasSwaks) console.warn('skipped: mails of swaks, because swaks is not installed');

it.skipIf(!hasSwaks && !process.env.CI)('an attachment mailed by swaks comes back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'phaserlink-swaks-'));
  try {
    const content = Buffer.concat([Buffer.from('%!PS\r\n'), randomBytes(5000)]);
    writeFileSync(join(folder, 'a.ps'), content);
    const options = [
      '--dump-mail',
      '--server',
      'localhost',
      '--to',
      'p@example.com',
      '--from',
      'a@example.com',
    ];
    const { stdout } = spawnSync('swaks', [...options, '--attach', 'a.ps'], { cwd: folder });
    expect(parseMail([stdout]).map(({ body }) => body.toString('base64'))).toContain(
      content.toString('base64'),
    );
    expect(await expectSameAttachments(stdout)).toBe(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const mails = corpusMails();

describe.skipIf(mails.length === 0)('the mail corpus', () => {
  it.each(mails)('$name has the attachments that mailparser finds', async ({ name, read }) => {
    if (openedByMailparser.has(name)) {
      const types = parseMail([read()]).map(({ start }) => start.mediaType);
      expect(types).toContain('message/rfc822');
    } else {
      await expectSameAttachments(read());
    }
  });

  it.each(mails)('$name is read the same in small pieces', ({ read }) => {
    const mail = read().subarray(0, 100_000);
    const pieces = Array.from({ length: Math.ceil(mail.length / 61) }, (_, index) =>
      mail.subarray(index * 61, index * 61 + 61),
    );
    expect(parseMail(pieces)).toEqual(parseMail([mail]));
  });
});
