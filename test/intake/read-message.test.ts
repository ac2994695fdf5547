import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LimitError } from '#base/errors.js';
import type { ContentStore, Submission } from '#vocab/line.js';
import { readMessage } from '../../src/intake/read-message.js';
import { MemoryContentStore } from '../support/memory-content.js';
import { rawMessage } from '../support/raw-message.js';

const fixtures = new URL('../../../fixtures/mail/', import.meta.url);
const fixture = (name: string) => readFileSync(new URL(`${name}.eml`, fixtures));

const postScript =
  '%!PS-Adobe-3.0\n%%Title: (small)\n/Helvetica findfont 24 scalefont setfont 72 72 moveto (printed) show showpage\n%%EOF\n';

async function read(mail: Buffer | string, store = new MemoryContentStore()): Promise<Submission> {
  const content = store.put(typeof mail === 'string' ? Buffer.from(mail, 'latin1') : mail);
  return readMessage(rawMessage(content), store);
}

/** A mail of these parts, each with its own header. */
function mailOf(...parts: string[]): string {
  const body = parts.map((part) => `--b\r\n${part}\r\n`).join('');
  return `From: alice@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${body}--b--\r\n`;
}

function attachment(name: string, bytes: string, type = 'application/octet-stream'): string {
  return `Content-Type: ${type}\r\nContent-Disposition: attachment; filename="${name}"\r\n\r\n${bytes}`;
}

describe('documents', () => {
  it('come out of an attachment byte for byte, beside the letter', async () => {
    const store = new MemoryContentStore();
    const submission = await read(fixture('attachment-base64'), store);
    expect(submission).toMatchObject({
      sender: 'alice@example.com',
      senderProblem: null,
      messageId: '<1@example.com>',
      description: 'Jänner report',
      notify: ['error'],
      automatic: null,
      piece: null,
      leftOut: [],
    });
    expect(submission.documents.map(({ name, format }) => [name, format])).toEqual([
      ['small.ps', 'application/postscript'],
    ]);
    expect(store.bytes(submission.documents[0]?.content ?? { digest: '', bytes: 0 }).toString()).toBe(
      postScript,
    );
    expect(store.openWriters).toBe(0);
  });

  it('may be the text of the mail: the bytes decide', async () => {
    const submission = await read(fixture('postscript-as-body'));
    expect(submission.documents.map(({ name, format }) => [name, format])).toEqual([
      ['document 1', 'application/postscript'],
    ]);
  });

  it('are not a letter that only mentions a format', async () => {
    const letter = `From: alice@example.com\r\n\r\nDear printer,\r\n${'text '.repeat(20)}%PDF-1.4 is what I like.\r\n`;
    expect(await read(letter)).toMatchObject({ documents: [], leftOut: [] });
  });

  it.each([
    ['an attached text', attachment('a.txt', 'text', 'text/plain'), 'text/plain'],
    ['an attached page', attachment('a.html', '<html>', 'text/html'), 'text/html'],
    ['a text with a file name', 'Content-Type: text/plain; name=a.txt\r\n\r\ntext', 'text/plain'],
    [
      'an inline picture',
      'Content-Type: image/png\r\nContent-Disposition: inline\r\n\r\nGIF89a',
      'image/gif',
    ],
    ['a part of another declared type', 'Content-Type: application/x\r\n\r\ntext', 'text/plain'],
    ['a PostScript file without its magic bytes', attachment('a.EPS', '% spots'), 'application/postscript'],
    [
      'a text declared as PostScript',
      'Content-Type: application/postscript\r\n\r\nshowpage',
      'application/postscript',
    ],
    ['a PDF named as PostScript', attachment('a.ps', '%PDF-1.4'), 'application/pdf'],
    ['a text part that is PostScript', 'Content-Type: text/html\r\n\r\n%!PS', 'application/postscript'],
  ])('are found in %s', async (_what, part, format) => {
    expect((await read(mailOf(part))).documents.map((document) => document.format)).toEqual([format]);
  });

  it.each([
    ['../../etc/passwd.ps', 'passwd.ps'],
    ['C:\\\\files\\\\a.ps', 'a.ps'],
    ['..', 'document 1'],
    ['folder/', 'document 1'],
    ['a\u0001\tb.ps', 'a b.ps'],
    [`${'x'.repeat(200)}.ps`, 'x'.repeat(100)],
    ['=?utf-8?q?J=C3=A4n=E2=80=AEner=2Fx.ps?=', 'x.ps'],
  ])('named %j are shown as %j', async (fileName, name) => {
    expect((await read(mailOf(attachment(fileName, '%!PS')))).documents[0]?.name).toBe(name);
  });

  it('come out the same, however the spool cuts the mail', async () => {
    for (const name of readdirSync(fixtures).filter((file) => file.endsWith('.eml'))) {
      const mail = readFileSync(new URL(name, fixtures));
      const whole = await read(mail);
      for (const chunkBytes of [1, 7, 1000]) {
        const store = new MemoryContentStore();
        store.chunkBytes = chunkBytes;
        expect(await read(mail, store)).toEqual(whole);
      }
    }
  });
});

describe('what is left out', () => {
  it.each([
    ['an empty attachment', attachment('a.ps', ''), 'it is empty'],
    [
      'a mail in the mail',
      'Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n%!PS',
      'a mail inside the mail is not opened',
    ],
    [
      'a multipart without boundary',
      'Content-Type: multipart/mixed\r\n\r\n%!PS',
      'its parts cannot be told apart: it names no boundary',
    ],
    ['a signature', 'Content-Type: application/pkcs7-signature\r\n\r\nx', 'it is a signature'],
  ])('is told: %s', async (_what, part, reason) => {
    const { documents, leftOut } = await read(mailOf(part));
    expect(documents).toEqual([]);
    expect(leftOut.map((left) => left.reason)).toEqual([reason]);
  });

  it('has name, media type and size', async () => {
    expect((await read(fixture('signed'))).leftOut).toEqual([
      {
        name: 'signature.asc',
        mediaType: 'application/pgp-signature',
        bytes: 60,
        reason: 'it is a signature',
      },
    ]);
    expect((await read(fixture('uuencoded'))).leftOut).toMatchObject([
      { name: 'small.ps', reason: 'its transfer encoding "x-uuencode" is not one of MIME\'s own' },
    ]);
  });

  it('is nothing where the letter is empty', async () => {
    expect(await read('From: alice@example.com\r\n\r\n')).toMatchObject({ documents: [], leftOut: [] });
  });
});

describe('the header', () => {
  const readHeader = (...lines: string[]) => read(`${lines.join('\r\n')}\r\n\r\n%!PS`);

  it('names the job in at most 80 characters', async () => {
    expect((await readHeader(`Subject: ${'=?utf-8?b?8J+YgPCfmIDwn5iA?= '.repeat(200)}`)).description).toBe(
      '😀'.repeat(80),
    );
    expect((await readHeader('Subject: \t ')).description).toBe('untitled');
    expect((await readHeader('X: y')).description).toBe('untitled');
  });

  it.each([
    ['printed', ['printed']],
    ['TRACE ;printed, trace', ['trace', 'printed']],
    ['nonsense, toString', ['error']],
    ['', ['error']],
  ])('asks for notices: %j', async (wish, notify) => {
    expect((await readHeader(`X-PhaserLink-Notify: ${wish}`)).notify).toEqual(notify);
  });

  it.each([
    ['<a.b@c> (x)', '<a.b@c>'],
    ['a.b@c', null],
    ['<a b@c>', null],
    ['<a<b@c>>', null],
    [`<${'x'.repeat(1000)}>`, null],
  ])('gives the Message-ID of %j', async (value, messageId) => {
    expect((await readHeader(`Message-ID: ${value}`)).messageId).toBe(messageId);
  });

  it('is not misled by hostile fields', async () => {
    expect(await read(fixture('hostile-header'))).toMatchObject({
      sender: null,
      senderProblem: 'the mail has 2 From fields',
      description: expect.stringMatching(/end$/),
      documents: [],
    });
  });
});

describe('automatic mail (RFC 3834)', () => {
  it.each([
    ['Auto-Submitted: auto-replied', 'Auto-Submitted'],
    ['Auto-Submitted: AUTO-GENERATED (rejected)', 'auto-generated'],
    ['Auto-Submitted: x-to-come', 'x-to-come'],
    ['Precedence: Bulk', 'bulk'],
    ['Precedence: junk', 'junk'],
    ['List-Id: <printers.example.com>', 'mailing list'],
    ['List-Unsubscribe: <https://example.com>', 'mailing list'],
    ['Return-Path: <>', 'reverse-path'],
    ['Return-Path: < >', 'reverse-path'],
    ['From: MAILER-DAEMON@example.com', 'not a person'],
    ['From: Postmaster <postmaster@example.com>', 'not a person'],
    ['From: no-reply@example.com', 'not a person'],
    ['From: printers-request@example.com', 'not a person'],
    ['From: owner-printers@example.com', 'not a person'],
    ['Content-Type: multipart/report; boundary=b', 'report'],
  ])('is recognised by %s', async (line, words) => {
    expect((await read(`${line}\r\n\r\n%!PS`)).automatic).toContain(words);
  });

  it.each([
    'Auto-Submitted: no',
    'Auto-Submitted: No (a person)',
    'Precedence: first-class',
    'Return-Path: <alice@example.com>',
    'From: noreen@example.com',
  ])('is not what has %s', async (line) => {
    expect((await read(`${line}\r\n\r\n%!PS`)).automatic).toBeNull();
  });
});

describe('a mail that cannot be read', () => {
  it('leaves nothing in the store when a limit is passed', async () => {
    const store = new MemoryContentStore();
    const mail = mailOf(
      ...Array.from({ length: 51 }, (_, index) => attachment(`${index}.ps`, `%!PS ${index}`)),
    );
    await expect(read(mail, store)).rejects.toThrow(LimitError);
    expect([store.openWriters, store.contents.size]).toEqual([0, 1]);
  });

  it('leaves nothing in the store when the store fails', async () => {
    const store = new MemoryContentStore();
    const content = store.put(
      Buffer.from(mailOf(attachment('a.ps', '%!PS'), attachment('b.ps', '%!PS full'))),
    );
    const create = store.create.bind(store);
    const failing: ContentStore = {
      read: (ref) => store.read(ref),
      create: async () => {
        const writer = await create();
        return {
          ...writer,
          write: (chunk) => (chunk.length > 4 ? Promise.reject(new Error('disk full')) : writer.write(chunk)),
        };
      },
    };
    const message = rawMessage(content);
    await expect(readMessage(message, failing)).rejects.toThrow('disk full');
    expect([store.openWriters, store.contents.size]).toEqual([0, 1]);
  });

  it('fails with a LimitError or not at all, whatever its bytes', async () => {
    const words = fc.constantFrom(
      'Content-Type: ',
      'multipart/mixed; boundary=b',
      'message/partial',
      '\r\n',
      '\n',
      '\r\n\r\n',
      '--b',
      '--b--',
      '--',
      '%!PS',
      '=',
      '\x00',
      'Content-Transfer-Encoding: ',
      'base64',
      'quoted-printable',
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
    );
    await fc.assert(
      fc.asyncProperty(fc.array(words, { maxLength: 60 }), async (parts) => {
        const store = new MemoryContentStore();
        await read(parts.join(''), store).catch((error) => expect(error).toBeInstanceOf(LimitError));
        expect(store.openWriters).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });
});
