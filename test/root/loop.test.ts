/** The server's loops: when due, when woken, and after failures with growing pauses; told once. */
import { beforeEach, describe, expect, it } from 'vitest';
import { PhaserLinkError } from '#base/errors.js';
import type { Log, LogFields } from '#base/log.js';
import { Loop } from '../../src/loop.js';
import { ManualClock } from '../support/manual-clock.js';

const backOff = { firstMs: 1_000, longestMs: 5_000, jitter: 0 };
let clock: ManualClock;
let logged: LogFields[];
let log: Log;

beforeEach(() => {
  clock = new ManualClock();
  logged = [];
  const note = (fields: LogFields) => void logged.push(fields);
  log = { debug: note, info: note, warn: note, error: note };
});

function start(step: (signal: AbortSignal) => Promise<number | null>) {
  const loop = new Loop({ name: 'test', step, backOff, clock, log });
  const cut = new AbortController();
  const ended = loop.run(cut.signal);
  return { loop, cut, ended };
}

describe('a loop', () => {
  it('runs again when its step says so, and not before', async () => {
    const times: number[] = [];
    const { loop, ended } = start(async () => {
      times.push(clock.monotonic());
      return times.length < 3 ? 60_000 : null;
    });
    await clock.advance(59_999);
    expect(times).toEqual([0]);
    await clock.advance(60_001);
    expect(times).toEqual([0, 60_000, 120_000]);
    await clock.advance(86_400_000);
    expect(times).toHaveLength(3);
    loop.stop();
    await ended;
    expect(clock.pending).toBe(0);
  });

  it('runs at once when it is woken, also when that happens during a step', async () => {
    let runs = 0;
    const { loop, ended } = start(async () => {
      runs++;
      if (runs === 2) loop.wake();
      return null;
    });
    await clock.advance(0);
    expect(runs).toBe(1);
    loop.wake();
    await clock.advance(0);
    expect(runs).toBe(3);
    loop.stop();
    await ended;
  });

  it('pauses longer after each failure up to a limit, and tells the same trouble once', async () => {
    const times: number[] = [];
    const { loop, ended } = start(async () => {
      times.push(clock.monotonic());
      if (times.length < 6) {
        throw new PhaserLinkError({ code: 'away', retry: 'temporary', text: 'the server is away' });
      }
      return null;
    });
    await clock.advance(60_000);
    expect(times).toEqual([0, 1_000, 3_000, 7_000, 12_000, 17_000]);
    expect(logged.map(({ event }) => event)).toEqual(['failed', 'works-again']);
    loop.stop();
    await ended;
  });

  it('lets a running step end when it is stopped, and cuts it short when its signal says so', async () => {
    let finish = () => {};
    const gentle = start(() => new Promise((resolve) => (finish = () => resolve(0))));
    gentle.loop.stop();
    finish();
    await gentle.ended;

    const urgent = start(
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    urgent.cut.abort();
    await urgent.ended;
    expect(logged).toEqual([]);
  });
});
