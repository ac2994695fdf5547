/** The token source: cached, renewed in time and once, kept before it is used, and told in words when the sign-in is over. */
import { mkdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assumedLifetimeSeconds, renewalMarginMs } from '../../../src/mail/oauth/grant.js';
import { endingSoonMs, renewalPauseMs, youngTokenMs } from '../../../src/mail/oauth/token-source.js';
import { oauthPlace, user } from '../../support/oauth-account.js';
import { sendJson } from '../../support/oauth-server.js';

const never = new AbortController().signal;
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe('an access token', () => {
  it('is handed out as long as it is good, without asking the provider', async () => {
    const { clock, server, source, keepSignIn } = await oauthPlace();
    const { accessToken } = await keepSignIn();
    expect(await source.accessToken(never)).toBe(accessToken);
    await clock.advance(hour - renewalMarginMs - 1);
    expect(await source.accessToken(never)).toBe(accessToken);
    expect(server.asked).toEqual([]);
  });

  it('is renewed before its end, and the new one kept together with the new refresh token', async () => {
    const { clock, server, source, store, account, keepSignIn } = await oauthPlace();
    const first = await keepSignIn();
    await clock.advance(hour - renewalMarginMs);
    const renewed = await source.accessToken(never);
    expect(renewed).not.toBe(first.accessToken);
    expect(server.isActive(renewed)).toBe(true);
    expect(store.load(account)).toMatchObject({
      accessToken: renewed,
      obtainedAt: clock.now(),
      accessTokenEndsAt: clock.now() + hour,
      signedInAt: first.signedInAt,
    });
    expect(store.load(account)?.refreshToken).not.toBe(first.refreshToken);
    expect(await source.accessToken(never)).toBe(renewed);
    expect(server.formsOf('/token')).toHaveLength(1);
  });

  it('goes on for days, whatever the provider does with the refresh token', async () => {
    for (const rotate of [true, false]) {
      const { clock, server, source, keepSignIn } = await oauthPlace({ rotate });
      await keepSignIn();
      for (let passed = 0; passed < 3 * day; passed += 20 * minute) {
        await clock.advance(20 * minute);
        expect(server.isActive(await source.accessToken(never))).toBe(true);
      }
    }
  });

  it('that lives for minutes only is renewed at the half of its life, not at every look', async () => {
    const { clock, server, source, keepSignIn } = await oauthPlace({ accessTokenSeconds: 60 });
    const { accessToken } = await keepSignIn();
    await clock.advance(30_000 - 1);
    expect(await source.accessToken(never)).toBe(accessToken);
    await clock.advance(1);
    expect(await source.accessToken(never)).not.toBe(accessToken);
    expect(server.formsOf('/token')).toHaveLength(1);
  });

  it('without a known end is taken for one of an hour', async () => {
    const { clock, server, source, store, account, keepSignIn } = await oauthPlace();
    await keepSignIn();
    await clock.advance(hour);
    server.answerNext('/token', (response) => sendJson(response, { access_token: 'at-endless' }));
    expect(await source.accessToken(never)).toBe('at-endless');
    expect(store.load(account)?.accessTokenEndsAt).toBe(clock.now() + assumedLifetimeSeconds * 1000);
  });

  it('is renewed in time when the clock is turned back, and at once when it is turned ahead', async () => {
    const { clock, server, source, keepSignIn } = await oauthPlace();
    const { accessToken } = await keepSignIn();
    await clock.advance(10 * minute);
    expect(await source.accessToken(never)).toBe(accessToken);
    // Ten minutes of it are gone; the date says that it is as fresh as ever.
    clock.turn(-10 * minute);
    await clock.advance(hour - renewalMarginMs - 10 * minute);
    const second = await source.accessToken(never);
    expect(second).not.toBe(accessToken);
    // Turned back behind the moment when it was issued.
    clock.turn(-day);
    const third = await source.accessToken(never);
    expect(third).not.toBe(second);
    clock.turn(day);
    expect(await source.accessToken(never)).not.toBe(third);
    expect(server.formsOf('/token')).toHaveLength(3);
  });

  it('is renewed once for all who ask at the same time', async () => {
    const { clock, server, source, keepSignIn } = await oauthPlace();
    await keepSignIn();
    await clock.advance(hour);
    const tokens = await Promise.all(Array.from({ length: 10 }, () => source.accessToken(never)));
    expect(new Set(tokens).size).toBe(1);
    expect(server.formsOf('/token')).toHaveLength(1);
  });

  it('is renewed once for two processes: the second takes what the first has kept', async () => {
    const { clock, server, source, otherSource, keepSignIn } = await oauthPlace();
    await keepSignIn();
    await clock.advance(hour);
    const both = Promise.all([source.accessToken(never), otherSource().accessToken(never)]);
    let over = false;
    both.finally(() => {
      over = true;
    });
    while (!over) await clock.advance(1);
    const [mine, others] = await both;
    expect(mine).toBe(others);
    expect(server.formsOf('/token')).toHaveLength(1);
  });

  it('of a sign-in beside the running server is taken without a restart (ask 3)', async () => {
    const { server, source, keepSignIn } = await oauthPlace();
    await expect(source.accessToken(never)).rejects.toThrow(
      `nobody has signed in for ${user} yet; sign in: npx phaserlink authorize`,
    );
    const { accessToken } = await keepSignIn();
    expect(await source.accessToken(never)).toBe(accessToken);
    const again = await keepSignIn();
    expect(await source.accessToken(never)).toBe(again.accessToken);
    expect(server.asked).toEqual([]);
  });

  it('is not waited for longer than the caller wants; its renewal comes to its end', async () => {
    const { clock, server, source, store, account, keepSignIn } = await oauthPlace();
    const first = await keepSignIn();
    await clock.advance(hour);
    const stop = new AbortController();
    const asked = source.accessToken(stop.signal);
    stop.abort('stopped');
    await expect(asked).rejects.toBe('stopped');
    await expect(source.accessToken(AbortSignal.abort('before'))).rejects.toBe('before');
    await expect.poll(() => store.load(account)?.accessToken).not.toBe(first.accessToken);
    expect(server.isActive(store.load(account)?.accessToken ?? '')).toBe(true);
  });
});

describe('a token that a server refuses', () => {
  it('is renewed once by force, though it looks good', async () => {
    const { clock, server, source, keepSignIn } = await oauthPlace();
    const { accessToken } = await keepSignIn();
    await clock.advance(youngTokenMs);
    await source.accessToken(never);
    const second = await source.accessToken(never, accessToken);
    expect(second).not.toBe(accessToken);
    expect(await source.accessToken(never)).toBe(second);
    expect(await source.accessToken(never, accessToken)).toBe(second);
    expect(server.formsOf('/token')).toHaveLength(1);
  });

  it('right after it was issued is refused for another reason, and not renewed', async () => {
    const { clock, server, source, keepSignIn } = await oauthPlace();
    const { accessToken } = await keepSignIn();
    await clock.advance(youngTokenMs - 1);
    await source.accessToken(never);
    expect(await source.accessToken(never, accessToken)).toBe(accessToken);
    expect(await source.accessToken(never, 'at-some-other')).toBe(accessToken);
    expect(server.asked).toEqual([]);
  });

  it('is not handed out again when it cannot be renewed', async () => {
    const { clock, server, source, keepSignIn } = await oauthPlace();
    const { accessToken } = await keepSignIn();
    await clock.advance(youngTokenMs);
    await source.accessToken(never);
    server.answerNext('/token', (response) => response.writeHead(503).end());
    await expect(source.accessToken(never, accessToken)).rejects.toMatchObject({ code: 'oauth-busy' });
  });
});

describe('a sign-in that is over', () => {
  it('is told in words, with what to do, until somebody has signed in again (ask 2)', async () => {
    const { clock, server, source, keepSignIn } = await oauthPlace();
    await keepSignIn();
    server.revokeAll();
    await clock.advance(hour);
    await expect(source.accessToken(never)).rejects.toMatchObject({
      code: 'oauth-grant-gone',
      retry: 'temporary',
      message: expect.stringMatching(
        /the sign-in has ended or was withdrawn; sign in again: npx phaserlink authorize \(it says "invalid_grant"\)/,
      ),
    });
    const { accessToken } = await keepSignIn();
    expect(await source.accessToken(never)).toBe(accessToken);
  });

  it('because the provider gave no refresh token is told so', async () => {
    const { clock, source, keepSignIn } = await oauthPlace();
    await keepSignIn({ refreshToken: null });
    expect(await source.times(never)).toMatchObject({ signInEndsAt: clock.now() + hour, endsSoon: true });
    await clock.advance(hour);
    await expect(source.accessToken(never)).rejects.toThrow(
      /gave no refresh token; sign in again.*offline_access/,
    );
  });

  it('soon is warned of at renewals, once a day', async () => {
    const { clock, source, log, keepSignIn } = await oauthPlace({ refreshTokenSeconds: 7 * 86_400 });
    await keepSignIn();
    for (let passed = 0; passed < 2 * day; passed += hour) {
      await clock.advance(hour);
      await source.accessToken(never);
    }
    expect(log.of('sign-in-ends')).toHaveLength(2);
    expect(log.of('sign-in-ends')[0]?.text).toMatch(
      /ends on 2026-.*; before that, sign in again: npx phaserlink/,
    );
    expect(await source.times(never)).toMatchObject({ endsSoon: true });
    expect(7 * day).toBeLessThan(endingSoonMs);
  });

  it('by its words, but with an end that moves on with every renewal, is no reason to warn', async () => {
    const { clock, source, log, keepSignIn } = await oauthPlace({ refreshTokenSeconds: 7200, sliding: true });
    await keepSignIn({ refreshTokenEndsAt: clock.now() + 2 * hour });
    expect(await source.times(never)).toMatchObject({ endsSoon: true });
    for (let passed = 0; passed < day; passed += hour) {
      await clock.advance(hour);
      await source.accessToken(never);
    }
    expect(await source.times(never)).toMatchObject({
      signInEndsAt: clock.now() + 2 * hour,
      endsSoon: false,
    });
    expect(log.of('sign-in-ends')).toEqual([]);
  });
});

describe('trouble with a renewal', () => {
  it('does not stop a token that is still good; the provider is asked again after a pause', async () => {
    const { clock, server, source, log, keepSignIn } = await oauthPlace();
    const { accessToken } = await keepSignIn();
    await clock.advance(hour - renewalMarginMs);
    server.answerNext('/token', (response) => response.writeHead(503).end());
    expect(await source.accessToken(never)).toBe(accessToken);
    expect(await source.accessToken(never)).toBe(accessToken);
    expect(server.formsOf('/token')).toHaveLength(1);
    expect(log.of('token-not-renewed')[0]?.text).toMatch(
      /is not renewed yet: the sign-in server .*\(HTTP 503\)/,
    );
    expect(await source.times(never)).toMatchObject({ trouble: expect.stringContaining('HTTP 503') });
    await clock.advance(renewalPauseMs);
    const renewed = await source.accessToken(never);
    expect(renewed).not.toBe(accessToken);
    expect(await source.times(never)).toMatchObject({ trouble: null });
  });

  it('is told when the token has ended meanwhile', async () => {
    const { clock, server, source, keepSignIn } = await oauthPlace();
    await keepSignIn();
    await clock.advance(hour);
    server.answerNext('/token', (response) => response.writeHead(503).end());
    await expect(source.accessToken(never)).rejects.toMatchObject({ code: 'oauth-busy', retry: 'temporary' });
    expect(server.isActive(await source.accessToken(never))).toBe(true);
  });

  /** A renewal whose answer the disk does not take: a folder in its place is what no file can replace. */
  async function unsavedRenewal() {
    const place = await oauthPlace();
    const first = await place.keepSignIn();
    await place.clock.advance(hour);
    place.server.answerNext('/token', (response) => {
      rmSync(place.store.file);
      mkdirSync(place.store.file);
      sendJson(response, {
        access_token: 'at-unsaved',
        token_type: 'Bearer',
        expires_in: 3600,
        refresh_token: place.server.signedIn(user).refreshToken,
      });
    });
    expect(await place.source.accessToken(never)).toBe('at-unsaved');
    expect(place.log.of('token-not-renewed')[0]?.text).toContain('oauth-tokens.json cannot be used');
    rmSync(place.store.file, { recursive: true });
    return { ...place, first };
  }

  it('with the disk loses no refresh token that the provider has given for the old one', async () => {
    const { clock, server, source, store, account, first } = await unsavedRenewal();
    await source.accessToken(never);
    expect(store.load(account)).toMatchObject({ accessToken: 'at-unsaved', signedInAt: first.signedInAt });
    await clock.advance(hour);
    expect(server.isActive(await source.accessToken(never))).toBe(true);
  });

  it('with the disk does not undo a sign-in that somebody has made since', async () => {
    const { clock, source, store, account, keepSignIn } = await unsavedRenewal();
    await clock.advance(minute);
    const { accessToken } = await keepSignIn();
    expect(await source.accessToken(never)).toBe(accessToken);
    expect(store.load(account)).toMatchObject({ accessToken });
  });
});

describe('a program that signs in as itself', () => {
  it('needs no person, no refresh token and no sign-in before', async () => {
    const { clock, server, source } = await oauthPlace({
      flow: 'client-credentials',
      clientSecret: 'hush-client',
    });
    const first = await source.accessToken(never);
    expect(server.isActive(first)).toBe(true);
    expect(await source.accessToken(never)).toBe(first);
    await clock.advance(hour);
    expect(server.isActive(await source.accessToken(never))).toBe(true);
    expect(server.formsOf('/token').map((form) => form.get('grant_type'))).toEqual(
      Array(2).fill('client_credentials'),
    );
    expect(await source.times(never)).toMatchObject({ signedInAt: null, signInEndsAt: null });
  });
});

it('writes no secret into the log, and tells only times of what it has', async () => {
  const { clock, server, source, log, store, account, keepSignIn } = await oauthPlace({
    refreshTokenSeconds: 86_400,
  });
  await keepSignIn();
  await clock.advance(hour);
  await source.accessToken(never);
  const kept = store.load(account)?.refreshToken ?? '';
  server.answerNext('/token', (response) =>
    sendJson(response, { error: 'server_error', error_description: `cannot use ${kept}` }, 500),
  );
  await clock.advance(hour - renewalMarginMs);
  await source.accessToken(never);
  const told = JSON.stringify([log.all, await source.times(never)]);
  expect(log.all.map(({ event }) => event)).toEqual(['token-renewed', 'sign-in-ends', 'token-not-renewed']);
  expect(told).toContain('cannot use (secret)');
  expect(server.secrets).toContain(kept);
  for (const secret of server.secrets) expect(told).not.toContain(secret);
});
