/** A simulated Phaser 740 for tests: in this process, on a free port, in a folder that is removed afterwards. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Clock } from '#base/clock.js';
import { createLog } from '#base/log.js';
import type { Ghostscript } from '#runtime/ghostscript.js';
import { phaser740Schema } from '../../firmware-sim/settings.js';
import { startSimulator } from '../../firmware-sim/simulator.js';

export interface LoggedEvent {
  event: string;
  [field: string]: unknown;
}

export interface TestPrinter {
  port: number;
  out: string;
  events: LoggedEvent[];
  stop(): Promise<void>;
}

export async function makeFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'phaser740-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** 72 dpi unless said otherwise. */
export async function startTestPrinter(options: {
  ghostscript: Ghostscript;
  folder: string;
  settings?: Record<string, unknown>;
  clock?: Clock;
  onEvent?: (event: LoggedEvent) => void;
}): Promise<TestPrinter> {
  const events: LoggedEvent[] = [];
  const log = createLog({
    json: true,
    write: (line) => {
      const event = JSON.parse(line) as LoggedEvent;
      events.push(event);
      options.onEvent?.(event);
    },
  });
  const out = join(options.folder, 'out');
  const settings = v.parse(phaser740Schema, {
    raw: { port: 0 },
    resolutionDpi: 72,
    dataDir: join(options.folder, 'printer'),
    out,
    ...options.settings,
  });
  const { ghostscript, clock } = options;
  const simulator = await startSimulator({ settings, ghostscript, log, ...(clock ? { clock } : {}) });
  return { port: simulator.rawPort ?? 0, out, events, stop: () => simulator.stop() };
}

/** Sends the bytes, ends its side and resolves with all that the printer says until it closes. */
export function printRaw(port: number, bytes: Uint8Array | string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const answers: Buffer[] = [];
    socket.on('data', (chunk) => answers.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(answers).toString('latin1')));
    socket.end(bytes);
  });
}

/** The pictures of one job, in page order. */
export async function pagesOf(out: string, job: number): Promise<Buffer[]> {
  const folder = join(out, `job-${String(job).padStart(4, '0')}`);
  const names = (await readdir(folder).catch(() => [])).sort();
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}
