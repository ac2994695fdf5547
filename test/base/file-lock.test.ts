/** The lock file: one at a time, never left behind, and taken from the dead and the late. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withFileLock } from '../../src/base/file-lock.js';
import { ManualClock } from '../support/manual-clock.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const staleAfterMs = 60_000;

function place() {
  const clock = new ManualClock();
  const folder = temporaryFolder();
  const path = join(folder, 'lock');
  const hold = <T>(run: () => Promise<T>) => withFileLock(path, { clock, staleAfterMs }, run);
  /** Lets others look again and again until something has happened; in small steps the disk keeps up with the clock. */
  const until = async <T>(promise: Promise<T>, stepMs = 1): Promise<T> => {
    let over = false;
    const end = () => {
      over = true;
    };
    promise.then(end, end);
    while (!over) await clock.advance(stepMs);
    return promise;
  };
  return { clock, folder, path, hold, until };
}

function deadProcess(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

it('lets one in at a time, and everybody in the end', async () => {
  const { folder, hold, until } = place();
  let inside = 0;
  let most = 0;
  const visit = () =>
    hold(async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    });
  await until(Promise.all(Array.from({ length: 10 }, visit)));
  expect({ most, inside }).toEqual({ most: 1, inside: 0 });
  expect(readdirSync(folder)).toEqual([]);
});

it('is free again after a failure, and says what failed', async () => {
  const { folder, hold } = place();
  await expect(hold(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(readdirSync(folder)).toEqual([]);
  expect(await hold(async () => 'in')).toBe('in');
});

it.each([
  ['a dead process', () => `${hostname()} ${deadProcess()} nonce id`],
  ['an earlier process with our number, as in a container', () => `${hostname()} ${process.pid} nonce id`],
])('is taken at once from %s', async (_, holder) => {
  const { path, hold } = place();
  writeFileSync(path, holder());
  expect(await hold(async () => readFileSync(path, 'utf8'))).toContain(`${hostname()} ${process.pid} `);
  expect(existsSync(path)).toBe(false);
});

it.each([
  ['a process that lives', () => `${hostname()} ${process.ppid} nonce id`],
  ['a process of another machine', () => `elsewhere ${deadProcess()} nonce id`],
  ['nobody who can be known', () => ''],
])('is taken from %s only when it was held too long', async (_, holder) => {
  const { clock, path, hold, until } = place();
  writeFileSync(path, holder());
  const taken = hold(async () => clock.monotonic());
  expect(await until(taken, 100)).toBeGreaterThanOrEqual(staleAfterMs);
});

it('is given back only by who has it', async () => {
  const { path, hold } = place();
  await hold(async () => writeFileSync(path, 'somebody else'));
  expect(readFileSync(path, 'utf8')).toBe('somebody else');
});
