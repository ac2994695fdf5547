/**
 * How many IPP requests a second the simulated printer answers over one connection, beside CUPS's own simulated printer that
 * throws its jobs away (`ippeveprinter -c /bin/true`); in turn in each round. Ours has each document on disk, synced, before
 * it answers; it is measured with the printer paused, as theirs prints nothing, and once more while it prints.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type OperationName, statuses } from '#vocab/ipp-words.js';
import { encodeIpp } from '#wire/ipp-encoder.js';
import { attribute, type IppAttribute, mimeMediaType } from '#wire/ipp-message.js';
import { IppClient } from '../test/support/ipp-client.js';
import { type IppEvePrinter, startIppEvePrinter } from '../test/support/ippeveprinter.js';

const rounds = Number(process.argv[2] ?? 5);
const requests = Number(process.argv[3] ?? 50);
const page = `%!PS\n/Times-Roman findfont 10 scalefont setfont\n${Array.from(
  { length: 60 },
  (_, n) => `36 ${740 - n * 12} moveto (${n}. The quick brown fox jumps over the lazy dog.) show`,
).join('\n')}\nshowpage\n`;

const folder = await mkdtemp(join(tmpdir(), 'phaser740-bench-'));
const started: ChildProcess[] = [];
let peer: IppEvePrinter | null = null;
try {
  const ours = await startOurs();
  peer = await startIppEvePrinter({ keeps: false });
  const rates = new Map<string, number[]>();
  const note = (what: string, rate: number) => rates.set(what, [...(rates.get(what) ?? []), rate]);
  for (let round = 0; round < rounds; round++) {
    await new IppClient(ours).ask('Pause-Printer');
    for (const [name, port] of [
      ['ippeveprinter', peer.port],
      ['ours, paused', ours],
    ] as const) {
      note(`Get-Printer-Attributes, ${name}`, await rate(port, 'Get-Printer-Attributes', [], ''));
      note(`Print-Job, ${name}`, await printJobs(port));
    }
    await new IppClient(ours).ask('Cancel-My-Jobs');
    await new IppClient(ours).ask('Resume-Printer');
    note('Print-Job, ours, printing', await printJobs(ours));
    await new IppClient(ours).ask('Cancel-My-Jobs');
  }
  report(rates);
} finally {
  await peer?.stop();
  for (const child of started.reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
}

function printJobs(port: number): Promise<number> {
  return rate(
    port,
    'Print-Job',
    [attribute('document-format', mimeMediaType('application/postscript'))],
    page,
  );
}

/** Requests a second. A printer that takes one job at a time is asked again until it does. */
async function rate(
  port: number,
  name: OperationName,
  operation: IppAttribute[],
  document: string,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const body = Buffer.concat([
    encodeIpp(new IppClient(port).request(name, { operation })),
    Buffer.from(document),
  ]);
  const before = performance.now();
  for (let done = 0; done < requests; ) {
    const answer = await post(agent, port, body);
    const code = answer.readUInt16BE(2);
    if (code === statuses['server-error-busy']) continue;
    if (code >= 0x0100) throw new Error(`${name} on port ${port}: status 0x${code.toString(16)}`);
    done++;
  }
  const seconds = (performance.now() - before) / 1000;
  agent.destroy();
  return requests / seconds;
}

function post(agent: Agent, port: number, body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/ipp', 'content-length': body.length };
    const outgoing = request({ agent, host: 'localhost', port, path: '/ipp/print', method: 'POST', headers });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part)).on('end', () => resolve(Buffer.concat(parts)));
    });
    outgoing.end(body);
  });
}

async function startOurs(): Promise<number> {
  const settings = join(folder, 'phaser740.yaml');
  await writeFile(settings, 'ipp:\n  host: localhost\n  port: 0\n');
  const program = fileURLToPath(new URL('../firmware-sim/cli.js', import.meta.url));
  const child = spawn(process.execPath, [program, '--config', settings, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  for await (const line of createInterface(child.stdout)) {
    const { event, port } = JSON.parse(line) as { event: string; port?: number };
    // Whoever stops reading stops the printer in the end.
    if (event === 'listening' && port !== undefined) {
      child.stdout.resume();
      return port;
    }
  }
  throw new Error('the simulated printer did not start');
}

function report(rates: ReadonlyMap<string, readonly number[]>): void {
  const medians = new Map<string, number>();
  for (const [what, values] of rates) {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length / 2;
    const median = ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
    medians.set(what, median);
    const between = `${sorted[0]?.toFixed(0)} to ${sorted.at(-1)?.toFixed(0)}`;
    process.stdout.write(
      `${what}: ${median.toFixed(0)} a second (${between}, ${rounds} rounds of ${requests})\n`,
    );
  }
  for (const what of ['Get-Printer-Attributes', 'Print-Job']) {
    const ratio = (medians.get(`${what}, ours, paused`) ?? 0) / (medians.get(`${what}, ippeveprinter`) ?? 0);
    process.stdout.write(`${what}: ours makes ${ratio.toFixed(2)} of ippeveprinter's\n`);
  }
}
