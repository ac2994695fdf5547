/** Puts the simulated printer together: the printer, and a face for each one that the settings name. */
import { type Clock, systemClock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import type { Ghostscript } from '#runtime/ghostscript.js';
import { ScriptRunner } from './control/script-runner.js';
import { startPanelFace } from './faces/panel/panel-face.js';
import { startRawFace } from './faces/raw.js';
import type { Face } from './faces/tcp-face.js';
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
  /** Of each face, null when it is off. */
  rawPort: number | null;
  panelPort: number | null;
  scripts: ScriptRunner;
  stop(): Promise<void>;
}

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { settings, ghostscript, log, fresh = false } = options;
  const clock = options.clock ?? systemClock;
  const printer = await openPrinter({ settings, fresh, ghostscript, clock, log });
  const scripts = new ScriptRunner({ machine: printer.machine, clock, log });
  const common = { printer, clock, log };
  const faces: Face[] = [];
  const started = async <F extends Face>(face: Promise<F>): Promise<F> => {
    const ready = await face;
    faces.push(ready);
    return ready;
  };
  const stop = async () => {
    scripts.stop('the printer was stopped');
    for (const face of faces.reverse()) await face.stop();
    await printer.stop();
  };
  try {
    const { waitTimeoutSeconds } = settings;
    const raw =
      settings.raw && (await started(startRawFace({ ...settings.raw, waitTimeoutSeconds, ...common })));
    const panel =
      settings.panel && (await started(startPanelFace({ ...settings.panel, scripts, ...common })));
    return { printer, scripts, rawPort: raw?.port ?? null, panelPort: panel?.port ?? null, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
