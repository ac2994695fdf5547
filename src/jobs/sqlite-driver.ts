/** SQLite: the runtime's own `node:sqlite` where it has one, else the prebuilt `libsql`. */
import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** How long a writer waits for another process's transaction, in milliseconds. */
const busyTimeoutMs = 30_000;

/** How many prepared statements a connection keeps; old ones that nobody has used go first. */
const maxKeptStatements = 200;

/** Opens a database file; creates it when it is missing. */
export type OpenSqlite = (path: string) => SqliteDatabase;

/** What we use of `node:sqlite`; the types of Node 20 do not know it. */
interface NodeSqlite {
  DatabaseSync: {
    new (path: string): { close(): void; prepare(sql: string): NodeStatement };
  };
  StatementSync: { prototype: object };
}

interface NodeStatement {
  columns(): unknown[];
  all(...parameters: unknown[]): unknown[];
  run(...parameters: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  iterate(...parameters: unknown[]): IterableIterator<unknown>;
}

/** The driver built into the runtime, or null where there is none (Node 20) or it is too young to use. */
export function nodeSqlite(): OpenSqlite | null {
  const builtin = process.getBuiltinModule('node:sqlite') as NodeSqlite | undefined;
  if (builtin === undefined || !('columns' in builtin.StatementSync.prototype)) return null;
  return (path) => {
    const database = new builtin.DatabaseSync(path);
    return {
      close: () => database.close(),
      prepare(sql) {
        const statement = database.prepare(sql);
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...parameters),
          run: (parameters) => statement.run(...parameters),
          iterate: (parameters) => statement.iterate(...parameters),
        };
      },
    };
  };
}

export async function libsqlSqlite(): Promise<OpenSqlite> {
  const { default: Database } = await import('libsql');
  return (path) => new Database(path);
}

/** The best driver that this runtime has. */
export async function bestSqlite(): Promise<OpenSqlite> {
  return nodeSqlite() ?? (await libsqlSqlite());
}

/** Opens a ledger's file as a ledger is used; `readOnly` can change nothing. */
export function openConnection(open: OpenSqlite, path: string, readOnly: boolean): SqliteDatabase {
  const database = keepingStatements(open(path));
  try {
    for (const pragma of pragmas(readOnly)) runNow(database, `pragma ${pragma}`);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** The rows that a query gives; SQLite answers at once. */
export function runNow(
  database: SqliteDatabase,
  sql: string,
  parameters: readonly unknown[] = [],
): unknown[] {
  const statement = database.prepare(sql);
  if (statement.reader) return statement.all(parameters);
  statement.run(parameters);
  return [];
}

/**
 * kysely prepares every query anew. libsql frees a statement only when the garbage collector comes, which does not see
 * its memory: without this the process grows by 0.3 MB a job.
 */
function keepingStatements(database: SqliteDatabase): SqliteDatabase {
  const kept = new Map<string, { statement: SqliteStatement; isUsed: boolean }>();
  /** A second chance for what was used since the last look; a map keeps the order of insertion. */
  const makeRoom = () => {
    for (const [sql, entry] of kept) {
      kept.delete(sql);
      if (!entry.isUsed) return;
      kept.set(sql, { ...entry, isUsed: false });
    }
  };
  return {
    close() {
      kept.clear();
      database.close();
    },
    prepare(sql) {
      const known = kept.get(sql);
      if (known !== undefined) {
        known.isUsed = true;
        return known.statement;
      }
      const statement = knowingItsKind(database.prepare(sql));
      if (kept.size >= maxKeptStatements) makeRoom();
      kept.set(sql, { statement, isUsed: false });
      return statement;
    },
  };
}

/** kysely asks each time whether it reads; libsql takes almost as long to say so as to run it. */
function knowingItsKind(statement: SqliteStatement): SqliteStatement {
  return {
    reader: statement.reader,
    all: (parameters) => statement.all(parameters),
    run: (parameters) => statement.run(parameters),
    iterate: (parameters) => statement.iterate(parameters),
  };
}

/**
 * sqlite.org/pragma.html#pragma_synchronous: with `normal` a commit is in the write-ahead log, whole or not at all, but does
 * not wait for the disk; who needs it there waits by `LogSync`.
 */
function pragmas(readOnly: boolean): string[] {
  const always = [`busy_timeout = ${busyTimeoutMs}`, 'foreign_keys = on'];
  return readOnly
    ? [...always, 'query_only = on']
    : [...always, 'journal_mode = wal', 'synchronous = normal'];
}
