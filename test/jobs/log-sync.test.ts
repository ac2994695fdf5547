/** When a commit counts as being on the disk. */
import { beforeEach, describe, expect, it } from 'vitest';
import { LogSync } from '../../src/jobs/log-sync.js';
import { HeldLog } from '../support/held-log.js';

let disk: HeldLog;
let log: LogSync;
let done: string[];
beforeEach(() => {
  disk = new HeldLog();
  log = new LogSync(disk);
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

it('a commit that nobody waits for is on its way at once, and fails without a word', async () => {
  log.committed();
  log.begin();
  expect(disk.syncs).toBe(1);
  disk.answer(new Error('EIO'));
  await turn();
  expect(log.failure).toEqual(new Error('EIO'));
  expect(await log.failed).toEqual(new Error('EIO'));
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

it('is closed when everything is on the disk', async () => {
  commit('a');
  log.committed();
  const closed = log.close().then(() => done.push('closed'));
  await turn();
  disk.answer();
  await turn();
  expect([done, disk.syncs]).toEqual([['a'], 2]);
  disk.answer();
  await closed;
  expect(done).toEqual(['a', 'closed']);
});
