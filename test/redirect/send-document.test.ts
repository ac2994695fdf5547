/** The sender's side: what arrives at the mail server is what lies on disk, and each failure says what to do. */
import { appendFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import type { SMTPServerOptions } from 'smtp-server';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { PhaserLinkError } from '../../src/base/errors.js';
import { sendDocument } from '../../src/redirect/send-document.js';
import type { SendContext, SendRequest } from '../../src/redirect/send-request.js';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.js';
import { temporaryFile, temporaryFolder } from '../support/temporary-folder.js';

const postScript = '%!PS-Adobe-3.0\n(Ä) show showpage\r\n.\r\n\x04';

function send(
  sink: Pick<SmtpSink, 'smtp'>,
  files: string[],
  more: Partial<SendRequest> = {},
  context: Partial<SendContext> = {},
) {
  const request = { to: 'printer@example.com', from: 'alice@example.com', smtp: sink.smtp, files, ...more };
  return sendDocument(request, { clock: systemClock, ...context });
}

async function failure(sent: Promise<unknown>): Promise<PhaserLinkError> {
  const error = await sent.then(
    () => new Error('it was sent'),
    (reason) => reason,
  );
  if (error instanceof PhaserLinkError) return error;
  throw error;
}

async function parsed(sink: SmtpSink) {
  const file = sink.mails[0]?.file ?? '';
  return simpleParser(readFileSync(file));
}

describe('a document', () => {
  it('arrives byte for byte, with its description and the wanted notices', async () => {
    const sink = await startSmtpSink();
    const file = temporaryFile('report.ps', postScript);
    const clock = { ...systemClock, now: () => Date.UTC(2026, 0, 2, 3, 4, 5) };
    const sent = await send(
      sink,
      [file],
      { description: 'Bericht für Zoë', notify: ['printed', 'trace'] },
      { clock },
    );
    expect(sent).toEqual({
      messageId: expect.stringMatching(/^<.+@.+>$/),
      bytes: Buffer.byteLength(postScript),
      accepted: ['printer@example.com'],
    });
    expect(sink.mails).toMatchObject([{ from: 'alice@example.com', to: ['printer@example.com'] }]);
    const mail = await parsed(sink);
    expect(mail.messageId).toBe(sent.messageId);
    expect(mail.subject).toBe('Bericht für Zoë');
    expect(mail.date?.toISOString()).toBe('2026-01-02T03:04:05.000Z');
    expect(mail.headers.get('x-phaserlink-notify')).toBe('printed,trace');
    expect(mail.from?.value).toMatchObject([{ address: 'alice@example.com' }]);
    expect(mail.text).toContain('report.ps');
    expect(mail.attachments).toMatchObject([
      { filename: 'report.ps', contentType: 'application/postscript' },
    ]);
    expect(mail.attachments[0]?.content).toEqual(Buffer.from(postScript));
    expect(readFileSync(sink.mails[0]?.file ?? '', 'latin1')).toContain('Content-Transfer-Encoding: base64');
  });

  it('is sent beside others, each with its type, in order and with progress', async () => {
    const sink = await startSmtpSink();
    const folder = temporaryFolder();
    const contents: [string, Buffer, string][] = [
      ['a.ps', Buffer.from(`\x04${postScript}`), 'application/postscript'],
      ['ü\n.pdf', Buffer.from('%PDF-1.4\n'), 'application/pdf'],
      ['c', Buffer.from([0]), 'application/octet-stream'],
      ['d.ps', Buffer.from('not PostScript'), 'application/octet-stream'],
    ];
    for (const [name, content] of contents) writeFileSync(join(folder, name), content);
    const progress: number[] = [];
    const total = contents.reduce((sum, [, { length }]) => sum + length, 0);
    await send(
      sink,
      contents.map(([name]) => join(folder, name)),
      {},
      {
        onProgress: (sentBytes, totalBytes) => {
          expect(totalBytes).toBe(total);
          progress.push(sentBytes);
        },
      },
    );
    const mail = await parsed(sink);
    expect(mail.attachments.map(({ filename, content }) => [filename, content])).toEqual(
      contents.map(([name, content]) => [name.replace('\n', '_'), content]),
    );
    // Out of the mail itself: the parser guesses types by names.
    const raw = readFileSync(sink.mails[0]?.file ?? '', 'latin1');
    const types = raw.match(/(?<=^Content-Type: )application\/[^;\s]+/gm);
    expect(types).toEqual(contents.map(([, , type]) => type));
    expect(mail.subject).toBe('a.ps, ü_.pdf, c, d.ps');
    expect(mail.headers.has('x-phaserlink-notify')).toBe(false);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(total);
  });

  it('is named by as much of its file name as a description takes', async () => {
    const sink = await startSmtpSink();
    await send(sink, [temporaryFile(`${'🖨'.repeat(50)}${'x'.repeat(50)}`, postScript)]);
    expect((await parsed(sink)).subject).toBe(`${'🖨'.repeat(50)}${'x'.repeat(30)}`);
  });

  it('of 30 MB is read from disk only as fast as the server takes it', async () => {
    const piece = Buffer.from(Array.from({ length: 1 << 20 }, (_, index) => (index * 7) ^ (index >> 8)));
    const file = temporaryFile('big.ps', '%!PS\n');
    for (let count = 0; count < 30; count++) appendFileSync(file, piece);
    let taken = 0;
    let furthestAhead = 0;
    const sink = await startSmtpSink();
    const slow = await startSmtpSink({
      onData: async (stream, _session, done) => {
        for await (const chunk of stream) taken += chunk.length;
        done(null);
      },
    });
    const onProgress = (sentBytes: number) => {
      furthestAhead = Math.max(furthestAhead, sentBytes - taken);
    };
    await send(slow, [file], {}, { onProgress });
    expect(taken).toBeGreaterThan(30 * piece.length);
    // Socket buffers of the system hold some megabytes; all of it would be thirty.
    expect(furthestAhead / 1e6).toBeLessThan(10);
    await send(sink, [file]);
    expect((await parsed(sink)).attachments[0]?.content.equals(readFileSync(file))).toBe(true);
  });
});

describe('what cannot be sent says why', () => {
  const nowhere = { smtp: { host: '127.0.0.1', port: 1 } };

  it('when a file is missing, empty, a folder or a device', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'inner'));
    const cases: [string, string][] = [
      [join(folder, 'no.ps'), 'document-missing'],
      [temporaryFile('empty.ps', ''), 'document-empty'],
      [join(folder, 'inner'), 'document-is-folder'],
      ['/dev/zero', 'document-not-a-file'],
    ];
    for (const [path, code] of cases) {
      const error = await failure(send(nowhere, [temporaryFile('good.ps', postScript), path]));
      expect(error).toMatchObject({ code, retry: 'permanent' });
      expect(error.message).toContain(path);
    }
    expect(await failure(send(nowhere, []))).toMatchObject({ code: 'document-missing' });
  });

  it('when a file cannot be opened', async () => {
    const path = join(temporaryFolder(), 'loop.ps');
    symlinkSync(path, path);
    const error = await failure(send(nowhere, [path]));
    expect(error).toMatchObject({ code: 'document-unreadable', message: expect.stringContaining('ELOOP') });
  });

  it('when an address is none, or two', async () => {
    for (const to of ['printer', 'a@example.com, b@example.com', 'a@example.com\r\nBcc: b@example.com']) {
      expect(await failure(send(nowhere, ['x'], { to }))).toMatchObject({ code: 'address-invalid' });
      expect(await failure(send(nowhere, ['x'], { from: to }))).toMatchObject({ code: 'address-invalid' });
    }
  });

  it('when the description is too long', async () => {
    const error = await failure(send(nowhere, ['x'], { description: '🖨'.repeat(81) }));
    expect(error).toMatchObject({ code: 'description-too-long', message: expect.stringContaining('81') });
  });

  it('when nobody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const error = await failure(
      send({ smtp: { host: '127.0.0.1', port } }, [temporaryFile('a.ps', postScript)]),
    );
    expect(error).toMatchObject({ code: 'smtp-unreachable', retry: 'temporary' });
    expect(error.message).toContain(`127.0.0.1:${port} cannot be reached: connect ECONNREFUSED`);
  });

  const refusals: [what: string, code: string, retry: string, words: string, options: SMTPServerOptions][] = [
    [
      'the recipient',
      'recipient-refused',
      'permanent',
      '550 no printer of that name',
      {
        onRcptTo: (_address, _session, done) => done(refusal(550, 'no printer of that name')),
      },
    ],
    [
      'the sender',
      'sender-refused',
      'temporary',
      '451 come back later',
      {
        onMailFrom: (_address, _session, done) => done(refusal(451, 'come back later')),
      },
    ],
    [
      'the mail',
      'message-refused',
      'permanent',
      '554 not today',
      {
        onData: (stream, _session, done) => {
          stream.resume();
          stream.on('end', () => done(refusal(554, 'not today')));
        },
      },
    ],
    [
      'the size, before a byte of it is sent',
      'message-refused',
      'temporary',
      'larger than allowed 100',
      { size: 100 },
    ],
  ];
  it.each(refusals)('when the server refuses %s', async (_, code, retry, words, options) => {
    const sink = await startSmtpSink(options);
    const error = await failure(send(sink, [temporaryFile('a.ps', postScript)]));
    expect(error).toMatchObject({ code, retry });
    expect(error.message).toContain(words);
    expect(sink.mails).toEqual([]);
  });

  it('when the file changes meanwhile, and the half mail is not taken', async () => {
    for (const change of [
      (path: string) => writeFileSync(path, '%!'),
      (path: string) => appendFileSync(path, 'x'),
    ]) {
      const path = temporaryFile('a.ps', postScript);
      const sink = await startSmtpSink({
        onMailFrom: (_address, _session, done) => {
          change(path);
          done(null);
        },
      });
      const error = await failure(send(sink, [path]));
      expect(error).toMatchObject({ code: 'document-changed', retry: 'temporary' });
      expect(error.message).toContain(`${path} changed while it was sent`);
      expect(sink.mails).toEqual([]);
    }
  });
});

function refusal(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}
