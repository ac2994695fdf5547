/** Signs in at an OAuth provider, in the way that the account's client is allowed to, and brings back what is granted. */
import type { Clock } from '#base/clock.js';
import { readTokenAnswer, type TokenAnswer } from '#wire/oauth-answers.js';
import { askByClientCredentials } from '#wire/oauth-requests.js';
import { askProvider } from './ask-provider.js';
import { signInByBrowser } from './browser-sign-in.js';
import { signInByDeviceCode } from './device-sign-in.js';
import { type Grant, grantOf } from './grant.js';
import type { OAuthAccount } from './token-store.js';

/** What the person who signs in has to do. */
export interface SignInPrompt {
  /** To be opened in a browser. */
  url: string;
  /** To be entered there; null where there is nothing to enter. */
  userCode: string | null;
  /** The same address with the code already in it, where the provider has one. */
  urlWithCode: string | null;
  /** Epoch milliseconds; afterwards it is too late. */
  expiresAt: number;
}

/** The person who signs in, as seen from here. */
export interface SignInPerson {
  ask(prompt: SignInPrompt): void;
  /** Gives every line that the person types to `take`, which says what is wrong with it; returns how to stop. */
  listen(take: (line: string) => string | null): () => void;
}

export interface SignInContext {
  person: SignInPerson;
  clock: Clock;
  /** Gives up. */
  signal: AbortSignal;
}

type SignIn = (account: OAuthAccount, context: SignInContext) => Promise<TokenAnswer>;

const waysToSignIn: Readonly<Record<OAuthAccount['client']['flow'], SignIn>> = {
  device: signInByDeviceCode,
  browser: signInByBrowser,
  'client-credentials': ({ client }, { clock, signal }) =>
    askProvider(askByClientCredentials(client), readTokenAnswer, clock, signal),
};

/** Nothing is kept: that is for who has seen that the tokens work. */
export async function signIn(account: OAuthAccount, context: SignInContext): Promise<Grant> {
  const answer = await waysToSignIn[account.client.flow](account, context);
  return grantOf(answer, context.clock.now(), null);
}
