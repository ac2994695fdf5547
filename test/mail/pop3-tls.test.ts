/** Our POP3 client and TLS: whom it trusts, and what it does not believe. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer as createPlainServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import { Pop3Mailbox, type Pop3MailboxSettings } from '../../src/mail/pop3-mailbox.js';
import { connectTimeoutMs } from '../../src/mail/pop3-socket.js';
import { makeCertificate } from '../support/certificate.js';
import { ManualClock } from '../support/manual-clock.js';
import { missing } from '../support/peers.js';
import { openMailbox, plainSettings, scriptedMailbox, sound } from '../support/scripted-mailbox.js';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** As fast as the other side takes them, each in a record of its own. */
async function sendSlices(socket: Socket, bytes: Buffer, length: number): Promise<void> {
  for (let at = 0; at < bytes.length && !socket.destroyed; at += length)
    if (!socket.write(bytes.subarray(at, at + length))) await once(socket, 'drain');
}

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
      { ...plainSettings(port), host: 'localhost', security: 'tls', ...over },
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
    const { port: plainPort, heard } = await scriptedMailbox({ answers: { STLS: '-ERR no\r\n' } });
    const plain = mailbox({ port: plainPort, security: 'starttls' });
    await expect(openMailbox(plain)).rejects.toMatchObject({ code: 'pop3-tls-failed', retry: 'permanent' });
    expect(heard).toEqual(['STLS']);
  });

  it('is not waited for longer than a connection', async () => {
    let hello = () => {};
    const greeted = new Promise<void>((resolve) => {
      hello = resolve;
    });
    const silent = createPlainServer((socket) => socket.on('error', () => {}).once('data', hello));
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const clock = new ManualClock();
    const settings = { ...plainSettings(portOf(silent)), security: 'tls' } as const;
    const opening = openMailbox(new Pop3Mailbox(settings, clock, silentLog)).catch((error) => error);
    await greeted;
    await clock.advance(connectTimeoutMs - 1);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    expect(await opening).toMatchObject({ code: 'pop3-tls-failed' });
    silent.close();
  });

  it.each([
    ['none', 1_000],
    ['tls', 1_000],
    ['tls', 16_384],
    ['tls', 65_536],
    ['starttls', 1_000],
    ['starttls', 16_384],
  ] as const)(
    'brings every byte of a large message to who is slow to take it: %s, %d at a time',
    async (security, length) => {
      const line = (n: number) => `${n} of a message in which no two lines are the same\r\n`;
      const message = Array.from({ length: 60_000 }, (_, n) => line(n)).join('');
      const answer = Buffer.from(`+OK\r\n${message}.\r\n`);
      const server = createPlainServer((plain) => {
        const greet = (socket: Socket) => {
          socket.on('error', () => {}).write('+OK ready\r\n');
          serve(socket, { RETR: () => void sendSlices(socket, answer, length) });
        };
        if (security === 'none') return greet(plain);
        const upgrade = () => new TLSSocket(plain, { ...certificate, isServer: true });
        if (security === 'tls') return greet(upgrade());
        plain.on('error', () => {}).write('+OK ready\r\n');
        plain.once('data', () => {
          plain.write('+OK begin\r\n');
          const secured = upgrade().on('error', () => {});
          serve(secured, { RETR: () => void sendSlices(secured, answer, length) });
        });
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const session = await openMailbox(mailbox({ port: portOf(server), security, ca: certificate.ca }));
      const [first] = await session.list();
      let text = '';
      for await (const chunk of session.retrieve(first ?? expect.fail('no message'))) {
        // As for the disk: long enough for more to come.
        for (let turns = 0; turns < 3; turns++) await nextTurn();
        text += Buffer.from(chunk).toString('latin1');
      }
      expect(text === message).toBe(true);
      await session.quit();
      server.close();
    },
  );

  it('forgets what somebody slipped in before the handshake', async () => {
    const slipping = createPlainServer((socket) => {
      socket.on('error', () => {}).write('+OK ready\r\n');
      socket.once('data', () => {
        // One segment: the answer to STLS and, unencrypted, answers to the commands that come after it.
        socket.write('+OK begin\r\n-ERR\r\n+OK\r\n+OK\r\n+OK 999 999\r\n+OK\r\n');
        serve(new TLSSocket(socket, { ...certificate, isServer: true }));
      });
    }).listen(0, '127.0.0.1');
    await once(slipping, 'listening');
    const found = probe({ port: portOf(slipping), security: 'starttls', ca: certificate.ca });
    expect(await found).toMatchObject({ messages: 2, octets: 88, tls: 'TLSv1.3' });
    slipping.close();
  });

  /** Answers as the sound server does. */
  function serve(socket: Socket, deeds: Record<string, () => void> = {}): void {
    socket.on('error', () => {});
    socket.on('data', (line) => {
      const deed = deeds[String(line).slice(0, 4)];
      if (deed !== undefined) return deed();
      const [text] = [sound[String(line).trim()] ?? '-ERR unexpected\r\n'].flat();
      if (text !== undefined) socket.write(text);
    });
  }

  function portOf(listening: { address(): unknown }): number {
    return (listening.address() as AddressInfo).port;
  }
});
