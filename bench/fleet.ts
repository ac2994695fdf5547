/** How soon a simulated printer is ready, and what a hundred of them cost while they have nothing to do, in one process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { silentLog } from '#base/log.js';
import { findGhostscript } from '#runtime/ghostscript.js';
import { phaser740Schema } from '../firmware-sim/settings.js';
import { type Simulator, startSimulator } from '../firmware-sim/simulator.js';

const printers = Number(process.argv[2] ?? 100);
const idleSeconds = Number(process.argv[3] ?? 20);

const folder = await mkdtemp(join(tmpdir(), 'phaserlink-fleet-'));
const running: Simulator[] = [];
try {
  const ghostscript = await findGhostscript();
  const startedAt = performance.now();
  for (let n = 0; n < printers; n++) {
    const settings = v.parse(phaser740Schema, {
      speed: 'instant',
      dataDir: join(folder, `printer-${n}`),
      out: join(folder, `tray-${n}`),
      raw: { port: 0 },
      ipp: { port: 0 },
      lpd: { port: 0 },
      snmp: { port: 0, communities: ['public'] },
    });
    running.push(await startSimulator({ settings, ghostscript, log: silentLog }));
    if (n === 0) await answers(running[0]?.ports.raw ?? 0);
    if (n === 0) say('the first one is ready', `${Math.round(performance.now() - startedAt)} ms`);
  }
  say(`${printers} are ready`, `${Math.round(performance.now() - startedAt)} ms`);
  global.gc?.();
  await sleep(2000);
  const before = process.cpuUsage();
  const since = performance.now();
  await sleep(idleSeconds * 1000);
  const { user, system } = process.cpuUsage(before);
  const share = (user + system) / 1000 / (performance.now() - since);
  say('idle, of one core', `${(share * 100).toFixed(2)} %`);
  say('resident size', `${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`);
} finally {
  for (const simulator of running) await simulator.stop();
  await rm(folder, { recursive: true, force: true });
}

function say(what: string, value: string): void {
  process.stdout.write(`${what.padEnd(26)} ${value}\n`);
}

/** Until the printer has answered a question. */
async function answers(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.end('%!PS\nstatusdict /pagecount get exec = flush\n');
  for await (const _ of socket) return;
}
