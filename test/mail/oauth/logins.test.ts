/** Logging in with access tokens: a token that a server refuses though it looks good is renewed once, for POP3 and SMTP. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import { MailSender } from '../../../src/mail/mail-sender.js';
import { type TokenSource, youngTokenMs } from '../../../src/mail/oauth/token-source.js';
import { Pop3Mailbox } from '../../../src/mail/pop3-mailbox.js';
import { startDovecot } from '../../support/dovecot.js';
import { oauthPlace, user } from '../../support/oauth-account.js';
import type { OAuthServer } from '../../support/oauth-server.js';
import { missing } from '../../support/peers.js';
import { type Answer, startScriptedServer } from '../../support/scripted-server.js';
import { startSmtpSink } from '../../support/smtp-sink.js';

const never = new AbortController().signal;
const mail = {
  to: 'alice@example.com',
  subject: 'Job Printed',
  text: 'Pages: 1\n',
  inReplyTo: null,
  autoSubmitted: 'auto-replied',
  messageId: '<1@printer.example.com>',
} as const;

/** A sign-in whose access token the mail servers do not know any more, old enough to be renewed. */
async function withdrawn() {
  const place = await oauthPlace();
  await place.keepSignIn();
  await place.source.accessToken(never);
  await place.clock.advance(youngTokenMs);
  place.server.forgetAccessTokens();
  return place;
}

describe.skipIf(missing('dovecot') || missing('openssl')).each(['xoauth2', 'oauthbearer', 'auto'] as const)(
  'Dovecot, by %s',
  (auth) => {
    async function mailbox(server: OAuthServer, source: TokenSource) {
      const dovecot = await startDovecot({ tokenInfoUrl: server.tokenInfoUrl });
      onTestFinished(() => dovecot.stop());
      await dovecot.deliver(user, Buffer.from('Subject: one\r\n\r\n'));
      const settings = {
        host: 'localhost',
        port: dovecot.tlsPort,
        security: 'tls',
        ca: dovecot.ca,
        auth,
      } as const;
      return new Pop3Mailbox({ ...settings, user, credentials: source }, systemClock, silentLog);
    }

    it('lets us in with a token, and after a refusal with another one (ask 1)', async () => {
      const { server, source } = await withdrawn();
      const { messages } = await (await mailbox(server, source)).probe(never);
      expect(messages).toBe(1);
      expect(server.formsOf('/token')).toHaveLength(1);
    });

    it('that refuses the other one, too, is not asked a third time, and it is told in words', async () => {
      const { server, source, otherSource, clock } = await withdrawn();
      const refusing = await mailbox(server, source);
      // Good at the provider, and not for this mailbox.
      server.answerNext('/tokeninfo', (response) => response.writeHead(401).end('{}'));
      server.answerNext('/tokeninfo', (response) => response.writeHead(401).end('{}'));
      await expect(refusing.probe(never)).rejects.toMatchObject({
        code: 'pop3-token-refused',
        message: expect.stringMatching(
          /check that mailbox\.user is the account .* sign in again: npx phaserlink authorize/,
        ),
      });
      expect(server.formsOf('/token')).toHaveLength(1);
      await clock.advance(1);
      expect(server.isActive(await otherSource().accessToken(never))).toBe(true);
      expect((await refusing.probe(never)).messages).toBe(1);
    });
  },
);

describe('an SMTP server', () => {
  const sender = (port: number, source: TokenSource) =>
    new MailSender(
      { host: '127.0.0.1', port, security: 'none', from: user, user, accessTokens: source },
      systemClock,
    );

  async function sink(server: OAuthServer) {
    const logins: string[] = [];
    const { mails, smtp } = await startSmtpSink({
      authOptional: false,
      allowInsecureAuth: true,
      authMethods: ['XOAUTH2'],
      onAuth({ method, username, accessToken = '' }, _session, callback) {
        const good = username === user && server.isActive(accessToken);
        logins.push(`${method} ${good}`);
        callback(null, good ? { user } : { data: { status: '401', schemes: 'bearer' } });
      },
    });
    return { mails, logins, port: smtp.port };
  }

  it('takes our mail with a token', async () => {
    const { server, source, keepSignIn } = await oauthPlace();
    await keepSignIn();
    const { mails, logins, port } = await sink(server);
    await sender(port, source).send(mail);
    await sender(port, source).verify(never);
    expect(mails).toMatchObject([{ from: '', to: ['alice@example.com'] }]);
    expect(readFileSync(mails[0]?.file ?? '', 'utf8')).toContain('Pages: 1');
    expect(logins).toEqual(['XOAUTH2 true', 'XOAUTH2 true']);
    expect(server.asked).toEqual([]);
  });

  it('that refuses a token by a challenge, as Google does, gets another one', async () => {
    const { server, source } = await withdrawn();
    const { mails, logins, port } = await sink(server);
    await sender(port, source).send(mail);
    expect(mails).toHaveLength(1);
    expect(logins.at(-1)).toBe('XOAUTH2 true');
    expect(server.formsOf('/token')).toHaveLength(1);
  });

  it('that refuses a token at once, as Microsoft does, gets another one', async () => {
    const { server, source } = await withdrawn();
    const tokenIn = (line: string) =>
      /auth=Bearer ([!-~]+)/.exec(Buffer.from(line.split(' ')[2] ?? '', 'base64').toString())?.[1] ?? '';
    const scripted = await smtp((line) =>
      server.isActive(tokenIn(line)) ? '235 welcome\r\n' : '535 5.7.3 Authentication unsuccessful\r\n',
    );
    await sender(scripted.port, source).send(mail);
    expect(scripted.heard.filter((line) => line.startsWith('AUTH'))).toHaveLength(2);
    expect(server.formsOf('/token')).toHaveLength(1);
  });

  it('that refuses every token is told of in words, and the mail stays to be sent', async () => {
    const { server, source } = await withdrawn();
    const scripted = await smtp(
      () => '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled\r\n',
    );
    await expect(sender(scripted.port, source).send(mail)).rejects.toMatchObject({
      code: 'smtp-login-refused',
      retry: 'temporary',
      message: expect.stringMatching(
        /SmtpClientAuthentication is disabled.*check that smtp\.user is the account that signed in.*npx phaserlink authorize/,
      ),
    });
    expect(scripted.heard.join()).not.toContain('MAIL');
    expect(server.formsOf('/token')).toHaveLength(1);
  });

  it('is not asked when there is no token, and the mail stays to be sent', async () => {
    const { server, source, keepSignIn, clock } = await oauthPlace();
    const { logins, port } = await sink(server);
    const words = /^cannot log in to the mail server 127\.0\.0\.1:\d+: nobody has signed in for/;
    await expect(sender(port, source).send(mail)).rejects.toMatchObject({
      code: 'smtp-no-token',
      retry: 'temporary',
      message: expect.stringMatching(words),
    });
    await keepSignIn();
    server.answerNext('/token', (response) =>
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"invalid_client"}'),
    );
    await clock.advance(3_600_000);
    await expect(sender(port, source).verify(never)).rejects.toMatchObject({
      code: 'smtp-no-token',
      retry: 'temporary',
    });
    expect(logins).toEqual([]);
  });
});

/** A mail server that answers to AUTH as told, and is content with the rest. */
async function smtp(answerAuth: (line: string) => Answer) {
  const rest: Record<string, Answer> = {
    EHLO: '250-test\r\n250 AUTH LOGIN XOAUTH2\r\n',
    MAIL: '250 ok\r\n',
    RCPT: '250 ok\r\n',
    DATA: '354 go on\r\n',
    '.': '250 kept\r\n',
    QUIT: '221 bye\r\n',
  };
  const server = await startScriptedServer({
    greeting: '220 test\r\n',
    answer: (line) => (line.startsWith('AUTH') ? answerAuth(line) : (rest[line.slice(0, 4)] ?? 'silence')),
  });
  onTestFinished(() => server.stop());
  return server;
}
