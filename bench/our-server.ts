/** The Printing Server as anybody starts it, between a Dovecot and a raw printer that swallows. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type Dovecot, password } from '../test/support/dovecot.js';
import type { SinkReport } from './print-sink.js';

/** One run: how long it took until the last document was with the printer, and what that has seen. */
export interface Run {
  seconds: number;
  report: SinkReport;
}

export class Sink {
  readonly #child: ChildProcess;
  readonly #report: Promise<SinkReport>;
  readonly port: number;

  private constructor(child: ChildProcess, port: number, report: Promise<SinkReport>) {
    this.#child = child;
    this.port = port;
    this.#report = report;
  }

  static async start(expected: number, port = 0): Promise<Sink> {
    const program = join(import.meta.dirname, 'print-sink.js');
    const child = spawn(process.execPath, [program, String(expected), String(port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    const [first] = (await once(lines, 'line')) as [string];
    const report = once(lines, 'line').then(([line]) => JSON.parse(String(line)) as SinkReport);
    return new Sink(child, Number(first), report);
  }

  /** When everything is there that began at `startedAt`, in epoch milliseconds. */
  async until(startedAt: number): Promise<Run> {
    const report = await this.#report;
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    return { seconds: (report.lastAt - startedAt) / 1000, report };
  }
}

/** Its log comes as JSON on its standard output. */
export function startServer(config: string): ChildProcessByStdio<null, Readable, null> {
  const cli = join(import.meta.dirname, '..', 'src', 'cli.js');
  const server = spawn(process.execPath, [cli, 'serve', '--config', config, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  server.stdout.resume();
  return server;
}

export async function writeSettings(
  folder: string,
  { port }: Dovecot,
  user: string,
  printerPort: number,
): Promise<string> {
  const file = join(folder, `${user}.yaml`);
  const settings = {
    printer: { name: 'bench', uri: `socket://127.0.0.1:${printerPort}`, jobControl: 'none' },
    mailbox: { host: '127.0.0.1', port, security: 'none', user, password, pollIntervalSeconds: 3600 },
    smtp: { host: '127.0.0.1', port: 9, security: 'none', from: 'printer@example.com' },
    access: { allow: ['alice@example.com'] },
    people: { sysAdmin: 'admin@example.com' },
    dataDir: join(folder, `data-${user}`),
  };
  // JSON is YAML.
  await writeFile(file, JSON.stringify(settings), { mode: 0o600 });
  return file;
}
