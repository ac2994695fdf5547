/** What OAuth providers answer: the standards' examples and those of real providers, and everything that is none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  maxTokenLength,
  readAuthorizationAnswer,
  readDeviceCodeAnswer,
  readErrorAnswer,
  readTokenAnswer,
} from '../../src/wire/oauth-answers.js';
import { assertLinear } from '../support/assert-linear.js';

const json = (text: string): unknown => JSON.parse(text);

describe('a token answer', () => {
  it('is read as RFC 6749 §5.1 writes it', () => {
    const answer = json(`{
      "access_token":"2YotnFZFEjr1zCsicMWpAA",
      "token_type":"example",
      "expires_in":3600,
      "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA",
      "example_parameter":"example_value"
    }`) as Record<string, unknown>;
    // RFC 6749 §7.1: the example's own type is not one that we can use.
    expect(readTokenAnswer(answer)).toEqual({ fault: 'an unusable token_type' });
    expect(readTokenAnswer({ ...answer, token_type: 'bearer' })).toEqual({
      value: {
        accessToken: '2YotnFZFEjr1zCsicMWpAA',
        expiresInSeconds: 3600,
        refreshToken: 'tGzv3JOkF0XG5Qx2TlKWIA',
        refreshTokenExpiresInSeconds: null,
      },
    });
  });

  it.each([
    [
      'Microsoft',
      '{"token_type":"Bearer","scope":"https://outlook.office.com/POP.AccessAsUser.All","expires_in":3599,"ext_expires_in":3599,"access_token":"EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA","refresh_token":"M.C1_BAY.2.U.-CpF!W*a$3"}',
      { expiresInSeconds: 3599, refreshToken: 'M.C1_BAY.2.U.-CpF!W*a$3', refreshTokenExpiresInSeconds: null },
    ],
    [
      'Google, while its client is in testing',
      '{"access_token":"ya29.a0AfH6SM","expires_in":3599,"refresh_token":"1//04dEw","scope":"https://mail.google.com/","token_type":"Bearer","refresh_token_expires_in":604799}',
      { expiresInSeconds: 3599, refreshToken: '1//04dEw', refreshTokenExpiresInSeconds: 604_799 },
    ],
    [
      'Keycloak, with a session that ends',
      '{"access_token":"eyJ.a.b","expires_in":300,"refresh_expires_in":1800,"refresh_token":"eyJ.c.d","token_type":"Bearer","not-before-policy":0}',
      { expiresInSeconds: 300, refreshToken: 'eyJ.c.d', refreshTokenExpiresInSeconds: 1800 },
    ],
    [
      'Keycloak, offline',
      '{"access_token":"eyJ.a.b","expires_in":300,"refresh_expires_in":0,"refresh_token":"eyJ.c.d","token_type":"Bearer"}',
      { refreshTokenExpiresInSeconds: null },
    ],
    [
      'one that writes numbers as text',
      '{"access_token":"a","expires_in":"3599"}',
      { expiresInSeconds: 3599 },
    ],
    ['one that counts parts of seconds', '{"access_token":"a","expires_in":59.9}', { expiresInSeconds: 59 }],
    ['one that tells nothing else', '{"access_token":"a"}', { expiresInSeconds: null, refreshToken: null }],
  ])('is read as %s writes it', (_, text, expected) => {
    expect(readTokenAnswer(json(text))).toMatchObject({ value: expected });
  });

  it.each([
    [null, 'no JSON object'],
    [[], 'no access_token'],
    ['token', 'no JSON object'],
    [{}, 'no access_token'],
    [{ access_token: 7 }, 'an unusable access_token'],
    [{ access_token: 'two words' }, 'an unusable access_token'],
    [{ access_token: 'end\r\nUSER x' }, 'an unusable access_token'],
    [{ access_token: 'x'.repeat(maxTokenLength + 1) }, 'an unusable access_token'],
    [{ access_token: 'a', expires_in: -1 }, 'an unusable expires_in'],
    [{ access_token: 'a', expires_in: 0 }, 'an unusable expires_in'],
    [{ access_token: 'a', expires_in: 1e300 }, 'an unusable expires_in'],
    [{ access_token: 'a', expires_in: 'soon' }, 'an unusable expires_in'],
    [{ access_token: 'a', refresh_token: '' }, 'an unusable refresh_token'],
    [{ access_token: 'a', token_type: 'mac' }, 'an unusable token_type'],
  ])('is none when it is %j', (answer, fault) => {
    expect(readTokenAnswer(answer)).toEqual({ fault });
  });
});

describe('a device code', () => {
  const example = {
    device_code: 'GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS',
    user_code: 'WDJB-MJHT',
    verification_uri: 'https://example.com/device',
    verification_uri_complete: 'https://example.com/device?user_code=WDJB-MJHT',
    expires_in: 1800,
    interval: 5,
  };

  it('is read as RFC 8628 §3.2 writes it', () => {
    expect(readDeviceCodeAnswer(example)).toEqual({
      value: {
        deviceCode: example.device_code,
        userCode: 'WDJB-MJHT',
        verificationUri: 'https://example.com/device',
        verificationUriComplete: 'https://example.com/device?user_code=WDJB-MJHT',
        expiresInSeconds: 1800,
        intervalSeconds: 5,
      },
    });
  });

  it.each([
    ['Microsoft', { interval: 5, message: 'To sign in, …', verification_uri_complete: undefined }, 5],
    ['without an interval (RFC 8628 §3.2)', { interval: undefined }, 5],
    ['with no pause at all', { interval: 0 }, 1],
    ['Google', { verification_uri: undefined, verification_url: 'https://www.google.com/device' }, 5],
  ])('is read from %s', (_, changes, intervalSeconds) => {
    expect(readDeviceCodeAnswer({ ...example, ...changes })).toMatchObject({ value: { intervalSeconds } });
  });

  it.each([
    [{ device_code: undefined }, 'no device_code'],
    [{ user_code: 'A\u001b[2J' }, 'an unusable user_code'],
    [{ user_code: 'x'.repeat(65) }, 'an unusable user_code'],
    [{ verification_uri: undefined }, 'no verification_uri'],
    [{ verification_uri: 'javascript:alert(1)' }, 'an unusable verification_uri'],
    [{ verification_uri: 'https://example.com/\u202e' }, 'an unusable verification_uri'],
    [{ expires_in: undefined }, 'no expires_in'],
    [{ interval: 'often' }, 'an unusable interval'],
  ])('is none with %j', (changes, fault) => {
    expect(readDeviceCodeAnswer({ ...example, ...changes })).toEqual({ fault });
  });
});

describe('an error answer', () => {
  it('is read as RFC 6749 §5.2 and Microsoft write it', () => {
    expect(readErrorAnswer(json('{"error":"invalid_request"}'))).toEqual({
      error: 'invalid_request',
      description: '',
    });
    const microsoft =
      '{"error":"authorization_pending","error_description":"AADSTS70016: OAuth 2.0 device flow error.\\r\\nTrace ID: 1","error_codes":[70016]}';
    expect(readErrorAnswer(json(microsoft))).toMatchObject({
      error: 'authorization_pending',
      description: expect.stringContaining('AADSTS70016'),
    });
  });

  it.each([null, {}, { error: {} }, { error: '' }, { error: 'a\nb' }, { error: 'a', error_description: 5 }])(
    'is none when it is %j',
    (answer) => {
      expect(readErrorAnswer(answer)).toBeNull();
    },
  );
});

describe('what a browser brings back', () => {
  const read = (query: string) => readAuthorizationAnswer(new URLSearchParams(query), 'xyz');

  it('is read as RFC 6749 §4.1.2 and §4.1.2.1 write it', () => {
    expect(read('code=SplxlOBeZQQYbYS6WxSbIA&state=xyz')).toEqual({
      value: { code: 'SplxlOBeZQQYbYS6WxSbIA' },
    });
    expect(read('error=access_denied&state=xyz&error_description=no')).toEqual({
      value: { error: 'access_denied', description: 'no' },
    });
  });

  it.each(['', 'code=a', 'code=a&state=', 'code=a&state=other', 'state=xyz', 'state=xyz&code=a%0Ab'])(
    'is none when it is "%s"',
    (query) => {
      expect(read(query)).toHaveProperty('fault');
    },
  );
});

it('never throws, and never repeats a value, whatever is answered', () => {
  const key = fc.constantFrom(
    'access_token',
    'expires_in',
    'refresh_token',
    'error',
    'device_code',
    'interval',
  );
  const secret = fc.string().map((text) => `hush-${text}`);
  const answer = fc.oneof(fc.anything(), fc.dictionary(key, fc.oneof(secret, fc.array(secret), fc.object())));
  fc.assert(
    fc.property(answer, (value) => {
      for (const read of [readTokenAnswer(value), readDeviceCodeAnswer(value)])
        if ('fault' in read) expect(read.fault).not.toContain('hush');
      readErrorAnswer(value);
    }),
  );
});

it('costs no more than the answer is long', () => {
  assertLinear(20_000, (size) => {
    readErrorAnswer({ error: 'x', error_description: 'd\n'.repeat(size) });
    readTokenAnswer({ access_token: 'a'.repeat(size), refresh_token: ' '.repeat(size) });
  });
});
