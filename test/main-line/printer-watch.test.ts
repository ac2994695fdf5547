/** The real server and the simulated printer, which is watched beside the way that it prints by: what people hear, and what is counted. */
import { describe, expect, it } from 'vitest';
import { buildHouse, type HouseOptions } from '../support/house.js';
import { missing } from '../support/peers.js';
import { textDocument } from '../support/postscript-samples.js';
import { temporaryFile } from '../support/temporary-folder.js';

const document = (pages: number) => temporaryFile('report.ps', textDocument(pages));
const host = '127.0.0.1';

/** Printed by LPD, where a printer says nothing; watched by SNMP or IPP. */
function watched(way: 'snmp' | 'ipp'): HouseOptions {
  return {
    printer: {
      lpd: { host, port: 0 },
      ...(way === 'snmp'
        ? {
            snmp: {
              host,
              port: 0,
              communities: ['public'],
              users: [],
              trapReceivers: [],
              objectId: '1.3.6.1',
            },
          }
        : { ipp: { host, port: 0 } }),
    },
    printing: ({ lpd, snmp, ipp }) => ({
      uri: `lpd://${host}:${lpd}/lp`,
      watch: way === 'snmp' ? `snmp://${host}:${snmp}` : `ipp://${host}:${ipp}/ipp/print`,
    }),
  };
}

describe.skipIf(missing('gs'))('a printer that is watched while a job is printed by LPD', () => {
  it.each(['snmp', 'ipp'] as const)('confirms the pages by its counter: %s', async (way) => {
    const house = await buildHouse(watched(way));
    await house.mail([document(3)], { notify: ['printed'] });
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ state: 'completed', pages: { expected: 3, confirmed: 3 } });
    const [letter] = await house.letters();
    expect(letter?.text).toContain("3 pages, confirmed by the printer's counter.");
  });
});
