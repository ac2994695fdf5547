/** The pace of the machine: each page takes its time, by colour. */
import { expect, it } from 'vitest';
import type { Clock } from '#base/clock.js';
import { ratedPagesPerMinute } from '../../firmware-sim/phaser-740.js';
import { printRaw, startTestPrinter } from '../support/simulator.js';

const monoMs = 60_000 / ratedPagesPerMinute.mono;
const colourMs = 60_000 / ratedPagesPerMinute.colour;
const job = '%!PS\n0 0 50 50 rectfill showpage 1 0 0 setrgbcolor 0 0 50 50 rectfill showpage showpage\n';

/** Paper moves in no time here; the time-outs of the job never come. */
function recordingClock(paces: number[]): Clock {
  return {
    now: () => 0,
    monotonic: () => 0,
    schedule(ms, run) {
      if (ms > colourMs) return () => {};
      paces.push(ms);
      const timer = setImmediate(run);
      return () => clearImmediate(timer);
    },
  };
}

it.each([
  ['rated', [monoMs, colourMs, monoMs]],
  [10, [monoMs / 10, colourMs / 10, monoMs / 10]],
  ['instant', []],
])('at speed %s each page takes its time', async (speed, expected) => {
  const paces: number[] = [];
  const { port, events } = await startTestPrinter({ settings: { speed }, clock: recordingClock(paces) });
  await printRaw(port, job);
  expect(paces).toEqual(expected);
  expect(events.filter(({ event }) => event === 'page')).toHaveLength(3);
});
