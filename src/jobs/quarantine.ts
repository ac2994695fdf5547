/** Quarantine in the ledger: the mails that could not be read, whether their bytes are still there, and what became of them. */
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import { isoTime } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import type { HeaderLine, OutgoingMail, RawMessage } from '#vocab/line.js';
import { demandLease, type Lease } from './leases.js';
import { addToTrail } from './messages.js';
import type { LedgerDatabase, LedgerTables, LedgerTransaction, QuarantineTable } from './schema.js';

/** How many bytes are kept of all mails in quarantine, the newest first: anybody can send such mails. */
export const maxQuarantineBytes = 256 * 1024 * 1024;

/** Why a mail could not be read, and what was seen of it. */
export interface UnreadableFacts {
  error: string;
  header: readonly HeaderLine[];
}

/** `read`: a later try has judged it, to a job or a refusal. `dropped`: by the administrator's wish. */
export type QuarantineEnd = QuarantineTable['closed_as'] & string;

export interface QuarantinedMail {
  /** The ledger's number of the message. */
  id: number;
  /** To be read and judged anew, while its bytes are kept. */
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
  bytesKept: boolean;
  /** When the administrator was told; null while that is to be done. */
  toldAt: number | null;
  /** Null while it is in quarantine. */
  closed: { as: QuarantineEnd; at: number; jobId: number | null } | null;
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

  /** One that is there with its bytes; throws `not-in-quarantine` or `quarantine-bytes-gone`. */
  demand(id: number): Promise<QuarantinedMail> {
    return this.#access.read((transaction) => demandBytes(transaction, id));
  }

  /** Gives the bytes up for good; says under which digest, and whether another mail in quarantine has the same ones. */
  drop(lease: Lease, id: number): Promise<{ digest: string; needed: boolean }> {
    return this.#access.write(async (transaction) => {
      await demandLease(transaction, lease);
      const { message } = await demandOpen(transaction, id);
      const at = this.#access.now();
      await closeMail(transaction, id, 'dropped', at);
      const text = 'dropped from quarantine by hand; its bytes are gone';
      await addToTrail(transaction, id, [{ stage: 'quarantine', decision: 'dropped', text, at }]);
      const { digest } = message.content;
      return { digest, needed: (await digestsInQuarantine(transaction, [digest])).has(digest) };
    });
  }

  /** The mails in quarantine of which the administrator knows nothing yet, oldest first. */
  untold(): Promise<QuarantinedMail[]> {
    return this.#access.read((transaction) =>
      readMails(transaction, (where) => where.and([isOpen(where), where('told_at', 'is', null)])),
    );
  }

  /** When the administrator was last told of any mail; null when that never was. */
  lastToldAt(): Promise<number | null> {
    return this.#access.read(async (transaction) => {
      const newest = transaction.selectFrom('quarantine').select((count) => count.fn.max('told_at').as('at'));
      return (await newest.executeTakeFirst())?.at ?? null;
    });
  }

  /** Puts the mails that tell of them into the outbox, together. */
  markTold(ids: readonly number[], mails: readonly OutgoingMail[]): Promise<void> {
    const { write, putMails, now } = this.#access;
    return write(async (transaction) => {
      await transaction
        .updateTable('quarantine')
        .set({ told_at: now() })
        .where('message', 'in', ids)
        .where('told_at', 'is', null)
        .execute();
      await putMails(transaction, mails);
    });
  }
}

/** Puts a mail into quarantine, or notes one more try in vain of one that is there; the oldest bytes may have to go for it. */
export async function putAside(
  transaction: LedgerTransaction,
  id: number,
  facts: UnreadableFacts & { tooLarge: string | null; now: number },
): Promise<void> {
  const header = JSON.stringify(facts.header);
  const news = { error: facts.error, tried_at: facts.now };
  await transaction
    .insertInto('quarantine')
    .values({ message: id, ...news, header, too_large: facts.tooLarge, tries: 1, bytes_kept: 1 })
    .onConflict((conflict) =>
      conflict.column('message').doUpdateSet({
        ...news,
        tries: sql`tries + 1`,
        // The look that saw something counts.
        ...(facts.header.length > 0 ? { header } : {}),
      }),
    )
    .execute();
  await makeRoom(transaction);
}

/** Throws `not-in-quarantine` or `quarantine-bytes-gone`. */
export async function demandBytes(transaction: LedgerTransaction, id: number): Promise<QuarantinedMail> {
  const mail = await demandOpen(transaction, id);
  if (mail.bytesKept) return mail;
  throw new PhaserLinkError({
    code: 'quarantine-bytes-gone',
    retry: 'permanent',
    text: `the bytes of mail ${id} had to give way to newer mails in quarantine; it must be sent again`,
  });
}

export async function closeMail(
  transaction: LedgerTransaction,
  id: number,
  as: QuarantineEnd,
  now: number,
): Promise<void> {
  await transaction
    .updateTable('quarantine')
    .set({ bytes_kept: 0, closed_at: now, closed_as: as })
    .where('message', '=', id)
    .execute();
}

/** Those of the digests under which bytes of mails in quarantine are kept; all of them when none are named. */
export async function digestsInQuarantine(
  transaction: LedgerTransaction,
  digests: readonly string[] | null = null,
): Promise<Set<string>> {
  const kept = transaction
    .selectFrom('quarantine')
    .innerJoin('messages', 'messages.id', 'quarantine.message')
    .select('raw_digest')
    .where('bytes_kept', '=', sql.lit(1));
  const rows = await (digests === null ? kept : kept.where('raw_digest', 'in', digests)).execute();
  return new Set(rows.map(({ raw_digest }) => raw_digest));
}

async function makeRoom(transaction: LedgerTransaction): Promise<void> {
  const kept = await transaction
    .selectFrom('quarantine')
    .innerJoin('messages', 'messages.id', 'quarantine.message')
    .select(['message', 'raw_bytes'])
    .where('bytes_kept', '=', sql.lit(1))
    .orderBy('message', 'desc')
    .execute();
  let bytes = 0;
  const newestTooMany = kept.find(({ raw_bytes }) => {
    bytes += raw_bytes;
    return bytes > maxQuarantineBytes;
  });
  if (newestTooMany === undefined) return;
  await transaction
    .updateTable('quarantine')
    .set({ bytes_kept: 0 })
    .where('message', '<=', newestTooMany.message)
    .where('bytes_kept', '=', sql.lit(1))
    .execute();
}

async function demandOpen(transaction: LedgerTransaction, id: number): Promise<QuarantinedMail> {
  const [mail] = await readMails(transaction, (where) => where('quarantine.message', '=', id));
  if (mail && mail.closed === null) return mail;
  throw notInQuarantine(id, mail ?? null);
}

/** `mail` is what is known of it, when it ever was there. */
export function notInQuarantine(id: number, mail: QuarantinedMail | null): PhaserLinkError {
  return new PhaserLinkError({ code: 'not-in-quarantine', retry: 'permanent', text: whyNotOpen(id, mail) });
}

function whyNotOpen(id: number, mail: QuarantinedMail | null): string {
  if (!mail?.closed)
    return `there is no mail ${id} in quarantine; "phaserlink quarantine list" lists them all`;
  const { as, at, jobId } = mail.closed;
  if (as === 'dropped') return `mail ${id} was dropped from quarantine, ${isoTime(at)}`;
  const became = jobId === null ? 'was not accepted' : `became job ${jobId}`;
  return `mail ${id} is no more in quarantine: it was read and ${became}, ${isoTime(at)}`;
}

type Where = ExpressionBuilder<LedgerTables, 'quarantine' | 'messages'>;

function isOpen(where: Where): Expression<SqlBool> {
  return where('closed_at', 'is', null);
}

async function readMails(
  database: LedgerDatabase,
  which: (where: Where) => Expression<SqlBool>,
): Promise<QuarantinedMail[]> {
  const rows = await database
    .selectFrom('quarantine')
    .innerJoin('messages', 'messages.id', 'quarantine.message')
    .selectAll()
    .where(which)
    .orderBy('message')
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
    bytesKept: row.bytes_kept === 1,
    toldAt: row.told_at,
    closed:
      row.closed_as === null || row.closed_at === null
        ? null
        : { as: row.closed_as, at: row.closed_at, jobId: row.job_id },
  }));
}
