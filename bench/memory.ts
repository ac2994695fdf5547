/** How much memory the Printing Server holds on to: its resident size after 20 and after 200 jobs of 1 MB each. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#base/clock.js';
import { DemoProcess, type LogEvent } from '../src/demo-process.js';
import { sendDocument } from '../src/redirect/send-document.js';

const jobs = 200;
const firstMeasuredAfter = 20;
const documentBytes = 1_000_000;
/** Jobs on their way at a time, so that neither the mail room nor the printer is what we measure. */
const window = 5;

const folder = await mkdtemp(join(tmpdir(), 'phaserlink-bench-'));
const programs: DemoProcess[] = [];
const listeners = new Set<(event: LogEvent) => void>();

function start(name: string, program: string, args: string[]): DemoProcess {
  const started = new DemoProcess({
    name,
    program,
    args: [...args, '--json'],
    logFile: join(folder, `${name}.log`),
    clock: systemClock,
    onEvent: (event) => {
      for (const listener of listeners) listener(event);
    },
    onDeath: (error) => {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    },
  });
  programs.push(started);
  return started;
}

function next(matches: (event: LogEvent) => boolean): Promise<LogEvent> {
  return new Promise((resolve) => {
    const listener = (event: LogEvent) => {
      if (!matches(event)) return;
      listeners.delete(listener);
      resolve(event);
    };
    listeners.add(listener);
  });
}

async function startProgram(
  name: string,
  program: string,
  command: string[],
  settings: string,
  faces: string[],
) {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, settings);
  const ready = faces.map((face) =>
    next(({ event, face: found }) => event === 'listening' && found === face),
  );
  const started = start(name, program, [...command, '--config', file]);
  const ports = (await Promise.all(ready)).map(({ port }) => Number(port));
  return { started, ports };
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** One page, and a comment that makes the file as long as it has to be. */
async function writeDocument(): Promise<string> {
  const page = '%!PS-Adobe-3.0\n%%Pages: 1\n%%EndComments\n72 72 moveto 200 200 lineto stroke showpage\n';
  const filler = `%${'x'.repeat(78)}\n`;
  const path = join(folder, 'document.ps');
  await writeFile(path, page + filler.repeat(Math.ceil((documentBytes - page.length) / filler.length)));
  return path;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

try {
  const mailroom = await startProgram(
    'mailroom',
    './cli.js',
    ['mailroom'],
    'smtp: { port: 0 }\npop3: { port: 0 }\nmailboxes:\n  - { name: printer, password: bench, addresses: [printer@example.com] }\n  - { name: alice, password: bench, addresses: [alice@example.com] }\n',
    ['smtp', 'pop3'],
  );
  const [smtp = 0, pop3 = 0] = mailroom.ports;
  const printer = await startProgram(
    'phaser740',
    '../firmware-sim/cli.js',
    [],
    'resolutionDpi: 72\nraw: { port: 0 }\n',
    ['raw'],
  );
  const server = await startProgram(
    'phaserlink',
    './cli.js',
    ['serve'],
    [
      `printer: { name: Bench, uri: "socket://127.0.0.1:${printer.ports[0]}", watch: none }`,
      `mailbox: { host: 127.0.0.1, port: ${pop3}, security: none, user: printer, password: bench, pollIntervalSeconds: 1 }`,
      `smtp: { host: 127.0.0.1, port: ${smtp}, security: none, from: printer@example.com }`,
      'access: { allow: [alice@example.com] }',
      'people: { sysAdmin: alice@example.com }',
      '',
    ].join('\n'),
    [],
  );
  const document = await writeDocument();
  const pid = server.started.pid;
  let settled = 0;
  let early = 0;
  const started = performance.now();
  while (settled < jobs) {
    const batch = Math.min(window, jobs - settled);
    let counted = 0;
    const all = new Promise<void>((resolve) => {
      listeners.add(function count({ event, state }: LogEvent) {
        if (event !== 'settled') return;
        if (state !== 'completed') process.stderr.write(`a job ended as ${state}\n`);
        if (++counted < batch) return;
        listeners.delete(count);
        resolve();
      });
    });
    for (let n = 0; n < batch; n++) {
      await sendDocument(
        {
          to: 'printer@example.com',
          from: 'alice@example.com',
          smtp: { host: '127.0.0.1', port: smtp },
          description: `bench ${settled + n}`,
          notify: ['printed'],
          files: [document],
        },
        { clock: systemClock },
      );
    }
    await all;
    settled += batch;
    if (settled === firstMeasuredAfter) early = await residentBytes(pid);
  }
  const late = await residentBytes(pid);
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(
    `Node ${process.version}: RSS after ${firstMeasuredAfter} jobs ${megabytes(early)}, after ${jobs} jobs ${megabytes(late)}, ` +
      `difference ${megabytes(late - early)}; ${jobs} jobs of 1 MB in ${seconds.toFixed(0)} s\n`,
  );
} finally {
  await Promise.all(programs.map((program) => program.stop()));
  await rm(folder, { recursive: true, force: true });
}
