/** Before the tests: their files lie in memory where there is room, for waiting on a disk is a third of what many of them do. */
import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';

const memory = '/dev/shm';
/** The largest spool of a test, several times over; a container may have as little as 64 MB. */
const neededBytes = 2 ** 31;

/**
 * vitest's globalSetup. Nothing that the tests prove is lost: a process that is killed leaves the same files in memory as on
 * a disk, and no test cuts the power. Whoever sets TMPDIR has the files there.
 */
export function setup(): (() => void) | undefined {
  if (process.env.TMPDIR !== undefined || freeBytes() < neededBytes) return undefined;
  const folder = mkdtempSync(`${memory}/phaserlink-`);
  // Dovecot's own user reads its mail there.
  chmodSync(folder, 0o755);
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

function freeBytes(): number {
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
