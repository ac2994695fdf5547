/** A query that is built and compiled once and then run with other values: for what is asked at every mail. */
import type { CompiledQuery } from 'kysely';
import type { LedgerDatabase } from './ledger-database.js';

/** Stands for a value while the query is built. */
class Place {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * `build` gets stand-ins for the values, and may do nothing with them but hand them to the query. A value may be null only
 * where it is written and not compared.
 */
export function statement<Values extends object, Row>(
  build: (database: LedgerDatabase, values: Values) => { compile(): CompiledQuery<Row> },
): (database: LedgerDatabase, values: Values) => Row[] {
  let compiled: { sql: string; parameters: readonly unknown[] } | null = null;
  const places = new Proxy({}, { get: (_, name) => new Place(String(name)) }) as Values;
  return (database, values) => {
    compiled ??= build(database, places).compile();
    const given = values as Record<string, unknown>;
    const parameters: unknown[] = [];
    for (const value of compiled.parameters) {
      parameters.push(value instanceof Place ? given[value.name] : value);
    }
    return database.rows<Row>(compiled.sql, parameters);
  };
}
