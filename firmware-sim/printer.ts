/** The printer without its faces: the machine, its jobs and its tray. */
import type { Clock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import type { Ghostscript } from '#runtime/ghostscript.js';
import type { Device } from './device/device.js';
import { profiles } from './device/phaser-740.js';
import { atSpeed } from './device/speed.js';
import { JobQueue } from './jobs/job-queue.js';
import { JobSpool } from './jobs/job-spool.js';
import { Machine } from './machine/machine.js';
import { OutputTray } from './rasters/output-tray.js';
import type { Settings } from './settings.js';

export interface PrinterOptions {
  settings: Settings;
  /** Begin with a new machine. */
  fresh: boolean;
  ghostscript: Ghostscript;
  clock: Clock;
  log: Log;
}

export interface Printer {
  machine: Machine;
  queue: JobQueue;
  tray: OutputTray;
  stop(): Promise<void>;
}

/** The machine that the settings name, at their speed. */
export function deviceOf({ profile, speed }: Settings): Device {
  return atSpeed(profiles[profile], speed);
}

/** Switched on when it resolves. */
export async function openPrinter({
  settings,
  fresh,
  ghostscript,
  clock,
  log,
}: PrinterOptions): Promise<Printer> {
  const { dataDir, out, resolutionDpi, jobTimeoutSeconds, waitTimeoutSeconds } = settings;
  const device = deviceOf(settings);
  const machine = await Machine.open({ device, dataDir, fresh, clock, log });
  const tray = new OutputTray(out, resolutionDpi);
  const highestInTray = await tray.open();
  const spool = await JobSpool.open(dataDir);
  const queue = new JobQueue({
    machine,
    ghostscript,
    clock,
    log,
    resolutionDpi,
    jobTimeoutSeconds,
    waitTimeoutSeconds,
    tray,
    highestInTray,
    spool,
  });
  machine.dispatch({ type: 'power-on' });
  return {
    machine,
    queue,
    tray,
    async stop() {
      await queue.stop();
      await machine.close();
    },
  };
}
