/** Asking an OAuth provider: honest answers, errors in words, and servers that are hostile, broken or away. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import { oauthErrorCodes, readTokenAnswer } from '#wire/oauth-answers.js';
import { askByRefreshToken, type OAuthRequest } from '#wire/oauth-requests.js';
import { answerTimeoutMs, askProvider, maxAnswerBytes } from '../../../src/mail/oauth/ask-provider.js';
import { freePort } from '../../support/free-port.js';
import { ManualClock } from '../../support/manual-clock.js';
import { OAuthServer, sendJson } from '../../support/oauth-server.js';

const clientSecret = 'hush-client';

async function place(clock = systemClock) {
  const server = await OAuthServer.start({ clientSecret });
  const { refreshToken } = server.signedIn('printer');
  const request = askByRefreshToken(server.client(), refreshToken);
  const ask = (signal?: AbortSignal, changed: Partial<OAuthRequest> = {}) =>
    askProvider({ ...request, ...changed }, readTokenAnswer, clock, signal);
  return { server, ask, refreshToken };
}

/** What is thrown; whatever it is, it shows no secret, neither in its text nor to who looks into it. */
async function failure(server: OAuthServer, asked: Promise<unknown>): Promise<PhaserLinkError> {
  const error = await asked.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(PhaserLinkError);
  for (const secret of server.secrets) expect(inspect(error, { depth: 9 })).not.toContain(secret);
  return error;
}

describe('a provider', () => {
  it('gets one form, and its answer is taken', async () => {
    const { server, ask, refreshToken } = await place();
    const answer = await ask();
    expect(server.isActive(answer.accessToken)).toBe(true);
    expect(answer).toMatchObject({ expiresInSeconds: 3600, refreshToken: expect.stringMatching(/^rt-/) });
    expect(server.formsOf('/token').map(String)).toEqual([
      `grant_type=refresh_token&refresh_token=${refreshToken}&client_id=phaserlink-printer&client_secret=${clientSecret}`,
    ]);
  });

  it.each([
    [oauthErrorCodes.invalidRequest, 'oauth-refused', 'permanent', /check what mailbox\.oauth says/],
    [oauthErrorCodes.invalidClient, 'oauth-client-refused', 'permanent', /check mailbox\.oauth\.clientId/],
    [
      oauthErrorCodes.invalidGrant,
      'oauth-grant-gone',
      'temporary',
      /sign in again: npx phaserlink authorize/,
    ],
    [oauthErrorCodes.interactionRequired, 'oauth-grant-gone', 'temporary', /sign in again/],
    [oauthErrorCodes.loginRequired, 'oauth-grant-gone', 'temporary', /sign in again/],
    [oauthErrorCodes.consentRequired, 'oauth-grant-gone', 'temporary', /sign in again/],
    [oauthErrorCodes.unauthorizedClient, 'oauth-flow-refused', 'permanent', /or change mailbox\.oauth\.flow/],
    [oauthErrorCodes.unsupportedGrantType, 'oauth-flow-refused', 'permanent', /change mailbox\.oauth\.flow/],
    [oauthErrorCodes.unsupportedResponseType, 'oauth-flow-refused', 'permanent', /change mailbox\.oauth/],
    [oauthErrorCodes.invalidScope, 'oauth-scope-refused', 'permanent', /check mailbox\.oauth\.scopes/],
    [oauthErrorCodes.accessDenied, 'oauth-declined', 'permanent', /to try again: npx phaserlink authorize/],
    [oauthErrorCodes.authorizationDeclined, 'oauth-declined', 'permanent', /to try again/],
    [oauthErrorCodes.expiredToken, 'oauth-code-over', 'permanent', /to try again/],
    [oauthErrorCodes.badVerificationCode, 'oauth-code-over', 'permanent', /to try again/],
    [oauthErrorCodes.serverError, 'oauth-busy', 'temporary', /asked again later/],
    [oauthErrorCodes.temporarilyUnavailable, 'oauth-busy', 'temporary', /asked again later/],
    [oauthErrorCodes.slowDown, 'oauth-busy', 'temporary', /asked again later/],
    ['a_word_of_its_own', 'oauth-refused', 'permanent', /it says "a_word_of_its_own: AADSTS1"/],
  ])('that says %s is told as %s, %s, with what to do', async (error, code, retry, words) => {
    const { server, ask } = await place();
    server.answerNext('/token', (response) =>
      sendJson(response, { error, error_description: 'AADSTS1' }, 400),
    );
    const thrown = await failure(server, ask());
    expect(thrown).toMatchObject({ code, retry });
    expect(thrown.message).toMatch(words);
    expect(thrown.message).toContain(`127.0.0.1:${new URL(server.url('/token')).port}`);
    expect(thrown.message).toContain(`${error}: AADSTS1`);
  });

  it('that says an error with 200 has said an error', async () => {
    const { server, ask } = await place();
    server.answerNext('/token', (response) => sendJson(response, { error: 'invalid_grant' }));
    expect(await failure(server, ask())).toMatchObject({ code: 'oauth-grant-gone' });
  });

  it('that repeats our secrets in its error has them put out of it, and its text made fit for a line', async () => {
    const { server, ask, refreshToken } = await place();
    const description = `\u001b[2Jtoken ${refreshToken}\r\nsecret ${encodeURIComponent(clientSecret)} ${'x'.repeat(9999)}`;
    server.answerNext('/token', (response) =>
      sendJson(response, { error: 'invalid_grant', error_description: description }, 400),
    );
    const { message } = await failure(server, ask());
    expect(message).toContain('token (secret) secret (secret) xxx');
    expect(message).not.toMatch(/\p{Cc}/u);
    expect(message.length).toBeLessThan(500);
  });
});

describe('a server that is no provider, or a hostile one', () => {
  it.each([
    [
      'no JSON',
      '<html>Welcome</html>',
      200,
      'oauth-answer-bad',
      'permanent',
      /\(HTTP 200\) has no JSON object/,
    ],
    ['nothing', '', 200, 'oauth-answer-bad', 'permanent', /has no JSON object/],
    ['a list', '[]', 200, 'oauth-answer-bad', 'permanent', /has no access_token/],
    ['wrong types', '{"access_token":{}}', 200, 'oauth-answer-bad', 'permanent', /an unusable access_token/],
    ['not found', 'no such page', 404, 'oauth-answer-bad', 'permanent', /\(HTTP 404\) has no JSON object/],
    ['a token with 400', '{"access_token":"a"}', 400, 'oauth-answer-bad', 'permanent', /has no error code/],
    ['trouble', 'Bad gateway', 502, 'oauth-busy', 'temporary', /trouble of its own \(HTTP 502\)/],
    ['too many requests', '{}', 429, 'oauth-busy', 'temporary', /HTTP 429/],
  ])('answers %s', async (_, body, status, code, retry, words) => {
    const { server, ask } = await place();
    server.answerNext('/token', (response) => response.writeHead(status).end(body));
    const thrown = await failure(server, ask());
    expect(thrown).toMatchObject({ code, retry });
    expect(thrown.message).toMatch(words);
  });

  it.each([301, 302, 307, 308])('sends us elsewhere with %i, where we send no secret', async (status) => {
    const { server, ask } = await place();
    const elsewhere = await OAuthServer.start();
    server.answerNext('/token', (response) =>
      response.writeHead(status, { location: elsewhere.url('/token') }).end(),
    );
    expect(await failure(server, ask())).toMatchObject({ code: 'oauth-answer-bad' });
    expect(elsewhere.asked).toEqual([]);
  });

  it('answers without end, and is left', async () => {
    const { server, ask } = await place();
    let closed = new Promise(() => {});
    server.answerNext('/token', (response) => {
      closed = once(response, 'close');
      const more = () => {
        while (response.write('x'.repeat(8192)));
      };
      response.on('drain', more);
      more();
    });
    const { code, message } = await failure(server, ask());
    expect({ code, message }).toEqual({
      code: 'limit-exceeded',
      message: `the answer of a sign-in server exceeds the limit of ${maxAnswerBytes} bytes`,
    });
    await closed;
  });

  it.each([
    ['nothing at all', () => {}],
    ['half an answer', (response: { write(text: string): void }) => response.write('{"access_token":')],
  ])('says %s, and is given up in time', async (_, answer) => {
    const clock = new ManualClock();
    const { server, ask } = await place(clock);
    server.answerNext('/token', answer);
    const asked = failure(server, ask());
    while (server.asked.length === 0) await clock.advance(0);
    await clock.elapse(answerTimeoutMs);
    expect(await asked).toMatchObject({ code: 'oauth-silent', retry: 'temporary' });
    expect(clock.pending).toBe(0);
  });

  it('hangs up', async () => {
    const { server, ask } = await place();
    server.answerNext('/token', (response) => response.destroy());
    expect(await failure(server, ask())).toMatchObject({ code: 'oauth-unreachable', retry: 'temporary' });
  });

  it('is not there', async () => {
    const { server, ask } = await place();
    const thrown = await failure(
      server,
      ask(undefined, { url: `http://127.0.0.1:${await freePort()}/token` }),
    );
    expect(thrown).toMatchObject({ code: 'oauth-unreachable', retry: 'temporary' });
    expect(thrown.message).toContain('ECONNREFUSED');
  });

  it('is asked nothing without encryption, but on this machine', async () => {
    const { server, ask } = await place();
    for (const url of ['http://login.example.com/token', 'ftp://127.0.0.1/']) {
      expect(await failure(server, ask(undefined, { url }))).toMatchObject({ code: 'oauth-insecure' });
    }
  });

  it('has no certificate that we know, and is sent nothing', async () => {
    const { server, ask } = await place();
    const heard: Buffer[] = [];
    const stranger = createServer().on('connection', (socket) =>
      socket.on('data', (data) => heard.push(data)),
    );
    stranger.listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    onTestFinished(() => {
      stranger.close();
      stranger.closeAllConnections();
    });
    const address = stranger.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const thrown = await failure(server, ask(undefined, { url: `https://127.0.0.1:${port}/token` }));
    expect(thrown).toMatchObject({ code: 'oauth-unreachable' });
    expect(Buffer.concat(heard).toString('latin1')).not.toContain('grant_type');
  });
});

it('is given up when the signal says so, before and while it answers', async () => {
  const { server, ask } = await place();
  await expect(ask(AbortSignal.abort('enough'))).rejects.toBe('enough');
  expect(server.asked).toEqual([]);
  const stop = new AbortController();
  server.answerNext('/token', () => stop.abort('stop'));
  await expect(ask(stop.signal)).rejects.toBe('stop');
});
