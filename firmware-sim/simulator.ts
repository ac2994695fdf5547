/** Puts the simulated printer together: the printer, and a face for each one that the settings name. */
import { type Clock, systemClock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import type { Ghostscript } from '#runtime/ghostscript.js';
import { startFtpFace } from './faces/ftp.js';
import { startLpdFace } from './faces/lpd.js';
import { startRawFace } from './faces/raw.js';
import type { Face } from './faces/tcp-face.js';
import { startUdpStatusFace } from './faces/udp-status.js';
import { openPrinter, type Printer } from './printer.js';
import type { Settings } from './settings.js';

export interface SimulatorOptions {
  settings: Settings;
  /** Begin with a new machine: counters at 0, full trays, new supplies. */
  fresh?: boolean;
  ghostscript: Ghostscript;
  log: Log;
  clock?: Clock;
}

export interface Simulator {
  printer: Printer;
  /** Null when the face is off. */
  rawPort: number | null;
  udpStatusPort: number | null;
  lpdPort: number | null;
  ftpPort: number | null;
  stop(): Promise<void>;
}

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { settings, ghostscript, log, fresh = false } = options;
  const clock = options.clock ?? systemClock;
  const printer = await openPrinter({ settings, fresh, ghostscript, clock, log });
  const common = { printer, clock, log };
  const faces: Face[] = [];
  const started = async <F extends Face>(face: Promise<F>): Promise<F> => {
    const ready = await face;
    faces.push(ready);
    return ready;
  };
  const stop = async () => {
    for (const face of faces.reverse()) await face.stop();
    await printer.stop();
  };
  try {
    const patient = { ...common, waitTimeoutSeconds: settings.waitTimeoutSeconds };
    const raw = settings.raw && (await started(startRawFace({ ...settings.raw, ...patient })));
    const udpStatus =
      settings.udpStatus && (await started(startUdpStatusFace({ ...settings.udpStatus, ...common })));
    const lpd = settings.lpd && (await started(startLpdFace({ ...settings.lpd, ...patient })));
    const ftp = settings.ftp && (await started(startFtpFace({ ...settings.ftp, ...patient })));
    return {
      printer,
      rawPort: raw?.port ?? null,
      udpStatusPort: udpStatus?.port ?? null,
      lpdPort: lpd?.port ?? null,
      ftpPort: ftp?.port ?? null,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
