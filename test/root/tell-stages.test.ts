/** The stages that speak, alone: what they do when the mail server is in trouble. */
import { expect, it } from 'vitest';
import { PhaserLinkError } from '#base/errors.js';
import { silentLog } from '#base/log.js';
import type { OutboxMail } from '../../src/jobs/outbox.js';
import type { Line } from '../../src/line.js';
import { sendOutbox } from '../../src/tell-stages.js';
import { ManualClock } from '../support/manual-clock.js';

/** Only what the stage under test touches; anything else would be noticed at once. */
function lineWith(parts: object): Line {
  return { log: silentLog, clock: new ManualClock(), ...parts } as unknown as Line;
}

it('a mail server that is away is asked once a round, and every mail waits', async () => {
  const failed: number[] = [];
  const due = [1, 2, 3].map((id) => ({ id, to: 'a@example.com', subject: 's' }) as OutboxMail);
  let asked = 0;
  const line = lineWith({
    ledger: { dueMails: async () => due, mailFailed: async (id: number) => void failed.push(id) },
    sender: {
      async send() {
        asked++;
        throw new PhaserLinkError({ code: 'smtp-unreachable', retry: 'temporary', text: 'away' });
      },
    },
  });
  await sendOutbox(line, new AbortController().signal);
  expect({ asked, failed }).toEqual({ asked: 1, failed: [1, 2, 3] });
});
