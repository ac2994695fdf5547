/** The real server and the simulated printer, which is watched beside the way that it prints by: what people hear, and what is counted. */
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { blockOf, buildHouse, eventsOf, type HouseOptions } from '../support/house.js';
import { missing } from '../support/peers.js';
import { textDocument } from '../support/postscript-samples.js';
import { temporaryFile } from '../support/temporary-folder.js';

const document = (pages: number) => temporaryFile('report.ps', textDocument(pages));
const host = '127.0.0.1';
const snmp = { host, port: 0, communities: ['public'], users: [], trapReceivers: [], objectId: '1.3.6.1' };

/** Printed by LPD, where a printer says nothing; watched by SNMP or IPP. */
function watched(way: 'snmp' | 'ipp'): HouseOptions {
  return {
    printer: { lpd: { host, port: 0 }, ...(way === 'snmp' ? { snmp } : { ipp: { host, port: 0 } }) },
    printing: (ports) => ({
      uri: `lpd://${host}:${ports.lpd}/lp`,
      watch: way === 'snmp' ? `snmp://${host}:${ports.snmp}` : `ipp://${host}:${ports.ipp}/ipp/print`,
    }),
  };
}

describe.skipIf(missing('gs'))('a printer that is watched while a job is printed by LPD', () => {
  it.each(['snmp', 'ipp'] as const)(
    'runs out of paper, is mailed about, gets paper, and its counter confirms all pages: %s',
    async (way) => {
      const house = await buildHouse(watched(way));
      house.say('load upper:1');
      house.say('load multi-purpose:0');
      await house.mail([document(3)], { notify: ['trace'] });
      const run = house.runOnce();
      const state = async () => (await house.job(1)).state;
      await eventually(async () => expect(await state()).toBe('processing-stopped'));
      expect(house.pages()).toHaveLength(1);
      const noted = async () =>
        (await house.ledger((ledger) => ledger.printerStatus(house.settings.printer.uri)))?.status;
      await eventually(async () => expect((await noted())?.state).toBe('stopped'));
      expect((await noted())?.conditions).toContainEqual(expect.objectContaining({ severity: 'error' }));
      house.say('load upper:100');
      await run;
      expect(await house.job(1)).toMatchObject({ state: 'completed', pages: { expected: 3, confirmed: 3 } });
      const letters = await house.letters();
      expect(eventsOf(letters)).toEqual([
        'received',
        'attempt-started',
        'printer-condition',
        'condition-cleared',
        'printed',
      ]);
      expect(letters[2]?.text).toMatch(/the printer stopped: .*paper/);
      expect(blockOf(letters[2]).State).toEqual(['processing-stopped']);
      expect(letters[4]?.text).toContain("3 pages, confirmed by the printer's counter.");
    },
  );
});

describe.skipIf(missing('gs'))('a printer without SNMP', () => {
  it('is of unknown state, and prints as ever', async () => {
    const port = await freePort();
    const house = await buildHouse({ printing: () => ({ watch: `snmp://${host}:${port}` }) });
    await house.mail([document(1)], { notify: ['printed'] });
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ state: 'completed', pages: { confirmed: 1 } });
    expect((await house.letters())[0]?.text).toContain("confirmed by the printer's counter");
    const kept = await house.ledger((ledger) => ledger.printerStatus(house.settings.printer.uri));
    expect(kept?.status.watch).toMatchObject({ report: null, learntAt: null, trouble: expect.anything() });
    expect(house.serverLog.filter(({ event }) => event === 'watch-silent')).toHaveLength(1);
  });
});
