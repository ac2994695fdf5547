/** Throw-away ledgers for tests: a folder, a clock and the shortest way to a committed job. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompiledQuery, Kysely, SqliteDialect } from 'kysely';
import { expect } from 'vitest';
import type { LeftOutPart, Reason, SubmittedDocument } from '#vocab/line.js';
import type { NoticeKind } from '#vocab/notices.js';
import type { MessageCommit } from '../../src/jobs/desk.js';
import type { Lease, Owner } from '../../src/jobs/leases.js';
import { Ledger, type LedgerOptions } from '../../src/jobs/ledger.js';
import { bestSqlite } from '../../src/jobs/sqlite-driver.js';
import { ManualClock } from './manual-clock.js';

export const testOwner: Owner = { host: 'here', pid: process.pid, nonce: 'test' };

export class LedgerHouse {
  readonly clock = new ManualClock();
  readonly dataDir: string;
  readonly #open: Ledger[] = [];

  private constructor(dataDir: string) {
    this.dataDir = dataDir;
  }

  static async build(): Promise<LedgerHouse> {
    return new LedgerHouse(await mkdtemp(join(tmpdir(), 'phaserlink-ledger-')));
  }

  async ledger(options: Partial<LedgerOptions> = {}): Promise<Ledger> {
    const ledger = await Ledger.open({ dataDir: this.dataDir, clock: this.clock, ...options });
    this.#open.push(ledger);
    return ledger;
  }

  /** For a ledger that can prove nothing any more. */
  async abandon(ledger: Ledger): Promise<void> {
    this.#open.splice(this.#open.indexOf(ledger), 1);
    await ledger.close();
  }

  /** Changes the ledger's file without the guards that its own connection sets. */
  async tamper(...statements: string[]): Promise<void> {
    const sqlite = await bestSqlite();
    const database = new Kysely({
      dialect: new SqliteDialect({ database: sqlite(join(this.dataDir, 'ledger.sqlite')) }),
    });
    for (const statement of ['pragma foreign_keys = off', ...statements]) {
      await database.executeQuery(CompiledQuery.raw(statement));
    }
    await database.destroy();
  }

  /** For a ledger that was damaged on purpose: every one is checked when the house is taken down. */
  async forgetEverything(): Promise<void> {
    const tables = ['messages', 'job_events', 'job_documents', 'split_pieces', 'split_sets', 'jobs'];
    await this.tamper(...tables.map((table) => `delete from ${table}`));
  }

  /** Every ledger test ends with a ledger that can prove itself. */
  async takeDown(): Promise<void> {
    try {
      for (const ledger of this.#open) expect(await ledger.check()).toEqual([]);
    } finally {
      for (const ledger of this.#open) await ledger.close();
      await rm(this.dataDir, { recursive: true, force: true });
    }
  }
}

export function leaseOf(ledger: Ledger, resource = 'mailbox', owner = testOwner): Promise<Lease> {
  return ledger.acquireLease(resource, owner, 60_000);
}

/** Keeps one mail in a commit of its own. */
export function keepMail(
  ledger: Ledger,
  lease: Lease,
  commit: MessageCommit,
): Promise<{ id: number; jobId: number | null }> {
  return ledger.receive(lease, (desk) => desk.keep(commit));
}

export function digestOf(letter: string): string {
  return letter.repeat(64).slice(0, 64);
}

export function testDocument(letter = 'd'): SubmittedDocument {
  return {
    name: 'tiger.ps',
    format: 'application/postscript',
    content: { digest: digestOf(letter), bytes: 1000 },
  };
}

/** A mail from alice that becomes a job, or with `refusedFor` one that does not. */
export function mailCommit(
  uniqueId: string,
  options: {
    rawLetter?: string;
    messageId?: string | null;
    documents?: SubmittedDocument[];
    leftOut?: LeftOutPart[];
    notify?: NoticeKind[];
    refusedFor?: Reason;
    unreadable?: boolean;
    mails?: MessageCommit['mails'];
  } = {},
): MessageCommit {
  const { refusedFor, documents = [testDocument()], messageId = `<${uniqueId}@example.com>` } = options;
  const refused = refusedFor !== undefined;
  const submission = { sender: 'alice@example.com', messageId, description: 'tiger', documents };
  return {
    message: {
      mailbox: 'printer@mail.example.com:995',
      uniqueId,
      octets: 1400,
      headerDigest: digestOf('h'),
      tooLarge: null,
      content: { digest: digestOf(options.rawLetter ?? 'a'), bytes: 1400 },
    },
    submission: options.unreadable ? null : submission,
    unreadable: options.unreadable ? { error: 'nested too deep', header: [] } : null,
    verdict: {
      decision: refused ? 'refuse' : 'accept',
      reasons: refused ? [refusedFor] : [],
      mayReply: !refused,
    },
    trail: [{ stage: 'judge', decision: refused ? 'refuse' : 'accept', text: 'by the list', at: 0 }],
    job: refused
      ? null
      : {
          description: 'tiger',
          sender: 'alice@example.com',
          notify: options.notify ?? ['error'],
          documents,
          packed: [],
          leftOut: options.leftOut ?? [],
        },
    mails: options.mails ?? [],
  };
}
