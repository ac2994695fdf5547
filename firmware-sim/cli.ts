#!/usr/bin/env node
/** The command `phaser740`: starts the simulated printer and stops it on SIGTERM or SIGINT, or speaks to one that runs. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { errorCode, errorText } from '#base/errors.js';
import { createLog } from '#base/log.js';
import { SettingsError } from '#base/settings-error.js';
import { listenForStop, whenAborted } from '#base/stop-signals.js';
import { findGhostscript } from '#runtime/ghostscript.js';
import { parseScript } from './control/script.js';
import { readScript, remoteCommands } from './remote.js';
import { defaultSettings, deviceOf, loadPhaser740Settings } from './settings.js';
import { startSimulator } from './simulator.js';

interface CommandOptions {
  config?: string;
  out?: string;
  script?: string;
  fresh: boolean;
  json: boolean;
}

const print = (text: string) => process.stdout.write(`${text}\n`);

const command = new Command('phaser740')
  .description('A simulated Phaser 740: prints what comes to it as pictures in an output tray.')
  .version(readVersion())
  .showHelpAfterError('(add --help for what it takes)')
  .enablePositionalOptions()
  .option(
    '--config <file>',
    'settings file (phaser740.yaml); without it: raw port 9100 and panel http://127.0.0.1:7400',
  )
  .option('--out <folder>', 'output tray, whatever the settings say')
  .option('--fresh', 'begin with a new printer: counters at 0, full trays, new supplies', false)
  .option('--script <file>', 'what is to happen to it, such as "at page 3: jam fuser; after 20s: clear"')
  .option('--json', 'log in JSON, one line an event', false)
  .allowExcessArguments()
  .action(async (options: CommandOptions) => {
    const [unknown] = command.args;
    if (unknown !== undefined) command.error(`there is no command "${unknown}"`);
    await run(options);
  })
  .addHelpText('after', '\nWithout a command it starts the printer; the commands speak to one that runs.');
for (const remote of remoteCommands(print)) command.addCommand(remote);

async function run({ config, out, script, fresh, json }: CommandOptions): Promise<void> {
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

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return version;
}

// Whoever reads us may leave first, as in `| head`; the work goes on.
process.stdout.on('error', () => undefined);
await command.parseAsync().catch((error: unknown) => {
  if (process.argv.includes('--json')) {
    const mistakes =
      error instanceof SettingsError ? { mistakes: error.mistakes } : { text: errorText(error) };
    print(JSON.stringify({ error: errorCode(error), ...mistakes }, null, 2));
  }
  process.stderr.write(`phaser740: ${errorText(error)}\n`);
  process.exitCode = 1;
});
