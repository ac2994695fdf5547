/** The login dialogue against a server that plays a script: what is sent, and what a refusal says to the administrator. */
import { describe, expect, it } from 'vitest';
import {
  type Answers,
  capa,
  type MailboxScript,
  openMailbox,
  scriptedMailbox,
} from '../support/scripted-mailbox.js';

/** What the server hears up to and with the login, and how it ends: `null` is well. */
async function logIn(script: MailboxScript) {
  const { mailbox, heard } = await scriptedMailbox(script);
  const failure = await openMailbox(mailbox).then(
    (session) => session.close(),
    (error) => error,
  );
  return { heard, failure: failure ?? null, mailbox };
}

const token = (...tokens: string[]) => ({ accessToken: async () => tokens.shift() ?? 'token' });
const initial = Buffer.from('user=printer\x01auth=Bearer token\x01\x01').toString('base64');

describe('the capabilities', () => {
  it('are asked once, and UTF-8 is switched on before the login (RFC 6856 §2)', async () => {
    const { heard, failure } = await logIn({ answers: { CAPA: capa('USER', 'UTF8'), UTF8: '+OK\r\n' } });
    expect(failure).toBeNull();
    expect(heard).toEqual(['CAPA', 'UTF8', 'USER printer', 'PASS secret']);
  });

  it('may be refused, UTF-8 too', async () => {
    expect((await logIn({})).heard).toEqual(['CAPA', 'USER printer', 'PASS secret']);
    const { failure } = await logIn({ answers: { CAPA: capa('USER', 'UTF8') } });
    expect(failure).toBeNull();
  });
});

describe('what the server repeats of a login', () => {
  const plain = Buffer.from('\0printer\0secret').toString('base64');

  it.each<[string, Answers]>([
    ['a refusal', { 'PASS secret': '-ERR unknown command "PASS secret"\r\n' }],
    ['something else than POP3', { 'PASS secret': '500 what is PASS secret?\r\n' }],
    [
      'a refusal of AUTH',
      { CAPA: capa('SASL PLAIN'), 'AUTH PLAIN': '+ \r\n', [plain]: `-ERR bad: ${plain}\r\n` },
    ],
  ])('in %s is not shown', async (_, answers) => {
    const { failure } = await logIn({ answers });
    expect(failure.message).toContain('…');
    expect(failure.message).not.toContain('secret');
    expect(failure.message).not.toContain(plain);
  });
});

describe('XOAUTH2', () => {
  const settings = { auth: 'xoauth2', credentials: token() } as const;

  it('goes in two steps, as Microsoft wants it (ask 1)', async () => {
    const { heard, failure } = await logIn({
      settings,
      answers: { 'AUTH XOAUTH2': '+ \r\n', [initial]: '+OK\r\n' },
    });
    expect(failure).toBeNull();
    expect(heard).toEqual(['CAPA', 'AUTH XOAUTH2', initial]);
  });

  it('goes in one line where the server wants that, and only when it is short enough (ask 1)', async () => {
    const oneLine = `AUTH XOAUTH2 ${initial}`;
    const { heard, failure } = await logIn({ settings, answers: { [oneLine]: '+OK\r\n' } });
    expect(failure).toBeNull();
    expect(heard).toEqual(['CAPA', 'AUTH XOAUTH2', oneLine]);
    const text = 'x'.repeat(2000);
    const long = await logIn({ settings: { ...settings, credentials: token(text, text) } });
    expect(long.heard).toEqual(['CAPA', 'AUTH XOAUTH2']);
    expect(long.failure).toMatchObject({ code: 'pop3-token-refused' });
  });

  it('that is refused says why, and what to do (ask 1)', async () => {
    const error = Buffer.from('{"status":"400","scope":"https://outlook.office.com/"}').toString('base64');
    const { heard, failure } = await logIn({
      settings,
      answers: { 'AUTH XOAUTH2': '+ \r\n', [initial]: `+ ${error}\r\n`, '': '-ERR [AUTH] failed\r\n' },
    });
    expect(heard.at(-1)).toBe('');
    expect(failure).toMatchObject({ code: 'pop3-token-refused', retry: 'permanent' });
    expect(failure.message).toMatch(
      /"\[AUTH\] failed" \(400; it wants the scope https:\/\/outlook.*sign in again: npx phaserlink authorize$/,
    );
  });

  it('that is refused is tried once more when there is another token, and with that one only', async () => {
    const shown = (text: string) =>
      Buffer.from(`user=printer\x01auth=Bearer ${text}\x01\x01`).toString('base64');
    const refused: (string | undefined)[] = [];
    const tokens = ['old', 'new'];
    const credentials = {
      accessToken: async (_signal: AbortSignal, text?: string) => {
        refused.push(text);
        return tokens.shift() ?? 'none';
      },
    };
    const answers = {
      'AUTH XOAUTH2': '+ \r\n',
      [shown('old')]: '-ERR [AUTH] no\r\n',
      [shown('new')]: '+OK\r\n',
    };
    const { heard, failure } = await logIn({ settings: { ...settings, credentials }, answers });
    expect(failure).toBeNull();
    expect(refused).toEqual([undefined, 'old']);
    expect(heard).toEqual(['CAPA', 'AUTH XOAUTH2', shown('old'), 'CAPA', 'AUTH XOAUTH2', shown('new')]);
  });

  it('takes a fresh token for each login, and tells when there is none', async () => {
    const credentials = token('first', 'second');
    const { mailbox, heard } = await scriptedMailbox({
      settings: { auth: 'xoauth2', credentials },
      answer: (line) => (line === 'AUTH XOAUTH2' ? '+ \r\n' : /^dXN/.test(line) ? '+OK\r\n' : undefined),
    });
    for (const _ of [1, 2]) (await openMailbox(mailbox)).close();
    const said = heard
      .filter((line) => line.startsWith('dXN'))
      .map((line) => String(Buffer.from(line, 'base64')));
    expect(said).toEqual([expect.stringContaining('first'), expect.stringContaining('second')]);
    const none = { accessToken: () => Promise.reject(new Error('authorize first')) };
    expect((await logIn({ settings: { credentials: none } })).failure.message).toBe('authorize first');
  });
});

describe('a proof', () => {
  const offers = { CAPA: capa('USER', 'SASL CRAM-MD5 PLAIN') };
  const challenge = Buffer.from('<1896.697170952@postoffice.reston.mci.net>').toString('base64');
  const scram = { auth: 'scram-sha-256' } as const;

  it('is given instead of the password, and nothing else when it is refused unencrypted', async () => {
    const { heard, failure } = await logIn({
      answers: { ...offers, 'AUTH CRAM-MD5': `+ ${challenge}\r\n` },
      answer: (line) => (/^cHJpbnRlc/.test(line) ? '-ERR [AUTH] no\r\n' : undefined),
    });
    expect(heard.slice(0, 2)).toEqual(['CAPA', 'AUTH CRAM-MD5']);
    expect(String(Buffer.from(heard[2] ?? '', 'base64'))).toMatch(/^printer [0-9a-f]{32}$/);
    expect(heard).toHaveLength(3);
    expect(failure.message).toContain('CRAM-MD5 for this user: use TLS');
  });

  it('is not given to a challenge that cannot be read: the dialogue is given up (RFC 5034 §4)', async () => {
    const { heard, failure } = await logIn({
      answers: { ...offers, 'AUTH CRAM-MD5': '+ <no base64>\r\n', '*': '-ERR cancelled\r\n' },
    });
    expect(heard).toEqual(['CAPA', 'AUTH CRAM-MD5', '*']);
    expect(failure).toMatchObject({ code: 'pop3-login-failed', retry: 'permanent' });
    expect(failure.message).toContain('by CRAM-MD5: its challenge is not base64');
  });

  it('is wanted of the server, too', async () => {
    const early = await logIn({
      settings: scram,
      answers: { 'AUTH SCRAM-SHA-256': '+ \r\n' },
      answer: (line) => (/^biws/.test(line) ? '+OK come in\r\n' : undefined),
    });
    expect(early.failure).toMatchObject({ code: 'pop3-login-failed' });
    expect(early.failure.message).toContain('without having proved who it is');
    const other = await logIn({
      settings: scram,
      answers: { 'AUTH SCRAM-SHA-256': '+ \r\n' },
      answer: (line) => (/^biws/.test(line) ? `+ ${challenge}\r\n` : undefined),
    });
    expect(other.heard.at(-1)).toBe('*');
  });
});

describe('APOP', () => {
  it('is used where the greeting has a timestamp', async () => {
    // The timestamp of RFC 1939 §7 and our password, digested by Python's hashlib.
    const { heard, failure } = await logIn({
      greeting: '+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n',
      answer: (line) => (line.startsWith('APOP printer ') ? '+OK\r\n' : undefined),
    });
    expect(failure).toBeNull();
    expect(heard).toEqual(['CAPA', 'APOP printer 3f18b52881e44c0cc6067f46e0ced7bc']);
  });
});

describe('a refusal', () => {
  const cases: [string, string, string[], object, string][] = [
    [
      'wrong password',
      '-ERR [AUTH] no',
      [],
      { code: 'pop3-login-refused', retry: 'permanent' },
      'check mailbox.user and mailbox.password',
    ],
    [
      'of passwords as such (ask 2)',
      '-ERR Logon failure: basic authentication is disabled.',
      ['USER', 'SASL PLAIN XOAUTH2'],
      { code: 'pop3-login-refused', retry: 'permanent' },
      'if the provider has switched passwords off, log in by OAuth 2, which it offers (XOAUTH2; mailbox.oauth, docs/oauth.md), or with an app password',
    ],
    [
      'without blame, of a server that would blame',
      '-ERR not now',
      ['USER', 'AUTH-RESP-CODE'],
      { code: 'pop3-login-refused', retry: 'temporary' },
      '"not now"',
    ],
    [
      'in trouble',
      '-ERR [SYS/TEMP] no',
      [],
      { code: 'pop3-server-trouble', retry: 'temporary' },
      'it is tried again',
    ],
    [
      'in lasting trouble',
      '-ERR [SYS/PERM] quota',
      [],
      { code: 'pop3-server-trouble', retry: 'permanent' },
      'ask its administrator',
    ],
    [
      'in use',
      '-ERR [IN-USE] busy',
      [],
      { code: 'pop3-in-use', retry: 'temporary' },
      'nothing else should fetch this mailbox',
    ],
    [
      'too early',
      '-ERR [LOGIN-DELAY] wait',
      ['USER', 'LOGIN-DELAY 300'],
      { code: 'pop3-login-delay', retry: 'temporary' },
      'raise mailbox.pollIntervalSeconds to at least 300',
    ],
  ];
  it.each(cases)('(%s) says what to do, and no secret', async (_name, said, offers, error, advice) => {
    const refusals: Answers = offers.some((line) => line.startsWith('SASL'))
      ? { CAPA: capa(...offers), 'AUTH PLAIN': '+ \r\n', [plainResponse]: `${said}\r\n` }
      : { CAPA: capa(...offers), 'PASS secret': `${said}\r\n` };
    const { failure } = await logIn({ answers: refusals });
    expect(failure).toMatchObject(error);
    expect(failure.message).toContain(advice);
    expect(failure.message).not.toContain('secret');
  });

  const plainResponse = Buffer.from('\0printer\0secret').toString('base64');

  it('shows nothing of the server that steers a terminal', async () => {
    const { failure } = await logIn({ answers: { 'PASS secret': '-ERR \x1b[2J\x07\u202eno\r\n' } });
    expect(failure.message).toContain('"[2J no"');
  });
});
