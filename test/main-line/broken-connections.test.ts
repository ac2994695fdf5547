/** A connection to the printer that breaks in mid-job: its page counter decides, and nothing is ever printed twice. */
import { describe, expect, it } from 'vitest';
import { PhaserLinkError } from '#base/errors.js';
import { freePort } from '../support/free-port.js';
import { blockOf, buildHouse, dpi, eventsOf, type House } from '../support/house.js';
import { ghostscriptPages, pixelsOf } from '../support/page-pictures.js';
import { missing } from '../support/peers.js';
import { textDocument } from '../support/postscript-samples.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { temporaryFile } from '../support/temporary-folder.js';

/** How often the printer may be found busy with what the broken connection left in it. */
const maxTries = 500;

/** A job of three pages over a connection that is cut before `cutBefore` goes to the printer. */
async function printOver(cutBefore: string): Promise<{ house: House; document: string }> {
  const port = await freePort();
  const house = await buildHouse({ printerPort: port });
  await startTcpProxy(house.rawPort, { port, cutBefore });
  const document = temporaryFile('report.ps', textDocument(3));
  await house.mail([document], { notify: ['printed', 'error'] });
  await settle(house);
  return { house, document };
}

async function settle(house: House): Promise<void> {
  for (let tries = 0; tries < maxTries; tries++) {
    try {
      return await house.runOnce();
    } catch (error) {
      if (!(error instanceof PhaserLinkError && error.code === 'printer-busy')) throw error;
    }
  }
  throw new Error('the printer stays busy');
}

async function brokenDeliveries(house: House): Promise<number> {
  return house.serverLog.filter(({ event }) => event === 'delivery-broken').length;
}

describe.skipIf(missing('gs'))('a connection that breaks', () => {
  it('before any page came out: the job is printed again, exactly once', async () => {
    const { house, document } = await printOver('%%Page: 1 1');
    expect(await brokenDeliveries(house)).toBe(1);
    expect(await pixelsOf(house.pages())).toEqual(await ghostscriptPages([document], dpi));
    expect(await house.job(1)).toMatchObject({
      state: 'completed',
      attempts: 2,
      pages: { expected: 3, confirmed: 3 },
    });
    expect(eventsOf(await house.letters())).toEqual(['printed']);
  });

  it('after all pages: the job is completed with a warning, and not printed again', async () => {
    const { house, document } = await printOver('%%[ PhaserLink: end');
    expect(await brokenDeliveries(house)).toBe(1);
    expect(await pixelsOf(house.pages())).toEqual(await ghostscriptPages([document], dpi));
    expect(await house.job(1)).toMatchObject({
      state: 'completed',
      reasons: ['job-completed-with-warnings'],
      attempts: 1,
      pages: { expected: 3, confirmed: 3 },
    });
    const [letter] = await house.letters();
    expect(blockOf(letter).Reason).toEqual([
      'the end of the job was not heard; the counter tells that all of it came out',
    ]);
  });

  it('between two pages: the job is held, its sender asked to look, and nothing printed again', async () => {
    const { house } = await printOver('%%Page: 3 3');
    expect(await brokenDeliveries(house)).toBe(1);
    expect(house.pages()).toHaveLength(2);
    expect(await house.job(1)).toMatchObject({
      state: 'pending-held',
      reasons: ['outcome-unknown'],
      attempts: 1,
      pages: { confirmed: 2 },
    });
    const letters = await house.letters();
    expect(eventsOf(letters)).toEqual(['outcome-unknown']);
    expect(letters[0]?.text).toContain('look into the output tray');

    await house.mail([temporaryFile('next.ps', textDocument(1))]);
    await house.runOnce();
    // Nor does a later job of the same sender pass it, unless somebody says so.
    expect((await house.job(2)).state).toBe('pending');
    await house.grant(2, { wish: 'release' });
    await house.runOnce();
    expect((await house.job(2)).state).toBe('completed');
    expect((await house.job(1)).state).toBe('pending-held');
    expect(house.pages()).toHaveLength(3);
    // The held document is still there for whoever decides.
    expect(await house.spooled()).not.toEqual([]);
  });

  it('before a byte of the job was sent: the attempt is not even counted', async () => {
    const port = await freePort();
    const house = await buildHouse({ printerPort: port });
    await startTcpProxy(house.rawPort, { port, cutBefore: '%%[ PhaserLink: ready' });
    await house.mail([temporaryFile('page.ps', textDocument(1))]);
    await expect(house.runOnce()).rejects.toMatchObject({ retry: 'temporary' });
    expect(await house.job(1)).toMatchObject({ state: 'pending', attempts: 0 });
    await settle(house);
    expect(await house.job(1)).toMatchObject({ state: 'completed', attempts: 1 });
    expect(house.pages()).toHaveLength(1);
  });
});
