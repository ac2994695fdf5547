/** What the line does about the mails in quarantine: takes one out to be tried again, drops one, tells the administrator. */
import type { RawMessage } from '#vocab/line.js';
import type { Lease } from './jobs/leases.js';
import type { Line } from './line.js';
import { holdMailboxPatiently, type Patience } from './patience.js';
import { composeQuarantine } from './report/compose-quarantine.js';

/** The administrator is told at once, and then at most this often: a flood of such mails is no flood of ours. */
export const quarantineNoticeIntervalMs = 3_600_000;

/**
 * Runs with a mail of the quarantine and the lease of whoever receives mail: nobody else changes the spool meanwhile. Throws
 * `not-in-quarantine` or, when the mailbox stays busy, `lease-held`.
 */
export async function withQuarantined(
  line: Line,
  id: number,
  patience: Patience,
  run: (message: RawMessage, lease: Lease) => Promise<void>,
): Promise<void> {
  await holdMailboxPatiently(line, patience, async (lease) => {
    const mail = await line.ledger.quarantine.demand(id);
    await run(mail.message, lease);
  });
}

/** Removes a mail's bytes for good; what is known of it stays. Throws as `withQuarantined` does. */
export async function dropQuarantined(line: Line, id: number, patience: Patience): Promise<void> {
  await holdMailboxPatiently(line, patience, async (lease) => {
    const { digest, needed } = await line.ledger.quarantine.drop(lease, id);
    if (!needed) await line.spool.remove(digest);
  });
}

/** Puts a mail to the administrator into the outbox when there is something new in quarantine and its time has come. */
export async function tellOfQuarantine(line: Line): Promise<void> {
  const { ledger, policy, clock } = line;
  const dueAt = await quarantineNoticeDueAt(line);
  if (dueAt === null || clock.now() < dueAt) return;
  const untold = await ledger.quarantine.untold();
  const notice = composeQuarantine(untold, { printerName: policy.printerName, to: policy.contact });
  await ledger.quarantine.markTold(untold.newest, notice);
}

/** Null when the administrator knows of every mail that came into quarantine. */
export async function quarantineNoticeDueAt({ ledger }: Line): Promise<number | null> {
  if ((await ledger.quarantine.untold()).count === 0) return null;
  const lastToldAt = await ledger.quarantine.lastToldAt();
  return lastToldAt === null ? 0 : lastToldAt + quarantineNoticeIntervalMs;
}
