/** A simulated Phaser 740 for tests: in this process, on a free port, in a folder that is removed with the test. */
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import * as v from 'valibot';
import { onTestFinished } from 'vitest';
import type { Clock } from '#base/clock.js';
import { createLog } from '#base/log.js';
import { findGhostscript, type Ghostscript } from '#runtime/ghostscript.js';
import { phaser740Schema } from '../../firmware-sim/settings.js';
import { type Simulator, startSimulator } from '../../firmware-sim/simulator.js';
import { temporaryFolder } from './temporary-folder.js';

export interface LoggedEvent {
  event: string;
  [field: string]: unknown;
}

export interface TestPrinter {
  /** Of the raw face. */
  port: number;
  /** The panel's address, when the settings name it. */
  panel: string;
  simulator: Simulator;
  out: string;
  /** All that it has logged. */
  events: LoggedEvent[];
  /** The next event of this name. */
  next(event: string): Promise<LoggedEvent>;
}

/** 72 dpi unless said otherwise; stopped when the test is over. */
export async function startTestPrinter(
  options: { ghostscript?: Ghostscript; settings?: Record<string, unknown>; clock?: Clock } = {},
): Promise<TestPrinter> {
  const events: LoggedEvent[] = [];
  const waiting = new Set<(event: LoggedEvent) => void>();
  const log = createLog({
    json: true,
    write: (line) => {
      const event = JSON.parse(line) as LoggedEvent;
      events.push(event);
      for (const tell of waiting) tell(event);
    },
  });
  const folder = temporaryFolder();
  const out = join(folder, 'out');
  const settings = v.parse(phaser740Schema, {
    raw: { port: 0 },
    resolutionDpi: 72,
    dataDir: join(folder, 'printer'),
    out,
    ...options.settings,
  });
  const ghostscript = options.ghostscript ?? (await findGhostscript());
  const clock = options.clock ? { clock: options.clock } : {};
  const simulator = await startSimulator({ settings, ghostscript, log, ...clock });
  onTestFinished(() => simulator.stop());
  return {
    port: simulator.ports.raw ?? 0,
    panel: `http://127.0.0.1:${simulator.ports.panel}`,
    simulator,
    out,
    events,
    next: (name) =>
      new Promise((resolve) => {
        const tell = (event: LoggedEvent) => {
          if (event.event !== name) return;
          waiting.delete(tell);
          resolve(event);
        };
        waiting.add(tell);
      }),
  };
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

/** The paths of one job's pictures, in page order; none when it left no page. */
export async function pageFiles(out: string, job: number): Promise<string[]> {
  const folder = join(out, `job-${String(job).padStart(4, '0')}`);
  const names = await readdir(folder).catch(() => []);
  return names.sort().map((name) => join(folder, name));
}

export async function pagesOf(out: string, job: number): Promise<Buffer[]> {
  return Promise.all((await pageFiles(out, job)).map((file) => readFile(file)));
}
