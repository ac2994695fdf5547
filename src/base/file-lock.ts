/** A lock between processes: a file that only one of them can create. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, link, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { type Clock, sleep } from './clock.js';
import { systemErrorCode } from './errors.js';
import { isProcessAlive } from './process-alive.js';

/** How often it is looked whether the lock is free. */
const lookMs = 100;
/** Tells this process from an earlier one with its number; in a container they are often the same. */
const processNonce = randomUUID();

/**
 * Runs while no other process, and nobody else in this one, has the lock. Who holds it longer than `staleAfterMs`, or is
 * dead, loses it. The file's folder must be there.
 */
export async function withFileLock<T>(
  path: string,
  options: { clock: Clock; staleAfterMs: number },
  run: () => Promise<T>,
): Promise<T> {
  const owner = `${hostname()} ${process.pid} ${processNonce} ${randomUUID()}`;
  await take(path, owner, options);
  try {
    return await run();
  } finally {
    // It may have been taken from us.
    if ((await holderOf(path)) === owner) await rm(path, { force: true });
  }
}

async function take(
  path: string,
  owner: string,
  { clock, staleAfterMs }: { clock: Clock; staleAfterMs: number },
): Promise<void> {
  let watched = '';
  let since = 0;
  while (!(await create(path, owner))) {
    const holder = await holderOf(path);
    if (holder === null) continue;
    if (holder !== watched) since = clock.monotonic();
    watched = holder;
    const stale = clock.monotonic() - since >= staleAfterMs;
    if (stale || isDead(holder)) await breakLock(path, holder);
    else await sleep(clock, lookMs);
  }
}

/** False when another has it. */
async function create(path: string, owner: string): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path, 'wx', 0o600);
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await file.writeFile(owner);
    return true;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Null when nobody holds it. */
async function holderOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function isDead(holder: string): boolean {
  const [host, pid, nonce] = holder.split(' ');
  if (host !== hostname() || nonce === undefined) return false;
  return Number(pid) === process.pid ? nonce !== processNonce : !isProcessAlive(Number(pid));
}

async function breakLock(path: string, holder: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  // Another may have broken and taken it between our look and our move: it gets it back.
  if ((await holderOf(aside)) !== holder) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}
