/** Both SQLite drivers keep the same promises; the ledger runs on each that this runtime has. */
import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import type { SqliteDatabase } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { schemaVersion } from '../../src/jobs/migrations.js';
import {
  libsqlSqlite,
  nodeSqlite,
  type OpenSqlite,
  openConnection,
  runNow,
} from '../../src/jobs/sqlite-driver.js';
import { keepMail, LedgerHouse, leaseOf, mailCommit, testDocument } from '../support/ledger-house.js';

const drivers: { name: string; sqlite: OpenSqlite | null }[] = [
  { name: 'node:sqlite', sqlite: nodeSqlite() },
  { name: 'libsql', sqlite: await libsqlSqlite() },
];

let house: LedgerHouse;
beforeEach(async () => {
  house = await LedgerHouse.build();
});
afterEach(() => house.takeDown());

for (const { name, sqlite } of drivers) {
  if (sqlite === null) continue;

  describe(name, () => {
    it('keeps a log that a power cut leaves whole, checks references and waits for others', async () => {
      const database = open(sqlite, 'new.sqlite', false);
      try {
        const pragma = (word: string) => Object.values(runNow(database, `pragma ${word}`)[0] ?? {})[0];
        expect(pragma('journal_mode')).toBe('wal');
        expect(pragma('synchronous')).toBe(1);
        expect(pragma('foreign_keys')).toBe(1);
        expect(pragma('busy_timeout')).toBe(30_000);
      } finally {
        database.close();
      }
    });

    it('carries a job through the ledger', async () => {
      const ledger = await house.ledger({ sqlite });
      const lease = await leaseOf(ledger);
      await keepMail(ledger, lease, mailCommit('1'));
      await ledger.apply(lease, 1, { type: 'transforming-started' });
      const reader = await house.ledger({ sqlite, readOnly: true });
      expect(await reader.nextJob()).toBeNull();
      expect(await reader.job(1)).toMatchObject({ state: 'processing', reasons: ['job-transforming'] });
    });

    it('says of a value that it cannot be kept, and not that the disk may be at fault', async () => {
      const ledger = await house.ledger({ sqlite });
      const lease = await leaseOf(ledger);
      const spoilt = { ...testDocument(), name: null as unknown as string };
      await expect(keepMail(ledger, lease, mailCommit('1', { documents: [spoilt] }))).rejects.toMatchObject({
        code: 'ledger-failed',
        retry: 'permanent',
      });
      expect(await ledger.jobs()).toEqual([]);
    });

    it('lets a reader change nothing', async () => {
      await house.ledger({ sqlite });
      const reader = open(sqlite, 'ledger.sqlite', true);
      try {
        expect(() => runNow(reader, 'delete from jobs')).toThrow(/readonly/);
      } finally {
        reader.close();
      }
    });

    it('refuses a ledger of a newer program, and to read one of an older', async () => {
      await house.ledger({ sqlite });
      setVersion(sqlite, schemaVersion + 1);
      await expect(house.ledger({ sqlite })).rejects.toMatchObject({ code: 'ledger-newer' });
      await expect(house.ledger({ sqlite, readOnly: true })).rejects.toMatchObject({ code: 'ledger-newer' });
      setVersion(sqlite, schemaVersion - 1);
      await expect(house.ledger({ sqlite, readOnly: true })).rejects.toMatchObject({ code: 'ledger-older' });
      setVersion(sqlite, schemaVersion);
    });
  });
}

it('the runtime’s own SQLite is taken where there is one', () => {
  expect(nodeSqlite() !== null).toBe(isBuiltin('node:sqlite'));
});

it.each([
  ['SQLITE_CONSTRAINT_NOTNULL', undefined, 'permanent'],
  ['SQLITE_TOOBIG', undefined, 'permanent'],
  ['SQLITE_MISMATCH', undefined, 'permanent'],
  ['SQLITE_FULL', undefined, 'temporary'],
  ['SQLITE_IOERR_WRITE', undefined, 'temporary'],
  // As node:sqlite tells them: extended codes.
  ['ERR_SQLITE_ERROR', 1299, 'permanent'],
  ['ERR_SQLITE_ERROR', 18, 'permanent'],
  ['ERR_SQLITE_ERROR', 20, 'permanent'],
  ['ERR_SQLITE_ERROR', 13, 'temporary'],
  ['ERR_SQLITE_ERROR', 778, 'temporary'],
])('the error %s %s is %s', async (code, errcode, retry) => {
  const ledger = await house.ledger();
  const failure = Object.assign(new Error('no'), { code, errcode });
  const lease = await leaseOf(ledger);
  const kept = ledger.receive(lease, () => Promise.reject(failure));
  await expect(kept).rejects.toMatchObject({ code: 'ledger-failed', retry, cause: failure });
});

function open(sqlite: OpenSqlite, name: string, readOnly: boolean): SqliteDatabase {
  const path = join(house.dataDir, name);
  expect(existsSync(path)).toBe(readOnly);
  return openConnection(sqlite, path, readOnly);
}

function setVersion(sqlite: OpenSqlite, version: number): void {
  const database = openConnection(sqlite, join(house.dataDir, 'ledger.sqlite'), false);
  runNow(database, `pragma user_version = ${version}`);
  database.close();
}
