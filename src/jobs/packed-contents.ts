/** Where small contents lie, inside a transaction: written down together with what names them. */
import type { PackedContent } from '#vocab/line.js';
import { readLiveDigests } from './retention.js';
import type { ContentsTable, LedgerDatabase, LedgerTransaction } from './schema.js';
import { statement } from './statement.js';

const insertRow = statement((database, { digest, pack, at, bytes }: ContentsTable) =>
  database
    .insertInto('contents')
    .values({ digest, pack, at, bytes })
    .onConflict((conflict) => conflict.doNothing()),
);

const findRow = statement((database, { digest }: { digest: string }) =>
  database.selectFrom('contents').selectAll().where('digest', '=', digest),
);

/** Of one that is known already the place that is known stays: its pack is durable. */
export async function insertPacked(
  transaction: LedgerTransaction,
  contents: readonly PackedContent[],
): Promise<void> {
  for (const { digest, pack, at, bytes } of contents)
    await insertRow(transaction, { digest, pack, at, bytes });
}

/** Null for a content that has a file of its own, or none. */
export async function findPacked(database: LedgerDatabase, digest: string): Promise<PackedContent | null> {
  const [row] = await findRow(database, { digest });
  return row ?? null;
}

/** What `forgetPacked` has left: the packs that must stay, and the contents in them that need not. */
export interface PackedRest {
  packs: Set<string>;
  gone: PackedContent[];
}

/** Forgets where the contents lie that nobody needs any more, as `readLiveDigests` tells. */
export async function forgetPacked(transaction: LedgerTransaction, endedAfter: number): Promise<PackedRest> {
  const all = await transaction.selectFrom('contents').selectAll().execute();
  if (all.length === 0) return { packs: new Set(), gone: [] };
  const live = await readLiveDigests(transaction, endedAfter);
  const packs = new Set(all.filter(({ digest }) => live.has(digest)).map(({ pack }) => pack));
  const dead = all.filter(({ digest }) => !live.has(digest));
  for (const { digest } of dead)
    await transaction.deleteFrom('contents').where('digest', '=', digest).execute();
  return { packs, gone: dead.filter(({ pack }) => packs.has(pack)) };
}
