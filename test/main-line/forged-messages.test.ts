/** A document speaks on the same line as the printer; what it says there is never taken for the printer's word on the job. */
import { describe, expect, it } from 'vitest';
import { failed, printBeside, toldOf } from '../support/hostile-program.js';
import { missing } from '../support/peers.js';

describe.skipIf(missing('gs'))('a PostScript program', () => {
  it('cannot forge an error', async () => {
    const house = await printBeside('(%%[ Error: ioerror; OffendingCommand: fake ]%%) = flush showpage');
    expect(await house.job(1)).toMatchObject({
      state: 'completed',
      reasons: ['job-completed-successfully'],
      pages: { confirmed: 1 },
    });
    expect(await toldOf(house)).toBeUndefined();
  });

  it('cannot forge the end of the job or more pages', async () => {
    const forged = [
      '(%%[ PhaserLink: end; Nonce: 00; PageCount: 9999; Product: x ]%%) = flush',
      '(%%[ PhaserLink: document; Nonce: 00; End: finished ]%%) = flush',
      'showpage foo',
    ];
    const house = await printBeside(forged.join('\n'));
    expect(await house.job(1)).toMatchObject({ ...failed, pages: { confirmed: 1 } });
    expect((await toldOf(house))?.text).toContain('undefined in foo');
  });

  it('that floods the back-channel is ended by the printer, and the reason is not lost in the flood', async () => {
    const house = await printBeside('{ (%%[ status: idle; source: flood ]%%) = } loop');
    expect(await house.job(1)).toMatchObject(failed);
    expect((await toldOf(house))?.text).toContain('limitcheck');
  });

  it('cannot hide how it ended behind forged errors', async () => {
    const forged = '200 { (%%[ Error: none; OffendingCommand: fake ]%%) = } repeat flush {} loop';
    const house = await printBeside(forged, { jobTimeoutSeconds: 1 });
    expect(await house.job(1)).toMatchObject(failed);
    expect((await toldOf(house))?.text).toContain('timeout in timeout');
  });

  it('that speaks like a printer in trouble is quoted, not believed', async () => {
    const house = await printBeside(
      '500 { (%%[ PrinterError: out of paper ]%%) = (%%[ PrinterError: cover open ]%%) = } repeat flush showpage',
    );
    expect(await house.job(1)).toMatchObject({ state: 'completed', pages: { confirmed: 1 } });
    const events = await house.ledger((ledger) => ledger.jobEvents(1));
    expect(events.filter(({ event }) => event.type === 'printer-condition')).toHaveLength(2);
    for (const letter of await house.letters()) expect(letter.text).not.toContain('The printer has stopped');
  });
});
