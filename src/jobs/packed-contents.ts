/** Where small contents lie, inside a transaction: written down together with what names them. */
import type { PackedContent } from '#vocab/line.js';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.js';
import { liveDigests, readLiveDigests } from './retention.js';
import type { ContentsTable } from './schema.js';
import { statement } from './statement.js';

const insertRow = statement((database, { digest, pack, at, bytes }: ContentsTable) =>
  database
    .insertInto('contents')
    .values({ digest, pack, at, bytes })
    .onConflict((conflict) => conflict.column('digest').doUpdateSet({ pack, at, bytes })),
);

const findRow = statement((database, { digest }: { digest: string }) =>
  database.selectFrom('contents').selectAll().where('digest', '=', digest),
);

/** The newest place counts: the bytes were synced there just now, while an older one may be damaged, for which it was sent again. */
export async function insertPacked(
  transaction: LedgerTransaction,
  contents: readonly PackedContent[],
): Promise<void> {
  for (const { digest, pack, at, bytes } of contents) insertRow(transaction, { digest, pack, at, bytes });
}

/** Null for a content that has a file of its own, or none. */
export function findPacked(database: LedgerDatabase, digest: string): PackedContent | null {
  const [row] = findRow(database, { digest });
  return row ?? null;
}

/** What must stay. */
export interface LiveContents {
  digests: ReadonlySet<string>;
  /** Those of which something must, and how much, in bytes. */
  packs: readonly { pack: string; bytes: number }[];
}

/** As `liveDigests` tells. */
export async function readLiveContents(database: LedgerDatabase, endedAfter: number): Promise<LiveContents> {
  const packs = await database
    .selectFrom('contents')
    .select((of) => ['pack', of.fn.sum<number>('bytes').as('bytes')])
    .where('digest', 'in', liveDigests(database, endedAfter))
    .groupBy('pack')
    .execute();
  return { digests: await readLiveDigests(database, endedAfter), packs };
}

/** Forgets where the contents lie that nobody needs any more. */
export async function forgetPacked(transaction: LedgerTransaction, endedAfter: number): Promise<void> {
  await transaction
    .deleteFrom('contents')
    .where('digest', 'not in', liveDigests(transaction, endedAfter))
    .execute();
}

export async function readPack(database: LedgerDatabase, pack: string): Promise<PackedContent[]> {
  return database.selectFrom('contents').selectAll().where('pack', '=', pack).orderBy('at').execute();
}

/** These contents lie in another pack now. */
export async function movePacked(
  transaction: LedgerTransaction,
  contents: readonly PackedContent[],
): Promise<void> {
  for (const { digest, pack, at } of contents)
    await transaction.updateTable('contents').set({ pack, at }).where('digest', '=', digest).execute();
}
