/** Job accounting: a record for each job that ended, as many as the machine keeps, on its disk when it has one; as CSV and as pages. */
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLog } from '#base/log.js';
import { findGhostscript } from '#runtime/ghostscript.js';
import { profiles } from '../../firmware-sim/device/phaser-740.js';
import { atSpeed } from '../../firmware-sim/device/speed.js';
import { Accounting, type AccountingRecord } from '../../firmware-sim/jobs/accounting.js';
import { formatAccountingCsv } from '../../firmware-sim/jobs/accounting-csv.js';
import type { PrinterJob } from '../../firmware-sim/jobs/job.js';
import type { JobQueue } from '../../firmware-sim/jobs/job-queue.js';
import { Machine } from '../../firmware-sim/machine/machine.js';
import { plainPage } from '../support/machine.js';
import { ManualClock } from '../support/manual-clock.js';
import { printRaw, startTestPrinter } from '../support/simulator.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const log = createLog({ json: true, write: () => {} });

/** A machine and its accounting, with jobs that are only told of. */
async function open(dataDir: string, profile: 'N' | 'DX', records: number, fresh = false) {
  const clock = new ManualClock();
  const device = { ...atSpeed(profiles[profile], 'instant'), accountingRecords: records };
  const machine = await Machine.open({ device, dataDir, fresh, clock, log });
  let tell: (job: PrinterJob) => void = () => {};
  const queue = {
    subscribe(listener: Parameters<JobQueue['subscribe']>[0]) {
      tell = (job) => listener(job, null);
      return () => true;
    },
  };
  const accounting = await Accounting.open({ machine, queue, dataDir, fresh, log });
  machine.dispatch({ type: 'power-on' });
  const ended = (number: number, facts: Partial<PrinterJob> = {}) => {
    const ticket = {
      channel: 'lpd',
      name: `report ${number}`,
      user: 'ann',
      host: 'pc',
      options: {},
    } as const;
    const times = { createdAt: clock.now() - 3000, startedAt: clock.now() - 2500, endedAt: clock.now() };
    const counts = { pages: 0, sheets: 0, bytes: 0, documents: 1, reasons: [], error: null };
    tell({ number, ticket, state: 'completed', ...counts, ...times, ...facts } as PrinterJob);
  };
  const close = async () => {
    await accounting.close();
    await machine.close();
  };
  return { clock, machine, accounting, ended, close };
}

describe('job accounting', () => {
  it('counts what came out: sheets, sides, paper and how much of each colorant', async () => {
    const { machine, clock, accounting, ended, close } = await open(temporaryFolder(), 'DX', 50);
    machine.dispatch({ type: 'job-started', job: 7 });
    const medium = { size: 'letter', type: 'stationery' } as const;
    const pages = [
      { side: 'front', coverage: { black: 0.25, cyan: 0.5 }, colour: true },
      { side: 'back', coverage: { black: 0.5 }, colour: false },
      { side: 'front', coverage: {}, colour: false },
    ] as const;
    for (const [at, page] of pages.entries())
      machine.dispatch({
        type: 'page-ready',
        page: { ...plainPage, medium, ...page, id: at + 1, job: 7, number: at + 1 },
      });
    machine.dispatch({ type: 'job-ended', job: 7 });
    await clock.advance(60_000);
    expect(machine.state.job).toBeNull();
    ended(6, { state: 'canceled', startedAt: null });
    ended(7);
    expect(accounting.records).toMatchObject([
      { job: 6, state: 'canceled', sheets: 0, sides: 0, mediaSize: null, startedAt: null },
      {
        job: 7,
        state: 'completed',
        sheets: 2,
        sides: 3,
        mediaSize: 'letter',
        mediaType: 'stationery',
        usage: { black: 0.75, cyan: 0.5, magenta: 0, yellow: 0 },
      },
    ]);
    await close();
  });

  it('keeps the newest on the disk, also after a power cut that tears a line, and none of an older printer', async () => {
    const folder = temporaryFolder();
    const first = await open(folder, 'DX', 3);
    for (let job = 1; job <= 8; job++) first.ended(job);
    expect(first.accounting.records.map(({ job }) => job)).toEqual([6, 7, 8]);
    first.machine.dispatch({ type: 'power-off' });
    expect(first.accounting.records).toHaveLength(3);
    await first.close();
    const file = join(folder, 'jobacct.jsonl');
    // Made anew when half of it was old.
    expect((await readFile(file, 'utf8')).trim().split('\n').length).toBeLessThan(7);
    await appendFile(file, '{"job":9,"chan');
    const second = await open(folder, 'DX', 3);
    expect(second.accounting.records.map(({ job }) => job)).toEqual([6, 7, 8]);
    second.ended(9);
    await second.close();
    const third = await open(folder, 'DX', 3);
    expect(third.accounting.records.map(({ job }) => job)).toEqual([7, 8, 9]);
    await third.close();
    const fresh = await open(folder, 'DX', 3, true);
    expect(fresh.accounting.records).toEqual([]);
    await fresh.close();
  });

  it('is lost with the power where there is no disk', async () => {
    const { machine, accounting, ended, close } = await open(temporaryFolder(), 'N', 50);
    ended(1);
    machine.dispatch({ type: 'power-off' });
    expect(accounting.records).toEqual([]);
    await close();
  });

  it('is written so that no name breaks a line or becomes a formula', () => {
    const usage = { black: 1.5, cyan: 0, magenta: 0, yellow: 0 };
    const record: AccountingRecord = {
      job: 1,
      channel: 'ipp',
      user: '=cmd()',
      host: 'a,b',
      name: 'say "hi"\nthere',
      state: 'completed',
      sheets: 2,
      sides: 3,
      startedAt: 1000,
      endedAt: 3500,
      mediaType: 'transparency',
      mediaSize: 'a4',
      usage,
    };
    expect(formatAccountingCsv([record])).toBe(
      'version,job,channel,user,host,job name,state,sheets,sides,started,ended,interpreter seconds,paper type,paper size,' +
        'black pages,cyan pages,magenta pages,yellow pages\r\n' +
        '1,1,ipp,\'=cmd(),"a,b","say ""hi""\nthere",completed,2,3,1970-01-01T00:00:01.000Z,1970-01-01T00:00:03.500Z,2.5,' +
        'Transparency,A4,1.5000,0.0000,0.0000,0.0000\r\n',
    );
  });

  it('has a record of a job that was really printed', async () => {
    const { port, simulator, next } = await startTestPrinter({ ghostscript: await findGhostscript() });
    const ended = next('job-ended');
    await printRaw(port, '%!PS\n0 setgray 0 0 612 792 rectfill showpage\n');
    await ended;
    const [record] = simulator.printer.accounting.records;
    expect(record).toMatchObject({
      channel: 'raw',
      host: '127.0.0.1',
      state: 'completed',
      sheets: 1,
      sides: 1,
    });
    expect(record?.usage.black).toBeGreaterThan(0.9);
  });
});
