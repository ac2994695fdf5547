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
