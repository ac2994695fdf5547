/** A time limit that can be held. */
import { expect, it } from 'vitest';
import { Stopwatch } from '#runtime/stopwatch.js';
import { ManualClock } from '../support/manual-clock.js';

it('counts only while it runs, and fires once', async () => {
  const clock = new ManualClock();
  let fired = 0;
  const stopwatch = new Stopwatch(clock, 10, () => fired++);
  await clock.advance(60_000);
  stopwatch.run();
  await clock.advance(6000);
  stopwatch.hold();
  await clock.advance(60_000);
  stopwatch.run();
  stopwatch.run();
  await clock.advance(3999);
  expect(fired).toBe(0);
  await clock.advance(1);
  expect(fired).toBe(1);
  await clock.advance(60_000);
  expect(fired).toBe(1);
});

it('counts from nothing after a reset, running or held as before', async () => {
  const clock = new ManualClock();
  let fired = 0;
  const stopwatch = new Stopwatch(clock, 10, () => fired++);
  stopwatch.reset();
  expect(clock.pending).toBe(0);
  stopwatch.run();
  await clock.advance(9000);
  stopwatch.reset();
  await clock.advance(9999);
  expect(fired).toBe(0);
  await clock.advance(1);
  expect(fired).toBe(1);
});

it('stays ended, whoever runs it afterwards', async () => {
  const clock = new ManualClock();
  let fired = 0;
  const stopwatch = new Stopwatch(clock, 10, () => fired++);
  stopwatch.run();
  stopwatch.end();
  stopwatch.run();
  stopwatch.reset();
  expect(clock.pending).toBe(0);
  expect(fired).toBe(0);
});
