/** How the ledger's transactions run: what each may do, how soon it is on disk, and what is told when SQLite fails. */
import { sql } from 'kysely';
import { errorText, PhaserLinkError, systemErrorCode } from '#base/errors.js';
import type { LedgerDatabase, LedgerTransaction } from './schema.js';

type Run<T> = (transaction: LedgerTransaction) => Promise<T>;

/** sqlite.org/pragma.html#pragma_synchronous, in WAL mode: only `full` waits at each commit for the disk. */
type Sync = 'full' | 'normal';

export class LedgerAccess {
  readonly #database: LedgerDatabase;
  readonly #options: { dataDir: string; readOnly: boolean };
  /** As it was opened. */
  #sync: Sync = 'full';

  constructor(database: LedgerDatabase, options: { dataDir: string; readOnly: boolean }) {
    this.#database = database;
    this.#options = options;
  }

  /** All queries of `run` see one state of the ledger. */
  read<T>(run: Run<T>): Promise<T> {
    return this.#transact(null, run);
  }

  /** On disk, synced, when it returns. */
  write<T>(run: Run<T>): Promise<T> {
    return this.#change('full', run);
  }

  /** For what a power cut may undo, since nobody has acted on it; a crash of this process undoes nothing. */
  jot<T>(run: Run<T>): Promise<T> {
    return this.#change('normal', run);
  }

  close(): Promise<void> {
    return this.#database.destroy();
  }

  async #change<T>(sync: Sync, run: Run<T>): Promise<T> {
    if (this.#options.readOnly) {
      throw new PhaserLinkError({
        code: 'ledger-read-only',
        retry: 'permanent',
        text: 'the ledger was opened for reading only',
      });
    }
    return this.#transact(sync, run);
  }

  /** `sync`: null for a transaction that only reads. */
  async #transact<T>(sync: Sync | null, run: Run<T>): Promise<T> {
    try {
      return await this.#database.connection().execute(async (connection) => {
        if (sync !== null) await this.#setSync(connection, sync);
        const accessMode = sync === null ? 'read only' : 'read write';
        return connection.transaction().setAccessMode(accessMode).execute(run);
      });
    } catch (error) {
      // libsql says SQLITE_…, node:sqlite ERR_SQLITE_ERROR; any other error is not the ledger's.
      if (!systemErrorCode(error)?.includes('SQLITE')) throw error;
      throw new PhaserLinkError({
        code: 'ledger-failed',
        retry: isAboutValues(error) ? 'permanent' : 'temporary',
        text: `the ledger in ${this.#options.dataDir} could not be used: ${errorText(error)}. Check free space and the folder's owner`,
        cause: error,
      });
    }
  }

  async #setSync(connection: LedgerDatabase, sync: Sync): Promise<void> {
    if (sync === this.#sync) return;
    await sql`pragma synchronous = ${sql.raw(sync)}`.execute(connection);
    this.#sync = sync;
  }
}

/** SQLite's result codes TOOBIG, CONSTRAINT and MISMATCH: what was to be kept is at fault, and not the disk. */
function isAboutValues(error: unknown): boolean {
  const code = systemErrorCode(error) ?? '';
  if (/^SQLITE_(TOOBIG|CONSTRAINT|MISMATCH)/.test(code)) return true;
  // node:sqlite tells the extended code as a number; its lowest byte is the kind.
  const extended = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  return [18, 19, 20].includes(extended & 0xff);
}
