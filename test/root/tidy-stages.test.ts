/** What is done by the clock, alone: who is woken for it, and how little is asked when there is nothing to do. */
import { expect, it } from 'vitest';
import { silentLog } from '#base/log.js';
import type { Job } from '#vocab/line.js';
import type { Line } from '../../src/line.js';
import { tell, tidy } from '../../src/pipeline.js';
import { ManualClock } from '../support/manual-clock.js';

const hour = 3_600_000;

/** A ledger that answers only what is given here; anything else that it is asked throws. */
function lineWith(ledger: object, parts: Partial<Line> = {}): Line {
  return {
    ...{ ledger, log: silentLog, clock: new ManualClock(), policy: { holdFor: hour } },
    ...parts,
  } as unknown as Line;
}

it('when there is nothing to tell, nothing more is asked', async () => {
  const line = lineWith({ hasNews: async () => false });
  expect(await tell(line, new AbortController().signal)).toBeNull();
});

it('jobs that are held for longer are only looked at', async () => {
  let looks = 0;
  const clock = new ManualClock();
  const heldJobs = async () => {
    looks++;
    return [{ heldSince: clock.now() - 1000, releaseCode: 'BCDFGH' }];
  };
  expect(await tidy(lineWith({ heldJobs }, { clock }))).toBe(hour - 1000);
  expect(looks).toBe(1);
});

it('the people of a job that nobody has released hear of it at once', async () => {
  const clock = new ManualClock();
  let held = [{ heldSince: clock.now() - hour, releaseCode: 'BCDFGH' }];
  let woken = 0;
  const expireHolds = async () => {
    held = [];
    return [{ job: { id: 1, reasons: [] } as unknown as Job }];
  };
  const mailWaits = () => void woken++;
  expect(await tidy(lineWith({ heldJobs: async () => held, expireHolds }, { clock, mailWaits }))).toBeNull();
  expect(woken).toBe(1);
});
