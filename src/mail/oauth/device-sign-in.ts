/** Signing in by a code that a person enters in a browser on any machine (RFC 8628). */
import { sleep } from '#base/clock.js';
import { isTemporary } from '#base/errors.js';
import {
  oauthErrorCodes,
  readDeviceCodeAnswer,
  readTokenAnswer,
  type TokenAnswer,
} from '#wire/oauth-answers.js';
import { askByDeviceCode, askForDeviceCode } from '#wire/oauth-requests.js';
import { askProvider } from './ask-provider.js';
import { OAuthRefusal, oauthErrors } from './oauth-errors.js';
import type { SignInContext } from './sign-in.js';
import type { OAuthAccount } from './token-store.js';

/** RFC 8628 §3.5: by so much the pauses grow at every `slow_down`. */
const slowDownMs = 5_000;
/** While the provider cannot be reached, the pauses double up to this. */
const longestRetryMs = 60_000;

export async function signInByDeviceCode(
  { client }: OAuthAccount,
  { person, clock, signal }: SignInContext,
): Promise<TokenAnswer> {
  const code = await askProvider(askForDeviceCode(client), readDeviceCodeAnswer, clock, signal);
  const lifetimeMs = code.expiresInSeconds * 1000;
  const deadline = clock.monotonic() + lifetimeMs;
  person.ask({
    url: code.verificationUri,
    userCode: code.userCode,
    urlWithCode: code.verificationUriComplete,
    expiresAt: clock.now() + lifetimeMs,
  });
  for (let pauseMs: number | null = code.intervalSeconds * 1000; ; ) {
    const leftMs = deadline - clock.monotonic();
    await sleep(clock, Math.min(pauseMs, Math.max(0, leftMs)), signal);
    if (leftMs <= pauseMs) throw oauthErrors.codeOver(new URL(code.verificationUri).host);
    try {
      return await askProvider(askByDeviceCode(client, code.deviceCode), readTokenAnswer, clock, signal);
    } catch (error) {
      signal.throwIfAborted();
      pauseMs = pauseAfter(error, pauseMs);
      if (pauseMs === null) throw error;
    }
  }
}

/** How long to wait before the provider is asked again; null when asking again is in vain (RFC 8628 §3.5). */
export function pauseAfter(error: unknown, pauseMs: number): number | null {
  const answer = error instanceof OAuthRefusal ? error.answer : null;
  if (answer === oauthErrorCodes.authorizationPending) return pauseMs;
  if (answer === oauthErrorCodes.slowDown) return pauseMs + slowDownMs;
  return isTemporary(error) ? Math.max(pauseMs, Math.min(2 * pauseMs, longestRetryMs)) : null;
}
