/** An OAuth 2.0 provider of a test's own: it keeps to the standards, remembers what it was asked, and errs when told to. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '#base/clock.js';
import type { OAuthClient, OAuthFlow } from '#vocab/oauth.js';

export interface OAuthServerOptions {
  clock?: Clock;
  /** A refresh token is good for one time only, and used twice it ends the sign-in (RFC 9700 §4.14.2). */
  rotate?: boolean;
  accessTokenSeconds?: number;
  /** Told to the client; from the sign-in on, or, when `sliding`, from every renewal on. */
  refreshTokenSeconds?: number;
  sliding?: boolean;
  clientSecret?: string;
  /** Whose mailbox the program may open that signs in as itself. */
  openedByProgram?: string;
  /** RFC 8628 §3.2. */
  codeSeconds?: number;
  intervalSeconds?: number;
}

type Path = '/device' | '/token' | '/authorize' | '/tokeninfo';
type Answer = (response: ServerResponse) => void;
type Reply = Record<string, unknown> | string;

interface DeviceCode {
  userCode: string;
  endsAt: number;
  askedAt: number;
  outcome: 'pending' | 'denied' | { user: string };
}

/** One sign-in and all tokens that came of it. */
interface Family {
  user: string;
  ended: boolean;
  endsAt: number;
}

export const clientId = 'phaserlink-printer';

export class OAuthServer {
  /** Every form that came, with the path and the Authorization field. */
  readonly asked: { path: string; form: URLSearchParams; authorization: string | null }[] = [];
  /** Whatever nobody may see. */
  readonly secrets: string[] = [];
  /** Who signs in when a browser comes; null declines. */
  browserUser: string | null = null;
  readonly #options: OAuthServerOptions;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #answers: { path: Path; answer: Answer }[] = [];
  readonly #deviceCodes = new Map<string, DeviceCode>();
  readonly #browserCodes = new Map<string, { user: string; challenge: string; redirectUri: string }>();
  readonly #accessTokens = new Map<string, { family: Family; endsAt: number }>();
  readonly #refreshTokens = new Map<string, { family: Family; used: boolean }>();

  private constructor(options: OAuthServerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#server = createServer((request, response) => this.#hear(request, response));
  }

  /** Ends with the running test. */
  static async start(options: OAuthServerOptions = {}): Promise<OAuthServer> {
    const server = new OAuthServer(options);
    if (options.clientSecret !== undefined) server.secrets.push(options.clientSecret);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    onTestFinished(() => {
      server.#server.close();
      server.#server.closeAllConnections();
    });
    return server;
  }

  /** What Dovecot appends a token to. */
  get tokenInfoUrl(): string {
    return `${this.url('/tokeninfo')}?access_token=`;
  }

  url(path: Path): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}${path}`;
  }

  client(flow: OAuthFlow = 'device', changes: Partial<OAuthClient> = {}): OAuthClient {
    return {
      tokenEndpoint: this.url('/token'),
      deviceAuthorizationEndpoint: this.url('/device'),
      authorizationEndpoint: this.url('/authorize'),
      flow,
      clientId,
      clientSecret: this.#options.clientSecret,
      clientAuthentication: 'post',
      scopes: ['mail', 'offline_access'],
      redirectHost: '127.0.0.1',
      authorizationParameters: {},
      ...changes,
    };
  }

  /** The same client as a settings file has it. */
  settings(flow: OAuthFlow = 'device'): string {
    const secret = this.#options.clientSecret;
    return [
      `{ provider: generic, flow: ${flow}, clientId: ${clientId}, scopes: [mail, offline_access]`,
      `clientAuthentication: post, tokenEndpoint: "${this.url('/token')}"`,
      ...(secret === undefined ? [] : [`clientSecret: ${secret}`]),
      ...(flow === 'device' ? [`deviceAuthorizationEndpoint: "${this.url('/device')}"`] : []),
      ...(flow === 'browser' ? [`authorizationEndpoint: "${this.url('/authorize')}"`] : []),
    ]
      .join(', ')
      .concat(' }');
  }

  /** What a person does with a code that a device shows. */
  enter(userCode: string, outcome: 'denied' | { user: string }): void {
    const entered = [...this.#deviceCodes.values()].find((code) => code.userCode === userCode);
    if (entered === undefined) throw new Error(`there is no code ${userCode}`);
    entered.outcome = outcome;
  }

  /** The next request for this path is answered so, whatever it asks. */
  answerNext(path: Path, answer: Answer): void {
    this.#answers.push({ path, answer });
  }

  /** Ends every sign-in, as an administrator or a changed password does. */
  revokeAll(): void {
    for (const { family } of this.#refreshTokens.values()) family.ended = true;
  }

  /** Ends the access tokens only, as a mail server that has lost them. */
  forgetAccessTokens(): void {
    this.#accessTokens.clear();
  }

  /** A sign-in that has happened before. */
  signedIn(user: string): { accessToken: string; refreshToken: string } {
    const answer = this.#tokens(this.#family(user)) as { access_token: string; refresh_token: string };
    return { accessToken: answer.access_token, refreshToken: answer.refresh_token };
  }

  /** Whether a mail server would let this user in with it. */
  isActive(accessToken: string): boolean {
    const token = this.#accessTokens.get(accessToken);
    return token !== undefined && !token.family.ended && this.#clock.now() < token.endsAt;
  }

  /** The forms that came for this path. */
  formsOf(path: Path): URLSearchParams[] {
    return this.asked.filter((request) => request.path === path).map(({ form }) => form);
  }

  async #hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url('/token'));
    const form =
      request.method === 'POST' ? new URLSearchParams(Buffer.concat(chunks).toString()) : searchParams;
    this.asked.push({ path: pathname, form, authorization: request.headers.authorization ?? null });
    const planned = this.#answers.findIndex(({ path }) => path === pathname);
    const [special] = planned < 0 ? [] : this.#answers.splice(planned, 1);
    if (special) return special.answer(response);
    if (pathname === '/authorize') return this.#authorize(form, response);
    const reply = pathname === '/tokeninfo' ? this.#tokenInfo(form) : this.#reply(pathname, form, request);
    sendJson(
      response,
      typeof reply === 'string' ? { error: reply } : reply,
      typeof reply === 'string' ? 400 : 200,
    );
  }

  #reply(path: string, form: URLSearchParams, request: IncomingMessage): Reply {
    if (!this.#knows(form, request)) return 'invalid_client';
    if (path === '/device') return this.#deviceCode();
    switch (form.get('grant_type')) {
      case 'urn:ietf:params:oauth:grant-type:device_code':
        return this.#byDeviceCode(form.get('device_code') ?? '');
      case 'authorization_code':
        return this.#byBrowserCode(form);
      case 'refresh_token':
        return this.#byRefreshToken(form.get('refresh_token') ?? '');
      case 'client_credentials': {
        const { refresh_token, ...answer } = this.#tokens(
          this.#family(this.#options.openedByProgram ?? clientId),
        );
        return answer;
      }
      default:
        return 'unsupported_grant_type';
    }
  }

  /** RFC 6749 §2.3.1, either way. */
  #knows(form: URLSearchParams, request: IncomingMessage): boolean {
    const [, basic = ''] = /^Basic (.*)$/.exec(request.headers.authorization ?? '') ?? [];
    const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent);
    const given = basic === '' ? [form.get('client_id'), form.get('client_secret')] : [id, secret];
    return given[0] === clientId && (given[1] ?? undefined) === this.#options.clientSecret;
  }

  #deviceCode(): Reply {
    const { codeSeconds = 900, intervalSeconds = 5 } = this.#options;
    const code = this.#secret('dc');
    const userCode = randomBytes(4).toString('hex').toUpperCase().replace(/^..../, '$&-');
    const now = this.#clock.now();
    this.#deviceCodes.set(code, {
      userCode,
      endsAt: now + codeSeconds * 1000,
      askedAt: now,
      outcome: 'pending',
    });
    return {
      device_code: code,
      user_code: userCode,
      verification_uri: this.url('/authorize'),
      expires_in: codeSeconds,
      interval: intervalSeconds,
    };
  }

  #byDeviceCode(code: string): Reply {
    const found = this.#deviceCodes.get(code);
    const now = this.#clock.now();
    if (found === undefined) return 'invalid_grant';
    if (now >= found.endsAt) return 'expired_token';
    const pause = now - found.askedAt;
    found.askedAt = now;
    // RFC 8628 §3.5; on a real clock the client's timer may be a moment early.
    if (pause < (this.#options.intervalSeconds ?? 5) * 1000 - 50) return 'slow_down';
    if (found.outcome === 'pending') return 'authorization_pending';
    if (found.outcome === 'denied') return 'access_denied';
    this.#deviceCodes.delete(code);
    return this.#tokens(this.#family(found.outcome.user));
  }

  #byBrowserCode(form: URLSearchParams): Reply {
    const code = form.get('code') ?? '';
    const found = this.#browserCodes.get(code);
    this.#browserCodes.delete(code);
    // RFC 7636 §4.6
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const good = found?.challenge === challenge && found.redirectUri === form.get('redirect_uri');
    return found && good ? this.#tokens(this.#family(found.user)) : 'invalid_grant';
  }

  #byRefreshToken(token: string): Reply {
    const found = this.#refreshTokens.get(token);
    if (found === undefined || found.family.ended) return 'invalid_grant';
    const { rotate = true } = this.#options;
    if (rotate && found.used) {
      found.family.ended = true;
      return 'invalid_grant';
    }
    found.used = true;
    if (rotate) return this.#tokens(found.family);
    const { refresh_token, ...answer } = this.#tokens(found.family);
    return answer;
  }

  #family(user: string): Family {
    return { user, ended: false, endsAt: this.#end };
  }

  get #end(): number {
    return this.#clock.now() + (this.#options.refreshTokenSeconds ?? 0) * 1000;
  }

  #tokens(family: Family): Record<string, unknown> {
    const { accessTokenSeconds = 3600, refreshTokenSeconds, sliding = false } = this.#options;
    if (sliding) family.endsAt = this.#end;
    const left = Math.round((family.endsAt - this.#clock.now()) / 1000);
    const [accessToken, refreshToken] = [this.#secret('at'), this.#secret('rt')];
    this.#accessTokens.set(accessToken, { family, endsAt: this.#clock.now() + accessTokenSeconds * 1000 });
    this.#refreshTokens.set(refreshToken, { family, used: false });
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: accessTokenSeconds,
      refresh_token: refreshToken,
      ...(refreshTokenSeconds === undefined ? {} : { refresh_token_expires_in: left }),
    };
  }

  /** RFC 6749 §4.1.2: what a browser gets once its user has signed in. */
  #authorize(query: URLSearchParams, response: ServerResponse): void {
    const back = new URL(query.get('redirect_uri') ?? '');
    const right = query.get('client_id') === clientId && query.get('code_challenge_method') === 'S256';
    back.searchParams.set('state', query.get('state') ?? '');
    if (this.browserUser === null || !right) back.searchParams.set('error', 'access_denied');
    else {
      const code = this.#secret('ac');
      const challenge = query.get('code_challenge') ?? '';
      this.#browserCodes.set(code, {
        user: this.browserUser,
        challenge,
        redirectUri: query.get('redirect_uri') ?? '',
      });
      back.searchParams.set('code', code);
    }
    response.writeHead(302, { location: back.href }).end();
  }

  /** As Google has it, for Dovecot: whose is this access token? */
  #tokenInfo(query: URLSearchParams): Reply {
    const token = query.get('access_token') ?? '';
    const user = this.#accessTokens.get(token)?.family.user;
    return this.isActive(token) ? { user, active: true } : 'invalid_token';
  }

  #secret(kind: string): string {
    const secret = `${kind}-${randomUUID()}`;
    this.secrets.push(secret);
    return secret;
  }
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
