#!/usr/bin/env node
/** The command `phaser740`: starts the simulated printer and stops it on SIGTERM or SIGINT. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { errorText } from '#base/errors.js';
import { createLog } from '#base/log.js';
import { SettingsError } from '#base/settings-error.js';
import { listenForStop, whenAborted } from '#base/stop-signals.js';
import { findGhostscript } from '#runtime/ghostscript.js';
import { defaultSettings, loadPhaser740Settings } from './settings.js';
import { startSimulator } from './simulator.js';

const command = new Command('phaser740')
  .description('A simulated Phaser 740: prints what comes to its raw port as pictures in an output tray.')
  .version(readVersion())
  .showHelpAfterError('(add --help for what it takes)')
  .option('--config <file>', 'settings file (phaser740.yaml); without it: raw port 9100 on 127.0.0.1')
  .option('--out <folder>', 'output tray, whatever the settings say')
  .option('--fresh', 'begin with a new printer: counters at 0, full trays, new supplies', false)
  .option('--json', 'log in JSON, one line an event', false)
  .parse();

interface CommandOptions {
  config?: string;
  out?: string;
  fresh: boolean;
  json: boolean;
}

async function run({ config, out, fresh, json }: CommandOptions): Promise<void> {
  const log = createLog({ json, write: (line) => process.stdout.write(line) });
  const settings = config === undefined ? defaultSettings : loadPhaser740Settings(config, process.env);
  const { stop } = listenForStop();
  const ghostscript = await findGhostscript();
  const { kind, version, path, cage } = ghostscript;
  const text = `Ghostscript ${version} (${kind}, ${path}) in its cage: ${cage}`;
  log.info({ event: 'ghostscript', kind, version, path, cage }, text);
  const tray = resolve(out ?? settings.out);
  const simulator = await startSimulator({ settings: { ...settings, out: tray }, fresh, ghostscript, log });
  await whenAborted(stop);
  await simulator.stop();
  log.info({ event: 'stopped' }, 'stopped');
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return version;
}

// Whoever reads us may leave first, as in `| head`; the work goes on.
process.stdout.on('error', () => undefined);
await run(command.opts<CommandOptions>()).catch((error: unknown) => {
  if (command.opts<CommandOptions>().json && error instanceof SettingsError) {
    process.stdout.write(`${JSON.stringify({ error: error.code, mistakes: error.mistakes }, null, 2)}\n`);
  }
  process.stderr.write(`phaser740: ${errorText(error)}\n`);
  process.exitCode = 1;
});
