/** Signing in with a browser that comes back to this machine with a code (RFC 6749 §4.1, RFC 7636, RFC 8252). */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { readAuthorizationAnswer, readTokenAnswer, type TokenAnswer } from '#wire/oauth-answers.js';
import { askByAuthorizationCode, authorizationUrl } from '#wire/oauth-requests.js';
import { askProvider } from './ask-provider.js';
import { OAuthRefusal, oauthErrors } from './oauth-errors.js';
import type { SignInContext } from './sign-in.js';
import type { OAuthAccount } from './token-store.js';

/** How long a person may take. */
export const browserSignInMs = 15 * 60_000;
/** The listener's: it waits for one visit of one browser. */
const listenerLimits = { maxHeaderSize: 32 * 1024, requestTimeout: 30_000, keepAliveTimeout: 1 };
const maxConnections = 16;

const pages = {
  arrived:
    'PhaserLink has got the sign-in. See in the terminal what became of it; this page may be closed.\n',
  strange: 'This is not the sign-in that PhaserLink waits for. Open the address that the terminal shows.\n',
};

export async function signInByBrowser(
  { client, user }: OAuthAccount,
  context: SignInContext,
): Promise<TokenAnswer> {
  const server = createServer(listenerLimits);
  server.maxConnections = maxConnections;
  // RFC 8252 §8.3: never on an address that others can reach.
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const redirectUri = `http://${client.redirectHost}:${portOf(server)}/`;
    const state = randomBytes(16).toString('base64url');
    // RFC 7636 §4.1: 32 octets.
    const codeVerifier = randomBytes(32).toString('base64url');
    const { clock, signal, person } = context;
    const arrived = authorizationCode(
      server,
      state,
      new URL(client.authorizationEndpoint ?? '').host,
      context,
    );
    person.ask({
      url: authorizationUrl(client, { user, redirectUri, state, codeVerifier }),
      userCode: null,
      urlWithCode: null,
      expiresAt: clock.now() + browserSignInMs,
    });
    const code = await arrived;
    const request = askByAuthorizationCode(client, { code, redirectUri, codeVerifier });
    return await askProvider(request, readTokenAnswer, clock, signal);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/**
 * The code that a browser brings to the listener. Where it cannot, for it runs on another machine, the person types the
 * address that it was sent to.
 */
async function authorizationCode(
  server: Server,
  state: string,
  provider: string,
  { person, clock, signal }: SignInContext,
): Promise<string> {
  const cleanUp: (() => void)[] = [];
  try {
    return await new Promise<string>((resolve, reject) => {
      /** What is wrong with it, or null. */
      const take = (query: URLSearchParams): string | null => {
        const answer = readAuthorizationAnswer(query, state);
        if ('fault' in answer) return answer.fault;
        if ('code' in answer.value) resolve(answer.value.code);
        else reject(new OAuthRefusal(provider, answer.value, []));
        return null;
      };
      server.on('request', (request, response) => {
        const fault = take(queryOf(request.url ?? ''));
        response.writeHead(fault === null ? 200 : 400, { 'content-type': 'text/plain; charset=utf-8' });
        response.end(fault === null ? pages.arrived : pages.strange);
      });
      const aborted = () => reject(signal.reason);
      signal.addEventListener('abort', aborted);
      cleanUp.push(
        person.listen((line) => take(queryOf(line.trim()))),
        clock.schedule(browserSignInMs, () => reject(oauthErrors.codeOver(provider))),
        () => signal.removeEventListener('abort', aborted),
      );
      if (signal.aborted) aborted();
    });
  } finally {
    for (const undo of cleanUp) undo();
  }
}

/** Of a request's target, or of a whole address. */
function queryOf(url: string): URLSearchParams {
  const question = url.indexOf('?');
  return new URLSearchParams(question < 0 ? '' : url.slice(question + 1).replace(/#.*$/s, ''));
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
