/** Waiting for the mailbox: a command may change the spool only while nobody else does. */
import { sleep } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import { withMailbox } from './fetch-stages.js';
import type { Lease } from './jobs/leases.js';
import type { Line } from './line.js';

/** How long a command waits for the server to be done with the mailbox, and how often it looks. */
const patienceMs = 120_000;
const lookAgainMs = 250;

/** How a command bears waiting for the server. */
export interface Patience {
  /** Called once, when it has to. */
  onWait: () => void;
  /** Ends the waiting, and the reading. */
  signal: AbortSignal;
}

/** The server holds the mailbox only while it looks into it. Throws `lease-held` when that takes too long. */
export async function holdMailboxPatiently(
  line: Line,
  { onWait, signal }: Patience,
  run: (lease: Lease) => Promise<void>,
): Promise<void> {
  const { clock } = line;
  const until = clock.monotonic() + patienceMs;
  for (let waiting = false; ; waiting = true) {
    try {
      return await withMailbox(line, run);
    } catch (error) {
      const isHeld = error instanceof PhaserLinkError && error.code === 'lease-held';
      if (!isHeld || clock.monotonic() >= until) throw error;
    }
    if (!waiting) onWait();
    await sleep(clock, lookAgainMs, signal);
  }
}
