/** The command phaser740 as a process: what it remembers when it is killed, and what it leaves when it is stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { type LoggedEvent, printRaw } from '../support/simulator.js';
import { temporaryFile, temporaryFolder } from '../support/temporary-folder.js';

const cli = fileURLToPath(new URL('../../firmware-sim/cli.js', import.meta.url));

interface Running {
  child: ChildProcess;
  port: number;
  /** Resolves with the next event of this name. */
  next(event: string): Promise<LoggedEvent>;
}

/** A process with a temporary folder of its own, so that what it leaves there can be seen. */
async function start(folder: string, settings = ''): Promise<Running> {
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const config = temporaryFile(
    'phaser740.yaml',
    `resolutionDpi: 72\ndataDir: ${folder}/printer\nraw: { port: 0 }\n${settings}`,
  );
  const child = spawn(process.execPath, [cli, '--config', config, '--out', join(folder, 'out'), '--json'], {
    env: { PATH: process.env.PATH, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const waiting = new Map<string, (event: LoggedEvent) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as LoggedEvent;
    waiting.get(event.event)?.(event);
  });
  const next = (event: string) => new Promise<LoggedEvent>((resolve) => waiting.set(event, resolve));
  const { port } = await next('listening');
  return { child, port: Number(port), next };
}

it('counts on after kill -9, from the last page that it announced', async () => {
  const folder = temporaryFolder();
  const first = await start(folder);
  await printRaw(first.port, '%!PS\n2 { showpage } repeat\n');
  const socket = connect(first.port, '127.0.0.1');
  socket.on('error', () => {});
  const announced = first.next('page');
  socket.write('%!PS\nshowpage\n{ } loop\n');
  expect((await announced).pageCount).toBe(3);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');

  const second = await start(folder);
  const page = second.next('page');
  expect(await printRaw(second.port, '%!PS\nstatusdict /pagecount get exec = showpage\n')).toBe('3\n');
  expect(await page).toMatchObject({ job: 3, page: 1, pageCount: 4 });
  second.child.kill('SIGTERM');
  await once(second.child, 'exit');
});

it.each(['SIGTERM', 'SIGINT'] as const)(
  'ends on %s with status 0 and leaves nothing behind',
  async (signal) => {
    const folder = temporaryFolder();
    const { child, port, next } = await start(folder);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    const announced = next('page');
    socket.write('%!PS\nshowpage\n{ } loop\n');
    await announced;
    expect(readdirSync(join(folder, 'tmp'))).toHaveLength(1);
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    expect(existsSync(join(folder, 'out', 'job-0001.pdf'))).toBe(true);
  },
);

it('ends with status 1 and says why when its port is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const folder = temporaryFolder();
  const config = temporaryFile(
    'phaser740.yaml',
    `dataDir: ${folder}\nout: ${folder}/out\nraw: { port: ${port} }\n`,
  );
  const child = spawn(process.execPath, [cli, '--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk) => said.push(chunk));
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(Buffer.concat(said).toString()).toMatch(new RegExp(`^phaser740: .*${port}`));
});
