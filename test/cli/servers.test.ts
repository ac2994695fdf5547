/** `mailroom` and `phaser740` as programs: what they announce, what they refuse, how they end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli, stackTrace, startCli } from '../support/run-cli.js';
import { temporaryFile, temporaryFolder } from '../support/temporary-folder.js';

const mailboxes = 'mailboxes: [{ name: printer, password: hush, addresses: [printer@example.com] }]\n';

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function greeting(port: string | undefined): Promise<string> {
  const socket = connect(Number(port), '127.0.0.1');
  const [text] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return text.toString();
}

describe('phaserlink mailroom', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'says which free ports it took, and ends in peace with %s',
    async (signal) => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'mailroom.yaml'), `${mailboxes}smtp: { port: 0 }\npop3: { port: 0 }\n`);
      // The settings file's own name is the default.
      const mailroom = startCli('phaserlink', ['mailroom'], { cwd: folder });
      const [, smtp] = await mailroom.line(/speaks smtp on 127\.0\.0\.1:(\d+)$/);
      const [, pop3] = await mailroom.line(/speaks pop3 on 127\.0\.0\.1:(\d+)$/);
      expect(await greeting(smtp)).toMatch(/^220 /);
      expect(await greeting(pop3)).toMatch(/^\+OK/);
      mailroom.kill(signal);
      expect(await mailroom.ended).toMatchObject({ status: 0, stderr: '' });
      expect(existsSync(join(folder, 'mailroom'))).toBe(true);
    },
  );

  it.each(['smtp', 'pop3'])('says that the port for %s is taken', async (face) => {
    const port = await takenPort();
    const faces = { smtp: 0, pop3: 0, [face]: port };
    const config = temporaryFile(
      'mailroom.yaml',
      `${mailboxes}smtp: { port: ${faces.smtp} }\npop3: { port: ${faces.pop3} }\n`,
    );
    const { status, stderr } = await runCli('phaserlink', ['mailroom', '--config', config]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`cannot listen for ${face} on 127.0.0.1:${port}: .*EADDRINUSE.*; choose another port`),
    );
    expect(stderr).not.toMatch(stackTrace);
  });
});

describe('phaser740', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'says which free port it took, and ends in peace with %s',
    async (signal) => {
      const config = temporaryFile('phaser740.yaml', 'raw: { port: 0 }\n');
      const out = join(temporaryFolder(), 'tray');
      const printer = startCli('phaser740', ['--config', config, '--out', out]);
      const [, port] = await printer.line(/raw printing on 127\.0\.0\.1, port (\d+)$/);
      const socket = connect({ port: Number(port), host: '127.0.0.1' });
      socket.end('%!\n(hello from inside) = flush\n');
      let answer = '';
      for await (const chunk of socket) answer += chunk;
      expect(answer).toContain('hello from inside');
      printer.kill(signal);
      expect(await printer.ended).toMatchObject({ status: 0, stderr: '' });
      expect(existsSync(out)).toBe(true);
    },
  );

  it('says that its port is taken', async () => {
    const port = await takenPort();
    const config = temporaryFile('phaser740.yaml', `raw: { port: ${port} }\n`);
    const { status, stderr } = await runCli('phaser740', ['--config', config]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      new RegExp(
        `^phaser740: cannot listen for raw printing on 127.0.0.1:${port}: .*EADDRINUSE.*; choose another port`,
      ),
    );
    expect(stderr).not.toMatch(stackTrace);
  });
});

describe.each([
  ['phaserlink', '../../src/cli.js', ['mailroom']],
  ['phaser740', '../../firmware-sim/cli.js', []],
])('%s, started with a channel', (_name, program, command) => {
  it('ends when the program that started it is gone, even before it listens', async () => {
    const yaml =
      command.length > 0 ? `${mailboxes}smtp: { port: 0 }\npop3: { port: 0 }\n` : 'raw: { port: 0 }\n';
    const config = temporaryFile('settings.yaml', yaml);
    const path = fileURLToPath(new URL(program, import.meta.url));
    const child: ChildProcess = spawn(process.execPath, [path, ...command, '--config', config], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    child.disconnect();
    const [status] = await once(child, 'exit');
    expect(status).toBe(0);
  });
});
