/** A printer's data folder is one printer's: held while it runs, and refused to whoever comes second. */
import { join } from 'node:path';
import { type Clock, systemClock } from '#base/clock.js';
import { makeFolderDurably } from '#base/durable-files.js';
import { PhaserLinkError } from '#base/errors.js';
import { withFileLock } from '#base/file-lock.js';

/** Made when it is missing. Resolves with what gives it back; a holder that is dead does not count. */
export async function holdDataFolder(folder: string): Promise<() => Promise<void>> {
  await makeFolderDurably(folder);
  const file = join(folder, 'lock');
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let held: Promise<void> = released;
  await new Promise<void>((resolve, reject) => {
    held = withFileLock(file, { clock: unwaiting(folder, file), staleAfterMs: Infinity }, () => {
      resolve();
      return released;
    });
    held.catch(reject);
  });
  return () => {
    release();
    return held;
  };
}

/** Whoever would have to wait until the folder is free is told so instead. */
function unwaiting(folder: string, file: string): Clock {
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    schedule() {
      throw new PhaserLinkError({
        code: 'phaser740-data-folder-taken',
        retry: 'permanent',
        text: `another simulated printer works in ${folder}; choose another dataDir, or, when there is none any more, remove ${file}`,
      });
    },
  };
}
