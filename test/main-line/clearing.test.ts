/** What nobody needs goes from the spool when its time is over; where nothing can have come to lie, nothing is looked through. */
import { beforeEach, expect, it, vi } from 'vitest';
import { Contents } from '../../src/jobs/contents.js';
import { Ledger } from '../../src/jobs/ledger.js';
import { Spool } from '../../src/jobs/spool.js';
import { Pop3Mailbox } from '../../src/mail/pop3-mailbox.js';
import type { MailReader } from '../../src/read-apart.js';
import { startFakePrinter } from '../support/fake-printer.js';
import { freePort } from '../support/free-port.js';
import { buildHouse, type House, ShiftedClock } from '../support/house.js';
import { textDocument } from '../support/postscript-samples.js';
import { readHere } from '../support/read-here.js';
import { temporaryFile } from '../support/temporary-folder.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const page = () => temporaryFile('page.ps', textDocument(1, 'page'));

const sweep = vi.spyOn(Contents.prototype, 'sweep');
beforeEach(() => {
  sweep.mockClear();
});

async function buildClearedHouse(
  options: { keepContent?: number; reader?: (dataDir: string) => Promise<MailReader> } = {},
): Promise<{ house: House; clock: ShiftedClock }> {
  const clock = new ShiftedClock();
  const printer = await startFakePrinter();
  const { keepContent = day, reader } = options;
  const house = await buildHouse({
    ...{ clock, printer: null, printerPort: printer.port, jobs: { keepContent } },
    ...(reader && { reader }),
  });
  await house.runOnce();
  expect(sweep).toHaveBeenCalledTimes(1);
  sweep.mockClear();
  return { house, clock };
}

it('a printed document stays for its time, unlooked at, and then goes', async () => {
  const { house, clock } = await buildClearedHouse();
  await house.mail([page()]);
  for (let looks = 0; looks < 3; looks++) await house.runOnce();
  expect(await house.job(1)).toMatchObject({ state: 'completed' });
  expect(sweep).not.toHaveBeenCalled();
  // Whatever was left without a word is found within an hour.
  clock.shift(hour);
  await house.runOnce();
  expect(sweep).toHaveBeenCalledTimes(1);
  expect(await house.spooled()).toHaveLength(1);
  clock.shift(day - 2 * minute - hour);
  await house.runOnce();
  expect(await house.spooled()).toHaveLength(1);

  sweep.mockClear();
  clock.shift(3 * minute);
  await house.runOnce();
  expect(await house.spooled()).toEqual([]);
  sweep.mockClear();
  // Ends that were being written down meanwhile are looked for once more, and then no longer.
  clock.shift(2 * minute);
  await house.runOnce();
  await house.runOnce();
  expect(sweep).not.toHaveBeenCalled();
});

it('nobody else may come to the mailbox while contents are being cleared, though its server cannot be reached', async () => {
  const house = await buildHouse({ printer: null, pop3: () => freePort() });
  const order: string[] = [];
  sweep.mockImplementationOnce(async () => {
    while (!order.includes('no mail server')) await nextTurn();
    for (let turns = 0; turns < 10; turns++) await nextTurn();
    order.push('cleared');
    return 0;
  });
  const open = vi.spyOn(Pop3Mailbox.prototype, 'open').mockImplementationOnce(async () => {
    order.push('no mail server');
    throw new Error('unreachable');
  });
  const release = vi.spyOn(Ledger.prototype, 'releaseLease').mockImplementationOnce(async () => {
    order.push('lease given back');
  });
  await expect(house.runOnce()).rejects.toThrow('unreachable');
  expect(order).toEqual(['no mail server', 'cleared', 'lease given back']);
  for (const spy of [open, release]) spy.mockRestore();
});

it('nothing is fetched while contents cannot be cleared', async () => {
  const { house, clock } = await buildClearedHouse();
  await house.mail([page()]);
  clock.shift(hour);
  sweep.mockRejectedValueOnce(Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'unlink' }));
  await expect(house.runOnce()).rejects.toThrow('EIO');
  expect(house.serverLog).not.toContainEqual(expect.objectContaining({ event: 'fetched' }));
  expect(await house.waiting()).toBe(1);
  await house.runOnce();
  expect(await house.job(1)).toMatchObject({ state: 'completed' });
});

it('without a time it goes at the next look after its end', async () => {
  const { house } = await buildClearedHouse({ keepContent: 0 });
  await house.mail([page()]);
  await house.runOnce();
  await house.runOnce();
  expect(await house.spooled()).toEqual([]);
});

it('what was sent in vain goes at once', async () => {
  const { house } = await buildClearedHouse();
  await house.mailRaw(
    `From: mallory@example.com\nTo: printer@example.com\nMessage-ID: <v@example.com>\n\n${textDocument(1, 'in vain')}`,
    'mallory@example.com',
  );
  await house.runOnce();
  expect(house.serverLog).toContainEqual(expect.objectContaining({ event: 'refused' }));
  expect(sweep).toHaveBeenCalledTimes(1);
  expect(await house.spooled()).toEqual([]);
});

it('what a look that failed has left is looked for at the next', async () => {
  let fails = true;
  const { house } = await buildClearedHouse({
    reader: async (dataDir) => {
      const reader = readHere(await Spool.open({ dataDir }));
      const noRoom = Object.assign(new Error('no room'), { code: 'ENOSPC', syscall: 'write' });
      return {
        ...reader,
        read: (...asked) => (fails ? Promise.reject(noRoom) : reader.read(...asked)),
      };
    },
  });
  await house.mail([page()]);
  await expect(house.runOnce()).rejects.toThrow('no room');
  sweep.mockClear();
  fails = false;
  await house.runOnce();
  expect(sweep).toHaveBeenCalledTimes(1);
  expect(await house.job(1)).toMatchObject({ state: 'completed' });
});

it('a clock that was set back hides no end', async () => {
  const { house, clock } = await buildClearedHouse({ keepContent: 0 });
  clock.shift(-day);
  await house.mail([page()]);
  await house.runOnce();
  await house.runOnce();
  expect(await house.spooled()).toEqual([]);
});
