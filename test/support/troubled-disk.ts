/** A disk under a ledger that is full or read-only when told, as SQLite says it. */
import type { SqliteDatabase } from 'kysely';
import { bestSqlite, type OpenSqlite } from '../../src/jobs/sqlite-driver.js';

export interface TroubledDisk {
  open: OpenSqlite;
  /** No change is taken from now on: `SQLITE_FULL`. */
  full(): void;
  /** SQLite itself refuses every change: `SQLITE_READONLY`. */
  readOnly(): void;
  well(): void;
}

export async function troubledDisk(): Promise<TroubledDisk> {
  const open = await bestSqlite();
  let database: SqliteDatabase | null = null;
  let isFull = false;
  const refuseChanges = (refuse: boolean) => {
    database?.prepare(`pragma query_only = ${refuse ? 'on' : 'off'}`).run([]);
  };
  return {
    open(path) {
      const opened = open(path);
      database = opened;
      return { close: () => opened.close(), prepare: (sql) => fillable(opened.prepare(sql), sql) };
    },
    full: () => {
      isFull = true;
    },
    readOnly: () => refuseChanges(true),
    well() {
      isFull = false;
      refuseChanges(false);
    },
  };

  function fillable(statement: ReturnType<SqliteDatabase['prepare']>, sql: string): typeof statement {
    if (!/^\s*(?:insert|update|delete)/i.test(sql)) return statement;
    const demandRoom = () => {
      if (isFull) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    };
    return {
      reader: statement.reader,
      iterate: (parameters) => statement.iterate(parameters),
      all(parameters) {
        demandRoom();
        return statement.all(parameters);
      },
      run(parameters) {
        demandRoom();
        return statement.run(parameters);
      },
    };
  }
}
