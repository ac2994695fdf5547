/** Our POP3 client against servers that misbehave, or cut the stream at every octet. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import {
  maxAnswerOctets,
  maxListedLines,
  replyTimeoutMs,
  silenceTimeoutMs,
  slowestOctetsPerSecond,
  trickleGraceMs,
} from '../../src/mail/pop3-connection.js';
import { Pop3Mailbox } from '../../src/mail/pop3-mailbox.js';
import { maxTopBytes } from '../../src/mail/pop3-maildrop.js';
import { freePort } from '../support/free-port.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  type Answers,
  capa,
  collectText,
  message,
  openMailbox,
  plainSettings,
  scriptedMailbox,
  warnings,
  wire,
} from '../support/scripted-mailbox.js';

/** The two messages of the sound server. */
async function openWithTwo(script: Parameters<typeof scriptedMailbox>[0] = {}) {
  const { mailbox, heard } = await scriptedMailbox(script);
  const session = await openMailbox(mailbox);
  const [first, second] = await session.list();
  if (!first || !second) throw new Error('two messages expected');
  return { session, first, second, heard };
}

describe('a whole session', () => {
  it('is the same at every place where the network may cut the stream', async () => {
    for (let pieceLength = 1; pieceLength <= wire.length + 20; pieceLength++) {
      const { session, first, second, heard } = await openWithTwo({ pieceLength });
      expect([first, second]).toEqual([
        { number: 1, uniqueId: 'first', octets: 44 },
        { number: 2, uniqueId: 'second', octets: 44 },
      ]);
      expect(await collectText(session.retrieve(first))).toBe(message);
      expect(await collectText(session.retrieve(second))).toBe(message);
      await session.delete([first]);
      await session.quit();
      expect(heard.slice(3)).toEqual(['UIDL', 'LIST', 'RETR 1', 'RETR 2', 'DELE 1', 'QUIT']);
    }
  });

  it('can be looked at without changing anything', async () => {
    const { mailbox, port, heard } = await scriptedMailbox();
    expect(mailbox.name).toBe(`printer@127.0.0.1:${port}`);
    expect(await mailbox.probe(new AbortController().signal)).toEqual({
      messages: 2,
      octets: 88,
      tls: null,
      login: 'USER/PASS',
      capabilities: 'the server does not say what it can do',
    });
    expect(heard).toEqual(['CAPA', 'USER printer', 'PASS secret', 'STAT', 'QUIT']);
  });

  it('ends when its signal is aborted, wherever it is', async () => {
    const { mailbox } = await scriptedMailbox({ answers: { LIST: 'silence' } });
    const stop = new AbortController();
    const session = await mailbox.open(stop.signal);
    const listing = session.list();
    stop.abort(new Error('shutting down'));
    await expect(listing).rejects.toThrow('shutting down');
    await expect(mailbox.open(stop.signal)).rejects.toThrow('shutting down');
  });

  it('goes on where a server leaves an empty line or a second dot behind a message (ask 9)', async () => {
    const { session, first } = await openWithTwo({
      answers: {
        'RETR 1': Buffer.from(`+OK\r\n${wire}\r\n.\r\n`, 'latin1'),
        'DELE 1': '\r\n+OK deleted\r\n',
      },
    });
    expect(await collectText(session.retrieve(first))).toBe(message);
    await session.delete([first]);
    await session.quit();
  });

  it('is possible with a server that ends all its lines with a bare LF', async () => {
    const body = 'Subject: bare\n\n..\nCR \r\n.\n';
    const answers = { UIDL: '+OK\n1 a\n2 b\n.\n', LIST: '+OK\n1 9\n2 9\n.\n', 'RETR 1': `+OK\n${body}` };
    const { session, first, second } = await openWithTwo({ greeting: '+OK ready\n', answers });
    expect(await collectText(session.retrieve(first))).toBe('Subject: bare\n\n.\nCR \r\n');
    expect(await collectText(session.retrieve(second))).toBe(message);
    await session.quit();
  });
});

describe('a listing', () => {
  it('that makes no sense in places costs no message more than its unique-id (asks 5, 6)', async () => {
    const { warned, log } = warnings();
    const uidl = '+OK\r\n1 first\r\nnonsense\r\n3 third\r\n4 first\r\n5 five\r\n.\r\n';
    const list = '+OK\r\n1 44\r\n2 44\r\n3 x\r\n4 44\r\n5 55\r\n.\r\n';
    const { mailbox } = await scriptedMailbox({ answers: { UIDL: uidl, LIST: list }, log });
    const session = await openMailbox(mailbox);
    expect(await session.list()).toEqual([
      { number: 1, uniqueId: null, octets: 44 },
      { number: 2, uniqueId: null, octets: 44 },
      { number: 3, uniqueId: 'third', octets: 0 },
      { number: 4, uniqueId: null, octets: 44 },
      { number: 5, uniqueId: 'five', octets: 55 },
    ]);
    session.close();
    expect(warned).toEqual([
      'lines of UIDL that make no sense: 1',
      'lines of LIST that make no sense: 1',
      'messages that share their unique-id with another one: 1, 4',
      'messages that UIDL names and LIST does not: 3',
      'messages that LIST names and UIDL does not: 2',
    ]);
  });

  it('of a server without unique-ids has the messages all the same (ask 6)', async () => {
    const { first, second } = await openWithTwo({ answers: { UIDL: '-ERR what?\r\n' } });
    expect([first.uniqueId, second.uniqueId]).toEqual([null, null]);
  });

  it('waits while the server cannot tell the unique-ids', async () => {
    const { mailbox } = await scriptedMailbox({ answers: { UIDL: '-ERR [SYS/TEMP] later\r\n' } });
    const session = await openMailbox(mailbox);
    await expect(session.list()).rejects.toMatchObject({ code: 'pop3-command-refused', retry: 'temporary' });
    session.close();
  });

  it('with an endless line loses that line, and nothing else', { timeout: 30_000 }, async () => {
    const { session, first, second } = await openWithTwo({
      answers: { UIDL: `+OK\r\n1 ${'x'.repeat(50_000_000)}\r\n2 second\r\n.\r\n` },
    });
    expect([first.uniqueId, second.uniqueId]).toEqual([null, 'second']);
    await session.quit();
  });

  it('may not have endless octets, nor endless lines', { timeout: 30_000 }, async () => {
    for (const answer of ['x'.repeat(maxAnswerOctets + 1_000_000), '1 a\r\n'.repeat(maxListedLines + 1)]) {
      const { mailbox } = await scriptedMailbox({ answers: { UIDL: `+OK\r\n${answer}\r\n.\r\n` } });
      const session = await openMailbox(mailbox);
      await expect(session.list()).rejects.toMatchObject({ code: 'limit-exceeded' });
      await expect(session.list()).rejects.toMatchObject({ code: 'pop3-connection-lost' });
    }
  });
});

describe('a message', () => {
  it('whose transfer breaks off throws and does not end', async () => {
    const { session, first } = await openWithTwo({
      answers: { 'RETR 1': ['+OK\r\nSubject: half\r\n\r\nbo', 'hang up'] },
    });
    let got = '';
    const reading = (async () => {
      for await (const chunk of session.retrieve(first)) got += chunk;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'pop3-connection-lost', retry: 'temporary' });
    expect(got).toBe('Subject: half\r\n\r\nbo');
    await expect(session.quit()).rejects.toMatchObject({ code: 'pop3-quit-unconfirmed' });
  });

  it('that is gone costs nothing but itself', async () => {
    const { session, first, second } = await openWithTwo({ answers: { 'RETR 1': '-ERR gone\r\n' } });
    await expect(collectText(session.retrieve(first))).rejects.toMatchObject({
      code: 'pop3-command-refused',
    });
    expect(await collectText(session.retrieve(second))).toBe(message);
    await session.quit();
  });

  it('is as long as it is, whatever the server has told of it', async () => {
    for (const octets of [0, 1, 999_999_999]) {
      const { session, first, second } = await openWithTwo({
        answers: {
          LIST: `+OK\r\n1 ${octets}\r\n2 ${octets}\r\n.\r\n`,
          'RETR 1': Buffer.from(`+OK ${octets} octets\r\n${wire}`, 'latin1'),
        },
      });
      expect(await collectText(session.retrieve(first, [second]))).toBe(message);
      await session.quit();
    }
  });

  it('that stands still for too long is given up', async () => {
    const clock = new ManualClock();
    const { session, first } = await openWithTwo({ answers: { 'RETR 1': '+OK\r\nbegin' }, clock });
    const chunks = session.retrieve(first)[Symbol.asyncIterator]();
    expect(String((await chunks.next()).value)).toBe('begin');
    const next = expect(chunks.next()).rejects.toMatchObject({ code: 'pop3-silent', retry: 'temporary' });
    await clock.advance(silenceTimeoutMs);
    await next;
    expect(clock.pending).toBe(0);
  });

  it('that trickles is given up when it has been slower than the slowest for longer than the grace', async () => {
    const clock = new ManualClock();
    const each = 'x'.repeat(slowestOctetsPerSecond / 2);
    const { session, first } = await openWithTwo({
      answers: { 'RETR 1': `+OK\r\n${each.repeat(1000)}\r\n.\r\n` },
      pieceLength: each.length,
      clock,
      tick: () => clock.advance(1000),
    });
    let octets = 0;
    const reading = (async () => {
      for await (const chunk of session.retrieve(first)) octets += chunk.length;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'pop3-too-slow', retry: 'temporary' });
    expect(octets / each.length).toBeCloseTo(trickleGraceMs / 1000, -1);
  });
});

describe('the top of a message', () => {
  it('comes without the rest, and only so much of it is kept', async () => {
    const long = `Subject: long\r\n${`X: ${'x'.repeat(1000)}\r\n`.repeat(400)}\r\n`;
    const answers = { 'TOP 1 0': '+OK\r\nSubject: dots\r\n\r\n.\r\n', 'TOP 2 5': `+OK\r\n${long}.\r\n` };
    const { session, first, second } = await openWithTwo({ answers });
    expect(String(await session.top(first, 0))).toBe('Subject: dots\r\n\r\n');
    expect(String(await session.top(second, 5))).toBe(long.slice(0, maxTopBytes));
    expect(await session.top(second, 6)).toBeNull();
    await session.quit();
  });

  it('is not asked for where the server says that it has none', async () => {
    const { session, first, heard } = await openWithTwo({ answers: { CAPA: capa('UIDL', 'USER') } });
    expect(await session.top(first, 0)).toBeNull();
    expect(heard.filter((line) => line.startsWith('TOP'))).toEqual([]);
    await session.quit();
  });
});

describe('a server', () => {
  it('that cannot be reached is named', async () => {
    const mailbox = new Pop3Mailbox(plainSettings(await freePort()), systemClock, silentLog);
    await expect(openMailbox(mailbox)).rejects.toMatchObject({
      code: 'pop3-unreachable',
      retry: 'temporary',
    });
  });

  const greetings = [
    ['-ERR go away\r\n', 'pop3-command-refused'],
    ['220 mail ESMTP\r\n', 'pop3-protocol-error'],
    ['\r\n'.repeat(1000), 'pop3-protocol-error'],
    ['hang up', 'pop3-connection-lost'],
    [`+${'O'.repeat(maxAnswerOctets + 1_000_000)}`, 'limit-exceeded'],
  ] as const;
  it.each(greetings)('that greets with %.20j is no mailbox', { timeout: 30_000 }, async (greeting, code) => {
    const { mailbox } = await scriptedMailbox({ greeting });
    await expect(openMailbox(mailbox)).rejects.toMatchObject({ code });
  });

  it('that does not answer is given up', async () => {
    const clock = new ManualClock();
    const { mailbox, heard } = await scriptedMailbox({ answers: { 'USER printer': 'silence' }, clock });
    const failure = openMailbox(mailbox).catch((error) => error);
    while (!heard.includes('USER printer')) await new Promise((turn) => setImmediate(turn));
    await clock.advance(replyTimeoutMs - 1);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    expect(await failure).toMatchObject({ code: 'pop3-silent', retry: 'temporary' });
    expect(clock.pending).toBe(0);
  });

  it('that does not confirm the deletions is not believed to have made them', async () => {
    for (const quit of ['-ERR [SYS/TEMP] some remain\r\n', 'hang up']) {
      const { mailbox } = await scriptedMailbox({ answers: { QUIT: quit } });
      const session = await openMailbox(mailbox);
      await expect(session.quit()).rejects.toMatchObject({
        code: 'pop3-quit-unconfirmed',
        retry: 'temporary',
      });
    }
  });

  it('that goes away at a deletion gets all the others the next time, and then that one again (ask 9)', async () => {
    const uidl = '+OK\r\n1 first\r\n2 second\r\n3 third\r\n.\r\n';
    const { mailbox, heard } = await scriptedMailbox({
      answers: { UIDL: uidl, 'DELE 2': 'hang up', 'DELE 3': '+OK\r\n' },
    });
    const deleteAll = async () => {
      const session = await openMailbox(mailbox);
      heard.length = 0;
      await session.delete(await session.list());
      await session.quit();
    };
    const deleted = () => heard.filter((line) => /^(?:DELE|QUIT)/.test(line));
    for (const _ of [1, 2]) {
      await expect(deleteAll()).rejects.toMatchObject({ code: 'pop3-connection-lost' });
      expect(deleted()).toEqual(['DELE 1', 'DELE 2']);
      await deleteAll();
      expect(deleted()).toEqual(['DELE 1', 'DELE 3', 'QUIT']);
    }
  });

  it('that is odd in the same way each time is told of once', async () => {
    const { warned, log } = warnings();
    const answers: Answers = { UIDL: '-ERR what?\r\n' };
    const { mailbox } = await scriptedMailbox({ answers, log });
    for (const _ of [1, 2, 3]) await (await openMailbox(mailbox)).list();
    expect(warned).toHaveLength(1);
  });

  it('that refuses a deletion costs only that one (ask 9)', async () => {
    const { warned, log } = warnings();
    const { session, first, second, heard } = await openWithTwo({
      answers: { 'DELE 1': '-ERR [SYS/TEMP] no\r\n' },
      log,
    });
    await session.delete([first, second]);
    await session.quit();
    expect(heard.slice(-3)).toEqual(['DELE 1', 'DELE 2', 'QUIT']);
    expect(warned).toEqual([
      expect.stringMatching(
        /^message 1 is not deleted and comes again: .* refused DELE: "\[SYS\/TEMP\] no"$/,
      ),
    ]);
  });
});
