/** An allowance is a second's, and what one has used up is still there for others. */
import { expect, it } from 'vitest';
import { Allowance } from '#runtime/allowance.js';
import { ManualClock } from '../support/manual-clock.js';

it('is used up by one alone, then by all together, and is there again in the next second', async () => {
  const clock = new ManualClock();
  const allowance = new Allowance(clock, { inAll: 5, toOne: 3 });
  const taken = (address: string) => [1, 2, 3, 4].filter(() => allowance.take(address)).length;
  expect(taken('a')).toBe(3);
  expect(taken('b')).toBe(2);
  expect(taken('c')).toBe(0);
  await clock.advance(1000);
  expect(taken('c')).toBe(3);
});
