/** Puts the simulated printer together: the machine, and a face for each one that the settings name. */
import { type Clock, systemClock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import type { Ghostscript } from '#runtime/ghostscript.js';
import { type RawFace, startRawFace } from './faces/raw.js';
import { Printer } from './printer.js';
import type { Settings } from './settings.js';

export interface SimulatorOptions {
  settings: Settings;
  ghostscript: Ghostscript;
  log: Log;
  clock?: Clock;
}

export interface Simulator {
  /** Null when the face is off. */
  rawPort: number | null;
  stop(): Promise<void>;
}

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { settings, ghostscript, log } = options;
  const clock = options.clock ?? systemClock;
  const printer = await Printer.open({ settings, ghostscript, clock, log });
  let raw: RawFace | null = null;
  if (settings.raw !== undefined) {
    const { waitTimeoutSeconds } = settings;
    raw = await startRawFace({ ...settings.raw, waitTimeoutSeconds, printer, clock, log });
  }
  return {
    rawPort: raw?.port ?? null,
    async stop() {
      await raw?.stop();
      await printer.stop();
    },
  };
}
