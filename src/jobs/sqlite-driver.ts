/** SQLite for kysely: the runtime's own `node:sqlite` where it has one, else the prebuilt `libsql`. */
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type SqliteStatement,
  type TransactionSettings,
} from 'kysely';

/** How long a writer waits for another process's transaction, in milliseconds. */
const busyTimeoutMs = 30_000;

/** How many prepared statements a connection keeps; the oldest unused go first. */
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

/**
 * A transaction that may write takes the write lock when it begins: one that reads first and writes later would fail,
 * not wait. Of two writers one waits with its whole process, so a process opens a ledger for writing only once.
 */
class LedgerDriver extends SqliteDriver {
  override async beginTransaction(
    connection: DatabaseConnection,
    { accessMode }: TransactionSettings = {},
  ): Promise<void> {
    const begin = accessMode === 'read only' ? 'begin' : 'begin immediate';
    await connection.executeQuery(CompiledQuery.raw(begin));
  }
}

/** kysely's dialect over one file, with every commit synced to the disk; `readOnly` can change nothing. */
export function sqliteDialect(open: OpenSqlite, path: string, readOnly: boolean): Dialect {
  const config = {
    database: async () => keepingStatements(open(path)),
    onCreateConnection: async (connection: DatabaseConnection) => {
      for (const pragma of pragmas(readOnly)) {
        await connection.executeQuery(CompiledQuery.raw(`pragma ${pragma}`));
      }
    },
  };
  const dialect = new SqliteDialect(config);
  return {
    createDriver: () => new LedgerDriver(config),
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (database) => dialect.createIntrospector(database),
    createQueryCompiler: () => dialect.createQueryCompiler(),
  };
}

/**
 * kysely prepares every query anew. libsql frees a statement only when the garbage collector comes, which does not see
 * its memory: without this the process grows by 0.3 MB a job.
 */
function keepingStatements(database: SqliteDatabase): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  return {
    close() {
      kept.clear();
      database.close();
    },
    prepare(sql) {
      const statement = kept.get(sql) ?? knowingItsKind(database.prepare(sql));
      // A map keeps the order of insertion: what was used last stands last.
      kept.delete(sql);
      kept.set(sql, statement);
      const [oldest] = kept.keys();
      if (kept.size > maxKeptStatements && oldest !== undefined) kept.delete(oldest);
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

function pragmas(readOnly: boolean): string[] {
  const always = [`busy_timeout = ${busyTimeoutMs}`, 'foreign_keys = on'];
  return readOnly ? [...always, 'query_only = on'] : [...always, 'journal_mode = wal', 'synchronous = full'];
}
