/** What every Mailbox must do, shown on Dovecot in three ways of connecting and on our own mail room. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import type { ListedMessage, Mailbox, MailboxSession } from '../../src/mail/mailbox.js';
import { Mailroom } from '../../src/mail/mailroom/mailroom.js';
import { Pop3Mailbox } from '../../src/mail/pop3-mailbox.js';
import { maxCommandsInFlight } from '../../src/mail/pop3-maildrop.js';
import { type Dovecot, password, startDovecot } from '../support/dovecot.js';
import { mailBySmtp } from '../support/mail-by-smtp.js';
import { missing } from '../support/peers.js';

/** A server under test: every call of `maildrop` gives an empty one. */
interface Server {
  maildrop(): { mailbox: Mailbox; deliver(message: Buffer): Promise<void> };
}

const noDovecot = missing('dovecot') || missing('openssl');

describe.skipIf(noDovecot)('Dovecot', () => {
  let dovecot: Dovecot;
  let users = 0;
  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot?.stop());

  const ways = [
    ['without TLS', 'none', '127.0.0.1'],
    ['with STARTTLS', 'starttls', 'localhost'],
    ['with TLS', 'tls', 'localhost'],
  ] as const;
  it('ends a last line that has no end, and gives an empty message as an empty line', async () => {
    await dovecot.deliver('endless', Buffer.from('Subject: endless\r\n\r\nno line end'));
    await dovecot.deliver('endless', Buffer.alloc(0));
    const settings = {
      host: '127.0.0.1',
      port: dovecot.port,
      security: 'none',
      user: 'endless',
      credentials: { password },
    } as const;
    const session = await open(new Pop3Mailbox(settings, systemClock, silentLog));
    const [endless, empty] = await session.list();
    if (!endless || !empty) throw new Error('two messages expected');
    expect(String(await collect(session.retrieve(endless)))).toBe('Subject: endless\r\n\r\nno line end\r\n');
    expect(empty.octets).toBe(0);
    expect(String(await collect(session.retrieve(empty)))).toBe('\r\n');
    await session.quit();
  });

  it('refuses a wrong password, in words of its own', async () => {
    const settings = {
      host: '127.0.0.1',
      port: dovecot.port,
      security: 'none',
      user: 'x',
      credentials: { password: 'no' },
    } as const;
    const refused = open(new Pop3Mailbox(settings, systemClock, silentLog));
    await expect(refused).rejects.toMatchObject({ code: 'pop3-login-refused', retry: 'permanent' });
    await expect(refused).rejects.toThrow('[AUTH]');
  });

  for (const [name, security, host] of ways) {
    describe(name, () =>
      holdsTheContract({
        maildrop() {
          const user = `user${++users}`;
          const port = security === 'tls' ? dovecot.tlsPort : dovecot.port;
          const settings = { host, port, security, user, credentials: { password }, ca: dovecot.ca };
          return {
            mailbox: new Pop3Mailbox(settings, systemClock, silentLog),
            deliver: (message) => dovecot.deliver(user, message),
          };
        },
      }),
    );
  }
});

describe('the mail room', () => {
  const names = Array.from({ length: 20 }, (_, index) => `user${index}`);
  let dataDir: string;
  let mailroom: Mailroom;
  let ports: { smtpPort: number; pop3Port: number };
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'phaserlink-mailroom-'));
    mailroom = new Mailroom(
      {
        ...{ host: '127.0.0.1', smtpPort: 0, pop3Port: 0, dataDir },
        mailboxes: names.map((name) => ({ name, password, addresses: [`${name}@example.com`] })),
        ...{ maxMessageBytes: 10_000_000, maxMailboxBytes: 100_000_000 },
      },
      systemClock,
      silentLog,
    );
    ports = await mailroom.start();
  });
  afterAll(async () => {
    await mailroom.stop();
    await rm(dataDir, { recursive: true });
  });

  holdsTheContract({
    maildrop() {
      const user = names.shift() ?? '';
      const settings = {
        host: '127.0.0.1',
        port: ports.pop3Port,
        security: 'none',
        user,
        credentials: { password },
      } as const;
      return {
        mailbox: new Pop3Mailbox(settings, systemClock, silentLog),
        async deliver(message) {
          const mail = { from: 'alice@example.com', to: [`${user}@example.com`], message };
          const { codes } = await mailBySmtp(ports.smtpPort, mail);
          expect(codes.at(-1)).toBe(250);
        },
      };
    },
  });
});

function holdsTheContract(server: Server): void {
  it('lists nothing in an empty maildrop and ends cleanly', async () => {
    const { mailbox } = server.maildrop();
    const session = await open(mailbox);
    expect(await session.list()).toEqual([]);
    await session.quit();
  });

  it('lists number, unique-id and size, the same unique-ids in the next session', async () => {
    const { mailbox, deliver } = server.maildrop();
    for (const text of ['one', 'two', 'three']) await deliver(mail(text));
    const first = await listOnce(mailbox);
    expect(first.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(new Set(first.map(({ uniqueId }) => uniqueId)).size).toBe(3);
    expect(await listOnce(mailbox)).toEqual(first);
  });

  const bodies: [string, Buffer][] = [
    ['ordinary text', Buffer.from('%!PS\r\nshowpage\r\n')],
    ['every octet but the line ends', Buffer.from([...allButLineEnds(), 13, 10])],
    ['NUL, 0xFF and a bare CR', Buffer.from('a\0b\xffc\rd\r\n', 'latin1')],
    ['lines of dots', Buffer.from('.\r\n..\r\n...\r\n.a\r\na.\r\n\r\n.\r\n')],
    ['a line of three million octets', Buffer.from(`${'x.'.repeat(1_500_000)}\r\n`)],
    ['five megabytes of anything', withoutBareLineEnds(randomBytes(5_000_000))],
  ];
  it.each([
    ['one by one', false],
    ['asked for ahead', true],
  ])('gives every byte back, %s', { timeout: 60_000 }, async (_name, ahead) => {
    const { mailbox, deliver } = server.maildrop();
    const mails = bodies.map(([name, body]) => mail(name, body));
    for (const message of mails) await deliver(message);
    const session = await open(mailbox);
    const listed = await session.list();
    for (const [index, message] of listed.entries()) {
      const bytes = await collect(session.retrieve(message, ahead ? listed.slice(index + 1) : []));
      expect(endsWith(bytes, mails[index]), bodies[index]?.[0]).toBe(true);
      expect(bytes.length).toBe(message.octets);
    }
    expect(listed).toHaveLength(mails.length);
    await session.quit();
  });

  it('gives the header and as many lines as are asked for, and the messages after it', async () => {
    const { mailbox, deliver } = server.maildrop();
    await deliver(mail('lines', Buffer.from('one\r\n..two\r\n.\r\nfour\r\n')));
    await deliver(mail('next'));
    const session = await open(mailbox);
    const [lines, next] = await session.list();
    if (!lines || !next) throw new Error('two messages expected');
    for (const [count, body] of [
      [0, ''],
      [2, 'one\r\n..two\r\n'],
      [3, 'one\r\n..two\r\n.\r\n'],
      [99, 'one\r\n..two\r\n.\r\nfour\r\n'],
    ] as const) {
      const top = await session.top(lines, count);
      expect(endsWith(top ?? Buffer.alloc(0), mail('lines', Buffer.from(body))), String(top)).toBe(true);
    }
    expect(endsWith(await collect(session.retrieve(next)), mail('next'))).toBe(true);
    await session.quit();
  });

  it('deletes at quit, and only then', async () => {
    const { mailbox, deliver } = server.maildrop();
    for (const text of ['one', 'two', 'three']) await deliver(mail(text));
    const session = await open(mailbox);
    const [one, two, three] = await session.list();
    if (!one || !two || !three) throw new Error('three messages expected');
    await session.delete([one, three]);
    await session.quit();
    expect((await listOnce(mailbox)).map(({ uniqueId }) => uniqueId)).toEqual([two.uniqueId]);
  });

  it('deletes hundreds of messages, and all but the one that it is told of twice', {
    timeout: 60_000,
  }, async () => {
    const { mailbox, deliver } = server.maildrop();
    const count = maxCommandsInFlight + 5;
    for (let number = 1; number <= count; number++) await deliver(mail(`number ${number}`));
    const session = await open(mailbox);
    const listed = await session.list();
    const [last] = listed.slice(-1);
    const [first, ...others] = listed.slice(0, -1);
    if (!first || !last) throw new Error('messages expected');
    // RFC 1939 §5: a message that is marked cannot be marked again.
    await session.delete([first, first, ...others]);
    await session.quit();
    expect((await listOnce(mailbox)).map(({ uniqueId }) => uniqueId)).toEqual([last.uniqueId]);
  });

  it('keeps everything when the session is closed without quit', async () => {
    const { mailbox, deliver } = server.maildrop();
    await deliver(mail('one'));
    const session = await open(mailbox);
    const before = await session.list();
    await session.delete(before);
    session.close();
    expect(await eventually(() => listOnce(mailbox))).toEqual(before);
  });

  it('goes on with any message when one was read only in part, whatever was asked for ahead', async () => {
    const { mailbox, deliver } = server.maildrop();
    await deliver(mail('large', Buffer.from('line of text\r\n'.repeat(150_000))));
    for (const name of ['second', 'third', 'fourth']) await deliver(mail(name));
    const session = await open(mailbox);
    const [large, second, third, fourth] = await session.list();
    if (!large || !second || !third || !fourth) throw new Error('four messages expected');
    for await (const chunk of session.retrieve(large, [second, third, fourth])) if (chunk.length > 0) break;
    expect(endsWith(await collect(session.retrieve(third, [fourth])), mail('third'))).toBe(true);
    await session.delete([second]);
    expect(endsWith(await collect(session.retrieve(fourth)), mail('fourth'))).toBe(true);
    expect(
      endsWith(
        await collect(session.retrieve(large)),
        mail('large', Buffer.from('line of text\r\n'.repeat(150_000))),
      ),
    ).toBe(true);
    await session.quit();
    expect((await listOnce(mailbox)).length).toBe(3);
  });
}

function open(mailbox: Mailbox): Promise<MailboxSession> {
  return mailbox.open(new AbortController().signal);
}

async function listOnce(mailbox: Mailbox): Promise<ListedMessage[]> {
  const session = await open(mailbox);
  const listed = await session.list();
  await session.quit();
  return listed;
}

/** A server learns of a dropped connection when the network tells it; until then the maildrop is in use. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 0; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (count === 20) throw error;
    }
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

/** The mail room puts its trace header on top; the rest is the mail. */
function endsWith(bytes: Buffer, end: Buffer | undefined): boolean {
  return end !== undefined && bytes.length >= end.length && bytes.subarray(-end.length).equals(end);
}

function mail(subject: string, body: Buffer = Buffer.from('text\r\n')): Buffer {
  return Buffer.concat([Buffer.from(`From: alice@example.com\r\nSubject: ${subject}\r\n\r\n`), body]);
}

function allButLineEnds(): number[] {
  return Array.from({ length: 256 }, (_, octet) => octet).filter((octet) => octet !== 10 && octet !== 13);
}

/** Dovecot makes CRLF of a bare LF, as it must; everything else passes. */
function withoutBareLineEnds(bytes: Buffer): Buffer {
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) bytes[at] = 0x2e;
  return Buffer.concat([bytes, Buffer.from('\r\n')]);
}
