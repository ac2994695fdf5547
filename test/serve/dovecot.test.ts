/** The server and a Dovecot mailbox behind TLS: from the Maildir to the answer, and never a word in clear. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import { Pop3Mailbox } from '../../src/mail/pop3-mailbox.js';
import { makeCertificate } from '../support/certificate.js';
import { type Dovecot, password, startDovecot } from '../support/dovecot.js';
import { missing } from '../support/peers.js';
import { alice, composeDocument, printerAddress, RealHouse } from '../support/real-house.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { WatchProxy } from '../support/watch-proxy.js';

type Security = 'tls' | 'starttls';

function composeMail(document: string): Buffer {
  const lines = [
    `From: Alice <${alice}>`,
    `To: ${printerAddress}`,
    'Subject: by way of Dovecot',
    'Message-ID: <dovecot@example.com>',
    'X-PhaserLink-Notify: printed',
    'MIME-Version: 1.0',
    'Content-Type: application/postscript',
    'Content-Transfer-Encoding: base64',
    '',
    ...(Buffer.from(document)
      .toString('base64')
      .match(/.{1,76}/g) ?? []),
    '',
  ];
  return Buffer.from(lines.join('\r\n'));
}

describe.skipIf(missing('dovecot') || missing('openssl'))('the mailbox is a Dovecot', () => {
  let dovecot: Dovecot;
  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot.stop());

  const portOf = (security: Security) => (security === 'tls' ? dovecot.tlsPort : dovecot.port);

  /** How many messages a user's maildrop holds. */
  async function messagesOf(user: string): Promise<number> {
    const { port, ca } = dovecot;
    const settings = {
      host: '127.0.0.1',
      port,
      security: 'starttls',
      user,
      credentials: { password },
      ca,
    } as const;
    const mailbox = new Pop3Mailbox(settings, systemClock, silentLog);
    return (await mailbox.probe(new AbortController().signal)).messages;
  }

  /** A server's house whose mailbox is this user's, behind a watched wire. */
  async function buildHouse(user: string, security: Security, ca: string) {
    const house = await RealHouse.build();
    const wire = await WatchProxy.start(portOf(security));
    writeFileSync(join(house.folder, 'ca.pem'), ca);
    const mailbox = `host: 127.0.0.1, port: ${wire.port}, security: ${security}, user: ${user}, password: ${password}, caFile: ca.pem`;
    return { house, wire, settings: { mailbox, pollIntervalSeconds: 1 } };
  }

  it.each<Security>(['tls', 'starttls'])('prints and answers a mail fetched with %s', async (security) => {
    const user = `printer-${security}`;
    const { house, wire, settings } = await buildHouse(user, security, dovecot.ca);
    const server = house.serve({ settings });
    await server.log.until('started');
    await dovecot.deliver(user, composeMail(composeDocument(2)));
    await server.log.until('told');
    await expect.poll(() => messagesOf(user), { timeout: 10_000 }).toBe(0);
    expect(await server.end('SIGTERM')).toMatchObject({ status: 0, stderr: '' });

    expect(await house.jobs()).toMatchObject([{ state: 'completed', pages: { confirmed: 2 } }]);
    expect(house.pageCount).toBe(2);
    const [answer] = house.maildrop('alice');
    expect(answer).toContain('In-Reply-To: <dovecot@example.com>');
    expect(wire.heard.client).not.toContain(password);
    expect(wire.heard.client).not.toContain(user);
  });

  it.each<Security>(['tls', 'starttls'])(
    'refuses a certificate of an unknown authority with %s, says so, and sends no word in clear',
    async (security) => {
      const user = `refused-${security}`;
      await dovecot.deliver(user, composeMail(composeDocument(1)));
      const stranger = await makeCertificate(temporaryFolder());
      const { house, wire, settings } = await buildHouse(user, security, stranger.ca);
      const server = house.serve({ settings });
      const { part, text } = await server.log.until('failed');
      expect(part).toBe('mailbox');
      expect(text).toMatch(/no secure connection to the mail server .*certificate.*check its certificate/);
      expect(await server.end('SIGTERM')).toMatchObject({ status: 0 });

      expect(wire.heard.client).not.toContain(user);
      expect(wire.heard.client).not.toContain(password);
      // RFC 8446 §5.1: what is no handshake, alert or change of keys is not the TLS client's.
      const clear = security === 'tls' ? '' : 'STLS\r\n';
      expect(wire.heard.client.slice(0, clear.length + 1)).toBe(`${clear}\x16`);
      expect(await messagesOf(user)).toBe(1);
      expect(await house.jobs()).toEqual([]);
    },
  );

  it('says nothing in clear to a server that offers no STARTTLS', async () => {
    const house = await RealHouse.build();
    const mailbox = `host: 127.0.0.1, port: ${house.pop3.port}, security: starttls, user: printer, password: ${password}`;
    const { status, stderr } = await house.serve({ once: true, settings: { mailbox } }).ended;
    expect(status).toBe(1);
    expect(stderr).toContain('refused STARTTLS');
    expect(house.pop3.heard.client).toBe('STLS\r\n');
  });
});
