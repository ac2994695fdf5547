/** The SASL mechanisms, held against the bytes of their standards. */
import { describe, expect, it } from 'vitest';
import type { SaslLogin, SaslMechanism, SaslTurn } from '#wire/sasl.js';
import { oauthBearer, xoauth2 } from '#wire/sasl-oauth.js';
import { cramMd5, login, plain } from '#wire/sasl-password.js';
import { maxIterations, minIterations, scramSha256 } from '#wire/sasl-scram.js';
import { saslPrepare } from '#wire/saslprep.js';

function as(user: string, secret: string, over: Partial<SaslLogin> = {}): SaslLogin {
  return { user, secret, host: 'server.example.com', port: 143, nonce: 'rOprNGfwEbeRWgbNEkqO', ...over };
}

const text = (turn: SaslTurn) => turn.response?.toString() ?? null;
const base64 = (turn: SaslTurn) => turn.response?.toString('base64') ?? null;

/** All turns of a dialogue. */
async function talk(mechanism: SaslMechanism, who: SaslLogin, ...challenges: string[]): Promise<SaslTurn[]> {
  const turns = [mechanism(who)];
  for (const challenge of challenges) {
    const next = await turns.at(-1)?.next(Buffer.from(challenge));
    if (next) turns.push(next);
  }
  return turns;
}

describe('PLAIN', () => {
  it('says what RFC 4616 §4 and RFC 5034 §6 show, but that it acts for nobody else', () => {
    expect(text(plain(as('tim', 'tanstaaftanstaaf')))).toBe('\0tim\0tanstaaftanstaaf');
    // RFC 5034 §6 has dGVzdAB0ZXN0AHRlc3Q=, which begins with the name to act for.
    expect(base64(plain(as('test', 'test')))).toBe(Buffer.from('\0test\0test').toString('base64'));
  });

  it('cannot be made to act for somebody else by a name or a password with a NUL', () => {
    expect(() => plain(as('a\0b', 'c'))).toThrow('control character');
    expect(() => plain(as('a', 'b\0c'))).toThrow(/^((?!b).)*control character/);
  });
});

describe('LOGIN', () => {
  it('answers with the name and then the password, whatever is asked', async () => {
    for (const asked of [
      ['Username:', 'Password:'],
      ['User Name', 'Password'],
      ['', ''],
    ]) {
      const turns = await talk(login, as('tim', 'tanstaaftanstaaf'), ...asked);
      expect(turns.map(text)).toEqual([null, 'tim', 'tanstaaftanstaaf']);
      expect(turns.map(({ complete }) => complete)).toEqual([false, false, true]);
    }
  });

  it('does not answer a third question', async () => {
    await expect(talk(login, as('tim', 'x'), '1', '2', '3')).rejects.toThrow('asks for more');
  });
});

describe('CRAM-MD5', () => {
  it('says what RFC 2195 §2 shows', async () => {
    const challenge = '<1896.697170952@postoffice.reston.mci.net>';
    const turns = await talk(cramMd5, as('tim', 'tanstaaftanstaaf'), challenge);
    expect(turns.map(text)).toEqual([null, 'tim b913a602c7eda7a495b4e6e7334d3890']);
  });
});

describe('SCRAM-SHA-256', () => {
  const who = as('user', 'pencil');
  const first = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';
  const final = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

  it('says what RFC 7677 §3 shows, and is done only when the server has proved itself', async () => {
    const turns = await talk(scramSha256, who, first, final);
    expect(turns.map(text)).toEqual([
      'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
      '',
    ]);
    expect(turns.map(({ complete }) => complete)).toEqual([false, false, true]);
  });

  it('does not believe a server that does not know the password', async () => {
    const forged = ['v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=', 'v=', 'v=6rriTRBi', 'ok', ''];
    for (const message of forged) {
      await expect(talk(scramSha256, who, first, message)).rejects.toThrow('does not prove');
    }
  });

  it('tells why the server refuses', async () => {
    const last = (await talk(scramSha256, who, first, 'e=invalid-proof')).at(-1);
    expect(last).toMatchObject({ complete: false, complaint: 'invalid-proof' });
  });

  it('is not made to work for ever, nor to give a proof that is cheap to guess from', async () => {
    for (const count of [1, minIterations - 1, maxIterations + 1, 9_999_999_999]) {
      const begin = first.replace('i=4096', `i=${count}`);
      await expect(talk(scramSha256, who, begin)).rejects.toThrow(`wants ${count} rounds`);
    }
  });

  it('does not go on with what no server of this kind says', async () => {
    const nonsense = [
      '',
      'r=somebodyelse,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
      // The server has added nothing of its own.
      'r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
      // RFC 5802 §5.1: an extension that has to be understood.
      `m=new,${first}`,
      first.replace('i=4096', 'i=0'),
      first.replace('s=W22ZaJ0SNY7soEsUEjb6gQ==', 's='),
    ];
    for (const begin of nonsense) await expect(talk(scramSha256, who, begin)).rejects.toThrow('SCRAM');
  });

  it('passes over extensions, writes a name with commas, and prepares both (RFC 5802 §5.1)', async () => {
    expect(text(scramSha256(as('a,b=c', 'x')))).toBe('n,,n=a=2Cb=3Dc,r=rOprNGfwEbeRWgbNEkqO');
    expect(text(scramSha256(as('I\u00adX', 'x')))).toBe('n,,n=IX,r=rOprNGfwEbeRWgbNEkqO');
    const [plainly, dressed] = [as('user', 'IX'), as('user', '\u2168')];
    const begin = `${first},x=extension`;
    expect(text((await talk(scramSha256, dressed, begin))[1] as SaslTurn)).toBe(
      text((await talk(scramSha256, plainly, begin))[1] as SaslTurn),
    );
  });
});

describe('SASLprep', () => {
  it('does what RFC 4013 §3 shows', () => {
    expect(saslPrepare('it', 'I\u00adX')).toBe('IX');
    expect(saslPrepare('it', 'user')).toBe('user');
    expect(saslPrepare('it', 'USER')).toBe('USER');
    expect(saslPrepare('it', '\u00aa')).toBe('a');
    expect(saslPrepare('it', '\u2168')).toBe('IX');
    expect(() => saslPrepare('the name', '\u0007')).toThrow('the name holds a character');
  });

  it('makes any space a space, and takes no private or broken character', () => {
    expect(saslPrepare('it', 'a\u00a0b\u3000c')).toBe('a b c');
    expect(saslPrepare('it', 'pa\u0308ssword \u{1f5a8}')).toBe('p\u00e4ssword \u{1f5a8}');
    for (const bad of ['\ue000', '\ud800', '\ufffd', '\u{e0001}', '\u200e', '\u2028', '\ufdd0']) {
      expect(() => saslPrepare('it', `x${bad}`), bad).toThrow('it holds');
    }
  });
});

describe('OAUTHBEARER', () => {
  const token = 'vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==';

  it('says what RFC 7628 §4.1 shows', () => {
    expect(base64(oauthBearer(as('user@example.com', token)))).toBe(
      'bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB',
    );
  });

  it('answers an error as RFC 7628 §4.3 shows, and puts it into words', async () => {
    const error =
      'eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NvcGUiOiJleGFtcGxlX3Njb3BlIiwib3BlbmlkLWNvbmZpZ3VyYXRpb24iOiJodHRwczovL2V4YW1wbGUuY29tLy53ZWxsLWtub3duL29wZW5pZC1jb25maWd1cmF0aW9uIn0=';
    const challenge = Buffer.from(error, 'base64').toString();
    const last = (await talk(oauthBearer, as('user@example.com', token), challenge)).at(-1);
    expect(last?.response?.toString('base64')).toBe('AQ==');
    expect(last).toMatchObject({
      complete: false,
      complaint: 'invalid_token; it wants the scope example_scope',
    });
  });

  it('cannot be given another field by a name or a token', () => {
    expect(() => oauthBearer(as('a', 'b\x01host=c'))).toThrow('control character');
    expect(text(oauthBearer(as('a,b=c', 'x')))).toContain('n,a=a=2Cb=3Dc,\x01');
  });
});

describe('XOAUTH2', () => {
  it("says what Google's and Microsoft's documentation shows (ask 1)", () => {
    const who = as('someuser@example.com', 'ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg');
    expect(base64(xoauth2(who))).toBe(
      'dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==',
    );
  });

  it('answers an error with nothing, and puts it into words', async () => {
    const error =
      'eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIG1hYyIsInNjb3BlIjoiaHR0cHM6Ly9tYWlsLmdvb2dsZS5jb20vIn0K';
    const last = (await talk(xoauth2, as('a', 'b'), Buffer.from(error, 'base64').toString())).at(-1);
    expect(text(last as SaslTurn)).toBe('');
    expect(last?.complaint).toBe('401; it wants the scope https://mail.google.com/');
  });

  it('shows an error that is no JSON as it is, and no more of it than a line', async () => {
    for (const [said, shown] of [
      ['{"broken', '{"broken'],
      ['[]', 'no status'],
      ['null', 'no status'],
      ['{"status":400}', '400'],
      ['x'.repeat(10_000), 'x'.repeat(200)],
    ] as const) {
      expect((await talk(xoauth2, as('a', 'b'), said)).at(-1)?.complaint).toBe(shown);
    }
  });
});
