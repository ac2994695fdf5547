/** Opens the ledger's file, for a server that brings it up to date or for whoever only looks. */
import type { Clock } from '#base/clock.js';
import { syncFolder } from '#base/durable-files.js';
import { errorText, PhaserLinkError } from '#base/errors.js';
import { LedgerAccess, syncFailed } from './ledger-access.js';
import { LedgerDatabase } from './ledger-database.js';
import { createFile, demandFile, ledgerFile } from './ledger-file.js';
import { LogSync, openWriteAheadLog, type SyncedFile } from './log-sync.js';
import { demandSchemaVersion, migrate } from './migrations.js';
import { bestSqlite, type OpenSqlite, openConnection } from './sqlite-driver.js';

export interface LedgerOptions {
  /** The folder of the ledger and the spool; created when missing, unless `readOnly`. */
  dataDir: string;
  clock: Clock;
  /** For looking beside a running server. */
  readOnly?: boolean;
  /** The right side of our mails' Message-IDs. */
  mailDomain?: string;
  /** For tests of one driver; else the best one that this runtime has. */
  sqlite?: OpenSqlite;
  /** For tests of a disk in trouble; else SQLite's write-ahead log beside the ledger's file. */
  openLog?: (path: string) => Promise<SyncedFile>;
}

/** Throws `ledger-missing` (readers only), `ledger-newer`, `ledger-older`, `ledger-unreadable`, or `ledger-failed` for a disk that takes nothing. */
export async function openAccess(options: LedgerOptions): Promise<LedgerAccess> {
  const { dataDir, readOnly = false } = options;
  const path = ledgerFile(dataDir);
  await (readOnly ? demandFile(path) : createFile(dataDir, path));
  const sqlite = options.sqlite ?? (await bestSqlite());
  let database: LedgerDatabase | null = null;
  try {
    database = new LedgerDatabase(openConnection(sqlite, path, readOnly));
    const log = await (readOnly ? prepareToRead(database, path) : prepareToWrite(database, options));
    return new LedgerAccess(database, { dataDir, log });
  } catch (error) {
    database?.close();
    if (error instanceof PhaserLinkError) throw error;
    throw new PhaserLinkError({
      code: 'ledger-unreadable',
      retry: 'permanent',
      text: `${path} cannot be used: ${errorText(error)}. Check the disk and the file's owner, or restore a copy`,
      cause: error,
    });
  }
}

function prepareToRead(database: LedgerDatabase, path: string): null {
  demandSchemaVersion(database, path);
  return null;
}

async function prepareToWrite(
  database: LedgerDatabase,
  { dataDir, openLog = openWriteAheadLog }: LedgerOptions,
): Promise<LogSync> {
  const path = ledgerFile(dataDir);
  await migrate(database, path);
  // What a process before us has failed to sync is written once more, to the ledger's own file.
  database.rows('pragma wal_checkpoint(passive)');
  const log = new LogSync(await openLog(path));
  // What it has committed, and could not wait for any more, is on disk before anybody acts on it.
  log.committed();
  try {
    await log.onDisk();
  } catch (error) {
    await log.close();
    throw syncFailed(dataDir, error);
  }
  await syncFolder(dataDir);
  return log;
}
