/** What a provider has granted us: the tokens of one sign-in, when they end, and whether they may still be used. */
import type { TokenAnswer } from '#wire/oauth-answers.js';

export interface Grant {
  accessToken: string;
  /** Epoch milliseconds. */
  obtainedAt: number;
  /** Epoch milliseconds. */
  accessTokenEndsAt: number;
  /** Null where there is none: a program that signs in as itself needs none. */
  refreshToken: string | null;
  /** Epoch milliseconds; null when the provider does not say. */
  refreshTokenEndsAt: number | null;
  /** Whether that end moves on with every renewal, so that it never comes while we run. */
  endMoves: boolean;
  /** When a person signed in, or the program first did; epoch milliseconds. */
  signedInAt: number;
}

/** An access token is renewed this long before its end, and a short-lived one at the half of its life. */
export const renewalMarginMs = 5 * 60_000;
/** RFC 6749 §5.1 lets the lifetime be told elsewhere; an hour is what the known providers give. */
export const assumedLifetimeSeconds = 3600;
/** Two ends that are nearer to each other are the same one, told twice. */
const sameEndMs = 60_000;

/** The grant that an answer makes; `previous` is the one that it renews. */
export function grantOf(answer: TokenAnswer, now: number, previous: Grant | null): Grant {
  const { accessToken, expiresInSeconds, refreshToken, refreshTokenExpiresInSeconds } = answer;
  const oldEnd = previous?.refreshTokenEndsAt ?? null;
  // RFC 6749 §6: without a new refresh token the old one stays as it was.
  const untold = refreshToken === null ? oldEnd : null;
  const end = refreshTokenExpiresInSeconds === null ? untold : now + refreshTokenExpiresInSeconds * 1000;
  return {
    accessToken,
    obtainedAt: now,
    accessTokenEndsAt: now + (expiresInSeconds ?? assumedLifetimeSeconds) * 1000,
    refreshToken: refreshToken ?? previous?.refreshToken ?? null,
    refreshTokenEndsAt: end,
    endMoves: oldEnd !== null && end !== null && end > oldEnd + sameEndMs,
    signedInAt: previous?.signedInAt ?? now,
  };
}

/** How long the access token may be used before it is due for renewal; 0 when it is due, or when the clock was turned back. */
export function freshForMs(grant: Grant, now: number): number {
  if (now < grant.obtainedAt) return 0;
  const lifetime = grant.accessTokenEndsAt - grant.obtainedAt;
  const renewAt = grant.accessTokenEndsAt - Math.min(renewalMarginMs, lifetime / 2);
  return Math.max(0, renewAt - now);
}
