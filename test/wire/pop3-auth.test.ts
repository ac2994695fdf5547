/** AUTH and APOP between text and values, and what a server says that it can do. */
import { describe, expect, it } from 'vitest';
import { LimitError } from '#base/errors.js';
import {
  apopDigest,
  cancelLine,
  findTimestamp,
  formatAuth,
  formatAuthWithResponse,
  formatResponse,
  maxResponseLineLength,
  parseAuthReply,
} from '#wire/pop3-auth.js';
import { describeCapabilities, parseCapabilities } from '#wire/pop3-capabilities.js';
import { assertLinear } from '../support/assert-linear.js';

describe('AUTH', () => {
  it('is written as RFC 5034 §6 shows it, in two steps or in one', () => {
    const response = Buffer.from('test\0test\0test');
    expect(formatAuth('PLAIN').toString()).toBe('AUTH PLAIN\r\n');
    expect(formatResponse(response).toString()).toBe('dGVzdAB0ZXN0AHRlc3Q=\r\n');
    expect(formatAuthWithResponse('PLAIN', response)?.toString()).toBe('AUTH PLAIN dGVzdAB0ZXN0AHRlc3Q=\r\n');
    expect(cancelLine.toString()).toBe('*\r\n');
  });

  it('has a sign for an initial response of no octets, and for none with more than 255 (RFC 5034 §4)', () => {
    expect(formatAuthWithResponse('EXTERNAL', Buffer.alloc(0))?.toString()).toBe('AUTH EXTERNAL =\r\n');
    // "AUTH XOAUTH2 " and CRLF leave 240 octets, which are 180 before base64.
    expect(formatAuthWithResponse('XOAUTH2', Buffer.alloc(180))?.length).toBe(255);
    expect(formatAuthWithResponse('XOAUTH2', Buffer.alloc(181))).toBeNull();
  });

  it('takes no response without end', () => {
    expect(formatResponse(Buffer.alloc(9000)).length).toBe(12_002);
    expect(() => formatResponse(Buffer.alloc(maxResponseLineLength))).toThrow(LimitError);
  });

  it('reads challenges and status lines', () => {
    const data = (line: string) => parseAuthReply(line) as { data: Buffer | null };
    expect(parseAuthReply('+ ')).toEqual({ ok: null, data: Buffer.alloc(0) });
    expect(parseAuthReply('+')).toEqual({ ok: null, data: Buffer.alloc(0) });
    expect(data('+ VXNlcm5hbWU6').data?.toString()).toBe('Username:');
    expect(parseAuthReply('+OK welcome')).toEqual({ ok: true, code: null, text: 'welcome' });
    expect(parseAuthReply('-ERR [AUTH] no')).toEqual({ ok: false, code: 'AUTH', text: 'no' });
    for (const line of ['+ go ahead', '+ VXNlcm5hbWU', '+ =', '+ VX=lcm5h', '+  VXNlcm5hbWU6']) {
      expect(data(line), line).toEqual({ ok: null, data: null });
    }
    for (const line of ['', '*', '++', '334 VXNlcm5hbWU6', '+VXNl'])
      expect(parseAuthReply(line), line).toBeNull();
  });
});

describe('APOP', () => {
  it('digests what RFC 1939 §7 shows', () => {
    const timestamp = '<1896.697170952@dbc.mtview.ca.us>';
    expect(findTimestamp(`POP3 server ready ${timestamp}`)).toBe(timestamp);
    expect(apopDigest(timestamp, 'tanstaaf')).toBe('c4c9334bac560ecc979e58001b3e22fb');
  });

  it('signs nothing but a proper msg-id', () => {
    for (const greeting of [
      'ready',
      '<>',
      '<@>',
      '<a b@c>',
      '<a@b@c>',
      '<a\x80@b>',
      '<a@b',
      'a@b>',
      '<a@\0>',
    ]) {
      expect(findTimestamp(greeting), greeting).toBeNull();
    }
    assertLinear(20_000, (size) => findTimestamp('<a@'.repeat(size)));
  });
});

describe('CAPA', () => {
  // RFC 2449 §5 and RFC 5034 §6, with what other standards add.
  const lines = [
    'TOP',
    'RESP-CODES',
    'LOGIN-DELAY 900',
    'PIPELINING',
    'EXPIRE 60',
    'UIDL',
    'IMPLEMENTATION Shlemazle-Plotz-v302',
  ];

  it('is read as the standards have it', () => {
    expect(
      parseCapabilities([...lines, 'SASL CRAM-MD5 plain', 'AUTH-RESP-CODE', 'user', 'UTF8 USER', 'stls']),
    ).toEqual({
      top: true,
      uidl: true,
      user: true,
      sasl: ['CRAM-MD5', 'PLAIN'],
      responseCodes: true,
      authResponseCode: true,
      pipelining: true,
      stls: true,
      utf8: true,
      loginDelaySeconds: 900,
      expireDays: 60,
      implementation: 'Shlemazle-Plotz-v302',
    });
  });

  it('of nothing, or of nonsense, is no capability', () => {
    const nothing = parseCapabilities([]);
    expect(Object.values(nothing).filter((value) => value === true)).toEqual([]);
    expect(
      parseCapabilities(['', ' ', 'X-NEW thing', 'LOGIN-DELAY soon', 'EXPIRE', '__proto__ TOP']),
    ).toEqual(nothing);
    expect(parseCapabilities(['EXPIRE NEVER']).expireDays).toBe('never');
    expect(parseCapabilities(['EXPIRE 0']).expireDays).toBe(0);
  });

  it('is told in words, of which none steers the terminal', () => {
    expect(describeCapabilities(parseCapabilities(lines))).toBe(
      'the server (Shlemazle-Plotz-v302) has unique-ids, TOP, pipelining, response codes, wants 900 s from one login to the next, deletes mails by itself after 60 days',
    );
    expect(describeCapabilities(parseCapabilities(['SASL PLAIN XOAUTH2', 'UTF8', 'STLS', 'EXPIRE 0']))).toBe(
      'the server has no unique-ids, no TOP, no pipelining, UTF-8, STARTTLS, logins by PLAIN, XOAUTH2, deletes mails as soon as they are retrieved',
    );
    expect(describeCapabilities(null)).toBe('the server does not say what it can do');
    const hostile = parseCapabilities([`IMPLEMENTATION \x1b[2J${'x'.repeat(500)}`, 'SASL A\x1b[2J']);
    expect(describeCapabilities(hostile)).toMatch(/^[ -~]{1,250}$/);
  });
});
