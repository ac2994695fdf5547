/** What we ask OAuth providers, held against the standards' own examples. */
import { expect, it } from 'vitest';
import type { OAuthClient } from '../../src/vocab/oauth.js';
import {
  askByAuthorizationCode,
  askByClientCredentials,
  askByDeviceCode,
  askByRefreshToken,
  askForDeviceCode,
  authorizationUrl,
  codeChallenge,
} from '../../src/wire/oauth-requests.js';

/** The client of RFC 6749 §2.3.1. */
const client: OAuthClient = {
  tokenEndpoint: 'https://server.example.com/token',
  deviceAuthorizationEndpoint: 'https://server.example.com/device_authorization',
  authorizationEndpoint: 'https://server.example.com/authorize?tenant=a',
  flow: 'device',
  clientId: 's6BhdRkqt3',
  clientSecret: '7Fjfp0ZBr1KtDRbnfVdmIw',
  clientAuthentication: 'post',
  scopes: ['mail', 'offline_access'],
  redirectHost: '127.0.0.1',
  authorizationParameters: { prompt: 'consent' },
};
const withoutSecret = { ...client, clientSecret: undefined };

it('shows its secret in the form as RFC 6749 §2.3.1 does', () => {
  const request = askByRefreshToken(client, 'tGzv3JOkF0XG5Qx2TlKWIA');
  expect(request.form.toString()).toBe(
    'grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA&client_id=s6BhdRkqt3&client_secret=7Fjfp0ZBr1KtDRbnfVdmIw',
  );
  expect(request).toMatchObject({ url: 'https://server.example.com/token', authorization: null });
});

it('shows its secret in the header field as RFC 6749 §4.4.2 does, and then not in the form', () => {
  const basic = { ...client, clientAuthentication: 'basic', clientSecret: 'gX1fBat3bV', scopes: [] } as const;
  const request = askByClientCredentials(basic);
  expect(request.authorization).toBe('Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW');
  expect(request.form.toString()).toBe('grant_type=client_credentials');
});

it('encodes both halves before they are joined, so that no colon can move', () => {
  const basic = { ...client, clientAuthentication: 'basic', clientId: 'a:b c', clientSecret: 'é+%' } as const;
  const [, credentials = ''] = askByClientCredentials(basic).authorization?.split(' ') ?? [];
  expect(Buffer.from(credentials, 'base64').toString()).toBe('a%3Ab+c:%C3%A9%2B%25');
});

it('asks for a device code and polls with it as RFC 8628 §3.1 and §3.4 do', () => {
  expect(askForDeviceCode(withoutSecret)).toMatchObject({
    url: 'https://server.example.com/device_authorization',
    form: new URLSearchParams('scope=mail+offline_access&client_id=s6BhdRkqt3'),
  });
  const poll = askByDeviceCode(withoutSecret, 'GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS');
  expect(poll.form.toString()).toBe(
    'grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS&client_id=s6BhdRkqt3',
  );
});

it('derives the code challenge as RFC 7636 Appendix B does', () => {
  expect(codeChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
});

it('sends a browser to the provider with all that the provider must know, and no secret', () => {
  const codeVerifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  const signIn = {
    user: 'printer@example.com',
    redirectUri: 'http://127.0.0.1:9/',
    state: 'xyz',
    codeVerifier,
  };
  const url = new URL(authorizationUrl(client, signIn));
  expect(`${url.origin}${url.pathname}`).toBe('https://server.example.com/authorize');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    tenant: 'a',
    prompt: 'consent',
    response_type: 'code',
    client_id: 's6BhdRkqt3',
    redirect_uri: 'http://127.0.0.1:9/',
    scope: 'mail offline_access',
    state: 'xyz',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    login_hint: 'printer@example.com',
  });
  expect(url.href).not.toContain(codeVerifier);
  expect(url.href).not.toContain(client.clientSecret);
});

it('names what is secret in each request', () => {
  const answer = { code: 'the-code', redirectUri: 'http://127.0.0.1:9/', codeVerifier: 'the-verifier' };
  expect(askByAuthorizationCode(client, answer).secrets).toEqual([
    'the-code',
    'the-verifier',
    client.clientSecret,
  ]);
  const basic = { ...client, clientAuthentication: 'basic' } as const;
  const { authorization, secrets } = askByRefreshToken(basic, 'the-token');
  expect(secrets).toEqual(['the-token', client.clientSecret, authorization]);
  expect(askForDeviceCode(withoutSecret).secrets).toEqual([]);
});
