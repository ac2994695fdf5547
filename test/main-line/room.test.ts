/** Mail waits on its server before the disk is full: what ended makes room first, and the administrator hears of it once. */
import { expect, it } from 'vitest';
import { startFakePrinter } from '../support/fake-printer.js';
import { buildHouse, ShiftedClock } from '../support/house.js';
import { textDocument } from '../support/postscript-samples.js';
import { temporaryFile } from '../support/temporary-folder.js';

const day = 24 * 3_600_000;
const file = (pages: number, title: string) => temporaryFile(`${title}.ps`, textDocument(pages, title));

it('the documents of jobs that have ended give way to new mail, and a mail too large for the spool waits', async () => {
  const clock = new ShiftedClock();
  const printer = await startFakePrinter();
  const house = await buildHouse({
    ...{ clock, printer: null, printerPort: printer.port },
    // A mail takes twice its size while it is read.
    jobs: { keepContent: day, maxSpoolBytes: 12_000 },
  });
  const status = () => house.ledger((ledger) => ledger.mailboxStatus(house.mailboxName));
  await house.mail([file(1, 'first')]);
  await house.runOnce();
  expect(await house.spooled()).toHaveLength(1);
  await house.mail([file(1, 'second')]);
  await house.runOnce();
  expect((await house.job(2)).state).toBe('completed');
  expect(house.serverLog.filter(({ event }) => event === 'room-made')).toHaveLength(1);
  expect(await status()).toMatchObject({ trouble: null });

  await house.mail([file(4, 'large')]);
  for (let looks = 0; looks < 3; looks++) await house.runOnce();
  expect(await house.waiting()).toBe(1);
  expect(await status()).toMatchObject({
    trouble: { code: 'no-room', text: expect.stringContaining('make room') },
  });
  const told = await house.letters('admin');
  expect(told.map(({ subject }) => subject)).toEqual(['[Phaser 740] No room for more mail']);

  await house.mail([file(1, 'small')]);
  await house.runOnce();
  expect(await house.job(3)).toMatchObject({ state: 'completed', description: 'small.ps' });
  expect(await house.waiting()).toBe(1);
  expect(await house.letters('admin')).toEqual([]);
});

it('what is left of the disk is not taken', async () => {
  const printer = await startFakePrinter();
  const house = await buildHouse({
    ...{ printer: null, printerPort: printer.port },
    jobs: { minFreeBytes: Number.MAX_SAFE_INTEGER },
  });
  await house.mail([file(1, 'page')]);
  await house.runOnce();
  expect([await house.waiting(), printer.documents()]).toEqual([1, 0]);
  expect(await house.letters('admin')).toHaveLength(1);
});

it('a server that runs tells the administrator at once, and not at its next look', async () => {
  const house = await buildHouse({ printer: null, jobs: { minFreeBytes: Number.MAX_SAFE_INTEGER } });
  await house.mail([file(1, 'page')]);
  const stop = new AbortController();
  const running = house.server.run(stop.signal, stop.signal);
  await house.told('told', 1).finally(() => stop.abort());
  await running;
  expect((await house.letters('admin')).map(({ subject }) => subject)).toEqual([
    '[Phaser 740] No room for more mail',
  ]);
});
