/** Files made durable: a name appears only when its bytes are on disk, and stays after a power cut. */
import { closeSync, fsync, openSync, type Stats, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { systemErrorCode } from './errors.js';

/** Syncs a folder, so that names created, renamed or removed in it survive a power cut. */
export function syncFolder(path: string): Promise<void> {
  return syncAt(path, 'r');
}

/** Syncs a file that was written and closed before. */
export function syncFile(path: string): Promise<void> {
  return syncAt(path, 'r+');
}

const sync = promisify(fsync);

/** Of what happens here only the syncing takes long enough to be worth the way through another thread. */
async function syncAt(path: string, flags: string): Promise<void> {
  const file = openSync(path, flags);
  try {
    await sync(file);
  } finally {
    closeSync(file);
  }
}

/** Creates a folder and its parents; every level that was missing is synced into its parent. */
export async function makeFolderDurably(path: string, mode = 0o700): Promise<void> {
  const firstCreated = await mkdir(path, { recursive: true, mode });
  if (firstCreated === undefined) return;
  for (let level = path; level.length >= firstCreated.length; level = dirname(level)) {
    await syncFolder(dirname(level));
  }
}

/** Gives a closed or open, synced temporary file its final name in the same file system. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Writes a file whole or not at all: temporary name that folder watchers pass over, sync, rename, sync of the folder. */
export async function writeFileDurably(
  path: string,
  data: string | Uint8Array | AsyncIterable<Uint8Array>,
  mode = 0o600,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.new`);
  const file = await open(temporary, 'w', mode);
  try {
    await writeFile(file, data);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await renameDurably(temporary, path);
}

/** Writes all of `chunk`, however often the system takes only a part of it. */
export async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < chunk.length) {
    const { bytesWritten } = await file.write(chunk, offset);
    offset += bytesWritten;
  }
}

/** The same for a small chunk: the whole process waits until the system has it. Without `at` it goes where the file stands. */
export function writeAllAtOnce(file: number, chunk: Uint8Array, at: number | null = null): void {
  for (let offset = 0; offset < chunk.length; ) {
    offset += writeSync(file, chunk, offset, chunk.length - offset, at === null ? null : at + offset);
  }
}

/** Null for what is not there. */
export async function statIfThere(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
