import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
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
      tooMuch: null,
      leftOut: [{ name: 'letter', mediaType: 'text/plain', bytes: 13, kind: 'letter' }],
    });
    expect(submission.documents.map(({ name, format }) => [name, format])).toEqual([
      ['small.ps', 'application/postscript'],
    ]);
    expect(store.bytes(submission.documents[0]?.content ?? { digest: '', bytes: 0 }).toString()).toBe(
      postScript,
    );
    expect(store.openWriters).toBe(0);
  });

  it('come with what the mail says itself, when it may answer one of ours', async () => {
    const head =
      'From: alice@example.com\r\nSubject: Re: Tiger [#ABCDEFGHJKMN] [hold]\r\nIn-Reply-To: <b@x>\r\n';
    const references = 'References: <a@x>\r\n <b@x> junk <c d@x>\r\n';
    const alternative = [
      'Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>again</p>\r\n',
      '--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nfrom=C2=A08\r\n--b--\r\n',
    ].join('');
    expect(await read(head + references + alternative)).toMatchObject({
      hold: true,
      reply: { references: ['<b@x>', '<a@x>'], token: 'abcdefghjkmn', text: 'from\u00a08' },
      description: 'Re: Tiger [#ABCDEFGHJKMN]',
    });
    expect(await read('From: alice@example.com\r\nSubject: Tiger\r\n\r\ncancel')).toMatchObject({
      ...{ hold: false, reply: null },
    });
  });

  it('may be the text of the mail: the bytes decide', async () => {
    const submission = await read(fixture('postscript-as-body'));
    expect(submission.documents.map(({ name, format }) => [name, format])).toEqual([
      ['document 1', 'application/postscript'],
    ]);
  });

  it('are not a letter that only mentions a format', async () => {
    const letter = `From: alice@example.com\r\n\r\nDear printer,\r\n${'text '.repeat(20)}%PDF-1.4 is what I like.\r\n`;
    expect(await read(letter)).toMatchObject({ documents: [], leftOut: [{ kind: 'letter' }] });
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
    ['my.report.v1.2.final.ps', 'my.report.v1.2.final.ps'],
    [`${'x'.repeat(200)}.ps`, `${'x'.repeat(96)}….ps`],
    [`${'x'.repeat(200)}.${'y'.repeat(200)}`, `${'x'.repeat(99)}…`],
    ['=?utf-8?q?J=C3=A4n=E2=80=AEner=2Fx.ps?=', 'x.ps'],
  ])('named %j are shown as %j (ask 27)', async (fileName, name) => {
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
    await expect(readMessage(rawMessage(content), failing)).rejects.toThrow('disk full');
    expect([store.openWriters, store.contents.size]).toEqual([0, 1]);
  });
});
