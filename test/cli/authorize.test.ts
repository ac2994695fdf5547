/**
 * `phaserlink authorize` with a real Dovecot that asks the provider itself: from the code on the screen to the printed mail. What a
 * terminal, a signal or a second process has a part in runs as processes; the rest is asked of the command's functions.
 */
import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openCliHouse } from '../support/cli-house.js';
import { mailFrom, OAuthHouse, user } from '../support/oauth-house.js';
import { missing } from '../support/peers.js';
import { runCli, stackTrace } from '../support/run-cli.js';

const noPeer = missing('dovecot') || missing('openssl');

describe.skipIf(noPeer)('phaserlink authorize', () => {
  it('by device code signs in, proves it, keeps it for nobody else; then mail is fetched, printed and answered (asks 1-3)', async () => {
    const house = await OAuthHouse.build({ withPrinter: true });
    const { status, stderr, told } = await house.authorize(house.signInAs(user));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(told).toMatchObject([
      { event: 'sign-in', user, url: house.provider.url('/authorize'), urlWithCode: null },
      { event: 'kept', user, renewable: true, signInUntil: null },
      { event: 'tried', part: 'mailbox', result: 'ok', text: expect.stringContaining('login by XOAUTH2') },
      { event: 'tried', part: 'mail server', result: 'ok' },
    ]);
    expect(statSync(house.tokenFile).mode & 0o777).toBe(0o600);

    const { parts } = await house.check();
    expect(parts).toMatchObject({
      'sign-in': {
        result: 'ok',
        text: expect.stringMatching(
          /^access token until \S+Z \(\d+ minutes\), renewed by itself; signed in since \S+Z$/,
        ),
      },
      mailbox: { result: 'ok' },
      'mail server': { result: 'ok' },
    });

    await house.dovecot.deliver(user, mailFrom('alice@example.com'));
    expect(house.unrevealing(await house.start('serve', '--once').ended)).toMatchObject({ status: 0 });
    expect(house.smtp.mails).toMatchObject([{ to: ['alice@example.com'] }]);
  });

  it('beside a running server ends its trouble, without a restart (asks 2, 3)', async () => {
    const house = await OAuthHouse.build({ withPrinter: true });
    await house.dovecot.deliver(user, mailFrom('alice@example.com'));
    const server = house.start('serve', '--json');
    const [trouble] = await server.line(/^.*"event":"failed".*$/);
    expect(trouble).toContain(`nobody has signed in for ${user} yet; sign in: npx phaserlink authorize`);
    expect((await house.checkHere()).parts['sign-in']).toMatchObject({
      result: 'failed',
      text: expect.stringContaining('nobody has signed in'),
    });

    expect(await house.authorize(house.signInAs(user))).toMatchObject({ status: 0 });
    server.kill('SIGUSR1');
    await server.line(/"event":"told"/);
    server.kill('SIGTERM');
    expect(house.unrevealing(await server.ended)).toMatchObject({ status: 0 });
  });

  it('needs nobody when the access token ends: it is renewed, once for two processes', async () => {
    const house = await OAuthHouse.build();
    expect(await house.authorizeHere(house.signInAs(user))).toMatchObject({ status: 0 });
    const first = house.kept;
    house.letTokenEnd();
    for (const { parts } of await Promise.all([house.check(), house.check()])) {
      const ok = { result: 'ok' };
      expect(parts).toMatchObject({ 'sign-in': ok, mailbox: ok, 'mail server': ok });
    }
    expect(house.kept).not.toBe(first);
    const asked = house.provider.formsOf('/token').map((form) => form.get('grant_type'));
    expect(asked.filter((grantType) => grantType === 'refresh_token')).toHaveLength(1);
  });

  it('once more replaces a sign-in that was withdrawn; all other settings stay (ask 3)', async () => {
    const house = await OAuthHouse.build();
    expect(await house.authorizeHere(house.signInAs(user))).toMatchObject({ status: 0 });
    house.letTokenEnd();
    house.provider.revokeAll();
    const words = /the sign-in has ended or was withdrawn; sign in again: npx phaserlink authorize/;
    const { status, parts } = await house.check();
    expect(status).toBe(1);
    expect(parts['sign-in']).toMatchObject({ result: 'failed', text: expect.stringMatching(words) });
    expect(parts.mailbox?.text).toMatch(words);
    expect(parts['mail server']?.text).toMatch(words);

    const again = await house.authorizeHere(house.signInAs(user));
    expect(again).toMatchObject({ status: 0 });
    expect(again.told.slice(-2)).toMatchObject([
      { part: 'mailbox', result: 'ok' },
      { part: 'mail server', result: 'ok' },
    ]);
  });

  it('with another account is not let in, and leaves the earlier sign-in as it was', async () => {
    const house = await OAuthHouse.build();
    await house.authorizeHere(house.signInAs(user));
    const { kept } = house;
    const { status, stderr, told } = await house.authorize(house.signInAs('admin@example.com'));
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /signed in, but not let into the mailbox, so nothing was changed: .*check that mailbox\.user is the account that signed in/,
    );
    expect(told.at(-1)).toMatchObject({ event: 'failed', code: 'pop3-token-refused' });
    expect(house.kept).toBe(kept);
    expect((await house.checkHere()).parts.mailbox).toMatchObject({ result: 'ok' });
  });

  it('keeps a sign-in that could not be tried, and says so', async () => {
    const house = await OAuthHouse.build();
    const { status, told } = await house.authorizeHere(async (prompt) => {
      await house.dovecot.stop();
      house.signInAs(user)(prompt);
    });
    expect(status).toBe(1);
    expect(told.slice(1)).toMatchObject([
      { event: 'kept' },
      { event: 'tried', part: 'mailbox', result: 'failed', text: expect.stringContaining('ECONNREFUSED') },
      { event: 'tried', part: 'mail server', result: 'ok' },
    ]);
    expect(house.kept).toContain(user);
  });

  it('that is declined, or given up with Ctrl-C, changes nothing', async () => {
    const house = await OAuthHouse.build();
    const declined = await house.authorizeHere(({ userCode }) =>
      house.provider.enter(String(userCode), 'denied'),
    );
    expect(declined).toMatchObject({ status: 1, stderr: expect.stringContaining('declined in the browser') });

    const running = house.start('authorize');
    await running.line(/^waiting; the code is good for 15 minutes/);
    running.kill('SIGINT');
    const { status, signal, stderr } = house.unrevealing(await running.ended);
    expect({ status, signal, stderr }).toEqual({
      status: 1,
      signal: null,
      stderr: 'phaserlink: given up; nothing was changed\n',
    });
    expect(house.kept).toBeNull();
  });

  it('tells a person what to do, step by step', async () => {
    const house = await OAuthHouse.build();
    const running = house.start('authorize');
    const [, code = ''] = await running.line(/^ {2}2\. enter the code (\S+)$/);
    house.provider.enter(code, { user });
    const { status, stdout } = house.unrevealing(await running.ended);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      new RegExp(
        [
          `^To let the Printing Server into the mailbox of ${user}, in a browser on any machine`,
          ` {2}1\\. open ${house.provider.url('/authorize')}`,
          ` {2}2\\. enter the code ${code}`,
          ` {2}3\\. sign in as ${user}, or as somebody who may open that mailbox`,
          'waiting; the code is good for 15 minutes \\(Ctrl-C gives up and changes nothing\\)',
          `signed in for ${user}: the access token is good until \\S+Z, and is renewed by itself; .*`,
          'ok {7}mailbox {6}.*',
          'ok {7}mail server {2}.*\n$',
        ].join('\n'),
      ),
    );
  });

  it('with a browser on this machine needs nothing to be typed', async () => {
    const house = await OAuthHouse.build({ flow: 'browser' });
    house.provider.browserUser = user;
    const { status, told } = await house.authorize(async ({ url }) => void (await fetch(String(url))));
    expect(status).toBe(0);
    expect(told[0]).toMatchObject({ userCode: null });
    expect((await house.checkHere()).parts.mailbox).toMatchObject({ result: 'ok' });
  });

  it('with a browser on another machine takes the address at which it has ended', async () => {
    const house = await OAuthHouse.build({ flow: 'browser' });
    house.provider.browserUser = user;
    const running = house.start('authorize');
    const [, url = ''] = await running.line(/^ {2}1\. open (\S+)$/);
    await running.line(/^waiting; the address is good for 15 minutes/);
    running.type('what address?');
    await running.line(/^that is not the address at which the browser has ended/);
    const { headers } = await fetch(url, { redirect: 'manual' });
    running.type(headers.get('location') ?? '');
    expect(house.unrevealing(await running.ended)).toMatchObject({ status: 0, stderr: '' });
  });

  it('as the program itself asks nobody', async () => {
    const house = await OAuthHouse.build({
      flow: 'client-credentials',
      clientSecret: 'hush-client',
      openedByProgram: user,
    });
    const { status, stdout } = house.unrevealing(await house.start('authorize', '--json').ended);
    expect(status).toBe(0);
    expect(stdout).not.toContain('sign-in"');
    expect((await house.checkHere()).parts).toMatchObject({
      'sign-in': { result: 'ok', text: expect.stringMatching(/renewed by itself; as the program itself$/) },
      mailbox: { result: 'ok' },
    });
  });

  it('warns in check when the provider tells that the sign-in ends soon', async () => {
    const house = await OAuthHouse.build({ refreshTokenSeconds: 3 * 86_400 });
    const { told } = await house.authorizeHere(house.signInAs(user));
    expect(told).toContainEqual(
      expect.objectContaining({ event: 'kept', signInUntil: expect.stringMatching(/Z$/) }),
    );
    expect((await house.checkHere()).parts['sign-in']).toMatchObject({
      result: 'warning',
      text: expect.stringMatching(
        /^the sign-in ends \S+ \(2 days\); sign in again before: npx phaserlink authorize; access token until /,
      ),
    });
  });
});

it('says that there is nothing to sign in to when the settings have a password', async () => {
  const house = await openCliHouse({ without: ['mailroom', 'printer'] });
  const { status, stdout, stderr } = await runCli('phaserlink', ['authorize', '--config', house.config]);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain(`${house.config} has no mailbox.oauth, so there is nothing to sign in to`);
  expect(stderr).not.toMatch(stackTrace);
});
