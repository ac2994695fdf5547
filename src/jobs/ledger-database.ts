/** The ledger's one connection to SQLite: kysely builds the queries, and transactions run one after the other. */
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely';
import type { LedgerTables } from './schema.js';
import { runNow } from './sqlite-driver.js';

/**
 * A transaction that may write takes the write lock when it begins: one that reads first and writes later would fail,
 * not wait. Of two writers one waits with its whole process, so a process opens a ledger for writing only once.
 */
export type Begin = 'begin' | 'begin immediate';

export class LedgerDatabase extends Kysely<LedgerTables> {
  readonly #sqlite: SqliteDatabase;
  #last: Promise<void> = Promise.resolve();

  constructor(sqlite: SqliteDatabase) {
    // It is closed below, also when kysely has never used it.
    const database = { prepare: (sql: string) => sqlite.prepare(sql), close: () => {} };
    super({ dialect: new SqliteDialect({ database }) });
    this.#sqlite = sqlite;
  }

  /** Runs a query without kysely's way to it, which takes longer than SQLite's answer. */
  rows<Row>(sql: string, parameters: readonly unknown[] = []): Row[] {
    return runNow(this.#sqlite, sql, parameters) as Row[];
  }

  /** All of `run` happens, or nothing of it; `committed` is told at once, before anybody else. */
  async transact<T>(
    begin: Begin,
    run: (transaction: LedgerTransaction) => T | Promise<T>,
    committed: () => void = () => {},
  ): Promise<T> {
    const before = this.#last;
    let end = () => {};
    this.#last = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    try {
      runNow(this.#sqlite, begin);
      try {
        const result = await run(this as unknown as LedgerTransaction);
        runNow(this.#sqlite, 'commit');
        committed();
        return result;
      } catch (error) {
        this.#rollBack();
        throw error;
      }
    } finally {
      end();
    }
  }

  /** Runs one query when no transaction is open, of which it would see what may not come to be. */
  async betweenTransactions<T>(query: (database: LedgerDatabase) => T): Promise<T> {
    await this.#last;
    return query(this);
  }

  /** Resolves when the transactions that were begun have ended. */
  idle(): Promise<void> {
    return this.#last;
  }

  close(): void {
    this.#sqlite.close();
  }

  #rollBack(): void {
    try {
      runNow(this.#sqlite, 'rollback');
    } catch {
      // After some errors SQLite has done so itself (sqlite.org/lang_transaction.html, section 3).
    }
  }
}

declare const begun: unique symbol;

/** The connection while a transaction runs on it. */
export type LedgerTransaction = LedgerDatabase & { readonly [begun]: true };
