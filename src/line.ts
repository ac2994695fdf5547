/** What the stages of the line work with: the rooms' parts, put together once by the server. */
import type { Clock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import type { Log } from '#base/log.js';
import type { PrintEngine } from './engine/print-engine.js';
import type { SplitMailLimits } from './intake/assemble.js';
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
  reader: MailReader;
  engine: PrintEngine;
  printer: PrinterWatch;
  policy: Policy;
  /** This process, as the ledger's leases know it. */
  owner: Owner;
  memory: MaildropMemory;
  clock: Clock;
  log: Log;
}

/** What this process remembers of the mails in the maildrop, by unique-id, to ask and tell less; may be lost at any time. */
export interface MaildropMemory {
  /** Seen to be the mail that the ledger knows, and in the maildrop ever since. */
  recognised: Set<string>;
  /** Longer than the server said. */
  oversized: Set<string>;
  /** Not handed out, and the administrator was told. */
  refused: Set<string>;
  /** At which the connection broke: how often, and how many looks more it is passed over. */
  troublesome: Map<string, { times: number; looksLeft: number }>;
}

export function emptyMemory(): MaildropMemory {
  return { recognised: new Set(), oversized: new Set(), refused: new Set(), troublesome: new Map() };
}

/** Which mails are fetched, and how long they stay on the mail server. */
export interface FetchPolicy {
  /** Of a larger mail only the header is fetched. */
  maxMessageBytes: number;
  /** What becomes of it once it is refused. */
  tooLarge: 'delete' | 'leave';
  /** How long a mail stays on the server after it was handled, in milliseconds. */
  keepMs: number;
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
  const { ledger } = line;
  const lease = await ledger.acquireLease(resource, line.owner, leaseMs);
  if (lease === null) {
    throw new PhaserLinkError({
      code: 'lease-held',
      retry: 'temporary',
      text: `another Printing Server with the same dataDir works on ${resource}, or a command that ends soon; of two servers stop one`,
    });
  }
  const stopRenewing = keepRenewing(line, lease);
  try {
    return await run(lease);
  } finally {
    stopRenewing();
    await ledger.releaseLease(lease);
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
