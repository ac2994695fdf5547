/** How the memory of the server fares over many small jobs: from one maildrop in Dovecot to a raw printer that swallows. */
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startDovecot } from '../test/support/dovecot.js';
import { fillMaildrop } from './maildrop.js';
import { Sink, startServer, writeSettings } from './our-server.js';

const jobs = Number(process.argv[2] ?? 10_000);
const documentBytes = 4_000;

const folder = await mkdtemp(join(tmpdir(), 'phaserlink-bench-'));
await chmod(folder, 0o755);
const dovecot = await startDovecot();
try {
  await run();
} finally {
  await dovecot.stop();
  await rm(folder, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const user = await fillMaildrop(dovecot, jobs, documentBytes);
  const sink = await Sink.start(jobs);
  const startedAt = Date.now();
  const server = startServer(await writeSettings(folder, dovecot, user, sink.port));
  let settled = 0;
  for await (const line of createInterface({ input: server.stdout })) {
    if ((JSON.parse(line) as { event?: string }).event !== 'settled') continue;
    settled++;
    if (settled % (jobs / 10) === 0) {
      const seconds = (Date.now() - startedAt) / 1000;
      const megabytes = (await residentBytes(server.pid ?? 0)) / 1e6;
      process.stdout.write(
        `after ${settled} jobs, ${seconds.toFixed(0)} s: ${megabytes.toFixed(1)} MB resident\n`,
      );
    }
    if (settled === jobs) break;
  }
  const { report } = await sink.until(startedAt);
  process.stdout.write(`the printer: ${JSON.stringify(report)}\n`);
  server.kill('SIGTERM');
  await once(server, 'exit');
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
