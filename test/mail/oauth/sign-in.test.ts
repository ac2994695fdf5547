/** Signing in: by device code with its pauses and ends, by a browser that comes back or is far away, and as the program. */
import { describe, expect, it } from 'vitest';
import { PhaserLinkError } from '#base/errors.js';
import type { OAuthFlow } from '#vocab/oauth.js';
import { browserSignInMs } from '../../../src/mail/oauth/browser-sign-in.js';
import { type SignInPrompt, signIn } from '../../../src/mail/oauth/sign-in.js';
import { ManualClock } from '../../support/manual-clock.js';
import { OAuthServer, type OAuthServerOptions, sendJson } from '../../support/oauth-server.js';

const user = 'printer@example.com';

/** Begins to sign in; the prompt comes as soon as the person is asked. */
async function begin(flow: OAuthFlow, options: OAuthServerOptions = {}) {
  const clock = new ManualClock();
  const server = await OAuthServer.start({ clock, ...options });
  const stop = new AbortController();
  const typed: ((line: string) => string | null)[] = [];
  let show: (prompt: SignInPrompt) => void;
  const asked = new Promise<SignInPrompt>((resolve) => {
    show = resolve;
  });
  const person = {
    ask: (prompt: SignInPrompt) => show(prompt),
    listen: (take: (line: string) => string | null) => {
      typed.push(take);
      return () => void typed.splice(typed.indexOf(take), 1);
    },
  };
  const grant = signIn({ client: server.client(flow), user }, { person, clock, signal: stop.signal });
  grant.catch(() => undefined);
  return { clock, server, stop, typed, grant, prompt: await Promise.race([asked, grant.then(never)]) };
}

function never(): never {
  throw new Error('nobody was asked');
}

const code = async (thrown: Promise<unknown>) => {
  const error = await thrown.catch((reason) => reason);
  return error instanceof PhaserLinkError ? error.code : error;
};

describe('by device code', () => {
  it('shows where to go and the code, asks at the given pace, and brings the tokens back', async () => {
    const { clock, server, grant, prompt } = await begin('device');
    expect(prompt).toEqual({
      url: server.url('/authorize'),
      userCode: expect.stringMatching(/^[0-9A-F]{4}-[0-9A-F]{4}$/),
      urlWithCode: null,
      expiresAt: clock.now() + 900_000,
    });
    await clock.elapse(5_000);
    await clock.elapse(5_000);
    server.enter(prompt.userCode ?? '', { user });
    await clock.elapse(5_000);
    const { accessToken, refreshToken, signedInAt } = await grant;
    expect(server.isActive(accessToken)).toBe(true);
    expect(refreshToken).toMatch(/^rt-/);
    expect(signedInAt).toBe(clock.now());
    expect(server.formsOf('/token')).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });

  it('goes five seconds slower each time it is told slow_down (RFC 8628 §3.5)', async () => {
    const { clock, server, grant, prompt } = await begin('device');
    server.answerNext('/token', (response) => sendJson(response, { error: 'slow_down' }, 400));
    await clock.elapse(5_000);
    await clock.elapse(10_000);
    server.answerNext('/token', (response) => sendJson(response, { error: 'slow_down' }, 400));
    await clock.elapse(10_000);
    server.enter(prompt.userCode ?? '', { user });
    await clock.elapse(15_000);
    expect(server.isActive((await grant).accessToken)).toBe(true);
  });

  it('does not give up when the provider is away for a while, and asks it less and less often', async () => {
    const { clock, server, grant, prompt } = await begin('device', { intervalSeconds: 10 });
    for (const pause of [10_000, 20_000, 40_000]) {
      server.answerNext('/token', (response) => response.destroy());
      await clock.elapse(pause);
    }
    server.answerNext('/token', (response) => response.writeHead(503).end());
    await clock.elapse(60_000);
    server.enter(prompt.userCode ?? '', { user });
    await clock.elapse(60_000);
    expect(server.isActive((await grant).accessToken)).toBe(true);
  });

  it('ends when the person declines', async () => {
    const { clock, server, grant, prompt } = await begin('device');
    server.enter(prompt.userCode ?? '', 'denied');
    await clock.elapse(5_000);
    expect(await code(grant)).toBe('oauth-declined');
    expect(clock.pending).toBe(0);
  });

  it('ends when the code is over, whether the provider says so or only time does', async () => {
    const late = await begin('device', { codeSeconds: 12 });
    await late.clock.elapse(5_000);
    await late.clock.elapse(5_000);
    await late.clock.elapse(2_000);
    expect(await code(late.grant)).toBe('oauth-code-over');
    await expect(late.grant).rejects.toThrow(
      /nobody has signed in at 127\.0\.0\.1:\d+ in time; to try again: npx/,
    );
    expect(late.server.formsOf('/token')).toHaveLength(2);

    const told = await begin('device');
    told.server.answerNext('/token', (response) => sendJson(response, { error: 'expired_token' }, 400));
    await told.clock.elapse(5_000);
    expect(await code(told.grant)).toBe('oauth-code-over');
  });

  it('ends at once when the signal says so', async () => {
    const { clock, stop, grant } = await begin('device');
    await clock.elapse(5_000);
    stop.abort('enough');
    await expect(grant).rejects.toBe('enough');
    expect(clock.pending).toBe(0);
  });

  it('ends before anybody is asked when the provider does not know us', async () => {
    await expect(
      begin('device', { clientSecret: 'hush' }).then(({ server }) => server),
    ).resolves.toBeDefined();
    const server = await OAuthServer.start({ clientSecret: 'hush' });
    const person = { ask: never, listen: never };
    const account = { client: server.client('device', { clientSecret: 'wrong' }), user };
    const { signal } = new AbortController();
    expect(await code(signIn(account, { person, clock: new ManualClock(), signal }))).toBe(
      'oauth-client-refused',
    );
  });
});

describe('with a browser', () => {
  it('takes the code that the browser brings, and proves that it asked for it (RFC 7636)', async () => {
    const { clock, server, grant, prompt, typed } = await begin('browser', { clientSecret: 'hush' });
    expect(prompt).toMatchObject({ userCode: null, expiresAt: clock.now() + browserSignInMs });
    expect(new URL(prompt.url).searchParams.get('redirect_uri')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    server.browserUser = user;
    const page = await fetch(prompt.url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('PhaserLink has got the sign-in');
    const { accessToken } = await grant;
    expect(server.isActive(accessToken)).toBe(true);
    expect(typed).toEqual([]);
    expect(clock.pending).toBe(0);
    await expect(fetch(page.url)).rejects.toThrow('fetch failed');
  });

  it('takes the address that a browser on another machine ended at, when somebody types it', async () => {
    const { server, grant, prompt, typed } = await begin('browser');
    server.browserUser = user;
    const response = await fetch(prompt.url, { redirect: 'manual' });
    const address = response.headers.get('location') ?? '';
    expect(typed[0]?.('yes?')).toBe('not the state that we sent along');
    expect(typed[0]?.(address.replace('state=', 'state=x'))).toBe('not the state that we sent along');
    expect(typed[0]?.(`  ${address}\r`)).toBeNull();
    expect(server.isActive((await grant).accessToken)).toBe(true);
  });

  it('does not listen to who does not know the state, and goes on waiting', async () => {
    const { server, grant, prompt } = await begin('browser');
    const back = new URL(prompt.url).searchParams.get('redirect_uri') ?? '';
    for (const query of ['', '?code=stolen', '?code=stolen&state=guess', '?error=access_denied&state=']) {
      const { status } = await fetch(`${back}${query}`);
      expect(status).toBe(400);
    }
    server.browserUser = user;
    await fetch(prompt.url);
    expect(server.isActive((await grant).accessToken)).toBe(true);
  });

  it('ends when the person declines', async () => {
    const { grant, prompt } = await begin('browser');
    await fetch(prompt.url);
    expect(await code(grant)).toBe('oauth-declined');
  });

  it('ends when nobody comes, and when the signal says so', async () => {
    const { clock, grant } = await begin('browser');
    await clock.elapse(browserSignInMs);
    expect(await code(grant)).toBe('oauth-code-over');

    const stopped = await begin('browser');
    stopped.stop.abort('enough');
    await expect(stopped.grant).rejects.toBe('enough');
    expect(stopped.clock.pending).toBe(0);
  });
});

it('as the program itself asks nobody', async () => {
  const server = await OAuthServer.start({ clientSecret: 'hush' });
  const account = { client: server.client('client-credentials', { clientAuthentication: 'basic' }), user };
  const { signal } = new AbortController();
  const grant = await signIn(account, {
    person: { ask: never, listen: never },
    clock: new ManualClock(),
    signal,
  });
  expect(grant).toMatchObject({ accessToken: expect.stringMatching(/^at-/), refreshToken: null });
  expect(server.asked[0]?.authorization).toMatch(/^Basic /);
});
