/** What the line does about the mails in quarantine: takes one out to be tried again, drops one, tells the administrator. */
import { sleep } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import type { RawMessage } from '#vocab/line.js';
import type { Lease } from './jobs/leases.js';
import { holdMailbox, type Line } from './line.js';
import { composeQuarantine } from './report/compose-quarantine.js';

/** The administrator is told at once, and then at most this often: a flood of such mails is no flood of ours. */
export const quarantineNoticeIntervalMs = 3_600_000;

/** How long a command waits for the server to be done with the mailbox, and how often it looks. */
const patienceMs = 120_000;
const lookAgainMs = 250;

/** Called once, when a command has to wait. */
export type OnWait = () => void;

/**
 * Runs with a mail of the quarantine and the lease of whoever receives mail: nobody else changes the spool meanwhile. Throws
 * `not-in-quarantine`, `quarantine-bytes-gone` or, when the mailbox stays busy, `lease-held`.
 */
export async function withQuarantined(
  line: Line,
  id: number,
  onWait: OnWait,
  run: (message: RawMessage, lease: Lease) => Promise<void>,
): Promise<void> {
  await holdMailboxPatiently(line, onWait, async (lease) => {
    const mail = await line.ledger.quarantine.demand(id);
    await run(mail.message, lease);
  });
}

/** Removes a mail's bytes for good; what is known of it stays. Throws as `withQuarantined` does. */
export async function dropQuarantined(line: Line, id: number, onWait: OnWait): Promise<void> {
  await holdMailboxPatiently(line, onWait, async (lease) => {
    const { digest, needed } = await line.ledger.quarantine.drop(lease, id);
    if (!needed) await line.spool.remove(digest);
  });
}

/** Puts a mail to the administrator into the outbox when there is something new in quarantine and its time has come. */
export async function tellOfQuarantine(line: Line): Promise<void> {
  const { ledger, policy, clock } = line;
  const dueAt = await quarantineNoticeDueAt(line);
  if (dueAt === null || clock.now() < dueAt) return;
  const mails = await ledger.quarantine.untold();
  const notice = composeQuarantine(mails, { printerName: policy.printerName, to: policy.contact });
  await ledger.quarantine.markTold(
    mails.map(({ id }) => id),
    notice,
  );
}

/** Null when the administrator knows of every mail in quarantine. */
export async function quarantineNoticeDueAt({ ledger }: Line): Promise<number | null> {
  const [first] = await ledger.quarantine.untold();
  if (first === undefined) return null;
  const lastToldAt = await ledger.quarantine.lastToldAt();
  return lastToldAt === null ? first.triedAt : lastToldAt + quarantineNoticeIntervalMs;
}

/** The server holds the mailbox only while it looks into it. */
async function holdMailboxPatiently(
  line: Line,
  onWait: OnWait,
  run: (lease: Lease) => Promise<void>,
): Promise<void> {
  const { clock } = line;
  const until = clock.monotonic() + patienceMs;
  for (let waiting = false; ; waiting = true) {
    try {
      return await holdMailbox(line, run);
    } catch (error) {
      const isHeld = error instanceof PhaserLinkError && error.code === 'lease-held';
      if (!isHeld || clock.monotonic() >= until) throw error;
    }
    if (!waiting) onWait();
    await sleep(clock, lookAgainMs);
  }
}
