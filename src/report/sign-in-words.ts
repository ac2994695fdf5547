/** How long the sign-in of the mailbox lasts, in a sentence for the administrator. */
import { isoTime } from '#base/clock.js';
import type { SignInTimes } from '#vocab/oauth.js';
import { count, oneLine } from './mail-text.js';

const authorize = 'npx phaserlink authorize';
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export function describeSignIn(times: SignInTimes, now: number): { result: 'ok' | 'warning'; text: string } {
  const { signedInAt, accessTokenEndsAt, signInEndsAt, endsSoon, trouble } = times;
  const until = (time: number) => `${isoTime(time)} (${timeLeft(time - now)})`;
  const who = signedInAt === null ? 'as the program itself' : `signed in since ${isoTime(signedInAt)}`;
  if (trouble !== null) {
    const text = `the access token is good until ${until(accessTokenEndsAt)} and was not renewed: ${oneLine(trouble)}; ${who}`;
    return { result: 'warning', text };
  }
  const token = `access token until ${until(accessTokenEndsAt)}, renewed by itself; ${who}`;
  if (signInEndsAt === null) return { result: 'ok', text: token };
  if (!endsSoon) return { result: 'ok', text: `${token}, until ${until(signInEndsAt)}` };
  const warning = `the sign-in ends ${until(signInEndsAt)}; sign in again before: ${authorize}`;
  return { result: 'warning', text: `${warning}; ${token}` };
}

/** In the largest unit of which there are at least two. */
export function timeLeft(ms: number): string {
  const left = Math.max(0, ms);
  if (left >= 2 * dayMs) return count(Math.floor(left / dayMs), 'day');
  if (left >= 2 * hourMs) return count(Math.floor(left / hourMs), 'hour');
  return count(Math.floor(left / minuteMs), 'minute');
}
