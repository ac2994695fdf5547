/** `phaserlink printer`, and the printer's row in `check`: what the server has noted, what the printer says now, what nobody knows. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '#base/clock.js';
import type { PrinterStatus, ReportedCondition } from '#vocab/printer-status.js';
import { checkEverything } from '../../src/check.js';
import { Ledger } from '../../src/jobs/ledger.js';
import { formatPrinter, printerJson, printerStatus } from '../../src/printer-report.js';
import { describeWatch } from '../../src/report/printer-words.js';
import { type CliHouse, openCliHouse } from '../support/cli-house.js';
import { freePort } from '../support/free-port.js';
import { ManualClock } from '../support/manual-clock.js';
import { reportOf } from '../support/printer-report.js';
import { runCli } from '../support/run-cli.js';
import { startTestPrinter } from '../support/simulator.js';

const outOfPaper: ReportedCondition = {
  name: 'media-empty',
  keyword: 'media-empty',
  severity: 'error',
  text: 'Upper tray: no paper',
};

const noted: PrinterStatus = {
  ...{
    state: 'stopped',
    conditions: [outOfPaper],
    text: 'Upper tray: no paper',
    since: Date.UTC(2026, 0, 2),
  },
  watch: {
    ...{ by: 'snmp://p:161', learntAt: Date.UTC(2026, 0, 2), stale: false, trouble: null },
    report: reportOf({ state: 'stopped', conditions: [outOfPaper], impressions: 17 }),
  },
};

/** Watched at a port where nobody answers, unless another way is named. */
async function house(watch?: string): Promise<CliHouse> {
  const by = watch ?? `snmp://127.0.0.1:${await freePort()}`;
  return openCliHouse({
    without: ['printer', 'mailroom'],
    change: (settings) => settings.replace('watch: none', `watch: "${by}"`),
  });
}

/** As a server leaves it that has looked so long ago. */
async function note({ folder, rawPort }: CliHouse, ageMs: number): Promise<void> {
  const clock = new ManualClock(Date.now() - ageMs);
  const ledger = await Ledger.open({ dataDir: `${folder}/data`, clock });
  await ledger.notePrinter(`socket://127.0.0.1:${rawPort}`, noted);
  await ledger.close();
}

describe('phaserlink printer', () => {
  it('finds what the server has noted, however the printer’s URI is written', async () => {
    const { folder, config } = await openCliHouse({
      without: ['printer', 'mailroom'],
      change: (settings) => settings.replace(/socket:\/\/127\.0\.0\.1:\d+/, 'lpd://127.0.0.1'),
    });
    const ledger = await Ledger.open({ dataDir: `${folder}/data`, clock: systemClock });
    await ledger.notePrinter('lpd://127.0.0.1:515/lp', noted);
    await ledger.close();
    expect((await printerStatus(config, false)).status).toMatchObject({ state: 'stopped' });
  });

  it('asks the printer where no server has, and shows it for people and for programs', async () => {
    const { simulator } = await startTestPrinter({ settings: { ipp: { port: 0 } } });
    const { config } = await house(`ipp://127.0.0.1:${simulator.ports.ipp}/ipp/print`);
    const { stdout, status } = await runCli('phaserlink', ['printer', '--config', config]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^State +idle, since .*: ready$/m);
    expect(stdout).toMatch(/^Supply +\[#{20}\] 100% {2}Cyan Toner$/m);
    expect(stdout).toMatch(/^Tray +Upper Tray: 250 of 250 sheets, na_letter_8.5x11in$/m);
    expect(stdout).toMatch(/^Counter +0 pages in its life$/m);
    const json = printerJson(await printerStatus(config, false));
    expect(json).toMatchObject({ printer: 'Test printer', state: 'idle', watch: { stale: false } });
    expect(new Date(json.watch?.learntAt ?? 0).getTime()).toBeGreaterThan(systemClock.now() - 10_000);
    const [row] = (await checkEverything(config)).filter(({ part }) => part === 'printer watch');
    expect(row).toMatchObject({
      result: 'ok',
      text: expect.stringMatching(/^idle, ready, by ipp:.*; 0 pages/),
    });
  });

  it('says that nothing is known of a printer that does not answer, and why', async () => {
    const { config } = await house();
    const answer = await printerStatus(config, false);
    expect(answer.status).toMatchObject({ state: 'unknown', watch: { report: null, learntAt: null } });
    expect(formatPrinter(answer)).toMatch(/^Learnt +nothing, by snmp:.*: nothing listens for SNMP/m);
    const [row] = (await checkEverything(config)).filter(({ part }) => part === 'printer watch');
    expect(row).toMatchObject({ result: 'warning', text: expect.stringMatching(/^unknown, by snmp:/) });
    // Nobody has wished for it by name.
    expect(describeWatch(answer.status, false).result).toBe('ok');
  });

  it('shows what the server has noted lately, and asks when that is old or --now is said', async () => {
    const built = await house();
    await note(built, 60_000);
    expect((await printerStatus(built.config, false)).status).toEqual(noted);
    const shown = formatPrinter({ printer: 'P', uri: 'x', status: noted });
    expect(shown).toMatch(/^Condition +error: Upper tray: no paper \(media-empty\)$/m);
    for (const [ageMs, now] of [
      [60_000, true],
      [600_000, false],
    ] as const) {
      await note(built, ageMs);
      const answer = await printerStatus(built.config, now);
      expect(answer.status).toMatchObject({
        state: 'unknown',
        watch: { stale: true, report: noted.watch?.report, trouble: expect.stringContaining('SNMP') },
      });
      expect(formatPrinter(answer)).toContain('no answer since: ');
    }
  });
});
