/** Quarantine in the ledger: the mails that could not be read, whether their bytes are still there, and what became of them. */
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import { isoTime } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import type { HeaderLine, OutgoingMail, RawMessage } from '#vocab/line.js';
import { demandLease, type Lease } from './leases.js';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.js';
import { addToTrail } from './messages.js';
import type { LedgerTables, QuarantineTable } from './schema.js';

/** Of all mails in quarantine so many are kept, with so many bytes; the oldest give way, for anybody can send such mails. */
export const maxQuarantineMails = 1000;
export const maxQuarantineBytes = 256 * 1024 * 1024;

/** How many mails one notice to the administrator can be about in detail. */
const untoldAtOnce = 50;

/** Why a mail could not be read, and what was seen of it. */
export interface UnreadableFacts {
  error: string;
  header: readonly HeaderLine[];
}

/**
 * `read`: a later try has judged it, to a job or a refusal. `dropped`: by the administrator's wish. `displaced`: newer ones
 * needed the room.
 */
export type QuarantineEnd = QuarantineTable['closed_as'] & string;

export interface QuarantinedMail {
  /** The ledger's number of the message. */
  id: number;
  /** To be read and judged anew, as long as it is in quarantine: so long are its bytes kept. */
  message: RawMessage;
  messageId: string | null;
  /** Epoch milliseconds, as all times here. */
  receivedAt: number;
  header: HeaderLine[];
  /** What the newest try came to. */
  error: string;
  /** How often it was handed to the reader in vain. */
  tries: number;
  triedAt: number;
  /** When the administrator was told; null while that is to be done. */
  toldAt: number | null;
  /** Null while it is in quarantine. */
  closed: { as: QuarantineEnd; at: number; jobId: number | null } | null;
}

export interface Untold {
  mails: QuarantinedMail[];
  count: number;
  /** The number of the newest of all. */
  newest: number;
}

/** How the ledger runs its transactions. */
interface Access {
  read<T>(run: (transaction: LedgerTransaction) => Promise<T>): Promise<T>;
  write<T>(run: (transaction: LedgerTransaction) => Promise<T>): Promise<T>;
  putMails(transaction: LedgerTransaction, mails: readonly OutgoingMail[]): Promise<void>;
  now(): number;
}

/** What is asked of the ledger about quarantine. */
export class Quarantine {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  /** All mails in quarantine, oldest first. */
  list(): Promise<QuarantinedMail[]> {
    return this.#access.read((transaction) => readMails(transaction, isOpen));
  }

  /** Also one that is there no more; null for a mail that never was. */
  async find(id: number): Promise<QuarantinedMail | null> {
    const [mail] = await this.#access.read((transaction) =>
      readMails(transaction, (where) => where('quarantine.message', '=', id)),
    );
    return mail ?? null;
  }

  /** One that is there; throws `not-in-quarantine`. */
  demand(id: number): Promise<QuarantinedMail> {
    return this.#access.read((transaction) => demandOpen(transaction, id));
  }

  /** Gives the bytes up for good; says under which digest, and whether another mail in quarantine has the same ones. */
  drop(lease: Lease, id: number): Promise<{ digest: string; needed: boolean }> {
    return this.#access.write(async (transaction) => {
      await demandLease(transaction, lease);
      const { message } = await demandOpen(transaction, id);
      const text = 'by hand; its bytes are gone';
      await closeMail(transaction, id, { as: 'dropped', text, at: this.#access.now() });
      const { digest } = message.content;
      return { digest, needed: await isInQuarantine(transaction, digest) };
    });
  }

  /** The mails of which the administrator knows nothing yet: the oldest of those in quarantine, and how many there are in all. */
  untold(): Promise<Untold> {
    return this.#access.read(async (transaction) => {
      const facts = await untold(transaction)
        .select((of) => [of.fn.countAll<number>().as('count'), of.fn.max('message').as('newest')])
        .executeTakeFirst();
      const mails = await readMails(
        transaction,
        (where) => where.and([isOpen(where), where('told_at', 'is', null)]),
        untoldAtOnce,
      );
      return { mails, count: facts?.count ?? 0, newest: facts?.newest ?? 0 };
    });
  }

  /** When the administrator was last told of any mail; null when that never was. */
  lastToldAt(): Promise<number | null> {
    return this.#access.read(async (transaction) => {
      const newest = transaction.selectFrom('quarantine').select((count) => count.fn.max('told_at').as('at'));
      return (await newest.executeTakeFirst())?.at ?? null;
    });
  }

  /** The administrator is told of all mails up to this one, by these mails in the outbox, together. */
  markTold(newest: number, mails: readonly OutgoingMail[]): Promise<void> {
    const { write, putMails, now } = this.#access;
    return write(async (transaction) => {
      await transaction
        .updateTable('quarantine')
        .set({ told_at: now() })
        .where('message', '<=', newest)
        .where('told_at', 'is', null)
        .execute();
      await putMails(transaction, mails);
    });
  }
}

/** Puts a mail into quarantine, or notes one more try in vain of one that is there; the oldest may have to go for it. */
export async function putAside(
  transaction: LedgerTransaction,
  id: number,
  facts: UnreadableFacts & { tooLarge: string | null; now: number },
): Promise<void> {
  const header = JSON.stringify(facts.header);
  const news = { error: facts.error, tried_at: facts.now };
  await transaction
    .insertInto('quarantine')
    .values({ message: id, ...news, header, too_large: facts.tooLarge, tries: 1 })
    .onConflict((conflict) =>
      conflict.column('message').doUpdateSet({
        ...news,
        tries: sql`tries + 1`,
        // The look that saw something counts.
        ...(facts.header.length > 0 ? { header } : {}),
      }),
    )
    .execute();
  await makeRoom(transaction, facts.now);
}

/** A mail that is in quarantine, and so its bytes in the spool; throws `not-in-quarantine`. */
export async function demandOpen(transaction: LedgerTransaction, id: number): Promise<QuarantinedMail> {
  const [mail] = await readMails(transaction, (where) => where('quarantine.message', '=', id));
  if (mail && mail.closed === null) return mail;
  throw notInQuarantine(id, mail ?? null);
}

export async function closeMail(
  transaction: LedgerTransaction,
  id: number,
  { as, text, at }: { as: QuarantineEnd; text: string; at: number },
): Promise<void> {
  await transaction
    .updateTable('quarantine')
    .set({ closed_at: at, closed_as: as })
    .where('message', '=', id)
    .execute();
  await addToTrail(transaction, id, [{ stage: 'quarantine', decision: as, text, at }]);
}

async function isInQuarantine(transaction: LedgerTransaction, digest: string): Promise<boolean> {
  const kept = openMails(transaction).select('raw_digest').where('raw_digest', '=', digest);
  return (await kept.executeTakeFirst()) !== undefined;
}

async function makeRoom(transaction: LedgerTransaction, at: number): Promise<void> {
  const newestFirst = await openMails(transaction)
    .select(['message', 'raw_bytes'])
    .orderBy('message', 'desc')
    .execute();
  let bytes = 0;
  for (const [place, { message, raw_bytes }] of newestFirst.entries()) {
    bytes += raw_bytes;
    if (place < maxQuarantineMails && bytes <= maxQuarantineBytes) continue;
    await closeMail(transaction, message, { as: 'displaced', text: 'newer mails needed the room', at });
  }
}

function openMails(transaction: LedgerTransaction) {
  return transaction
    .selectFrom('quarantine')
    .innerJoin('messages', 'messages.id', 'quarantine.message')
    .where('closed_at', 'is', null);
}

/** `mail` is what is known of it, when it ever was there. */
export function notInQuarantine(id: number, mail: QuarantinedMail | null): PhaserLinkError {
  return new PhaserLinkError({ code: 'not-in-quarantine', retry: 'permanent', text: whyNotOpen(id, mail) });
}

function whyNotOpen(id: number, mail: QuarantinedMail | null): string {
  if (!mail?.closed)
    return `there is no mail ${id} in quarantine; "phaserlink quarantine list" lists them all`;
  const { as, at, jobId } = mail.closed;
  switch (as) {
    case 'dropped':
      return `mail ${id} was dropped from quarantine, ${isoTime(at)}`;
    case 'displaced':
      return `mail ${id} had to give way to newer mails in quarantine, ${isoTime(at)}; it must be sent again`;
    case 'read': {
      const became = jobId === null ? 'was not accepted' : `became job ${jobId}`;
      return `mail ${id} is no more in quarantine: it was read and ${became}, ${isoTime(at)}`;
    }
  }
}

type Where = ExpressionBuilder<LedgerTables, 'quarantine' | 'messages'>;

function isOpen(where: Where): Expression<SqlBool> {
  return where('closed_at', 'is', null);
}

/** The mails of which the administrator knows nothing yet; what became of those that were closed by hand, he has seen. */
export function untold(database: LedgerDatabase) {
  return database
    .selectFrom('quarantine')
    .where('told_at', 'is', null)
    .where((where) => where.or([where('closed_as', 'is', null), where('closed_as', '=', 'displaced')]));
}

async function readMails(
  database: LedgerDatabase,
  which: (where: Where) => Expression<SqlBool>,
  atMost = -1,
): Promise<QuarantinedMail[]> {
  const rows = await database
    .selectFrom('quarantine')
    .innerJoin('messages', 'messages.id', 'quarantine.message')
    .selectAll()
    .where(which)
    .orderBy('message')
    .limit(atMost)
    .execute();
  return rows.map((row) => ({
    id: row.message,
    message: {
      mailbox: row.mailbox,
      uniqueId: row.unique_id,
      octets: row.octets,
      headerDigest: row.header_digest ?? '',
      tooLarge: row.too_large,
      content: { digest: row.raw_digest, bytes: row.raw_bytes },
      quarantined: row.message,
    },
    messageId: row.message_id,
    receivedAt: row.received_at,
    header: JSON.parse(row.header) as HeaderLine[],
    error: row.error,
    tries: row.tries,
    triedAt: row.tried_at,
    toldAt: row.told_at,
    closed:
      row.closed_as === null || row.closed_at === null
        ? null
        : { as: row.closed_as, at: row.closed_at, jobId: row.job_id },
  }));
}
