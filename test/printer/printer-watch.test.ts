/** When the printer is asked: rarely when idle, each second while a job prints, ever more rarely while it is silent. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Log, LogFields } from '#base/log.js';
import {
  firstLookMs,
  idleLookMs,
  lookDeadlineMs,
  type PrinterQuestion,
  PrinterWatch,
  pauseAfter,
  type StatusChange,
} from '../../src/printer/printer-watch.js';
import { ManualClock } from '../support/manual-clock.js';
import { reportOf } from '../support/printer-report.js';

let clock: ManualClock;
let logged: LogFields[];
let log: Log;
const never = new AbortController().signal;

beforeEach(() => {
  clock = new ManualClock();
  logged = [];
  const note = (fields: LogFields) => void logged.push(fields);
  log = { debug: note, info: note, warn: note, error: note };
});

/** Asked until the test is over; `at` are the seconds at which it was. */
function start(ask: PrinterQuestion['ask']) {
  const at: number[] = [];
  const changes: StatusChange[] = [];
  let isClosed = false;
  const watch = new PrinterWatch(clock, log, {
    uri: 'snmp://p',
    ask(signal) {
      at.push(clock.monotonic() / 1000);
      return ask(signal);
    },
    close() {
      isClosed = true;
    },
  });
  const stop = new AbortController();
  const ended = watch.run(stop.signal, async (change) => void changes.push(change));
  return { watch, at, changes, stop, ended, isClosed: () => isClosed };
}

const silence: PrinterQuestion['ask'] = async () => {
  throw new Error('no answer');
};

describe('a printer is asked', () => {
  it('each minute, and each second while a job prints', async () => {
    const { watch, at, changes, stop, ended, isClosed } = start(async () => reportOf({ impressions: 1 }));
    await clock.advance(2 * idleLookMs);
    expect(at).toEqual([0, 60, 120]);
    const inattentive = watch.attend();
    await clock.advance(2500);
    inattentive();
    await clock.advance(idleLookMs);
    // Once more behind it.
    expect(at).toEqual([0, 60, 120, 121, 122, 123]);
    expect(changes[0]).toMatchObject({ before: { state: 'unknown' }, after: { state: 'idle' } });
    stop.abort();
    await ended;
    expect(isClosed()).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('not again at once when somebody else has just asked', async () => {
    const { watch, at, stop, ended } = start(async () => reportOf());
    await clock.advance(idleLookMs - 1000);
    await watch.look(never);
    await clock.advance(2000);
    expect(at).toEqual([0, 59]);
    stop.abort();
    await ended;
  });

  it('more and more rarely when it says nothing; that is told once', async () => {
    const { watch, at, stop, ended } = start(silence);
    await clock.advance(70_000);
    expect(at).toEqual([0, 2, 6, 14, 30, 62]);
    expect(logged).toEqual([{ event: 'watch-silent', by: 'snmp://p', error: 'no answer' }]);
    expect(watch.status).toMatchObject({ state: 'unknown', watch: { report: null, trouble: 'no answer' } });
    expect([pauseAfter(40, false), pauseAfter(40, true)]).toEqual([600_000, 30_000]);
    stop.abort();
    await ended;
  });

  it('and not waited for when it is busy with something else for too long', async () => {
    const asked: AbortSignal[] = [];
    const { watch, stop, ended } = start((signal) => {
      asked.push(signal);
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      );
    });
    await clock.advance(lookDeadlineMs);
    expect(asked[0]?.aborted).toBe(true);
    expect(watch.status.watch?.trouble).toBe('no answer within 10 seconds');
    await clock.advance(2000);
    stop.abort();
    await ended;
    expect(watch.status.watch?.trouble).toBe('no answer within 10 seconds');
  });

  it('and waited for only a moment before the first answer, and for as long as it takes once there was one', async () => {
    const { watch, stop, ended } = start(
      (signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
        ),
    );
    const begun = clock.monotonic();
    expect(await clock.elapseDuring(firstLookMs, watch.lookBriefly(never))).toBeNull();
    expect(clock.monotonic() - begun).toBe(firstLookMs);
    stop.abort();
    await ended;

    const other = start(async () => reportOf({ impressions: 7 }));
    expect(await other.watch.lookBriefly(never)).toMatchObject({ counters: { impressions: 7 } });
    other.stop.abort();
    await other.ended;
  });

  it('by one after the other, each with an answer of its own', async () => {
    let asked = 0;
    const { watch, stop, ended } = start(async () => reportOf({ impressions: ++asked }));
    const [one, other] = await Promise.all([watch.look(never), watch.look(never)]);
    expect(other?.counters.impressions).toBe((one?.counters.impressions ?? 0) + 1);
    stop.abort();
    await ended;
  });

  it('never, where nobody is to watch it', async () => {
    const watch = new PrinterWatch(clock, log);
    await watch.run(never, async () => {});
    expect(await watch.look(never)).toBeNull();
    expect([watch.mayAnswer, watch.status.watch]).toEqual([false, null]);
  });
});
