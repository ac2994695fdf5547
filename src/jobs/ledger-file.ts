/** Where the ledger lies: made for a server, demanded by whoever only looks. */
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolderDurably } from '#base/durable-files.js';
import { PhaserLinkError, systemErrorCode } from '#base/errors.js';

export function ledgerFile(dataDir: string): string {
  return join(dataDir, 'ledger.sqlite');
}

export async function createFile(dataDir: string, path: string): Promise<void> {
  await makeFolderDurably(dataDir, 0o700);
  try {
    // Never one that is there: to close it would take away the locks that another connection of this process has on it, and
    // then another process could remove the write-ahead log under us (sqlite.org/howtocorrupt.html, section 2.2).
    const file = await open(path, 'wx', 0o600);
    await file.close();
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
}

export async function demandFile(path: string): Promise<void> {
  try {
    await stat(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    throw new PhaserLinkError({
      code: 'ledger-missing',
      retry: 'permanent',
      text: `there is no ledger at ${path} yet: the server has not run with this dataDir`,
      cause: error,
    });
  }
}
