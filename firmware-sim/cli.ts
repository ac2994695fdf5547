#!/usr/bin/env node
/** The command `phaser740`: starts the simulated printer and stops it on SIGTERM or SIGINT. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import * as v from 'valibot';
import { parse } from 'yaml';
import { errorText } from '#base/errors.js';
import { createLog } from '#base/log.js';
import { findGhostscript } from '#runtime/ghostscript.js';
import { defaultSettings, type Settings, settingsSchema } from './settings.js';
import { startSimulator } from './simulator.js';

const command = new Command('phaser740')
  .description('A simulated Phaser 740: prints what comes to its raw port as pictures in an output tray.')
  .option('--config <file>', 'settings file (phaser740.yaml); without it: raw port 9100 on 127.0.0.1')
  .option('--out <folder>', 'output tray, whatever the settings say')
  .option('--json', 'log as JSON lines')
  .parse();

interface CommandOptions {
  config?: string;
  out?: string;
  json?: boolean;
}

async function run(options: CommandOptions): Promise<void> {
  const log = createLog({ json: options.json ?? false, write: (line) => process.stdout.write(line) });
  const settings = options.config === undefined ? defaultSettings : await readSettingsFile(options.config);
  const ghostscript = await findGhostscript();
  const { kind, version, path, cage } = ghostscript;
  const text = `Ghostscript ${version} (${kind}, ${path}) in its cage: ${cage}`;
  log.info({ event: 'ghostscript', kind, version, path, cage }, text);
  const simulator = await startSimulator({
    settings: { ...settings, out: options.out ?? settings.out },
    ghostscript,
    log,
  });
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    simulator.stop().then(
      () => log.info({ event: 'stopped' }, 'stopped'),
      (error) => fail(error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

async function readSettingsFile(path: string): Promise<Settings> {
  return v.parse(settingsSchema, parse(await readFile(path, 'utf8')));
}

function fail(error: unknown): void {
  process.stderr.write(`phaser740: ${errorText(error)}\n`);
  process.exitCode = 1;
}

await run(command.opts<CommandOptions>()).catch(fail);
