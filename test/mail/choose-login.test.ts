/** Which ways of logging in are tried, by what the settings and the server say. */
import { describe, expect, it } from 'vitest';
import { loginMethods } from '#vocab/login-methods.js';
import { parseCapabilities } from '#wire/pop3-capabilities.js';
import { chooseLogin, type LoginFacts, methodFacts } from '../../src/mail/choose-login.js';

const everything = parseCapabilities(['USER', 'SASL PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 XOAUTH2 OAUTHBEARER']);

function choose(over: Partial<LoginFacts>) {
  return chooseLogin({
    auth: 'auto',
    secret: 'password',
    encrypted: true,
    capabilities: everything,
    hasTimestamp: true,
    worked: null,
    ...over,
  });
}

const sasl = (...mechanisms: string[]) => parseCapabilities([`SASL ${mechanisms.join(' ')}`, 'USER']);

describe('with a password, and auto', () => {
  it('the best proof comes first, and over TLS the password after it', () => {
    const cases = [
      [everything, true, ['scram-sha-256', 'plain']],
      [sasl('LOGIN', 'CRAM-MD5'), true, ['cram-md5', 'login']],
      [sasl('XOAUTH2'), true, ['apop', 'user-pass']],
      [sasl('LOGIN', 'PLAIN'), false, ['plain']],
      [sasl('LOGIN'), false, ['login']],
      [sasl('XOAUTH2'), false, ['user-pass']],
      [null, false, ['user-pass']],
      // RFC 2449 §6.2: it says that it has no USER; who can tell, and there is nothing else.
      [parseCapabilities([]), false, ['user-pass']],
    ] as const;
    for (const [capabilities, hasTimestamp, methods] of cases) {
      expect(choose({ capabilities, hasTimestamp })).toEqual({ methods });
    }
  });

  it('no password goes over an unencrypted connection where the server offers a proof', () => {
    const encrypted = false;
    expect(choose({ encrypted })).toEqual({ methods: ['scram-sha-256'] });
    expect(choose({ encrypted, worked: 'plain' })).toEqual({ methods: ['scram-sha-256'] });
    expect(choose({ encrypted, capabilities: sasl('PLAIN', 'CRAM-MD5') })).toEqual({ methods: ['cram-md5'] });
    expect(choose({ encrypted, capabilities: null })).toEqual({ methods: ['apop'] });
    expect(choose({ encrypted, capabilities: null, hasTimestamp: false })).toEqual({
      methods: ['user-pass'],
    });
  });

  it('what has worked before is not preceded by what has not', () => {
    expect(choose({ worked: 'plain' })).toEqual({ methods: ['plain', 'scram-sha-256'] });
    expect(choose({ worked: 'cram-md5' })).toEqual({ methods: ['scram-sha-256', 'plain'] });
  });
});

describe('with a token, and auto', () => {
  const secret = 'token';
  it('the standard comes before its forerunner', () => {
    expect(choose({ secret })).toEqual({ methods: ['oauthbearer'] });
    expect(choose({ secret, capabilities: sasl('PLAIN', 'XOAUTH2') })).toEqual({ methods: ['xoauth2'] });
  });

  it('there must be TLS, and a server that takes tokens', () => {
    expect(choose({ secret, encrypted: false })).toEqual({
      problem: expect.stringContaining('mailbox.security'),
    });
    expect(choose({ secret, capabilities: sasl('PLAIN', 'LOGIN') })).toEqual({
      problem: 'it offers no login by OAuth 2 (its SASL mechanisms: PLAIN, LOGIN); check mailbox.host',
    });
    expect(choose({ secret, capabilities: null })).toEqual({ problem: expect.stringContaining('none') });
  });
});

describe('with a method that is set', () => {
  it('that one is used, whatever the server says', () => {
    for (const auth of loginMethods) {
      const secret = methodFacts[auth].shows === 'token' ? 'token' : 'password';
      const facts = { auth, secret, capabilities: null, encrypted: false } as const;
      expect(choose(facts)).toEqual({ methods: [auth] });
    }
  });

  it('the settings must give what it needs', () => {
    expect(choose({ auth: 'xoauth2' })).toEqual({
      problem: 'XOAUTH2 needs OAuth 2, and the settings give a password; change mailbox.auth',
    });
    expect(choose({ auth: 'plain', secret: 'token' })).toEqual({
      problem: 'PLAIN needs a password, and the settings give OAuth 2; change mailbox.auth',
    });
    expect(choose({ auth: 'apop', hasTimestamp: false })).toEqual({
      problem: expect.stringContaining('no timestamp'),
    });
  });
});

it('the table has the methods in the order of the vocabulary', () => {
  expect(Object.keys(methodFacts)).toEqual(loginMethods);
});
