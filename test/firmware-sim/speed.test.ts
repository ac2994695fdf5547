/** The pace of the machine: it warms up, the first page takes longer, and a colour page longer than a black one. */
import { expect, it } from 'vitest';
import { profiles } from '../../firmware-sim/device/phaser-740.js';
import { atSpeed } from '../../firmware-sim/device/speed.js';
import { startMachine } from '../support/machine.js';

const { warmUpSeconds, firstPageSeconds, monoPagesPerMinute, colourPagesPerMinute } = profiles.N.speed;
const monoMs = 60_000 / monoPagesPerMinute;
const colourMs = 60_000 / colourPagesPerMinute;

it.each([
  ['rated', 1],
  [10, 10],
  ['instant', Number.POSITIVE_INFINITY],
] as const)('at speed %s each page takes its time', (speed, factor) => {
  const machine = startMachine(atSpeed(profiles.N, speed));
  machine.print([{ colour: false }, { colour: true }, { colour: false }]);
  machine.runToEnd();
  const first = warmUpSeconds * 1000 + firstPageSeconds * 1000 + monoMs;
  const expected = [first, first + colourMs, first + colourMs + monoMs];
  const out = machine.out().map(({ at }) => at);
  for (const [n, at] of expected.entries()) expect(out[n]).toBeCloseTo(at / factor, 3);
});
