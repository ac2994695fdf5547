/** Split mails in the ledger's rows: the sets that are waited for, their pieces, and what is known around one more piece. */
import { sql } from 'kysely';
import type { ContentRef, SetFacts, SetSoFar, SubmittedDocument } from '#vocab/line.js';
import type { PieceLabel, SplitForm } from '#vocab/split-mail.js';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.js';
import type { SplitSetsTable } from './schema.js';

/** A set that is waited for. */
export interface OpenSet {
  jobId: number;
  sender: string;
  form: SplitForm;
  total: number | null;
  jobDigest: string | null;
  head: PieceLabel['head'];
  /** As the first piece calls it; null before that has come. */
  document: Pick<SubmittedDocument, 'name' | 'format'> | null;
  /** By number. */
  pieces: { number: number; content: ContentRef }[];
  /** Epoch milliseconds. */
  lastPieceAt: number;
}

/** A piece by its mail's words and its bytes. */
export interface PieceKey {
  sender: string;
  label: Pick<PieceLabel, 'form' | 'id' | 'number' | 'jobDigest'>;
  digest: string;
}

export async function insertSet(
  transaction: LedgerTransaction,
  jobId: number,
  { sender, label }: { sender: string; label: PieceLabel },
  now: number,
): Promise<void> {
  const { form, id, jobDigest } = label;
  await transaction
    .insertInto('split_sets')
    .values({
      job_id: jobId,
      sender,
      form,
      split_id: id,
      fate: 'open',
      job_digest: jobDigest,
      last_piece_at: now,
    })
    .execute();
}

/** Keeps a piece, and what its mail adds to what is known of the set. */
export async function insertPiece(
  transaction: LedgerTransaction,
  jobId: number,
  { label, total, document }: { label: PieceLabel; total: number | null; document: SubmittedDocument },
  now: number,
): Promise<void> {
  const { name, format, content } = document;
  await transaction
    .insertInto('split_pieces')
    .values({ job_id: jobId, number: label.number, digest: content.digest, bytes: content.bytes })
    .execute();
  const ofTheFirst = label.number === 1 ? { head: JSON.stringify(label.head), name, format } : {};
  await transaction
    .updateTable('split_sets')
    .set({ total, last_piece_at: now, ...ofTheFirst })
    .where('job_id', '=', jobId)
    .execute();
}

export async function closeSet(
  transaction: LedgerTransaction,
  jobId: number,
  fate: 'joined' | 'ended',
): Promise<void> {
  await transaction.updateTable('split_sets').set({ fate, head: null }).where('job_id', '=', jobId).execute();
}

export async function readSetFacts(database: LedgerDatabase, key: PieceKey): Promise<SetFacts> {
  const newest = await setsOf(database, key).orderBy('job_id', 'desc').executeTakeFirst();
  const isEnded = newest?.fate === 'ended';
  return {
    open: newest?.fate === 'open' ? await readSetSoFar(database, newest, key.label.number) : null,
    joinedInto: await findJoined(database, key),
    ended: isEnded ? { jobId: newest.job_id, lastPieceAt: newest.last_piece_at } : null,
    unfinished: await countIncomplete(database, key.sender),
  };
}

export async function readOpenSets(database: LedgerDatabase): Promise<OpenSet[]> {
  const rows = await openSets(database).selectAll().orderBy('job_id').execute();
  const sets: OpenSet[] = [];
  for (const row of rows) {
    const pieces = await database
      .selectFrom('split_pieces')
      .selectAll()
      .where('job_id', '=', row.job_id)
      .orderBy('number')
      .execute();
    sets.push({
      jobId: row.job_id,
      sender: row.sender,
      form: row.form,
      total: row.total,
      jobDigest: row.job_digest,
      head: JSON.parse(row.head ?? '[]') as OpenSet['head'],
      document: row.name === null || row.format === null ? null : { name: row.name, format: row.format },
      pieces: pieces.map(({ number, digest, bytes }) => ({ number, content: { digest, bytes } })),
      lastPieceAt: row.last_piece_at,
    });
  }
  return sets;
}

function setsOf(database: LedgerDatabase, { sender, label }: PieceKey) {
  return database
    .selectFrom('split_sets')
    .selectAll()
    .where('sender', '=', sender)
    .where('form', '=', label.form)
    .where('split_id', '=', label.id);
}

function openSets(database: LedgerDatabase) {
  // As a literal, or SQLite would not take the partial index.
  return database.selectFrom('split_sets').where('fate', '=', sql.lit('open'));
}

async function readSetSoFar(
  database: LedgerDatabase,
  row: SplitSetsTable,
  number: number,
): Promise<SetSoFar> {
  const pieces = database.selectFrom('split_pieces').where('job_id', '=', row.job_id);
  const sums = await pieces
    .select(({ fn }) => [
      fn.countAll<number>().as('pieces'),
      fn.sum<number | null>('bytes').as('bytes'),
      fn.max('number').as('highest'),
    ])
    .executeTakeFirstOrThrow();
  const same = await pieces.select('digest').where('number', '=', number).executeTakeFirst();
  return {
    jobId: row.job_id,
    total: row.total,
    jobDigest: row.job_digest,
    pieces: sums.pieces,
    bytes: sums.bytes ?? 0,
    highest: sums.highest ?? 0,
    sameNumber: same?.digest ?? null,
  };
}

/** The newest job that this very piece has become a part of. */
async function findJoined(database: LedgerDatabase, key: PieceKey): Promise<number | null> {
  const { number, jobDigest } = key.label;
  const row = await setsOf(database, key)
    .innerJoin('split_pieces', 'split_pieces.job_id', 'split_sets.job_id')
    .where('fate', '=', 'joined')
    .where('job_digest', jobDigest === null ? 'is' : '=', jobDigest)
    .where('number', '=', number)
    .where('digest', '=', key.digest)
    .orderBy('split_sets.job_id', 'desc')
    .select('split_sets.job_id as job')
    .executeTakeFirst();
  return row?.job ?? null;
}

/** A set whose pieces are all there is about to be joined, and waits for nobody. */
async function countIncomplete(database: LedgerDatabase, sender: string): Promise<SetFacts['unfinished']> {
  const all = openSets(database)
    .where((where) =>
      where.or([
        where('total', 'is', null),
        where(
          'total',
          '>',
          where
            .selectFrom('split_pieces')
            .whereRef('split_pieces.job_id', '=', 'split_sets.job_id')
            .select(({ fn }) => fn.countAll<number>().as('pieces')),
        ),
      ]),
    )
    .select(({ fn }) => fn.countAll<number>().as('sets'));
  const inAll = await all.executeTakeFirstOrThrow();
  const ofSender = await all.where('sender', '=', sender).executeTakeFirstOrThrow();
  return { ofSender: ofSender.sets, inAll: inAll.sets };
}
