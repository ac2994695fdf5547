/** A content that takes the place of itself is on disk before it does: the one that was there may be a job's, and durable. */
import fs from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Spool } from '../../src/jobs/spool.js';

const steps: string[] = [];

const { fsyncSync, renameSync } = fs;

/** Of every module in this process. */
function replaceInFs(functions: Partial<typeof fs>): void {
  Object.assign(fs, functions);
  syncBuiltinESMExports();
}

let dataDir: string;

beforeEach(async () => {
  replaceInFs({
    fsyncSync(file) {
      steps.push('sync');
      fsyncSync(file);
    },
    renameSync(from, to) {
      steps.push('rename');
      renameSync(from, to);
    },
  });
  dataDir = await mkdtemp(join(tmpdir(), 'phaserlink-spool-sync-'));
});
afterEach(async () => {
  replaceInFs({ fsyncSync, renameSync });
  vi.restoreAllMocks();
  await rm(dataDir, { recursive: true, force: true });
});

it.each([
  ['a small content', 1000],
  ['a large one', 1_000_000],
])('%s is synced before it replaces itself, and only then', async (_name, bytes) => {
  const spool = await Spool.open({ dataDir });
  await watchFileHandles();
  for (const expected of [['rename'], ['sync', 'rename'], ['sync', 'rename']]) {
    steps.length = 0;
    const writer = await spool.create();
    await writer.write(Buffer.alloc(bytes, 'tiger'));
    await writer.commit();
    expect(steps).toEqual(expected);
  }
});

async function watchFileHandles(): Promise<void> {
  const file = await open(join(dataDir, 'any'), 'w');
  const handles = Object.getPrototypeOf(file) as { sync(): Promise<void> };
  const sync = handles.sync;
  vi.spyOn(handles, 'sync').mockImplementation(function (this: unknown) {
    steps.push('sync');
    return sync.call(this);
  });
  await file.close();
}
