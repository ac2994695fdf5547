/** Reading ahead: one value further than the caller, in order, and never left running. */
import { setImmediate as settle } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { readAhead } from '#base/read-ahead.js';

/** Notes what the source does. */
function sourceOf(count: number, notes: string[], failAt = Number.POSITIVE_INFINITY) {
  return (async function* () {
    try {
      for (let n = 1; n <= count; n++) {
        notes.push(`make ${n}`);
        if (n === failAt) throw new Error('broken');
        yield n;
      }
    } finally {
      notes.push('ended');
    }
  })();
}

it('makes the next value while the present one is used', async () => {
  const notes: string[] = [];
  for await (const n of readAhead(sourceOf(3, notes))) {
    await settle();
    notes.push(`use ${n}`);
  }
  expect(notes).toEqual(['make 1', 'make 2', 'use 1', 'make 3', 'use 2', 'ended', 'use 3']);
});

it('gives all values before an error, and the error once', async () => {
  const seen: number[] = [];
  const reading = async () => {
    for await (const n of readAhead(sourceOf(3, [], 3))) seen.push(n);
  };
  await expect(reading()).rejects.toThrow('broken');
  expect(seen).toEqual([1, 2]);
});

it('ends the source when the caller leaves, also when that is about to fail', async () => {
  for (const failAt of [2, Number.POSITIVE_INFINITY]) {
    const notes: string[] = [];
    for await (const n of readAhead(sourceOf(3, notes, failAt))) if (n === 1) break;
    expect(notes.at(-1)).toBe('ended');
  }
});

it('gives nothing of an empty source', async () => {
  for await (const n of readAhead(sourceOf(0, []))) expect.fail(`${n}`);
});
