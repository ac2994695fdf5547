/** The file of the tokens: for nobody else to read, whole or not at all, and one grant for each account. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PhaserLinkError } from '#base/errors.js';
import type { Grant } from '../../../src/mail/oauth/grant.js';
import { maxStoreBytes, type OAuthAccount, TokenStore } from '../../../src/mail/oauth/token-store.js';
import { ManualClock } from '../../support/manual-clock.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const client: OAuthAccount['client'] = {
  tokenEndpoint: 'https://login.example.com/token',
  flow: 'device',
  clientId: 'the-client',
  clientAuthentication: 'post',
  scopes: [],
  redirectHost: '127.0.0.1',
  authorizationParameters: {},
};
const account: OAuthAccount = { client, user: 'printer@example.com' };

const grant = (name: string): Grant => ({
  accessToken: `at-${name}`,
  obtainedAt: 1000,
  accessTokenEndsAt: 2000,
  refreshToken: `rt-${name}`,
  refreshTokenEndsAt: null,
  endMoves: false,
  signedInAt: 500,
});

function place(dataDir = temporaryFolder()) {
  const store = new TokenStore(dataDir, new ManualClock());
  const save = (to: OAuthAccount, kept: Grant) => store.exclusively(() => store.save(to, kept));
  return { dataDir, store, save };
}

it('keeps a grant for the next process, in a folder that it makes, and for nobody else to read', async () => {
  const dataDir = join(temporaryFolder(), 'deep', 'data');
  const { store, save } = place(dataDir);
  expect(store.load(account)).toBeNull();
  await save(account, grant('first'));
  expect(place(dataDir).store.load(account)).toEqual(grant('first'));
  expect(readdirSync(dataDir)).toEqual(['oauth-tokens.json']);
  expect(statSync(store.file).mode & 0o777).toBe(0o600);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
});

it('keeps one grant for each account: provider, client and user', async () => {
  const { store, save } = place();
  const others: OAuthAccount[] = [
    { client, user: 'other@example.com' },
    { client: { ...client, clientId: 'another-client' }, user: account.user },
    { client: { ...client, tokenEndpoint: 'https://login.example.org/token' }, user: account.user },
  ];
  await save(account, grant('first'));
  for (const [index, other] of others.entries()) {
    expect(store.load(other)).toBeNull();
    await save(other, grant(`other-${index}`));
  }
  await save(account, grant('second'));
  expect(store.load(account)).toEqual(grant('second'));
  expect(others.map((other) => store.load(other))).toEqual(others.map((_, index) => grant(`other-${index}`)));
  expect(readFileSync(store.file, 'utf8')).not.toContain('at-first');
});

it('stays private when an older file was not', async () => {
  const { store, save } = place();
  await save(account, grant('first'));
  chmodSync(store.file, 0o644);
  await save(account, grant('second'));
  expect(statSync(store.file).mode & 0o777).toBe(0o600);
});

it.each([
  ['empty', ''],
  ['cut off', '{"version":1,"grants":[{"tokenEndpoint":"https://login'],
  ['of another kind', '{"version":1,"grants":[{"accessToken":5}]}'],
  ['of a version to come', '{"version":2,"grants":[]}'],
  ['too large', ' '.repeat(maxStoreBytes + 1)],
])('says what to do when the file is %s, and is mended by the next sign-in (ask 3)', async (_, text) => {
  const { store, save } = place();
  writeFileSync(store.file, text);
  expect(() => store.load(account)).toThrow(/oauth-tokens\.json .*sign in again: npx phaserlink authorize/);
  await save(account, grant('new'));
  expect(store.load(account)).toEqual(grant('new'));
});

it('says what is wrong when the file cannot be read, and keeps it', async () => {
  const { store, save } = place();
  mkdirSync(store.file);
  expect(() => store.load(account)).toThrow(/cannot be used: it is a folder/);
  await expect(save(account, grant('new'))).rejects.toMatchObject({ code: 'oauth-store-unreadable' });
  expect(existsSync(store.file)).toBe(true);
});

it('says what is wrong when the folder takes nothing, without a token in its words', async () => {
  const { dataDir, store } = place();
  const blocked = new TokenStore(join(dataDir, 'file'), new ManualClock());
  writeFileSync(join(dataDir, 'file'), 'no folder');
  const error = await blocked
    .exclusively(() => blocked.save(account, grant('secret')))
    .catch((thrown) => thrown);
  expect(error).toBeInstanceOf(PhaserLinkError);
  expect(error).toMatchObject({ code: 'oauth-store-unwritable', retry: 'temporary' });
  expect(error.message).not.toContain('-secret');
  expect(store.load(account)).toBeNull();
});

it('lets nobody lose what another keeps at the same time', async () => {
  const { dataDir, store } = place();
  const clock = new ManualClock();
  const users = Array.from({ length: 8 }, (_, index) => `user${index}@example.com`);
  const saves = users.map((user) => {
    const mine = new TokenStore(dataDir, clock);
    return mine.exclusively(() => mine.save({ client, user }, grant(user)));
  });
  let over = false;
  const all = Promise.all(saves).finally(() => {
    over = true;
  });
  // In small steps, so that the disk keeps up with the clock.
  while (!over) await clock.advance(1);
  await all;
  for (const user of users) expect(store.load({ client, user })).toEqual(grant(user));
});
