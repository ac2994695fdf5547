/**
 * How many SNMP requests a second the simulated printer answers, beside Net-SNMP's snmpd with the same values; in turn, on
 * loopback, version 2c, with one request and with sixteen in flight.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BerReader, berTags } from '#wire/ber.js';
import type { SnmpValue } from '#wire/snmp-values.js';
import { profiles } from '../firmware-sim/device/phaser-740.js';
import { freePort } from '../test/support/free-port.js';
import { startMachine } from '../test/support/machine.js';
import { communityMessage, readBindings, requestPdu, viewOf, walk } from '../test/support/snmp-view.js';

const rounds = Number(process.argv[2] ?? 5);
const roundMs = 1000;
const snmpd = '/usr/sbin/snmpd';
const printerMib = '1.3.6.1.2.1.43';

const loads = [
  { name: 'GET of one value', pdu: requestPdu('get', ['1.3.6.1.2.1.1.1.0']), values: 1 },
  {
    name: 'GET of 7 supply levels',
    pdu: requestPdu(
      'get',
      [1, 2, 3, 4, 5, 6, 7].map((unit) => `${printerMib}.11.1.1.9.1.${unit}`),
    ),
    values: 7,
  },
  { name: 'GETNEXT', pdu: requestPdu('get-next', [`${printerMib}.11.1.1.9`]), values: 1 },
  { name: 'GETBULK of 20 rows', pdu: requestPdu('get-bulk', [printerMib], 0, 20), values: 20 },
];

const folder = await mkdtemp(join(tmpdir(), 'phaserlink-bench-'));
const programs: ChildProcess[] = [];
try {
  const agents = [{ name: 'ours', port: await startOurs() }];
  if (existsSync(snmpd)) agents.unshift({ name: 'snmpd', port: await startSnmpd() });
  else process.stdout.write(`${snmpd} is missing (apt-get install snmpd): ours alone\n`);
  for (const { name, pdu, values } of loads) {
    for (const inFlight of [1, 16]) {
      const rates = new Map<string, number[]>(agents.map((agent) => [agent.name, []]));
      for (let round = 0; round < rounds; round++) {
        for (const agent of agents)
          rates.get(agent.name)?.push(await rate(agent.port, pdu, values, inFlight));
      }
      report(`${name}, ${inFlight} in flight`, rates);
    }
  }
} finally {
  for (const program of programs) {
    const exited = once(program, 'exit');
    program.kill();
    await exited;
  }
  await rm(folder, { recursive: true, force: true });
}

async function startOurs(): Promise<number> {
  const port = await freePort();
  const file = join(folder, 'phaser740.yaml');
  await writeFile(file, `snmp: { port: ${port}, communities: [public] }\n`);
  const cli = fileURLToPath(new URL('../firmware-sim/cli.js', import.meta.url));
  programs.push(spawn(process.execPath, [cli, '--config', file], { stdio: 'ignore' }));
  await answering(port);
  return port;
}

/** Its values are a new machine's, as ours are. */
async function startSnmpd(): Promise<number> {
  const port = await freePort();
  const { device, state } = startMachine(profiles.N);
  const overrides = walk(viewOf(device, state))
    .filter(({ oid }) => oid.join('.').startsWith(`${printerMib}.`))
    .map(({ oid, value }) => `override .${oid.join('.')} ${overrideValue(value)}`);
  const file = join(folder, 'snmpd.conf');
  const lines = ['rocommunity public 127.0.0.1', 'sysDescr Tektronix, Inc., Phaser 740N', ...overrides];
  await writeFile(file, `${lines.join('\n')}\n`);
  const words = ['-f', '-Lo', '-C', '-c', file, `udp:127.0.0.1:${port}`];
  const env = { ...process.env, MIBS: '', SNMP_PERSISTENT_DIR: folder };
  programs.push(spawn(snmpd, words, { stdio: 'ignore', env }));
  await answering(port);
  return port;
}

function overrideValue(value: SnmpValue): string {
  if (value.type === 'octets') return `octet_str "${value.value.toString()}"`;
  const types: Record<string, string> = { integer: 'integer', counter: 'counter', ticks: 'timeticks' };
  return `${types[value.type]} ${value.value}`;
}

async function answering(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await rate(port, loads[0]?.pdu ?? Buffer.alloc(0), 1, 1, 100)) > 0) return;
    await wait(100);
  }
  throw new Error(`nothing answers on port ${port}`);
}

/** Answers a second; every answer is counted, the first is looked into. */
async function rate(
  port: number,
  pdu: Buffer,
  values: number,
  inFlight: number,
  ms = roundMs,
): Promise<number> {
  const message = communityMessage(1, 'public', pdu);
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let answers = 0;
  socket.on('error', () => {});
  socket.on('message', (answer) => {
    if (answers++ === 0 && countValues(answer) !== values)
      throw new Error('an answer is not what was asked for');
    socket.send(message);
  });
  const started = performance.now();
  for (let sent = 0; sent < inFlight; sent++) socket.send(message);
  await wait(ms);
  const seconds = (performance.now() - started) / 1000;
  socket.removeAllListeners('message');
  socket.close();
  return answers / seconds;
}

function countValues(answer: Buffer): number {
  const message = new BerReader(answer).enter(berTags.sequence);
  message.integer();
  message.contents(berTags.octets);
  const pdu = message.enter(0xa2);
  for (let field = 0; field < 3; field++) pdu.integer();
  const list = pdu.enter(berTags.sequence);
  const bindings: Buffer[] = [];
  while (!list.done) bindings.push(list.whole());
  return readBindings(bindings).length;
}

function report(load: string, rates: ReadonlyMap<string, readonly number[]>): void {
  const medians = [...rates].map(([name, all]) => ({ name, median: median(all) }));
  const words = medians.map(({ name, median: middle }) => `${name} ${middle.toFixed(0)}/s`).join(', ');
  const theirs = medians.find(({ name }) => name === 'snmpd')?.median;
  const ours = medians.find(({ name }) => name === 'ours')?.median ?? 0;
  const ratio = theirs === undefined ? '' : `, ours / snmpd ${(ours / theirs).toFixed(2)}`;
  process.stdout.write(`${load}: ${words}${ratio}\n`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}
