/** An account at a test's own OAuth provider, with a store, a manual clock and a followed log: what a token source works with. */
import type { OAuthFlow } from '#vocab/oauth.js';
import type { Grant } from '../../src/mail/oauth/grant.js';
import { TokenSource } from '../../src/mail/oauth/token-source.js';
import { type OAuthAccount, TokenStore } from '../../src/mail/oauth/token-store.js';
import { followedLog, type LogEvents } from './log-events.js';
import { ManualClock } from './manual-clock.js';
import { OAuthServer, type OAuthServerOptions } from './oauth-server.js';
import { temporaryFolder } from './temporary-folder.js';

export const user = 'printer@example.com';

export interface OAuthPlace {
  clock: ManualClock;
  server: OAuthServer;
  account: OAuthAccount;
  dataDir: string;
  store: TokenStore;
  source: TokenSource;
  /** The same account in another process. */
  otherSource(): TokenSource;
  /** Keeps a sign-in as `phaserlink authorize` does. */
  keepSignIn(changes?: Partial<Grant>): Promise<Grant>;
  log: LogEvents;
}

/** Ends with the running test. */
export async function oauthPlace(
  options: OAuthServerOptions & { flow?: OAuthFlow } = {},
): Promise<OAuthPlace> {
  const clock = new ManualClock();
  const server = await OAuthServer.start({ clock, ...options });
  const account = { client: server.client(options.flow ?? 'device'), user };
  const dataDir = temporaryFolder();
  const store = new TokenStore(dataDir, clock);
  const { log, events } = followedLog({ debug: true });
  const newSource = () => new TokenSource(account, new TokenStore(dataDir, clock), clock, log);
  return {
    clock,
    server,
    account,
    dataDir,
    store,
    source: newSource(),
    otherSource: newSource,
    async keepSignIn(changes = {}) {
      const lifetime = (options.accessTokenSeconds ?? 3600) * 1000;
      const grant = {
        ...server.signedIn(user),
        obtainedAt: clock.now(),
        accessTokenEndsAt: clock.now() + lifetime,
        refreshTokenEndsAt: null,
        endMoves: false,
        signedInAt: clock.now(),
        ...changes,
      };
      await store.exclusively(() => store.save(account, grant));
      return grant;
    },
    log: events,
  };
}
