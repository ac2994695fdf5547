/** Real logins at Dovecot, by every mechanism that we speak. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import { loginMethods } from '#vocab/login-methods.js';
import { methodFacts } from '../../src/mail/choose-login.js';
import { Pop3Mailbox, type Pop3MailboxSettings } from '../../src/mail/pop3-mailbox.js';
import { type Dovecot, password, startDovecot } from '../support/dovecot.js';
import { missing } from '../support/peers.js';
import { startTokenInfo, type TokenInfo } from '../support/token-info.js';

const noDovecot = missing('dovecot') || missing('openssl');
const goodToken = `good-${'x'.repeat(1500)}`;

describe.skipIf(noDovecot)('Dovecot', () => {
  let tokens: TokenInfo;
  let dovecot: Dovecot;
  /** It keeps a digest only, so that nothing can be proved without showing the password. */
  let digesting: Dovecot;
  beforeAll(async () => {
    tokens = await startTokenInfo(new Map([[goodToken, 'alice']]));
    const digest = '{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=';
    [dovecot, digesting] = await Promise.all([
      startDovecot({ tokenInfoUrl: tokens.url }),
      startDovecot({ storedPassword: digest }),
    ]);
    await Promise.all(
      [dovecot, digesting].map((server) => server.deliver('alice', Buffer.from('A: b\r\n\r\nc\r\n'))),
    );
  });
  afterAll(() => Promise.all([dovecot?.stop(), digesting?.stop(), tokens?.stop()]));

  function mailbox(server: Dovecot, over: Partial<Pop3MailboxSettings>): Pop3Mailbox {
    const { security = 'starttls' } = over;
    const port = security === 'tls' ? server.tlsPort : server.port;
    const credentials = { password };
    return new Pop3Mailbox(
      { host: 'localhost', port, security, user: 'alice', credentials, ca: server.ca, ...over },
      systemClock,
      silentLog,
    );
  }
  const probe = (over: Partial<Pop3MailboxSettings>, server = dovecot) =>
    mailbox(server, over).probe(new AbortController().signal);
  const token = (text: string) => ({ accessToken: async () => text });

  for (const method of loginMethods) {
    const { title, shows } = methodFacts[method];
    const right = shows === 'token' ? token(goodToken) : { password };
    const wrong = shows === 'token' ? token('bad') : { password: 'wrong' };

    it.each(['none', 'starttls', 'tls'] as const)(`lets us in by ${title}, security %s`, async (security) => {
      expect(await probe({ auth: method, credentials: right, security })).toMatchObject({
        login: title,
        messages: 1,
      });
    });

    it(`refuses ${title} with another secret`, async () => {
      await expect(probe({ auth: method, credentials: wrong })).rejects.toMatchObject({
        code: shows === 'token' ? 'pop3-token-refused' : 'pop3-login-refused',
        retry: 'permanent',
        message: expect.stringContaining('[AUTH]'),
      });
    });
  }

  it('gets the best that it offers, and can be told in words', async () => {
    const probed = await probe({});
    expect(probed.login).toBe('SCRAM-SHA-256');
    expect(probed.capabilities).toMatch(/unique-ids, TOP, pipelining, response codes, logins by PLAIN, /);
    expect(await probe({ credentials: token(goodToken) })).toMatchObject({ login: 'OAUTHBEARER' });
  });

  it('gets the password over TLS when it has nothing that a proof can be checked with, and at once the next time', async () => {
    const alice = mailbox(digesting, {});
    const [first, second] = [
      await alice.probe(new AbortController().signal),
      await alice.probe(new AbortController().signal),
    ];
    expect([first.login, second.login]).toEqual(['PLAIN', 'PLAIN']);
    const unencrypted = probe({ security: 'none' }, digesting);
    await expect(unencrypted).rejects.toThrow('refused the login by SCRAM-SHA-256');
  });

  it('says why it takes no token of somebody else', async () => {
    const bob = { user: 'bob', credentials: token(goodToken) };
    for (const auth of ['xoauth2', 'oauthbearer'] as const) {
      await expect(probe({ ...bob, auth })).rejects.toMatchObject({ code: 'pop3-token-refused' });
    }
  });
});
