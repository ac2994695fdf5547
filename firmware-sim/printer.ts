/** The printer without its faces: the machine, its jobs and its tray. */
import type { Clock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import type { Ghostscript } from '#runtime/ghostscript.js';
import { holdDataFolder } from './data-folder.js';
import { Accounting } from './jobs/accounting.js';
import { JobQueue } from './jobs/job-queue.js';
import { JobSpool } from './jobs/job-spool.js';
import { Machine } from './machine/machine.js';
import { OutputTray } from './rasters/output-tray.js';
import { deviceOf, type Settings } from './settings.js';

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
  accounting: Accounting;
  stop(): Promise<void>;
}

/** Switched on when it resolves. */
export async function openPrinter(options: PrinterOptions): Promise<Printer> {
  const release = await holdDataFolder(options.settings.dataDir);
  try {
    return await openIn(options, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function openIn(
  { settings, fresh, ghostscript, clock, log }: PrinterOptions,
  release: () => Promise<void>,
): Promise<Printer> {
  const { dataDir, out, resolutionDpi, rasters, jobTimeoutSeconds, waitTimeoutSeconds } = settings;
  const device = deviceOf(settings);
  const machine = await Machine.open({ device, dataDir, fresh, clock, log });
  const tray = new OutputTray({ folder: out, device, resolutionDpi, rasters });
  const highestInTray = await tray.open();
  const spool = await JobSpool.open(dataDir);
  const queue = new JobQueue({
    machine,
    ghostscript,
    clock,
    log,
    // Whoever wants to see what is printed, sees it at the picture's resolution; only rasters need all of it.
    rasterDpi: rasters.length === 0 ? resolutionDpi : null,
    jobTimeoutSeconds,
    waitTimeoutSeconds,
    tray,
    highestInTray,
    spool,
  });
  const accounting = await Accounting.open({ machine, queue, dataDir, fresh, log });
  machine.dispatch({ type: 'power-on' });
  return {
    machine,
    queue,
    tray,
    accounting,
    async stop() {
      await queue.stop();
      await spool.close();
      await accounting.close();
      await machine.close();
      await release();
    },
  };
}
