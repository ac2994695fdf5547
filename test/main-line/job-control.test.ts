/** What the sender reads of a job on a printer that is asked in PJL, and on one that never says anything. */
import { describe, expect, it } from 'vitest';
import { blockOf, buildHouse } from '../support/house.js';
import { missing } from '../support/peers.js';
import { textDocument } from '../support/postscript-samples.js';
import { startRawSink } from '../support/raw-sink.js';
import { temporaryFile } from '../support/temporary-folder.js';

describe('a job of two documents on a printer', () => {
  it.skipIf(missing('gs'))('that is asked in PJL is receipted with its pages, by the counter', async () => {
    const house = await buildHouse({
      printer: { device: { pjl: true } },
      printing: () => ({ jobControl: 'pjl' }),
    });
    const files = [1, 2].map((pages) => temporaryFile(`${pages}.ps`, textDocument(pages)));
    await house.mail(files, { notify: ['printed'] });
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ state: 'completed', pages: { confirmed: 3 }, attempts: 1 });
    const [letter] = await house.letters();
    expect(letter?.text).toContain("3 pages, confirmed by the printer's counter");
    expect(house.pages()).toHaveLength(3);
  });

  it('that never answers is given to it whole, and the receipt claims no more', async () => {
    const sink = await startRawSink();
    const house = await buildHouse({
      printer: null,
      printerPort: sink.port,
      printing: () => ({ jobControl: 'none' }),
    });
    const documents = [textDocument(1, 'one'), textDocument(1, 'two')];
    await house.mail(
      documents.map((document, n) => temporaryFile(`${n}.ps`, document)),
      { notify: ['printed'] },
    );
    await house.runOnce();
    expect(sink.documents).toEqual(documents.map((document) => document.trimEnd()));
    expect(await house.job(1)).toMatchObject({ state: 'completed', pages: { confirmed: null } });
    const [letter] = await house.letters();
    expect(letter?.text).toContain('was given to the printer, which took it. What came out it does not say.');
    expect(blockOf(letter)['Pages-Confirmed']).toEqual(['unknown']);
  });

  it('that breaks off is held, for nobody knows', async () => {
    const sink = await startRawSink({
      instead: (socket) => socket.once('data', () => socket.resetAndDestroy()).on('end', () => socket.end()),
    });
    const house = await buildHouse({
      printer: null,
      printerPort: sink.port,
      printing: () => ({ jobControl: 'none' }),
    });
    await house.mail([temporaryFile('a.ps', textDocument(1))]);
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({
      state: 'pending-held',
      reasons: ['outcome-unknown'],
      attempts: 1,
    });
  });
});
