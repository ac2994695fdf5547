/** Our POP3 client against servers that misbehave, cut the stream at every octet, or are not whom we trust. */

import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer as createPlainServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server, TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '#base/clock.js';
import { type Log, silentLog } from '#base/log.js';
import { replyTimeoutMs, silenceTimeoutMs } from '../../src/mail/pop3-connection.js';
import { maxTopBytes, Pop3Mailbox, type Pop3MailboxSettings } from '../../src/mail/pop3-mailbox.js';
import { makeCertificate } from '../support/certificate.js';
import { freePort } from '../support/free-port.js';
import { ManualClock } from '../support/manual-clock.js';
import { missing } from '../support/peers.js';
import { type Answer, type ScriptedServer, startScriptedServer } from '../support/scripted-server.js';

const wire = 'Subject: dots\r\n\r\n..\r\n...\r\nNUL\0 \xff \r \n.\r\n.\r\n';
const message = 'Subject: dots\r\n\r\n.\r\n..\r\nNUL\0 \xff \r \n.\r\n';

/** What a server without faults says; tests replace single answers. */
const sound: Record<string, Answer | [Answer, 'hang up']> = {
  'USER printer': '+OK\r\n',
  'PASS secret': '+OK logged in\r\n',
  STAT: '+OK 2 88\r\n',
  UIDL: '+OK\r\n1 first\r\n2 second\r\n.\r\n',
  LIST: '+OK 2 messages\r\n1 44\r\n2 44\r\n.\r\n',
  'RETR 1': Buffer.from(`+OK 44 octets\r\n${wire}`, 'latin1'),
  'RETR 2': Buffer.from(`+OK\r\n${wire}`, 'latin1'),
  'DELE 1': '+OK\r\n',
  QUIT: ['+OK bye\r\n', 'hang up'],
};

let server: ScriptedServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

interface Script {
  greeting?: Answer;
  pieceLength?: number;
  answers?: typeof sound;
}

async function scripted(
  script: Script,
  clock: Clock = systemClock,
  log: Log = silentLog,
): Promise<Pop3Mailbox> {
  const answers = { ...sound, ...script.answers };
  server = await startScriptedServer({
    greeting: script.greeting ?? '+OK ready\r\n',
    answer: (line) => answers[line] ?? '-ERR unexpected\r\n',
    ...(script.pieceLength === undefined ? {} : { pieceLength: script.pieceLength }),
  });
  return new Pop3Mailbox(settings(server.port), clock, log);
}

function settings(port: number): Pop3MailboxSettings {
  return { host: '127.0.0.1', port, security: 'none', user: 'printer', password: 'secret' };
}

function open(mailbox: Pop3Mailbox) {
  return mailbox.open(new AbortController().signal);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let all = '';
  for await (const chunk of chunks) all += Buffer.from(chunk).toString('latin1');
  return all;
}

describe('a whole session', () => {
  it('is the same at every place where the network may cut the stream', async () => {
    for (let pieceLength = 1; pieceLength <= wire.length + 20; pieceLength++) {
      const session = await open(await scripted({ pieceLength }));
      const [first, second] = await session.list();
      expect([first, second]).toEqual([
        { number: 1, uniqueId: 'first', octets: 44 },
        { number: 2, uniqueId: 'second', octets: 44 },
      ]);
      if (!first || !second) return;
      expect(await collect(session.retrieve(first))).toBe(message);
      expect(await collect(session.retrieve(second))).toBe(message);
      await session.delete([first]);
      await session.quit();
      expect(server?.heard.slice(2)).toEqual(['UIDL', 'LIST', 'RETR 1', 'RETR 2', 'DELE 1', 'QUIT']);
      await server?.stop();
    }
  });

  it('can be looked at without changing anything', async () => {
    const mailbox = await scripted({});
    expect(mailbox.name).toBe(`printer@127.0.0.1:${server?.port}`);
    expect(await mailbox.probe(new AbortController().signal)).toEqual({ messages: 2, octets: 88, tls: null });
    expect(server?.heard).toEqual(['USER printer', 'PASS secret', 'STAT', 'QUIT']);
  });

  it('ends when its signal is aborted, wherever it is', async () => {
    const mailbox = await scripted({ answers: { LIST: 'silence' } });
    const stop = new AbortController();
    const session = await mailbox.open(stop.signal);
    const listing = session.list();
    stop.abort(new Error('shutting down'));
    await expect(listing).rejects.toThrow('shutting down');
    await expect(mailbox.open(stop.signal)).rejects.toThrow('shutting down');
  });
});

describe('a listing', () => {
  it('that makes no sense in places costs no message more than its unique-id (asks 5, 6)', async () => {
    const warned: string[] = [];
    const log = { ...silentLog, warn: (_fields: unknown, text: string) => warned.push(text) };
    const uidl = '+OK\r\n1 first\r\nnonsense\r\n3 third\r\n4 first\r\n5 five\r\n.\r\n';
    const list = '+OK\r\n1 44\r\n2 44\r\n3 x\r\n4 44\r\n5 55\r\n.\r\n';
    const session = await open(await scripted({ answers: { UIDL: uidl, LIST: list } }, systemClock, log));
    expect(await session.list()).toEqual([
      { number: 1, uniqueId: null, octets: 44 },
      { number: 2, uniqueId: null, octets: 44 },
      { number: 3, uniqueId: 'third', octets: 0 },
      { number: 4, uniqueId: null, octets: 44 },
      { number: 5, uniqueId: 'five', octets: 55 },
    ]);
    session.close();
    expect(warned).toEqual([
      'left out a line of UIDL that makes no sense',
      'left out a line of LIST that makes no sense',
      'messages 1, 4 have a unique-id that another message has, too',
      'messages 3 are named by UIDL and not by LIST',
      'messages 2 are named by LIST and not by UIDL',
    ]);
  });

  it('of a server without unique-ids has the messages all the same (ask 6)', async () => {
    const session = await open(await scripted({ answers: { UIDL: '-ERR what?\r\n' } }));
    expect(await session.list()).toEqual([
      { number: 1, uniqueId: null, octets: 44 },
      { number: 2, uniqueId: null, octets: 44 },
    ]);
    session.close();
  });

  it('waits while the server cannot tell the unique-ids', async () => {
    const session = await open(await scripted({ answers: { UIDL: '-ERR [SYS/TEMP] later\r\n' } }));
    await expect(session.list()).rejects.toMatchObject({ code: 'pop3-command-refused', retry: 'temporary' });
    session.close();
  });

  it('may not have endless lines', async () => {
    const session = await open(
      await scripted({ answers: { UIDL: `+OK\r\n1 ${'x'.repeat(5000)}\r\n.\r\n` } }),
    );
    await expect(session.list()).rejects.toMatchObject({ code: 'limit-exceeded' });
    await expect(session.list()).rejects.toMatchObject({ code: 'pop3-connection-lost' });
  });
});

describe('a login', () => {
  const refusals: [string, Script, { code: string; retry: string }][] = [
    ['wrong password', answer('-ERR [AUTH] no\r\n'), { code: 'pop3-login-refused', retry: 'permanent' }],
    [
      'server in trouble',
      answer('-ERR [SYS/TEMP] no\r\n'),
      { code: 'pop3-login-refused', retry: 'temporary' },
    ],
    ['maildrop in use', answer('-ERR [IN-USE] no\r\n'), { code: 'pop3-in-use', retry: 'temporary' }],
    [
      'refused at once',
      { greeting: '-ERR go away\r\n' },
      { code: 'pop3-command-refused', retry: 'temporary' },
    ],
    [
      'another protocol',
      { greeting: '220 mail ESMTP\r\n' },
      { code: 'pop3-protocol-error', retry: 'temporary' },
    ],
    ['hung up', { greeting: 'hang up' }, { code: 'pop3-connection-lost', retry: 'temporary' }],
  ];
  for (const [name, script, error] of refusals) {
    it(`that fails (${name}) says what to do, and no secret`, async () => {
      const failure = await open(await scripted(script)).catch((thrown) => thrown);
      expect(failure).toMatchObject(error);
      expect(failure.text ?? failure.message).not.toContain('secret');
    });
  }

  it('names the settings to check when the password is wrong', async () => {
    await expect(open(await scripted(answer('-ERR no\r\n')))).rejects.toThrow(
      'check mailbox.user and mailbox.password',
    );
  });

  it('says that the server cannot be reached', async () => {
    const mailbox = new Pop3Mailbox(settings(await freePort()), systemClock, silentLog);
    await expect(open(mailbox)).rejects.toMatchObject({ code: 'pop3-unreachable', retry: 'temporary' });
  });

  function answer(text: string): Script {
    return { answers: { 'PASS secret': text } };
  }
});

describe('a message', () => {
  const broken = { 'RETR 1': ['+OK\r\nSubject: half\r\n\r\nbo', 'hang up'] as [Answer, 'hang up'] };

  it('whose transfer breaks off throws and does not end', async () => {
    const session = await open(await scripted({ answers: broken }));
    const [first] = await session.list();
    let got = '';
    const reading = (async () => {
      if (first) for await (const chunk of session.retrieve(first)) got += chunk;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'pop3-connection-lost', retry: 'temporary' });
    expect(got).toBe('Subject: half\r\n\r\nbo');
    await expect(session.quit()).rejects.toMatchObject({ code: 'pop3-quit-unconfirmed' });
  });

  it('that is gone costs nothing but itself', async () => {
    const session = await open(await scripted({ answers: { 'RETR 1': '-ERR gone\r\n' } }));
    const [first, second] = await session.list();
    if (!first || !second) throw new Error('two messages expected');
    await expect(collect(session.retrieve(first))).rejects.toMatchObject({ code: 'pop3-command-refused' });
    expect(await collect(session.retrieve(second))).toBe(message);
    await session.quit();
  });

  it('that stands still for too long is given up', async () => {
    const clock = new ManualClock();
    const session = await open(await scripted({ answers: { 'RETR 1': '+OK\r\nbegin' } }, clock));
    const [first] = await session.list();
    if (!first) throw new Error('a message expected');
    const chunks = session.retrieve(first)[Symbol.asyncIterator]();
    expect(String((await chunks.next()).value)).toBe('begin');
    const next = expect(chunks.next()).rejects.toMatchObject({ code: 'pop3-silent', retry: 'temporary' });
    await clock.advance(silenceTimeoutMs);
    await next;
    expect(clock.pending).toBe(0);
  });
});

describe('the top of a message', () => {
  it('comes without the rest, and only so much of it is kept', async () => {
    const long = `Subject: long\r\n${`X: ${'x'.repeat(1000)}\r\n`.repeat(400)}\r\n`;
    const answers = { 'TOP 1 0': '+OK\r\nSubject: dots\r\n\r\n.\r\n', 'TOP 2 5': `+OK\r\n${long}.\r\n` };
    const session = await open(await scripted({ answers }));
    const [first, second] = await session.list();
    if (!first || !second) throw new Error('two messages expected');
    expect(String(await session.top(first, 0))).toBe('Subject: dots\r\n\r\n');
    expect(String(await session.top(second, 5))).toBe(long.slice(0, maxTopBytes));
    expect(await session.top(second, 6)).toBeNull();
    await session.quit();
  });
});

describe('a deletion', () => {
  it('that is refused costs only itself (ask 9)', async () => {
    const warned: string[] = [];
    const log = { ...silentLog, warn: (_fields: unknown, text: string) => warned.push(text) };
    const session = await open(
      await scripted(
        { answers: { 'DELE 1': '-ERR [SYS/TEMP] no\r\n', 'DELE 2': '+OK\r\n' } },
        systemClock,
        log,
      ),
    );
    await session.delete(await session.list());
    await session.quit();
    expect(server?.heard.slice(-3)).toEqual(['DELE 1', 'DELE 2', 'QUIT']);
    expect(warned).toEqual([expect.stringContaining('refused DELE: "[SYS/TEMP] no"')]);
  });
});

describe('a server', () => {
  it('that does not answer is given up', async () => {
    const clock = new ManualClock();
    const mailbox = await scripted({ answers: { 'USER printer': 'silence' } }, clock);
    const failure = open(mailbox).catch((error) => error);
    await heard('USER printer');
    await clock.advance(replyTimeoutMs - 1);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    expect(await failure).toMatchObject({ code: 'pop3-silent', retry: 'temporary' });
    expect(clock.pending).toBe(0);
  });

  it('that does not confirm the deletions is not believed to have made them', async () => {
    for (const quit of ['-ERR [SYS/TEMP] some remain\r\n', 'hang up']) {
      const session = await open(await scripted({ answers: { QUIT: quit } }));
      await expect(session.quit()).rejects.toMatchObject({
        code: 'pop3-quit-unconfirmed',
        retry: 'temporary',
      });
      await server?.stop();
    }
  });

  async function heard(line: string): Promise<void> {
    while (!server?.heard.includes(line)) await new Promise((turn) => setImmediate(turn));
  }
});

describe.skipIf(missing('openssl'))('TLS', () => {
  let folder: string;
  let certificate: { ca: string; key: string; cert: string };
  let otherCa: string;
  let secure: Server;
  let port: number;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phaserlink-tls-'));
    otherCa = (await makeCertificate(folder)).ca;
    const { ca, keyFile, certFile } = await makeCertificate(folder);
    certificate = { ca, key: await readFile(keyFile, 'utf8'), cert: await readFile(certFile, 'utf8') };
    secure = createServer(certificate, (socket) => {
      socket.write('+OK ready\r\n');
      serve(socket);
    }).listen(0, '127.0.0.1');
    secure.on('tlsClientError', () => {});
    await once(secure, 'listening');
    port = portOf(secure);
  });
  afterAll(async () => {
    secure.close();
    await rm(folder, { recursive: true });
  });

  const mailbox = (over: Partial<Pop3MailboxSettings>) =>
    new Pop3Mailbox(
      { ...settings(port), host: 'localhost', security: 'tls', ...over },
      systemClock,
      silentLog,
    );
  const probe = (over: Partial<Pop3MailboxSettings>) => mailbox(over).probe(new AbortController().signal);

  it('is spoken with a server whose authority we trust, by name and by address', async () => {
    for (const host of ['localhost', '127.0.0.1']) {
      expect(await probe({ host, ca: certificate.ca })).toMatchObject({ tls: 'TLSv1.3' });
    }
  });

  it('is refused with any other', async () => {
    const wrong = { code: 'pop3-tls-failed', retry: 'permanent' };
    await expect(probe({ ca: otherCa })).rejects.toMatchObject(wrong);
    await expect(probe({})).rejects.toMatchObject(wrong);
  });

  it('is not done without when the server offers none', async () => {
    await scripted({ answers: { STLS: '-ERR no\r\n' } });
    const plain = mailbox({ port: server?.port ?? 0, security: 'starttls' });
    await expect(open(plain)).rejects.toMatchObject({ code: 'pop3-tls-failed', retry: 'permanent' });
    expect(server?.heard).toEqual(['STLS']);
  });

  it('forgets what somebody slipped in before the handshake', async () => {
    const slipping = createPlainServer((socket) => {
      socket.on('error', () => {}).write('+OK ready\r\n');
      socket.once('data', () => {
        // One segment: the answer to STLS and, unencrypted, answers to the commands that come after it.
        socket.write('+OK begin\r\n+OK\r\n+OK\r\n+OK 999 999\r\n+OK\r\n');
        serve(new TLSSocket(socket, { ...certificate, isServer: true }));
      });
    }).listen(0, '127.0.0.1');
    await once(slipping, 'listening');
    const found = probe({ port: portOf(slipping), security: 'starttls', ca: certificate.ca });
    expect(await found).toEqual({ messages: 2, octets: 88, tls: 'TLSv1.3' });
    slipping.close();
  });

  /** Answers as the sound server does. */
  function serve(socket: Socket): void {
    socket.on('error', () => {});
    socket.on('data', (line) => {
      const [text] = [sound[String(line).trim()] ?? '-ERR unexpected\r\n'].flat();
      if (text !== undefined) socket.write(text);
    });
  }

  function portOf(listening: { address(): unknown }): number {
    return (listening.address() as AddressInfo).port;
  }
});
