/** PostScript is a program: whatever it does, its sender is told the truth and the next job prints as if nothing had been. */
import { describe, expect, it } from 'vitest';
import { failed, printBeside, toldOf } from '../support/hostile-program.js';
import { blockOf, buildHouse } from '../support/house.js';
import { missing } from '../support/peers.js';
import { textDocument } from '../support/postscript-samples.js';
import { temporaryFile } from '../support/temporary-folder.js';

describe.skipIf(missing('gs'))('a PostScript program', () => {
  it('with an error is told of in the interpreter’s own words, with the pages before it', async () => {
    const house = await printBeside('72 72 moveto 100 100 lineto stroke showpage showpage foo showpage');
    expect(await house.job(1)).toMatchObject({ ...failed, pages: { confirmed: 2 } });
    const letter = await toldOf(house);
    expect(letter?.subject).toMatch(/^\[Phaser 740\] On Error/);
    expect(letter?.text).toContain('undefined in foo');
    expect(letter?.text).toContain('2 pages came out');
    expect(blockOf(letter)).toMatchObject({
      Error: ['undefined in foo (hostile.ps)'],
      'Pages-Confirmed': ['2'],
    });
  });

  it('with an error stops neither the document before nor the one after it', async () => {
    const house = await buildHouse();
    const files = [
      temporaryFile('before.ps', textDocument(1, 'before')),
      temporaryFile('bad.ps', '%!PS\n(abc) 1 add\n'),
      temporaryFile('after.ps', textDocument(1, 'after')),
    ];
    await house.mail(files);
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ ...failed, pages: { confirmed: 2 } });
    expect(blockOf(await toldOf(house)).Error).toEqual(['typecheck in add (bad.ps)']);
  });

  it('that never ends is ended by the printer', async () => {
    const house = await printBeside('showpage {} loop', { jobTimeoutSeconds: 1 });
    expect(await house.job(1)).toMatchObject({ ...failed, pages: { confirmed: 1 } });
    expect((await toldOf(house))?.text).toContain('timeout in timeout');
  });

  it('that wants all memory gets an error', async () => {
    const house = await printBeside('/hoard [ ] def { /hoard [ hoard 60000 string ] def } loop');
    expect(await house.job(1)).toMatchObject({ ...failed, pages: { confirmed: 0 } });
    expect((await toldOf(house))?.text).toContain('VMerror');
  });

  it('that prints no page is told so', async () => {
    const house = await printBeside('/Times-Roman findfont pop');
    expect(await house.job(1)).toMatchObject({
      state: 'completed',
      reasons: ['job-completed-with-warnings'],
      pages: { confirmed: 0 },
    });
    expect((await toldOf(house))?.text).toContain('no page was printed');
  });

  it.each(['quit', 'stop'])('may end itself with %s: the pages before it count', async (end) => {
    const house = await printBeside(`showpage ${end} showpage`);
    expect(await house.job(1)).toMatchObject({ state: 'completed', pages: { confirmed: 1 } });
    const [printed] = (await house.ledger((ledger) => ledger.jobEvents(1))).slice(-1);
    expect(printed?.event).toMatchObject({ warnings: [expect.stringContaining('ended itself')] });
  });

  it('may call the interpreter’s own quit: the printer is there for the next job', async () => {
    const house = await printBeside('showpage systemdict /quit get exec');
    // PLRM 8.2: under a job server it ends the job alone.
    expect(await house.job(1)).toMatchObject({
      state: 'completed',
      reasons: ['job-completed-with-warnings'],
      pages: { confirmed: 1 },
    });
  });

  it('leaves nothing in the interpreter, whatever door it knows', async () => {
    const house = await printBeside(
      'serverdict begin 0 exitserver systemdict begin /showpage {} def /show {pop} def end',
    );
    expect(await house.job(1)).toMatchObject(failed);
    expect((await toldOf(house))?.text).toMatch(/invalidaccess in (exitserver|def)/);
  });
});
