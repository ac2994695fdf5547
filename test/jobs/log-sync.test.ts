/** When a commit counts as being on the disk. */
import { beforeEach, describe, expect, it } from 'vitest';
import { LogSync, soonMs } from '../../src/jobs/log-sync.js';
import { HeldLog } from '../support/held-log.js';
import { ManualClock } from '../support/manual-clock.js';

let disk: HeldLog;
let clock: ManualClock;
let log: LogSync;
let done: string[];
beforeEach(() => {
  disk = new HeldLog();
  clock = new ManualClock();
  log = new LogSync(disk, clock);
  done = [];
});

/** Commits, and notes when that is on the disk. */
function commit(name: string): void {
  log.committed();
  log.onDisk().then(
    () => done.push(name),
    (error: Error) => done.push(`${name}: ${error.message}`),
  );
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a commit', () => {
  it('is on disk when a sync that began after it is done, and not before', async () => {
    commit('a');
    await turn();
    expect(disk.syncs).toBe(1);
    commit('b');
    commit('c');
    await turn();
    expect([done, disk.syncs]).toEqual([[], 1]);
    disk.answer();
    await turn();
    // Those that came while the first one ran wait together for the second.
    expect([done, disk.syncs]).toEqual([['a'], 2]);
    disk.answer();
    await turn();
    expect([done, disk.syncs]).toEqual([['a', 'b', 'c'], 2]);
  });

  it('is not waited for twice', async () => {
    await log.onDisk();
    expect(disk.syncs).toBe(0);
    commit('a');
    const whoComesLater = log.onDisk();
    disk.answer();
    await whoComesLater;
    await log.onDisk();
    expect([done, disk.syncs]).toEqual([['a'], 1]);
  });
});

describe('a commit that nobody waits for', () => {
  it('goes with the next one that somebody waits for', async () => {
    log.committed();
    log.soon();
    commit('a');
    disk.answer();
    await clock.advance(soonMs);
    expect([done, disk.syncs]).toEqual([['a'], 1]);
  });

  it('is synced alone after a moment', async () => {
    log.committed();
    log.soon();
    await clock.advance(soonMs - 1);
    expect(disk.syncs).toBe(0);
    await clock.advance(1);
    expect(disk.syncs).toBe(1);
    disk.answer(new Error('EIO'));
    await turn();
    expect(log.failure).toEqual(new Error('EIO'));
  });

  it('is left to SQLite when the ledger is closed before', async () => {
    log.committed();
    log.soon();
    await log.close();
    await clock.advance(soonMs);
    expect(disk.syncs).toBe(0);
  });
});

describe('a disk that fails', () => {
  it('is never asked again, for another sync could say that all is well', async () => {
    commit('a');
    commit('b');
    disk.answer(new Error('EIO'));
    await turn();
    commit('c');
    await turn();
    expect([done, disk.syncs]).toEqual([['a: EIO', 'b: EIO', 'c: EIO'], 1]);
    expect(log.failure).toEqual(new Error('EIO'));
    await log.close();
  });
});

it('is closed when nothing waits any more', async () => {
  commit('a');
  commit('b');
  const closed = log.close().then(() => done.push('closed'));
  await turn();
  disk.answer();
  await turn();
  disk.answer();
  await closed;
  expect(done).toEqual(['a', 'b', 'closed']);
});
