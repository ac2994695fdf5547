/** The command `phaserlink authorize`: somebody signs in for the mailbox; what is granted is tried, and kept when it works. */
import { createInterface } from 'node:readline';
import { isoTime, systemClock } from '#base/clock.js';
import { errorText, PhaserLinkError } from '#base/errors.js';
import { checkMailbox, checkMailServer } from './check.js';
import { loadPhaserLinkSettings } from './config/load.js';
import type { Grant } from './mail/oauth/grant.js';
import { type SignInPerson, type SignInPrompt, signIn } from './mail/oauth/sign-in.js';
import type { AccessTokens } from './mail/oauth/token-source.js';
import { TokenStore } from './mail/oauth/token-store.js';
import { tokenRefused } from './mail/pop3-login-errors.js';
import { count } from './report/mail-text.js';

/** What happens, in its order; with --json each is a line. Times are ISO 8601. */
export type AuthorizeEvent =
  | ({ event: 'sign-in'; user: string; expiresAt: string } & Omit<SignInPrompt, 'expiresAt'>)
  | { event: 'waiting'; minutesLeft: number }
  /** A line was typed that is not the address of a browser that has come back. */
  | { event: 'misread'; text: string }
  | { event: 'kept'; user: string; accessTokenUntil: string; signInUntil: string | null; renewable: boolean }
  | { event: 'tried'; part: 'mailbox' | 'mail server'; result: 'ok' | 'failed'; text: string }
  | { event: 'failed'; code: string; text: string };

type Tell = (event: AuthorizeEvent) => void;

const progressMs = 60_000;
/** How long a mail server may take to let us in. */
const trialSeconds = 30;

/** Returns whether everything worked. Whatever is thrown, nothing was changed. */
export async function authorize(config: string, tell: Tell, stop: AbortSignal): Promise<boolean> {
  try {
    return await signInAndKeep(config, tell, stop);
  } catch (error) {
    const thrown = stop.aborted ? givenUp() : error;
    const code = thrown instanceof PhaserLinkError ? thrown.code : 'internal';
    tell({ event: 'failed', code, text: errorText(thrown) });
    throw thrown;
  }
}

async function signInAndKeep(config: string, tell: Tell, stop: AbortSignal): Promise<boolean> {
  const { settings } = loadPhaserLinkSettings(config, process.env);
  const { user, oauth: client } = settings.mailbox;
  if (client === undefined) throw nothingToSignInTo(config);
  const account = { client, user };
  const { person, leave } = personAtTerminal(user, tell);
  const grant = await signIn(account, { person, clock: systemClock, signal: stop }).finally(leave);
  const tokens: AccessTokens = { accessToken: async () => grant.accessToken };
  const mailbox = await attempt('mailbox', stop, (signal) => checkMailbox(settings, tokens, signal));
  // Whoever has signed in was probably the wrong one; an earlier sign-in may well work.
  if (mailbox.code === tokenRefused) throw notLetIn(mailbox.tried.text);
  const store = new TokenStore(settings.dataDir, systemClock);
  await store.exclusively(() => store.save(account, grant));
  tell(keptEvent(user, grant, client.flow === 'client-credentials'));
  tell(mailbox.tried);
  if (settings.smtp.oauth === undefined) return mailbox.code === null;
  const mailServer = await attempt('mail server', stop, (signal) =>
    checkMailServer(settings, tokens, signal),
  );
  tell(mailServer.tried);
  return mailbox.code === null && mailServer.code === null;
}

/** The event to tell, and the error's code, or null when it worked. */
async function attempt(
  part: 'mailbox' | 'mail server',
  stop: AbortSignal,
  run: (signal: AbortSignal) => Promise<string>,
): Promise<{ tried: AuthorizeEvent & { event: 'tried' }; code: string | null }> {
  const late = AbortSignal.timeout(trialSeconds * 1000);
  try {
    const text = await run(AbortSignal.any([stop, late]));
    return { tried: { event: 'tried', part, result: 'ok', text }, code: null };
  } catch (error) {
    stop.throwIfAborted();
    const text = late.aborted ? `no answer within ${trialSeconds} seconds` : errorText(error);
    const code = error instanceof PhaserLinkError ? error.code : 'internal';
    return { tried: { event: 'tried', part, result: 'failed', text }, code };
  }
}

/** Shows what to do, and every minute that it is still waited for; listens to what is typed. */
function personAtTerminal(user: string, tell: Tell): { person: SignInPerson; leave: () => void } {
  let leave = () => {};
  const person: SignInPerson = {
    ask({ expiresAt, ...prompt }) {
      tell({ event: 'sign-in', user, ...prompt, expiresAt: isoTime(expiresAt) });
      const progress = () => {
        const minutesLeft = Math.round((expiresAt - systemClock.now()) / 60_000);
        if (minutesLeft > 0) tell({ event: 'waiting', minutesLeft });
        leave = systemClock.schedule(progressMs, progress);
      };
      leave = systemClock.schedule(progressMs, progress);
    },
    listen(take) {
      const lines = createInterface({ input: process.stdin });
      lines.on('line', (line) => {
        const fault = take(line);
        if (fault !== null && line.trim() !== '') tell({ event: 'misread', text: `it has ${fault}` });
      });
      return () => lines.close();
    },
  };
  return { person, leave: () => leave() };
}

function keptEvent(user: string, grant: Grant, asItself: boolean): AuthorizeEvent {
  const { accessTokenEndsAt, refreshToken, refreshTokenEndsAt } = grant;
  return {
    event: 'kept',
    user,
    accessTokenUntil: isoTime(accessTokenEndsAt),
    signInUntil: refreshTokenEndsAt === null ? null : isoTime(refreshTokenEndsAt),
    renewable: asItself || refreshToken !== null,
  };
}

/** An event for people. */
export function formatAuthorizeEvent(event: AuthorizeEvent): string {
  switch (event.event) {
    case 'sign-in':
      return formatPrompt(event);
    case 'waiting':
      return `still waiting; there ${event.minutesLeft === 1 ? 'is' : 'are'} ${count(event.minutesLeft, 'minute')} left\n`;
    case 'misread':
      return `that is not the address at which the browser has ended: ${event.text}\n`;
    case 'kept':
      return formatKept(event);
    case 'tried':
      return `${event.result.padEnd(8)} ${event.part.padEnd(12)} ${event.text}\n`;
    case 'failed':
      // The command itself says it.
      return '';
  }
}

function formatPrompt(event: AuthorizeEvent & { event: 'sign-in' }): string {
  const { user, url, userCode, urlWithCode, expiresAt } = event;
  const minutes = Math.round((Date.parse(expiresAt) - systemClock.now()) / 60_000);
  const steps = [
    `open ${url}`,
    ...(userCode === null ? [] : [`enter the code ${userCode}`]),
    `sign in as ${user}, or as somebody who may open that mailbox`,
    ...(userCode === null
      ? ['if the browser then ends at a page that it cannot show, copy its address into this terminal']
      : []),
  ];
  return [
    `To let the Printing Server into the mailbox of ${user}, in a browser on any machine`,
    ...steps.map((step, index) => `  ${index + 1}. ${step}`),
    ...(urlWithCode === null ? [] : [`or open ${urlWithCode}, which has the code in it.`]),
    `waiting; the ${userCode === null ? 'address' : 'code'} is good for ${count(minutes, 'minute')} (Ctrl-C gives up and changes nothing)`,
    '',
  ].join('\n');
}

function formatKept({ user, accessTokenUntil, signInUntil, renewable }: AuthorizeEvent & { event: 'kept' }) {
  const renewal = renewable
    ? 'and is renewed by itself'
    : 'and then somebody has to sign in again: the provider gave no refresh token';
  const end = signInUntil === null ? '' : `; the sign-in ends ${signInUntil}`;
  return `signed in for ${user}: the access token is good until ${accessTokenUntil}, ${renewal}${end}; a running server uses it from its next look on\n`;
}

function nothingToSignInTo(config: string): PhaserLinkError {
  return new PhaserLinkError({
    code: 'oauth-not-set',
    retry: 'permanent',
    text: `${config} has no mailbox.oauth, so there is nothing to sign in to: the mailbox is opened with mailbox.password (docs/oauth.md tells how to change that)`,
  });
}

function notLetIn(text: string): PhaserLinkError {
  return new PhaserLinkError({
    code: tokenRefused,
    retry: 'permanent',
    text: `signed in, but not let into the mailbox, so nothing was changed: ${text}`,
  });
}

function givenUp(): PhaserLinkError {
  return new PhaserLinkError({
    code: 'given-up',
    retry: 'permanent',
    text: 'given up; nothing was changed',
  });
}
