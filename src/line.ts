/** What the stages of the line work with: the rooms' parts, put together once by the server. */
import type { Clock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import type { PrintEngine } from './engine/print-engine.js';
import type { SplitMailLimits } from './intake/assemble.js';
import type { OnTrouble } from './jobs/choose.js';
import type { Contents } from './jobs/contents.js';
import type { Lease, Owner } from './jobs/leases.js';
import type { Ledger } from './jobs/ledger.js';
import type { Spool } from './jobs/spool.js';
import type { MailSender } from './mail/mail-sender.js';
import type { Mailbox } from './mail/mailbox.js';
import type { PrinterWatch } from './printer/printer-watch.js';
import type { MailReader } from './read-apart.js';

export interface Line {
  mailbox: Mailbox;
  sender: MailSender;
  ledger: Ledger;
  spool: Spool;
  contents: Contents;
  reader: MailReader;
  engine: PrintEngine;
  printer: PrinterWatch;
  policy: Policy;
  /** This process, as the ledger's leases know it. */
  owner: Owner;
  memory: MaildropMemory;
  /** The deliveries that this process is about, by job: to be ended when the job is canceled. */
  deliveries: Map<number, AbortController>;
  /** To be called when there may be something to print or to tell, so that it need not wait for the end of a long look. */
  wakeUp: () => void;
  /** The same for a mail in the outbox. */
  mailWaits: () => void;
  clock: Clock;
  log: Log;
}

/** What this process remembers, most of it of the mails in the maildrop by unique-id, to ask and tell less; may be lost at any time. */
export interface MaildropMemory {
  /** Seen to be the mail that the ledger knows, and in the maildrop ever since. */
  recognised: Set<string>;
  /** Longer than the server said. */
  oversized: Set<string>;
  /** Not handed out, and the administrator was told. */
  refused: Set<string>;
  /** At which the connection broke: how often, and how many looks more it is passed over. */
  troublesome: Map<string, { times: number; looksLeft: number }>;
  /** What the last look into the maildrop has listed; null before the first one. */
  listed: { uniqueIds: ReadonlySet<string>; unnamed: boolean } | null;
  /** When the spool was looked through for what nobody needs, and until when the jobs had ended whose documents went; epoch milliseconds. Null when there may be more. */
  cleared: { at: number; until: number } | null;
  /** When records were last forgotten; epoch milliseconds. */
  forgotAt: number;
  /** When the printer's status was written down last; epoch milliseconds. */
  statusKeptAt: number;
  /** Why a mail waits on the mail server for room, in words; null when none does. */
  noRoom: string | null;
}

export function emptyMemory(): MaildropMemory {
  return {
    recognised: new Set(),
    oversized: new Set(),
    refused: new Set(),
    troublesome: new Map(),
    listed: null,
    cleared: null,
    forgotAt: Number.NEGATIVE_INFINITY,
    statusKeptAt: Number.NEGATIVE_INFINITY,
    noRoom: null,
  };
}

/** To be called when something may have come into the spool that nobody needs: it is looked through then. */
export function distrustSpool({ memory }: Line): void {
  memory.cleared = null;
}

/** Which mails are fetched, and how long they stay on the mail server. */
export interface FetchPolicy {
  /** Of a larger mail only the header is fetched. */
  maxMessageBytes: number;
  /** What becomes of it once it is refused. */
  tooLarge: 'delete' | 'leave';
  /** How long a mail stays on the server after it was handled, in milliseconds. */
  keepMs: number;
  /** So much of the disk stays free, in bytes. */
  minFreeBytes: number;
  /** How much the spool may hold; null for as much as the disk has. */
  maxSpoolBytes: number | null;
}

/** What the administrator has decided, and the names that mails carry. */
export interface Policy {
  fetch: FetchPolicy;
  splitMail: SplitMailLimits;
  /** Addresses and `@domain` entries; empty lets nobody print. */
  allow: readonly string[];
  /** The printer's own address: answers come from it, and mail from it is never answered. */
  from: string;
  printerName: string;
  /** The person who is responsible for the printer. */
  contact: string;
  onTrouble: OnTrouble;
  /** Senders whose jobs are held until they are released: addresses and `@domain` entries. */
  hold: readonly string[];
  /** How long a held job waits to be released, in milliseconds. */
  holdFor: number;
  /** How long the documents of a job are kept after its end, in milliseconds. */
  keepContent: number;
  /** How long mails and jobs are remembered after their end, in milliseconds. */
  keepRecords: number;
}

/** A lease lasts this long without being renewed; it is renewed three times as often. */
export const leaseMs = 60_000;

/**
 * Runs with the lease of a resource, which is renewed while it runs and given back at the end.
 * Throws a temporary error when another process holds it.
 */
export async function holdLease<T>(
  line: Line,
  resource: string,
  run: (lease: Lease) => Promise<T>,
): Promise<T> {
  const lease = await line.ledger.acquireLease(resource, line.owner, leaseMs);
  return keepLease(line, lease, () => run(lease));
}

/** Runs while a lease is renewed, and gives it back at the end. */
export async function keepLease<T>(line: Line, lease: Lease, run: () => Promise<T>): Promise<T> {
  const stopRenewing = keepRenewing(line, lease);
  try {
    return await run();
  } finally {
    stopRenewing();
    await line.ledger.releaseLease(lease);
  }
}

/** A renewal that fails is no harm yet: whoever changes something with a lost lease is refused by the ledger. */
function keepRenewing({ ledger, clock }: Line, lease: Lease): () => void {
  let ended = false;
  let cancel = () => {};
  const renewLater = () => {
    if (ended) return;
    cancel = clock.schedule(leaseMs / 3, () => {
      ledger.renewLease(lease, leaseMs).then(renewLater, renewLater);
    });
  };
  renewLater();
  return () => {
    ended = true;
    cancel();
  };
}
