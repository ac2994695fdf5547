/** The printer's own pages: one page each, on the paper that lies in its tray, saying what is so; printed like any other job. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { profiles } from '../../firmware-sim/device/phaser-740.js';
import { newMachine } from '../../firmware-sim/machine/new-machine.js';
import type { MachineState } from '../../firmware-sim/machine/state.js';
import { composeErrorPage, type OwnPageFacts, ownPages } from '../../firmware-sim/pages/own-pages.js';
import { interpret } from '../support/interpret.js';
import { missing } from '../support/peers.js';
import { pageFiles, printRaw, startTestPrinter } from '../support/simulator.js';

const noGhostscript = missing('gs');

function factsOf(profile: keyof typeof profiles, change: Partial<MachineState> = {}): OwnPageFacts {
  const device = profiles[profile];
  const network = [['IPP', '127.0.0.1, port 6310']] as const;
  const identity = { name: 'Hall (left) \\ printer', location: '', contact: 'anna@example.org', network };
  return {
    device,
    state: { ...newMachine(device), ...change },
    identity,
    now: Date.UTC(2026, 10, 25, 20, 1, 2),
  };
}

/** The words of a page as Ghostscript reads them off it. */
function wordsOf(page: string): string {
  const output = ['-sDEVICE=txtwrite', '-sOutputFile=%stdout', '-sstdout=%stderr'];
  return execFileSync('gs', ['-q', '-dSAFER', '-dNOPAUSE', '-dBATCH', ...output, '-'], { input: page })
    .toString()
    .replace(/\s+/g, ' ');
}

describe.skipIf(noGhostscript)('the printer’s own pages', () => {
  it.each(Object.entries(ownPages))(
    '%s: one page within the imageable area, and no complaint',
    async (_, compose) => {
      const { pages, said, setups } = await interpret(compose(factsOf('N')), { profile: 'N' });
      expect({ pages, said }).toEqual({ pages: 1, said: '' });
      expect(setups[0]).toMatchObject({ widthPoints: 612, heightPoints: 792, side: 'front', colour: true });
    },
  );

  it('are grey for a machine without colours, and as large as the paper in its tray', async () => {
    const { state } = factsOf('L');
    const upper = { inserted: true, sheets: 9, medium: { size: 'a4', type: 'stationery' } } as const;
    const facts = factsOf('L', { inputs: { ...state.inputs, upper } });
    const { setups } = await interpret(ownPages['start-up'](facts), { profile: 'N' });
    expect(setups[0]).toMatchObject({ widthPoints: 595, heightPoints: 842, colour: false });
  });

  it('say what the machine is and how it stands', () => {
    const { state } = factsOf('DX');
    const facts = factsOf('DX', {
      counters: { ...state.counters, pages: 12_345, colourPages: 1 },
      supplies: {
        ...state.supplies,
        'toner-cyan': { used: 0.75, present: true, wrong: false },
        fuser: { used: 0.1, present: false, wrong: false },
      },
    });
    const configuration = wordsOf(ownPages.configuration(facts));
    for (const fact of [
      'Hall (left) \\ printer',
      'Location Not Set',
      'Phaser 740DX',
      'Hard disk Installed',
      '12,345 pages',
      'Premium 1200 x 1200 dpi, CMYK',
      'Middle Tray Letter, Paper',
      '500 sheets of 500',
      'IPP 127.0.0.1, port 6310',
      '2026-11-25 20:01:02',
    ])
      expect(configuration).toContain(fact);
    const supplies = wordsOf(ownPages.supplies(facts));
    expect(supplies).toContain('Cyan Toner 25 % - about 1,250 of 5,000 pages at 5 % coverage');
    expect(supplies).toContain('Fuser Not Installed');
  });

  it('report the error of a job, whatever its name is', () => {
    const job = {
      number: 17,
      name: ') showpage (',
      user: '',
      pages: 1,
      error: { name: 'undefined', command: 'f)(oo' },
    };
    const words = wordsOf(composeErrorPage(factsOf('N'), job));
    expect(words).toContain('Job 17 ended with an error after 1 page.');
    expect(words).toContain('Offending command f)(oo');
    expect(words).toContain('Job ) showpage (');
  });

  it('come out by themselves where the settings say so', async () => {
    const { port, out, events, next } = await startTestPrinter({
      settings: { ownPages: ['start-up', 'error'] },
    });
    if (!events.some(({ event }) => event === 'job-ended')) await next('job-ended');
    const reported = next('job-ended').then(() => next('job-ended'));
    await printRaw(port, '%!PS\nshowpage foo\n');
    await reported;
    expect(events.filter(({ event }) => event === 'job-ended').map(({ job, pages }) => [job, pages])).toEqual(
      [
        [1, 1],
        [2, 1],
        [3, 1],
      ],
    );
    expect(await pageFiles(out, 3)).toHaveLength(1);
  });
});
