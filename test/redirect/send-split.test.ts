/** The sender's side of split mail: what arrives is the document in its pieces, and a failure says how to go on. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#base/clock.js';
import type { PhaserLinkError } from '#base/errors.js';
import type { SendContext } from '../../src/redirect/send-request.js';
import { type SplitRequest, sendSplit } from '../../src/redirect/send-split.js';
import { parsePieceSize, planSplit } from '../../src/redirect/split-plan.js';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.js';
import { sha256 } from '../support/split-mails.js';
import { temporaryFile, temporaryFolder } from '../support/temporary-folder.js';

const bytes = Buffer.from(Array.from({ length: 10_000 }, (_, index) => (index * 7) ^ (index >> 8)));
const document = Buffer.concat([Buffer.from('%!PS\n'), bytes]);

function send(
  sink: Pick<SmtpSink, 'smtp'>,
  files: string[],
  more: Partial<SplitRequest> = {},
  context: Partial<SendContext> = {},
) {
  const addresses = { to: 'printer@example.com', from: 'alice@example.com' };
  const request = { ...addresses, smtp: sink.smtp, files, pieceBytes: 4000, ...more };
  return sendSplit(request, { clock: systemClock, ...context });
}

async function failure(sent: Promise<unknown>): Promise<PhaserLinkError> {
  return sent.then(
    () => expect.fail('it was sent'),
    (error) => error,
  );
}

function parsed(sink: SmtpSink) {
  return Promise.all(sink.mails.map(({ file }) => simpleParser(readFileSync(file))));
}

function refusal(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

describe('a document', () => {
  it('arrives in pieces that say all that docs/split-mail.md asks for', async () => {
    const sink = await startSmtpSink();
    const file = temporaryFile('tiger.ps', document);
    const [sent] = await send(sink, [file], { description: 'Zoë', notify: ['printed'] });
    const mails = await parsed(sink);
    expect(sent).toEqual({
      file,
      job: expect.stringMatching(/^[!-~]{1,100}$/),
      bytes: document.length,
      pieces: [4000, 4000, 2005].map((bytes, index) => ({
        number: index + 1,
        bytes,
        messageId: mails[index]?.messageId,
      })),
      accepted: ['printer@example.com'],
    });
    const contents = mails.map(({ attachments: [only] }) => only?.content ?? Buffer.alloc(0));
    expect(Buffer.concat(contents).equals(document)).toBe(true);
    for (const [index, { headers, subject, attachments, text }] of mails.entries()) {
      const header = (name: string) => headers.get(`x-phaserlink-${name}`);
      expect(header('job')).toBe(sent?.job);
      expect(header('piece')).toBe(`${index + 1}/3`);
      expect(header('piece-sha256')).toBe(sha256(contents[index] ?? Buffer.alloc(0)));
      expect(header('job-sha256')).toBe(sha256(document));
      expect(header('notify')).toBe('printed');
      expect(subject).toBe(`Zoë (${index + 1}/3)`);
      expect(attachments).toHaveLength(1);
      expect(text).toContain(`piece ${index + 1} of 3 of tiger.ps`);
    }
    expect(mails.map(({ attachments: [only] }) => [only?.filename, only?.contentType])).toEqual([
      ['tiger.ps', 'application/postscript'],
      ['tiger.ps.2', 'application/octet-stream'],
      ['tiger.ps.3', 'application/octet-stream'],
    ]);
  });

  it('goes over one connection, with others behind it, each a job of its own, and progress over all', async () => {
    let connections = 0;
    const sink = await startSmtpSink({
      onConnect: (_session, done) => {
        connections++;
        done();
      },
    });
    const folder = temporaryFolder();
    const files = ['a.ps', 'b.ps'].map((name) => join(folder, name));
    for (const file of files) writeFileSync(file, document);
    const progress: number[] = [];
    const onProgress = (sentBytes: number, totalBytes: number) => {
      expect(totalBytes).toBe(2 * document.length);
      progress.push(sentBytes);
    };
    const sent = await send(sink, files, {}, { onProgress });
    expect(sink.mails).toHaveLength(6);
    expect(connections).toBe(1);
    expect(new Set(sent.map(({ job }) => job)).size).toBe(2);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(2 * document.length);
  });

  it('goes on over another connection when the server ends the first', async () => {
    let taken = 0;
    const sink = await startSmtpSink({
      onMailFrom: (_address, session, done) => {
        if (++taken !== 2) return done();
        // RFC 5321 §3.8: a server may close the connection with 421 at any time.
        done(refusal(421, `enough for ${session.id}`));
      },
    });
    const file = temporaryFile('tiger.ps', document);
    const error = await failure(send(sink, [file]));
    expect(error.message).toContain('421 enough');
    const [sent] = await send(sink, [file], { resume: /--resume (\S+),/.exec(error.message)?.[1] ?? '' });
    expect(sent?.pieces).toHaveLength(3);
    const jobs = (await parsed(sink)).map(({ headers }) => headers.get('x-phaserlink-job'));
    expect(jobs).toEqual([sent?.job, sent?.job, sent?.job, sent?.job]);
  });
});

describe('a failure', () => {
  it('names the piece, the words of the server, and how to go on', async () => {
    const sink = await startSmtpSink({
      onMailFrom: (_address, _session, done) =>
        sink.mails.length === 2 ? done(refusal(452, 'the disk is full')) : done(),
    });
    const file = temporaryFile('tiger.ps', document);
    const error = await failure(send(sink, [file]));
    expect(error).toMatchObject({ code: 'sender-refused', retry: 'temporary' });
    expect(error.message).toMatch(
      /^piece 3 of 3 of .*tiger\.ps was not sent, those before were: .*452 the disk is full; to go on, send .*tiger\.ps alone with --split 4000 --resume [0-9a-f-]{36}, and what has arrived is not taken twice$/,
    );
  });

  it('before anything was sent is told as for a whole mail', async () => {
    const sink = await startSmtpSink({
      onRcptTo: (_address, _session, done) => done(refusal(550, 'no such printer')),
    });
    const error = await failure(send(sink, [temporaryFile('tiger.ps', document)]));
    expect(error.message).toMatch(
      /^the mail server .* refused the recipient printer@example.com: 550 no such/,
    );
    const nobody = await failure(
      send({ smtp: { host: '127.0.0.1', port: 1 } }, [temporaryFile('a.ps', document)]),
    );
    expect(nobody).toMatchObject({ code: 'smtp-unreachable' });
  });

  it('of a file that changes meanwhile leaves no half or wrong piece behind', async () => {
    for (const change of [
      (path: string) => writeFileSync(path, document.subarray(0, 9000)),
      (path: string) => writeFileSync(path, document.toReversed()),
    ]) {
      const file = temporaryFile('tiger.ps', document);
      const sink = await startSmtpSink({
        onMailFrom: (_address, _session, done) => {
          if (sink.mails.length === 2) change(file);
          done();
        },
      });
      const error = await failure(send(sink, [file]));
      expect(error).toMatchObject({ code: 'document-changed' });
      expect(error.message).toMatch(
        /^piece 3 of 3 of .* was not sent: the file changed meanwhile; send it again/,
      );
      expect(sink.mails).toHaveLength(2);
    }
  });

  it.each([
    ['two files at once', ['a', 'b'], 'job', 'one job at a time can be resumed'],
    ['an id of two words', ['a'], 'a b', '"a b" is no job id'],
    ['an id that would break a header', ['a'], 'a\r\nBcc: all@example.com', 'is no job id'],
  ])('to resume with %s says why', async (_what, names, resume, words) => {
    const folder = temporaryFolder();
    const files = names.map((name) => join(folder, name));
    for (const file of files) writeFileSync(file, document);
    const error = await failure(send({ smtp: { host: '127.0.0.1', port: 1 } }, files, { resume }));
    expect(error).toMatchObject({ code: 'resume-impossible', message: expect.stringContaining(words) });
  });
});

describe('the plan', () => {
  const plan = (path: string, length: number, pieceBytes: number) =>
    planSplit({ path, name: 'x', contentType: 'application/postscript', bytes: length }, pieceBytes);

  it.each([
    [1, [10_005]],
    [2, [5003, 5002]],
    [10_005 / 5, [2001, 2001, 2001, 2001, 2001]],
  ])('cuts at the size of a piece, and the last is what is left (%s)', async (_which, lengths) => {
    const { pieces, jobDigest } = await plan(temporaryFile('a', document), document.length, lengths[0] ?? 1);
    expect(pieces.map((piece) => piece.bytes)).toEqual(lengths);
    expect(jobDigest).toBe(sha256(document));
    for (const { from, bytes, digest } of pieces) {
      expect(digest).toBe(sha256(document.subarray(from, from + bytes)));
    }
  });

  it('cuts within the chunks that a large file is read in', async () => {
    const large = Buffer.concat(Array.from({ length: 30 }, () => document));
    const { pieces } = await plan(temporaryFile('a', large), large.length, 70_000);
    expect(
      pieces.map(({ from, bytes, digest }) => [from, sha256(large.subarray(from, from + bytes)) === digest]),
    ).toEqual([0, 70_000, 140_000, 210_000, 280_000].map((from) => [from, true]));
  });

  it('has no more pieces and bytes than a printer takes', async () => {
    const path = temporaryFile('a', document);
    await expect(plan(path, 1000 * 65_536, 65_536)).rejects.toMatchObject({
      code: 'document-too-large',
      message: `${path} would make more than 999 pieces; split it by 1MiB or more`,
    });
    await expect(plan(path, 300_000_000, 1_000_000)).rejects.toMatchObject({
      message: `${path} has 300000000 bytes, and split mail carries at most 268435456`,
    });
  });

  it('is not made of a file that changes while it is read', async () => {
    const path = temporaryFile('a', document);
    appendFileSync(path, 'more');
    expect((await plan(path, document.length, 4000)).jobDigest).toBe(sha256(document));
    await expect(plan(path, document.length + 100, 4000)).rejects.toMatchObject({ code: 'document-changed' });
  });
});

it.each([
  ['1MiB', 1_048_576],
  ['500KB', 500_000],
  ['64kib', 65_536],
  ['25 MiB', 26_214_400],
  ['2MB', 2_000_000],
  ['65536', 65_536],
  ['70000B', 70_000],
  ['65535', null],
  ['26214401', null],
  ['1.5MiB', null],
  ['-1MiB', null],
  ['1GiB', null],
  ['tiger.ps', null],
  ['', null],
])('the size %j is %j bytes', (text, size) => {
  expect(parsePieceSize(text)).toBe(size);
});
