/** What an OAuth 2.0 client asks (RFC 6749, RFC 8628, RFC 7636): forms for the provider, and the address for a browser. */
import { createHash } from 'node:crypto';
import type { OAuthClient } from '#vocab/oauth.js';

/** To be posted as `application/x-www-form-urlencoded`. */
export interface OAuthRequest {
  url: string;
  form: URLSearchParams;
  /** The Authorization header field, or null. */
  authorization: string | null;
  /** What is in it that nobody may see. */
  secrets: readonly string[];
}

const grantTypes = {
  authorizationCode: 'authorization_code',
  clientCredentials: 'client_credentials',
  deviceCode: 'urn:ietf:params:oauth:grant-type:device_code',
  refreshToken: 'refresh_token',
} as const;

/** RFC 8628 §3.1. */
export function askForDeviceCode(client: OAuthClient): OAuthRequest {
  return request(client, client.deviceAuthorizationEndpoint ?? '', scopeOf(client));
}

/** RFC 8628 §3.4. */
export function askByDeviceCode(client: OAuthClient, deviceCode: string): OAuthRequest {
  const form = { grant_type: grantTypes.deviceCode, device_code: deviceCode };
  return request(client, client.tokenEndpoint, form, deviceCode);
}

/** RFC 6749 §4.1.3, RFC 7636 §4.5. */
export function askByAuthorizationCode(
  client: OAuthClient,
  answer: { code: string; redirectUri: string; codeVerifier: string },
): OAuthRequest {
  const form = {
    grant_type: grantTypes.authorizationCode,
    code: answer.code,
    redirect_uri: answer.redirectUri,
    code_verifier: answer.codeVerifier,
  };
  return request(client, client.tokenEndpoint, form, answer.code, answer.codeVerifier);
}

/** RFC 6749 §4.4.2. */
export function askByClientCredentials(client: OAuthClient): OAuthRequest {
  const form = { grant_type: grantTypes.clientCredentials, ...scopeOf(client) };
  return request(client, client.tokenEndpoint, form);
}

/** RFC 6749 §6; without a scope, the one that was granted stays. */
export function askByRefreshToken(client: OAuthClient, refreshToken: string): OAuthRequest {
  const form = { grant_type: grantTypes.refreshToken, refresh_token: refreshToken };
  return request(client, client.tokenEndpoint, form, refreshToken);
}

/** The address that a person opens in a browser (RFC 6749 §4.1.1, RFC 7636 §4.3). */
export function authorizationUrl(
  client: OAuthClient,
  signIn: { user: string; redirectUri: string; state: string; codeVerifier: string },
): string {
  const url = new URL(client.authorizationEndpoint ?? '');
  const parameters = {
    ...client.authorizationParameters,
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: signIn.redirectUri,
    ...scopeOf(client),
    state: signIn.state,
    code_challenge: codeChallenge(signIn.codeVerifier),
    code_challenge_method: 'S256',
    // OpenID Connect Core §3.1.2.1: who is expected to sign in; who does not know it ignores it.
    login_hint: signIn.user,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/** RFC 7636 §4.2. */
export function codeChallenge(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier, 'ascii').digest('base64url');
}

function scopeOf({ scopes }: OAuthClient): { scope?: string } {
  return scopes.length === 0 ? {} : { scope: scopes.join(' ') };
}

function request(
  client: OAuthClient,
  url: string,
  fields: Record<string, string>,
  ...secrets: string[]
): OAuthRequest {
  const { clientId, clientSecret, clientAuthentication } = client;
  const form = new URLSearchParams(fields);
  if (clientSecret === undefined) {
    form.set('client_id', clientId);
    return { url, form, authorization: null, secrets };
  }
  if (clientAuthentication === 'basic') {
    const credentials = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
    const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
    return { url, form, authorization, secrets: [...secrets, clientSecret, authorization] };
  }
  form.set('client_id', clientId);
  form.set('client_secret', clientSecret);
  return { url, form, authorization: null, secrets: [...secrets, clientSecret] };
}

/** RFC 6749 §2.3.1 wants both halves form-encoded before they are joined. */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
