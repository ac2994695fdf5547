/** The commands that speak to a running printer, as a person types them; and a script that it is started with. */
import { expect, it } from 'vitest';
import { runCli, stackTrace, startCli } from '../support/run-cli.js';
import { temporaryFile, temporaryFolder } from '../support/temporary-folder.js';

function settings(folder: string): string {
  return temporaryFile(
    'phaser740.yaml',
    `resolutionDpi: 72\ndataDir: ${folder}/printer\nout: ${folder}/out\npanel: { port: 0 }\n`,
  );
}

it('a printer that was started with a script is asked, helped and asked again', async () => {
  const config = settings(temporaryFolder());
  const script = temporaryFile('script.txt', 'message "Hello"\nload upper:20 a4; after 1h: clear\n');
  const printer = startCli('phaser740', ['--config', config, '--script', script]);
  const [, port] = await printer.line(/panel on 127\.0\.0\.1, port (\d+)/);
  await printer.line(/script running at line 2, "after 1h: clear"/);
  const control = ['--control', `http://127.0.0.1:${port}/`];
  const run = async (...words: string[]) => (await runCli('phaser740', [...words, ...control])).stdout;
  expect(await run('state')).toMatch(
    /^Phaser 740N: ready; page counter 0\n\| Hello\n(.*\n)* {2}upper +20 of 250, a4 stationery\n/,
  );
  expect(await run('fault', 'jam=fuser', 'at=page:3')).toContain('to come: jam=fuser at=page:3');
  expect(await run('clear')).toBe('| Hello\n');
  const wrong = await runCli('phaser740', ['fault', 'jam=oven', ...control]);
  expect([wrong.status, wrong.stderr]).toEqual([
    1,
    'phaser740: there is no jam area "oven"; there is tray-feed, multi-purpose-feed, imaging, fuser\n',
  ]);
  printer.kill('SIGTERM');
  expect(await printer.ended).toMatchObject({ status: 0 });
  const gone = await runCli('phaser740', ['state', ...control]);
  expect([gone.status, gone.stderr]).toEqual([
    1,
    expect.stringContaining(`no simulated printer answers at http://127.0.0.1:${port}; start one`),
  ]);
});

it('what cannot be is said before anything starts', async () => {
  const config = settings(temporaryFolder());
  const script = temporaryFile('script.txt', 'clear\njam oven\n');
  const cases: [words: string[], text: string][] = [
    [['--config', config, '--script', script], `${script}:2: there is no jam area "oven"`],
    [['--script', '/no/script'], 'cannot read the script: ENOENT'],
    [['state', '--config', config], 'names no port for its panel'],
    [['stat'], 'there is no command "stat"'],
    [['cancel', 'x'], 'a job has a number'],
  ];
  const said = await Promise.all(cases.map(([words]) => runCli('phaser740', words)));
  for (const [n, { status, stderr }] of said.entries()) {
    expect([status, stderr]).toEqual([1, expect.stringContaining(cases[n]?.[1] ?? '')]);
    expect(stderr).not.toMatch(stackTrace);
  }
});
