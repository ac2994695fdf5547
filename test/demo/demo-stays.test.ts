/** `phaserlink demo` until Ctrl-C: the next document, and an end that leaves no program behind. */
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type RunningCli, startCli } from '../support/run-cli.js';
import { temporaryFile, temporaryFolder } from '../support/temporary-folder.js';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));

interface RunningDemo {
  demo: RunningCli;
  out: string;
  ports: number[];
}

async function startDemo(...files: string[]): Promise<RunningDemo> {
  const out = temporaryFolder();
  const demo = startCli('phaserlink', ['demo', '--out', out, ...files], { cwd: checkout });
  const [, smtp, pop3] = await demo.line(/SMTP 127\.0\.0\.1:(\d+), POP3 127\.0\.0\.1:(\d+)/);
  const [, raw] = await demo.line(/raw 127\.0\.0\.1:(\d+)/);
  await demo.line(/^Printing Server/);
  return { demo, out, ports: [smtp, pop3, raw].map(Number) };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The programs that run by settings files in this folder. */
function programsOf(folder: string): string[] {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`--config ${folder}`));
}

async function nothingLeft({ out, ports }: RunningDemo): Promise<boolean> {
  const open = await Promise.all(ports.map(answers));
  return !open.includes(true) && programsOf(out).length === 0;
}

const onePage = '%!PS-Adobe-3.0\n%%Pages: 1\n%%EndComments\n<< /PageSize [72 72] >> setpagedevice showpage\n';

describe('phaserlink demo', () => {
  it('prints the next document by the command that it names, and ends in peace with Ctrl-C', async () => {
    const running = await startDemo(temporaryFile("it's one.ps", onePage));
    const { demo, out } = running;
    const [, command = ''] = await demo.line(/^ {2}(npx phaserlink send .*)$/);
    await demo.line(/^Ctrl-C ends the demo/);
    expect(programsOf(out)).toHaveLength(3);
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: checkout });
    expect(stdout).toMatch(/^Mailed /);
    await demo.line(/^confirmed +job 2: completed: 1 of 1 page/);
    await demo.line(/^mail back +.*Job Printed: it's one\.ps/);
    demo.kill('SIGINT');
    expect(await demo.ended).toMatchObject({ status: 0, stderr: '' });
    expect(await nothingLeft(running)).toBe(true);
  });

  it('ends in peace with SIGTERM, even in the middle of a job', async () => {
    const running = await startDemo(temporaryFile('endless.ps', '%!\n{} loop\n'));
    await running.demo.line(/^printing +job 1/);
    running.demo.kill('SIGTERM');
    expect(await running.demo.ended).toMatchObject({ status: 0, stderr: '' });
    expect(await nothingLeft(running)).toBe(true);
  });

  it('killed outright, leaves no program behind', async () => {
    const running = await startDemo(temporaryFile('one.ps', onePage));
    running.demo.kill('SIGKILL');
    await running.demo.ended;
    // Nobody tells us when they are gone.
    while (!(await nothingLeft(running))) await wait(20);
  });

  it('says which program died, and fails', async () => {
    const running = await startDemo(temporaryFile('one.ps', onePage));
    await running.demo.line(/^Ctrl-C ends the demo/);
    const line = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
      .split('\n')
      .find((text) => text.includes(`--config ${join(running.out, 'work', 'phaser740.yaml')}`));
    process.kill(Number.parseInt(line ?? '', 10), 'SIGKILL');
    const { status, stderr } = await running.demo.ended;
    expect(status).toBe(1);
    expect(stderr).toContain('the phaser740 was ended by SIGKILL');
    expect(stderr).toContain(join(running.out, 'work', 'phaser740.log'));
    expect(await nothingLeft(running)).toBe(true);
  });
});
