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
  const file = await open(path, 'a', 0o600);
  await file.close();
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
