/**
 * A mail that its reader does not survive is put aside with its bytes, told of once, and the mailbox goes on (ask 4, idea 9). Of the
 * ways to end a reader there is a sample here; test/root/read-apart.test.ts has them all.
 */
import { describe, expect, it } from 'vitest';
import { systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import { together } from '#base/together.js';
import { Spool } from '../../src/jobs/spool.js';
import type { Line } from '../../src/line.js';
import * as pipeline from '../../src/pipeline.js';
import { dropQuarantined, quarantineNoticeIntervalMs } from '../../src/quarantine-stages.js';
import { ReadApart } from '../../src/read-apart.js';
import { closeLine, openLine } from '../../src/server.js';
import { buildHouse, type House, type HouseOptions, ShiftedClock } from '../support/house.js';
import { mailText, type Part } from '../support/mail-texts.js';
import { ManualClock } from '../support/manual-clock.js';
import { missing } from '../support/peers.js';
import { textDocument } from '../support/postscript-samples.js';
import { readHere } from '../support/read-here.js';
import { hasBegun, hostileReader, neverAborted } from '../support/reader-house.js';

const page: Part = { type: 'application/postscript', name: 'page.ps', body: textDocument(1) };
const mailOf = (subject: string) =>
  mailText([page], { Subject: subject, 'Message-ID': `<${subject.replaceAll(' ', '-')}@x>` });

const patience = { onWait: () => undefined, signal: neverAborted };

function hostile(clock = systemClock) {
  return (dataDir: string) => new ReadApart({ dataDir, clock, log: silentLog, program: hostileReader });
}

/** A house whose reader does not survive a mail with the Subject "crash"; here without processes. */
function buildCrashHouse(options: HouseOptions = {}): Promise<House> {
  return buildHouse({
    ...options,
    reader: async (dataDir) => readHere(await Spool.open({ dataDir }), ['crash']),
  });
}

/** What a command does beside the server, whose reader has no mistake. */
async function beside<T>(house: House, run: (line: Line) => Promise<T>): Promise<T> {
  const reader = readHere(await Spool.open(house.settings));
  const line = await openLine(house.settings, house.clock, silentLog, { reader });
  try {
    return await run(line);
  } finally {
    await closeLine(line);
  }
}

const tryAgain = (house: House, id: number) => beside(house, (line) => pipeline.retry(line, id, patience));

async function keptBytes(house: House, id: number): Promise<Buffer> {
  return beside(house, async ({ ledger, spool }) => {
    const { message } = await ledger.quarantine.demand(id);
    const chunks: Uint8Array[] = [];
    for await (const chunk of spool.read(message.content)) chunks.push(chunk);
    return Buffer.concat(chunks);
  });
}

describe.skipIf(missing('gs'))('mails around one that', () => {
  it.each(['crash', 'throw'])('makes its reader %s are printed', async (deed) => {
    const house = await buildHouse({ reader: hostile() });
    for (const subject of ['before', deed, 'after']) await house.mailRaw(mailOf(subject));
    const [, bad] = await house.rawMails();
    await house.runOnce();
    expect(house.pages()).toHaveLength(2);
    expect(await house.waiting()).toBe(0);
    const quarantined = await house.ledger((ledger) => ledger.quarantine.list());
    expect(quarantined).toMatchObject([{ tries: 1, messageId: `<${deed.replaceAll(' ', '-')}@x>` }]);
    expect(await keptBytes(house, quarantined[0]?.id ?? 0)).toEqual(bad);
    // Neither its sender hears of it, nor is it read again.
    await house.runOnce();
    expect(await house.waiting('alice')).toBe(0);
    expect(await house.ledger((ledger) => ledger.quarantine.list())).toEqual(quarantined);
    expect(await house.spooled()).toHaveLength(1);
  });

  it('hangs are printed when its time is over', async () => {
    const clock = new ManualClock();
    const house = await buildHouse({ reader: hostile(clock) });
    for (const subject of ['before', 'hang', 'after']) await house.mailRaw(mailOf(subject));
    const run = house.runOnce();
    for (let attempt = 1; attempt <= 2; attempt++) {
      await hasBegun(house.settings.dataDir);
      await clock.advance(60_000);
    }
    await run;
    expect(house.pages()).toHaveLength(2);
    const [bad] = await house.ledger((ledger) => ledger.quarantine.list());
    expect(bad?.error).toContain('did not come to an end within');
  });
});

it('a full disk is not the fault of a mail: all stay on the server until there is room', async () => {
  const house = await buildHouse({ printer: null, reader: hostile() });
  await house.mailRaw(mailOf('fill the disk'));
  await expect(house.runOnce()).rejects.toThrow('ENOSPC');
  expect(await house.waiting()).toBe(1);
  expect(await house.ledger((ledger) => ledger.quarantine.list())).toEqual([]);
});

describe('the administrator', () => {
  it('is told at once, then at most once an hour, and of each mail once', async () => {
    const clock = new ShiftedClock();
    const house = await buildHouse({ printer: null, clock, reader: hostile() });
    const look = async (...subjects: string[]) => {
      for (const subject of subjects) await house.mailRaw(mailOf(subject));
      await house.runOnce();
      return house.letters('admin');
    };
    const [first, ...others] = await look('exit');
    expect(others).toEqual([]);
    expect(first?.subject).toBe('[Phaser 740] 1 mail in quarantine');
    expect(first?.text).toContain('Subject: exit');
    expect(first?.text).toContain('ended with status 3');
    expect(first?.text).toContain('phaserlink quarantine show 1 ');
    expect(first?.headers.get('auto-submitted')).toBe('auto-generated');

    expect(await look('throw', 'crash')).toEqual([]);
    clock.shift(quarantineNoticeIntervalMs);
    const [second, ...more] = await look();
    expect(more).toEqual([]);
    expect(second?.subject).toBe('[Phaser 740] 2 mails in quarantine');
    clock.shift(3 * quarantineNoticeIntervalMs);
    expect(await look()).toEqual([]);
  });
});

describe.skipIf(missing('gs'))('a mail in quarantine', () => {
  it('is printed once when it can be read at last', async () => {
    const house = await buildCrashHouse();
    await house.mailRaw(mailOf('crash'));
    await house.runOnce();
    await tryAgain(house, 1);
    await house.runOnce();
    expect(house.pages()).toHaveLength(1);
    expect(await house.job(1)).toMatchObject({ state: 'completed', description: 'crash' });
    expect(await house.ledger((ledger) => ledger.quarantine.list())).toEqual([]);
    await expect(tryAgain(house, 1)).rejects.toMatchObject({ code: 'not-in-quarantine' });
    // The sender may have lost patience and sent it again.
    await house.mailRaw(mailOf('crash').replace('Subject: crash', 'Subject: again'));
    for (let look = 0; look < 2; look++) await house.runOnce();
    expect(house.pages()).toHaveLength(1);
    expect(await house.spooled()).toEqual([]);
  });

  it('is judged as if it had just come: one of a stranger is refused', async () => {
    const house = await buildCrashHouse();
    await house.mailRaw(mailText([page], { From: 'mallory@example.com', Subject: 'crash' }));
    await house.runOnce();
    await tryAgain(house, 1);
    expect(await house.ledger((ledger) => ledger.messageById(1))).toMatchObject({
      decision: 'refuse',
      reasons: [{ code: 'sender-not-allowed' }],
    });
    expect(await house.ledger((ledger) => ledger.quarantine.list())).toEqual([]);
  });

  it('twice, under two unique-ids, is printed once', async () => {
    const house = await buildCrashHouse();
    await house.mailRaw(mailOf('crash'));
    await house.mailRaw(mailOf('crash'));
    await house.runOnce();
    // One process has no two transactions at once; so that these two, which stand for two processes, do not begin in the same breath.
    await beside(house, (one) =>
      beside(house, async (other) => {
        const first = pipeline.retry(one, 1, patience);
        await new Promise((resolve) => setImmediate(resolve));
        await together([first, pipeline.retry(other, 2, patience)]);
      }),
    );
    await house.runOnce();
    expect(house.pages()).toHaveLength(1);
    expect(await house.ledger((ledger) => ledger.quarantine.list())).toEqual([]);
  });

  it('that is a piece of a split mail comes to its job', async () => {
    const house = await buildCrashHouse({ printer: null });
    const type = 'message/partial; id="tiger@example.com"; number=1; total=2';
    await house.mailRaw(
      `From: alice@example.com\nSubject: crash\nContent-Type: ${type}\n\nSubject: tiger\n\n%!PS\n`,
    );
    await house.runOnce().catch(() => undefined);
    await tryAgain(house, 1);
    expect(await house.job(1)).toMatchObject({ state: 'pending-held', reasons: ['job-incoming'] });
    expect(await house.ledger((ledger) => ledger.quarantine.list())).toEqual([]);
  });

  it('that still cannot be read is back there, with its bytes and one more try', async () => {
    const house = await buildCrashHouse();
    await house.mailRaw(mailOf('crash'));
    const [bytes] = await house.rawMails();
    await house.runOnce();
    await beside(house, async (line) => {
      const reader = readHere(line.spool, ['crash']);
      await pipeline.retry({ ...line, reader }, 1, patience);
    });
    expect(await house.ledger((ledger) => ledger.quarantine.list())).toMatchObject([{ id: 1, tries: 2 }]);
    expect(await keptBytes(house, 1)).toEqual(bytes);
    expect(await house.letters('admin')).toHaveLength(1);
    await house.runOnce();
    expect(await house.letters('admin')).toEqual([]);
  });

  it('leaves no bytes when it is dropped', async () => {
    const house = await buildCrashHouse();
    await house.mailRaw(mailOf('crash'));
    await house.runOnce();
    expect(await house.spooled()).toHaveLength(1);
    await beside(house, (line) => dropQuarantined(line, 1, patience));
    expect(await house.spooled()).toEqual([]);
    expect(await house.waiting()).toBe(0);
  });
});
