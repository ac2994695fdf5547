/** CUPS's own IPP printer (`ippeveprinter`) for a test or a measurement: it takes jobs, and a command of ours "prints" them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';

export interface IppEvePrinter {
  port: number;
  uri: string;
  /** What lies in its spool folder, by file name. */
  spooled(): Map<string, Buffer>;
  stop(): Promise<void>;
}

export interface IppEveOptions {
  /** What is called to print a document; by itself nothing is done with it. */
  command?: string;
  /** Documents stay in its folder. */
  keeps?: boolean;
  /** A folder with `localhost.crt` and `localhost.key`, by which it also answers in TLS. */
  keyFolder?: string;
}

/** It does not start without a message bus, so it gets one of its own. */
export async function startIppEvePrinter(options: IppEveOptions = {}): Promise<IppEvePrinter> {
  const { command = '/bin/true', keeps = true, keyFolder } = options;
  const folder = mkdtempSync(join(tmpdir(), 'phaserlink-ipp-'));
  const bus = `unix:path=${join(folder, 'bus')}`;
  const busId = Number(
    execFileSync('dbus-daemon', ['--session', `--address=${bus}`, '--fork', '--print-pid'], {
      encoding: 'utf8',
    }),
  );
  const port = await freePort();
  const formats = 'application/postscript,application/pdf,image/jpeg,application/octet-stream';
  const args = [
    ...['-p', String(port), '-r', 'off', '-n', 'localhost', '-2', '-s', '16,5'],
    ...['-c', command, '-d', folder, '-f', formats],
    ...(keeps ? ['-k'] : []),
    ...(keyFolder === undefined ? [] : ['-K', keyFolder]),
  ];
  const printer = spawn('ippeveprinter', [...args, 'peer'], {
    env: { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: bus, PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: 'ignore',
  });
  await listening(printer, port);
  return {
    port,
    uri: `ipp://localhost:${port}/ipp/print`,
    spooled: () =>
      new Map(
        readdirSync(folder)
          .filter((name) => /\.(ps|pdf|jpg|prn)$/.test(name))
          .map((name) => [name, readFileSync(join(folder, name))]),
      ),
    async stop() {
      const exited = once(printer, 'exit');
      printer.kill();
      await exited;
      process.kill(busId);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listening(printer: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 200 && printer.exitCode === null; tries++) {
    const socket = connect(port, 'localhost');
    const there = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (there) return;
    await sleep(50);
  }
  throw new Error('ippeveprinter does not listen');
}
