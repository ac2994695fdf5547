/** How long the sign-in lasts, in words for `check`. */
import { expect, it } from 'vitest';
import { describeSignIn, timeLeft } from '../../src/report/sign-in-words.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const now = Date.UTC(2026, 10, 25, 16);
const times = {
  signedInAt: now - 3 * day,
  accessTokenEndsAt: now + 52 * minute,
  signInEndsAt: null,
  endsSoon: false,
  trouble: null,
};
const token = 'access token until 2026-11-25T16:52:00.000Z (52 minutes), renewed by itself';
const since = 'signed in since 2026-11-22T16:00:00.000Z';

it.each([
  [{}, 'ok', `${token}; ${since}`],
  [{ signedInAt: null }, 'ok', `${token}; as the program itself`],
  [{ signInEndsAt: now + 60 * day }, 'ok', `${token}; ${since}, until 2027-01-24T16:00:00.000Z (60 days)`],
  [
    { signInEndsAt: now + 5 * day, endsSoon: true },
    'warning',
    `the sign-in ends 2026-11-30T16:00:00.000Z (5 days); sign in again before: npx phaserlink authorize; ${token}; ${since}`,
  ],
  [
    { trouble: 'the provider\nis away' },
    'warning',
    `the access token is good until 2026-11-25T16:52:00.000Z (52 minutes) and was not renewed: the provider is away; ${since}`,
  ],
])('of %j is %s', (changes, result, text) => {
  expect(describeSignIn({ ...times, ...changes }, now)).toEqual({ result, text });
});

it.each([
  [0, '0 minutes'],
  [-hour, '0 minutes'],
  [minute, '1 minute'],
  [2 * hour - 1, '119 minutes'],
  [2 * hour, '2 hours'],
  [2 * day - 1, '47 hours'],
  [2 * day, '2 days'],
])('%d milliseconds are %s', (ms, words) => {
  expect(timeLeft(ms)).toBe(words);
});
