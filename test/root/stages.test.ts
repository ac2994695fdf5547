/** Stages of the line alone: what they do when disk, mail server or a single mail are in trouble. */
import { expect, it } from 'vitest';
import { PhaserLinkError } from '#base/errors.js';
import { silentLog } from '#base/log.js';
import type { OutboxMail } from '../../src/jobs/outbox.js';
import type { Line } from '../../src/line.js';
import type { MailboxSession } from '../../src/mail/mailbox.js';
import { fetch } from '../../src/receive-stages.js';
import { sendOutbox } from '../../src/tell-stages.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryContentStore } from '../support/memory-content.js';

/** Only what the stage under test touches; anything else would be noticed at once. */
function lineWith(parts: object): Line {
  return { log: silentLog, clock: new ManualClock(), ...parts } as unknown as Line;
}

function maildropOf(text: string): MailboxSession {
  async function* retrieve() {
    yield Buffer.from(text);
  }
  return { retrieve } as unknown as MailboxSession;
}

it('a mail that does not fit on the disk waits on the server, and smaller ones go on', async () => {
  const store = new MemoryContentStore();
  const spool = { room: async () => ({ folder: '/spool', freeBytes: 1000 }), create: () => store.create() };
  const line = lineWith({ spool, leftOnServer: new Set(), mailbox: { name: 'printer@test' } });
  expect(await fetch(line, maildropOf('x'), { number: 1, uniqueId: 'large', octets: 600 })).toBeNull();
  expect(await fetch(line, maildropOf('x'), { number: 2, uniqueId: 'small', octets: 400 })).toMatchObject({
    uniqueId: 'small',
    content: { bytes: 1 },
  });
  // With more room it is fetched the next time: nothing was remembered against it.
  expect(line.leftOnServer.size).toBe(0);
});

it('a mail that the server refuses to hand out is left there, and not asked for again', async () => {
  const spool = {
    room: async () => ({ folder: '/spool', freeBytes: 1e9 }),
    create: () => new MemoryContentStore().create(),
  };
  const line = lineWith({ spool, leftOnServer: new Set(), mailbox: { name: 'printer@test' } });
  let asked = 0;
  const maildrop = {
    // biome-ignore lint/correctness/useYield: it fails before it has anything to yield
    async *retrieve() {
      asked++;
      throw new PhaserLinkError({ code: 'pop3-command-refused', retry: 'temporary', text: '-ERR' });
    },
  } as unknown as MailboxSession;
  for (let look = 0; look < 3; look++) {
    expect(await fetch(line, maildrop, { number: 1, uniqueId: 'odd', octets: 4 })).toBeNull();
  }
  expect(asked).toBe(1);
});

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
