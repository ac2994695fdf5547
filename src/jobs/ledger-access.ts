/** How the ledger's transactions run: what each may do, how soon it is on disk, and what is told when SQLite fails. */
import { errorText, PhaserLinkError, systemErrorCode } from '#base/errors.js';
import type { Begin, LedgerDatabase, LedgerTransaction } from './ledger-database.js';
import type { LogSync } from './log-sync.js';

type Run<T> = (transaction: LedgerTransaction) => T | Promise<T>;

export interface LedgerAccessOptions {
  dataDir: string;
  /** Null for whoever only looks. */
  log: LogSync | null;
}

export class LedgerAccess {
  readonly #database: LedgerDatabase;
  readonly #options: LedgerAccessOptions;

  constructor(database: LedgerDatabase, options: LedgerAccessOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** All queries of `run` see one state of the ledger. */
  read<T>(run: Run<T>): Promise<T> {
    return this.#transact('begin', run);
  }

  /** For one query, which sees one state of the ledger without a transaction. */
  look<T>(query: (database: LedgerDatabase) => T): Promise<T> {
    return this.#guarded(() => {
      this.#demandDisk();
      return this.#database.betweenTransactions(query);
    });
  }

  /** Everything that a read has seen is on disk when it returns, whichever process has committed it. */
  async synced(): Promise<void> {
    const { log } = this.#options;
    log?.committed();
    await this.#guarded(() => log?.onDisk());
  }

  /** On disk, synced, when it returns. */
  async write<T>(run: Run<T>): Promise<T> {
    const result = await this.jot(run);
    await this.#guarded(() => this.#options.log?.onDisk());
    return result;
  }

  /** On its way to the disk when it returns: for what nobody acts on outside before another `write`, or `synced`. */
  async writeSoon<T>(run: Run<T>): Promise<T> {
    const result = await this.jot(run);
    this.#options.log?.begin();
    return result;
  }

  /** For what a power cut may undo, since nobody has acted on it; a crash of this process undoes nothing. */
  async jot<T>(run: Run<T>): Promise<T> {
    const { log } = this.#options;
    if (log === null) {
      throw new PhaserLinkError({
        code: 'ledger-read-only',
        retry: 'permanent',
        text: 'the ledger was opened for reading only',
      });
    }
    return this.#transact('begin immediate', run, () => log.committed());
  }

  /** Resolves with the error when a sync has failed: from then on nothing is read or written any more. */
  get failed(): Promise<unknown> {
    const { log } = this.#options;
    return log === null ? new Promise(() => undefined) : log.failed.then((error) => this.#ownError(error));
  }

  /** Throws when the last commits did not come to the disk. */
  async close(): Promise<void> {
    const { log } = this.#options;
    const before = log?.failure ?? null;
    try {
      await this.#database.idle();
      await log?.close();
    } finally {
      this.#database.close();
    }
    const failure = log?.failure ?? null;
    if (before === null && failure !== null) throw this.#ownError(failure);
  }

  #transact<T>(begin: Begin, run: Run<T>, committed?: () => void): Promise<T> {
    return this.#guarded(() => {
      this.#demandDisk();
      return this.#database.transact(begin, run, committed);
    });
  }

  #demandDisk(): void {
    const failure = this.#options.log?.failure ?? null;
    if (failure !== null) throw failure;
  }

  async #guarded<T>(run: () => T | Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw this.#ownError(error);
    }
  }

  /** libsql says SQLITE_…, node:sqlite ERR_SQLITE_ERROR; any other error is not the ledger's. */
  #ownError(error: unknown): unknown {
    const { dataDir, log } = this.#options;
    if (error !== null && error === log?.failure) return syncFailed(dataDir, error);
    if (!systemErrorCode(error)?.includes('SQLITE')) return error;
    return new PhaserLinkError({
      code: 'ledger-failed',
      retry: isAboutValues(error) ? 'permanent' : 'temporary',
      text: `the ledger in ${dataDir} could not be used: ${errorText(error)}. Check free space and the folder's owner`,
      cause: error,
    });
  }
}

/** What `error` is to people: the disk has not taken what was committed. */
export function syncFailed(dataDir: string, error: unknown): PhaserLinkError {
  return new PhaserLinkError({
    code: 'ledger-failed',
    retry: 'temporary',
    text: `the ledger in ${dataDir} could not be written to the disk: ${errorText(error)}. Nothing more is kept by this process; check the disk, then start it again`,
    cause: error,
  });
}

/** SQLite's result codes TOOBIG, CONSTRAINT and MISMATCH: what was to be kept is at fault, and not the disk. */
function isAboutValues(error: unknown): boolean {
  const code = systemErrorCode(error) ?? '';
  if (/^SQLITE_(TOOBIG|CONSTRAINT|MISMATCH)/.test(code)) return true;
  // node:sqlite tells the extended code as a number; its lowest byte is the kind.
  const extended = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  return [18, 19, 20].includes(extended & 0xff);
}
