/** A printer that is away, busy, in trouble or out of its mind: no job is lost, and its sender hears what is true. */
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answerDeadlineMs } from '../../src/engine/open-socket.js';
import { startFakePrinter } from '../support/fake-printer.js';
import { freePort } from '../support/free-port.js';
import { blockOf, buildHouse, eventsOf, ShiftedClock } from '../support/house.js';
import { ManualClock } from '../support/manual-clock.js';
import { missing } from '../support/peers.js';
import { textDocument } from '../support/postscript-samples.js';
import { temporaryFile } from '../support/temporary-folder.js';

const page = () => temporaryFile('page.ps', textDocument(1));

describe.skipIf(missing('gs'))('a job whose printer', () => {
  it('is away waits for it, is told of once a minute has passed, and is printed when it is back', async () => {
    const clock = new ShiftedClock();
    const house = await buildHouse({ clock, printer: null, printerPort: await freePort() });
    await house.mail([page()], { notify: ['trace'] });
    await expect(house.runOnce()).rejects.toMatchObject({ code: 'printer-away', retry: 'temporary' });
    expect(await house.job(1)).toMatchObject({ state: 'pending', attempts: 0 });
    expect(eventsOf(await house.letters())).toEqual(['received']);

    for (let minutes = 0; minutes < 3; minutes++) {
      clock.shift(61_000);
      await expect(house.runOnce()).rejects.toMatchObject({ code: 'printer-away' });
    }
    expect(await house.job(1)).toMatchObject({ state: 'pending', reasons: ['printer-stopped'] });
    const letters = await house.letters();
    expect(eventsOf(letters)).toEqual(['printer-unavailable']);
    expect(letters[0]?.text).toContain('the printer cannot be reached');
    // Where the printer stands in the network is no sender's business.
    expect(letters[0]?.text).not.toContain('127.0.0.1');

    await house.startPrinter();
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ state: 'completed', attempts: 1 });
    expect(house.pages()).toHaveLength(1);
    expect(eventsOf(await house.letters())).toEqual(['attempt-started', 'printed']);
  });

  it('prints for somebody else waits until that is over, and nobody is told', async () => {
    const house = await buildHouse();
    const other = connect(house.rawPort, '127.0.0.1');
    other.write('%!PS\n');
    await house.printed('job-started', 1);
    await house.mail([page()]);
    await expect(house.runOnce()).rejects.toMatchObject({ code: 'printer-busy', retry: 'temporary' });
    expect(await house.job(1)).toMatchObject({ state: 'pending', attempts: 0 });

    other.end();
    other.resume();
    await once(other, 'close');
    await house.runOnce();
    expect((await house.job(1)).state).toBe('completed');
    expect(house.pages()).toHaveLength(1);
    expect(await house.letters()).toEqual([]);
  });

  it('was away while its document was lost is ended, and the next job is printed', async () => {
    const house = await buildHouse({ printer: null, printerPort: await freePort() });
    // A small one would be in memory still.
    const large = `${textDocument(1, 'large')}${'% more\n'.repeat(50_000)}`;
    await house.mail([temporaryFile('large.ps', large)]);
    await expect(house.runOnce()).rejects.toMatchObject({ code: 'printer-away' });
    const spool = join(house.folder, 'data/spool');
    const [lost] = await house.spooled();
    const paths = await readdir(spool, { recursive: true });
    await writeFile(join(spool, paths.find((path) => path.endsWith(String(lost))) ?? ''), 'damaged');
    await house.startPrinter();
    const next = temporaryFile('next.ps', textDocument(1, 'next'));
    await house.mail([next], { description: 'the next one' });
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ state: 'aborted', reasons: ['aborted-by-system'] });
    expect(await house.job(2)).toMatchObject({ state: 'completed', description: 'the next one' });
    expect((await house.letters())[0]?.text).toContain('please send it again');
  });
});

describe('a printer that', () => {
  it('runs out of paper in mid-job is told of once, and the job is completed in the end', async () => {
    const trouble = '%%[ PrinterError: out of paper ]%%\n';
    const printer = await startFakePrinter({ whilePrinting: [trouble, trouble, trouble] });
    const house = await buildHouse({ printer: null, printerPort: printer.port });
    await house.mail([page()]);
    await house.runOnce();
    const letters = await house.letters();
    expect(letters.map(({ subject }) => subject)).toEqual(['[Phaser 740] On Error: page.ps']);
    expect(letters[0]?.text).toContain('out of paper');
    expect(blockOf(letters[0])).toMatchObject({
      State: ['processing-stopped'],
      Event: ['printer-condition'],
    });
    expect(await house.job(1)).toMatchObject({ state: 'completed', pages: { confirmed: 1 } });
    expect(printer.documents()).toBe(1);
  });

  it('never answers gets nothing of the job', async () => {
    const clock = new ManualClock();
    const printer = await startFakePrinter({ insteadOfAll: Buffer.alloc(0) });
    const house = await buildHouse({ clock, printer: null, printerPort: printer.port });
    await house.mail([page()]);
    const run = house.runOnce();
    const failed = expect(run).rejects.toMatchObject({ code: 'printer-away' });
    await printer.spokenTo;
    await clock.advance(answerDeadlineMs);
    await failed;
    await expect(run).rejects.toThrow('gave no answer within 90 seconds');
    expect(await house.job(1)).toMatchObject({ state: 'pending', attempts: 0 });
  });

  it.each(['-1', 'many', '', '99999999999999'])(
    'has no page counter ("%s") leaves the number of pages unknown, and says so',
    async (count) => {
      const printer = await startFakePrinter({ answer: () => count });
      const house = await buildHouse({ printer: null, printerPort: printer.port });
      await house.mail([page()], { notify: ['printed'] });
      await house.runOnce();
      expect(await house.job(1)).toMatchObject({ state: 'completed', pages: { confirmed: null } });
      const [letter] = await house.letters();
      expect(blockOf(letter)['Pages-Confirmed']).toEqual(['unknown']);
    },
  );
});
