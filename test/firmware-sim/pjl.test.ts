/** PJL at the raw port of a simulated printer that has it, spoken as HP's reference and CUPS speak it; and at one that has not. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missing } from '../support/peers.js';
import { pageFiles, printRaw, startTestPrinter } from '../support/simulator.js';

const uel = '\x1b%-12345X';
const cups = readFileSync(join(import.meta.dirname, '../../../fixtures/pjl/cups-pstops.prn'));
const device = { pjl: true, manufacturer: 'ACME', product: 'LaserStar', model: 'LaserStar 4' };

/** The answers, their line ends as a reader sees them. */
const answers = (said: string) => said.split('\f').map((answer) => answer.replaceAll('\r\n', '|'));

describe.skipIf(missing('gs'))('a printer with PJL', () => {
  it('answers questions without a job, and shows what it is told to', async () => {
    const { port, simulator, out } = await startTestPrinter({ settings: { device } });
    const questions = ['ECHO 08:10:09.1 08-22-92', 'INFO ID', 'INFO STATUS', 'INFO PAGECOUNT', 'INFO CONFIG']
      .map((question) => `@PJL ${question}\r\n`)
      .join('');
    const said = await printRaw(port, `${uel}@PJL\r\n${questions}@PJL RDYMSG DISPLAY = "HELLO"\r\n${uel}`);
    expect(answers(said)).toEqual([
      '@PJL ECHO 08:10:09.1 08-22-92|',
      '@PJL INFO ID|"LaserStar"|',
      '@PJL INFO STATUS|CODE=10001|DISPLAY="Ready LaserStar 4"|ONLINE=TRUE|',
      '@PJL INFO PAGECOUNT|PAGECOUNT=0|',
      '@PJL INFO CONFIG|"?"|',
      '',
    ]);
    expect(simulator.printer.machine.state.message).toBe('HELLO');
    expect(await pageFiles(out, 1)).toEqual([]);
  });

  // HP Printer Job Language Technical Reference Manual, 11-15.
  it('tells of a job what it was asked to: its start, each page, its end, and what stops it meanwhile', async () => {
    const printer = await startTestPrinter({ settings: { device } });
    printer.simulator.printer.machine.dispatch({ type: 'cover-opened', cover: 'top' });
    const said = printRaw(
      printer.port,
      [
        `${uel}@PJL`,
        '@PJL USTATUS DEVICE = ON',
        '@PJL USTATUS JOB = ON',
        '@PJL USTATUS PAGE = ON',
        '@PJL JOB NAME = "Monitor Job"',
        '@PJL ENTER LANGUAGE = POSTSCRIPT',
        `%!PS\nshowpage (\\004) pop showpage\n${uel}@PJL EOJ NAME = "End of Monitor Job"`,
        `@PJL EOJ\r\n${uel}`,
      ].join('\r\n'),
    );
    await printer.next('job-started');
    printer.simulator.printer.machine.dispatch({ type: 'cover-closed', cover: 'top' });
    const heard = answers(await said);
    expect(heard[0]).toBe('@PJL USTATUS JOB|START|NAME="Monitor Job"|');
    expect(heard.filter((answer) => answer.includes('USTATUS PAGE'))).toEqual([
      '@PJL USTATUS PAGE|1|',
      '@PJL USTATUS PAGE|2|',
    ]);
    expect(heard).toContain('@PJL USTATUS JOB|END|NAME="End of Monitor Job"|PAGES=2|RESULT=OK|');
    expect(heard.some((answer) => /USTATUS DEVICE\|CODE=10023\|.*ONLINE=TRUE/.test(answer))).toBe(true);
  });

  it("prints CUPS's job and drops what is in a language that it has not", async () => {
    const { port, out } = await startTestPrinter({ settings: { device } });
    expect(
      await printRaw(port, Buffer.concat([cups, Buffer.from(`@PJL ENTER LANGUAGE=PCL\n\x1bE5${uel}`)])),
    ).toBe('');
    expect(await pageFiles(out, 1)).toHaveLength(1);
    expect(await pageFiles(out, 2)).toEqual([]);
  });

  it('that has none answers no command and passes them over, as its interpreter does', async () => {
    const { port, out } = await startTestPrinter();
    const question = Buffer.from(`${uel}@PJL INFO ID\r\n`);
    expect(await printRaw(port, Buffer.concat([question, cups]))).toBe('');
    expect(await pageFiles(out, 1)).toHaveLength(1);
  });
});
