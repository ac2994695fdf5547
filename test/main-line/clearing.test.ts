/** What nobody needs goes from the spool when its time is over; where nothing can have come to lie, nothing is looked through. */
import { beforeEach, expect, it, vi } from 'vitest';
import { Contents } from '../../src/jobs/contents.js';
import { Spool } from '../../src/jobs/spool.js';
import type { MailReader } from '../../src/read-apart.js';
import { startFakePrinter } from '../support/fake-printer.js';
import { buildHouse, type House, ShiftedClock } from '../support/house.js';
import { textDocument } from '../support/postscript-samples.js';
import { readHere } from '../support/read-here.js';
import { temporaryFile } from '../support/temporary-folder.js';

const minute = 60_000;
const day = 24 * 60 * minute;
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
  clock.shift(day / 2);
  await house.runOnce();
  expect(sweep).not.toHaveBeenCalled();
  expect(await house.spooled()).toHaveLength(1);

  clock.shift(day);
  await house.runOnce();
  expect(await house.spooled()).toEqual([]);
  sweep.mockClear();
  // Ends that were being written down meanwhile are looked for once more, and then no longer.
  clock.shift(2 * minute);
  await house.runOnce();
  await house.runOnce();
  expect(sweep).not.toHaveBeenCalled();
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
