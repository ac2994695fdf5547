/** A token information service, as an OAuth 2 provider has one and Dovecot asks it: whose is this access token? */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenInfo {
  /** The token is appended to it. */
  url: string;
  stop(): Promise<void>;
}

/** `users` has the users by their tokens; all other tokens are invalid. */
export async function startTokenInfo(users: ReadonlyMap<string, string>): Promise<TokenInfo> {
  const server = createServer((request, response) => {
    const token = new URL(request.url ?? '', 'http://localhost').searchParams.get('access_token');
    const user = users.get(token ?? '');
    response.writeHead(user === undefined ? 401 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(user === undefined ? { error: 'invalid_token' } : { user, active: true }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/tokeninfo?access_token=`,
    async stop() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}
