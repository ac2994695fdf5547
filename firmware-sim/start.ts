/** Starts the simulated printer as a program: its log, its settings, its script, and its stop on SIGTERM or SIGINT. */
import { resolve } from 'node:path';
import { createLog } from '#base/log.js';
import { listenForStop, whenAborted } from '#base/stop-signals.js';
import { findGhostscript } from '#runtime/ghostscript.js';
import { readScript } from './control/read-script.js';
import { parseScript } from './control/script.js';
import { defaultSettings, deviceOf, loadPhaser740Settings } from './settings.js';
import { startSimulator } from './simulator.js';

export interface StartOptions {
  config?: string;
  out?: string;
  script?: string;
  fresh: boolean;
  json: boolean;
}

/** Resolves when it has stopped again. */
export async function start({ config, out, script, fresh, json }: StartOptions): Promise<void> {
  const log = createLog({ json, write: (line) => process.stdout.write(line) });
  const settings = config === undefined ? defaultSettings : loadPhaser740Settings(config, process.env);
  const lines = script === undefined ? null : parseScript(readScript(script), deviceOf(settings), script);
  const { stop } = listenForStop();
  const ghostscript = await findGhostscript();
  const { kind, version, path, cage } = ghostscript;
  const text = `Ghostscript ${version} (${kind}, ${path}) in its cage: ${cage}`;
  log.info({ event: 'ghostscript', kind, version, path, cage }, text);
  const tray = resolve(out ?? settings.out);
  const simulator = await startSimulator({ settings: { ...settings, out: tray }, fresh, ghostscript, log });
  if (lines !== null) void simulator.scripts.run(lines);
  await whenAborted(stop);
  await simulator.stop();
  log.info({ event: 'stopped' }, 'stopped');
}
