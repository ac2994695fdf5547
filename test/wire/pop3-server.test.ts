/** The server's half of the POP3 dialogue, tried with strings. */
import { describe, expect, it } from 'vitest';
import { initialState, loggedIn, loginRefused, type Pop3Step, step, updated } from '#wire/pop3-server.js';
import { assertLinear } from '../support/assert-linear.js';

const messages = [
  { uniqueId: 'a1', octets: 100 },
  { uniqueId: 'b2', octets: 20 },
  { uniqueId: 'c3', octets: 3 },
];

/** Runs commands one after the other and returns the last step. */
function talk(from: Pop3Step, ...lines: string[]): Pop3Step {
  return lines.reduce((last, line) => step(last.state, line), from);
}

const begin: Pop3Step = { state: initialState, reply: '', effect: null };
const inTransaction = () => loggedIn(messages);

describe('AUTHORIZATION', () => {
  it('asks for a login with the name and a password that may hold spaces', () => {
    expect(talk(begin, 'user printer').reply).toMatch(/^\+OK /);
    expect(talk(begin, 'USER printer', 'PASS two  words').effect).toEqual({
      kind: 'login',
      user: 'printer',
      password: 'two  words',
    });
  });

  it('wants the name before the password, and again after a refusal', () => {
    expect(talk(begin, 'PASS secret').reply).toMatch(/^-ERR /);
    expect(loginRefused().reply).toMatch(/^-ERR \[AUTH\] /);
    expect(talk(loginRefused(), 'PASS secret').effect).toBeNull();
  });

  it('takes name and password by AUTH PLAIN, in one line or two (RFC 5034 §4)', () => {
    const response = Buffer.from('\0printer\0two  words').toString('base64');
    const login = { kind: 'login', user: 'printer', password: 'two  words' };
    expect(talk(begin, `AUTH PLAIN ${response}`).effect).toEqual(login);
    expect(talk(begin, 'auth plain').reply).toBe('+ \r\n');
    expect(talk(begin, 'AUTH PLAIN', response).effect).toEqual(login);
    // RFC 4616 §2: whoever acts for himself may say so.
    const twice = Buffer.from('printer\0printer\0x').toString('base64');
    expect(talk(begin, `AUTH PLAIN ${twice}`).effect).toMatchObject({ user: 'printer', password: 'x' });
  });

  it('takes no nonsense for a login, nobody for another, and goes on', () => {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const nonsense = [
      '=',
      '*',
      'x',
      'QUIT',
      base64('\0printer'),
      base64('\0a\0b\0c'),
      base64('admin\0a\0b'),
      '',
    ];
    for (const response of nonsense) {
      const refused = talk(begin, 'AUTH PLAIN', response);
      expect(refused, response).toMatchObject({ reply: expect.stringMatching(/^-ERR /), effect: null });
      expect(talk(refused, 'USER x').reply).toMatch(/^\+OK/);
    }
    for (const line of ['AUTH', 'AUTH CRAM-MD5', 'AUTH PLAIN a b']) {
      expect(talk(begin, line), line).toMatchObject({ reply: expect.stringMatching(/^-ERR /), effect: null });
    }
  });

  it('lets nobody at the maildrop, and deletes nothing at QUIT', () => {
    for (const line of ['STAT', 'LIST', 'UIDL', 'RETR 1', 'TOP 1 0', 'DELE 1', 'RSET', 'NOOP']) {
      expect(talk(begin, line)).toMatchObject({ reply: expect.stringMatching(/^-ERR /), effect: null });
    }
    expect(talk(begin, 'QUIT').effect).toEqual({ kind: 'close' });
  });
});

describe('TRANSACTION', () => {
  it('lists what is there', () => {
    expect(talk(inTransaction(), 'STAT').reply).toBe('+OK 3 123\r\n');
    expect(talk(inTransaction(), 'LIST').reply).toBe('+OK 3 messages\r\n1 100\r\n2 20\r\n3 3\r\n.\r\n');
    expect(talk(inTransaction(), 'UIDL').reply).toBe('+OK 3 messages\r\n1 a1\r\n2 b2\r\n3 c3\r\n.\r\n');
    expect(talk(inTransaction(), 'LIST 2').reply).toBe('+OK 2 20\r\n');
    expect(talk(inTransaction(), 'UIDL 3').reply).toBe('+OK 3 c3\r\n');
    expect(talk(loggedIn([]), 'LIST').reply).toBe('+OK 0 messages\r\n.\r\n');
  });

  it('sends a message or its top', () => {
    expect(talk(inTransaction(), 'RETR 1')).toMatchObject({
      reply: '+OK 100 octets\r\n',
      effect: { kind: 'send', message: messages[0], bodyLines: null },
    });
    expect(talk(inTransaction(), 'TOP 2 10').effect).toEqual({
      kind: 'send',
      message: messages[1],
      bodyLines: 10,
    });
  });

  it('hides marked messages, keeps the numbers, and brings them back at RSET', () => {
    const marked = talk(inTransaction(), 'DELE 2');
    expect(marked.effect).toBeNull();
    expect(talk(marked, 'LIST').reply).toBe('+OK 2 messages\r\n1 100\r\n3 3\r\n.\r\n');
    for (const line of ['RETR 2', 'LIST 2', 'UIDL 2', 'TOP 2 0', 'DELE 2']) {
      expect(talk(marked, line)).toMatchObject({ reply: '-ERR no such message\r\n', effect: null });
    }
    expect(talk(marked, 'RSET', 'STAT').reply).toBe('+OK 3 123\r\n');
  });

  it('deletes at QUIT what is marked then, and confirms only what happened', () => {
    const quit = talk(inTransaction(), 'DELE 1', 'RSET', 'DELE 3', 'DELE 2', 'QUIT');
    expect(quit).toEqual({
      state: { phase: 'UPDATE' },
      reply: '',
      effect: { kind: 'update', deleted: [messages[2], messages[1]] },
    });
    expect(updated(true)).toMatchObject({
      reply: expect.stringMatching(/^\+OK/),
      effect: { kind: 'close' },
    });
    expect(updated(false)).toMatchObject({
      reply: expect.stringMatching(/^-ERR/),
      effect: { kind: 'close' },
    });
    expect(talk(quit, 'STAT').reply).toMatch(/^-ERR /);
  });

  it('refuses nonsense and goes on', () => {
    const nonsense = [
      '',
      ' ',
      'XYZ',
      'toString',
      '__proto__ 1',
      'RETR',
      'RETR 0',
      'RETR 4',
      'RETR 1x',
      'RETR -1',
    ];
    const more = [
      'RETR 1 2',
      'RETR 99999999999',
      'TOP 1',
      'TOP 1 -1',
      'LIST 1 2',
      'STAT 1',
      'USER x',
      'PASS x',
    ];
    for (const line of [...nonsense, ...more]) {
      const answered = talk(inTransaction(), line);
      expect(answered, line).toMatchObject({ reply: expect.stringMatching(/^-ERR .+\r\n$/), effect: null });
      expect(talk(answered, 'STAT').reply).toBe('+OK 3 123\r\n');
    }
  });

  it('says what it can do, before and after the login', () => {
    for (const state of [begin, inTransaction()]) {
      expect(talk(state, 'CAPA').reply).toMatch(/^\+OK [^\r]+\r\n(?:[A-Z -]+\r\n)+\.\r\n$/);
      expect(talk(state, 'capa').reply).toContain('\r\nUIDL\r\n');
    }
  });

  it('takes the time of the messages, not of their square, to mark them all', () => {
    assertLinear(2_000, (count) => {
      let last = loggedIn(
        Array.from({ length: count }, (_, index) => ({ uniqueId: String(index), octets: 1 })),
      );
      for (let number = 1; number <= count; number++) last = step(last.state, `DELE ${number}`);
      expect(talk(last, 'STAT').reply).toBe('+OK 0 0\r\n');
    });
  });
});
