#!/usr/bin/env node
/** The command `phaser740`: starts the simulated printer and stops it on SIGTERM or SIGINT, or speaks to one that runs. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { errorCode, errorText } from '#base/errors.js';
import { SettingsError } from '#base/settings-error.js';
import { remoteCommands } from './remote.js';
import type { StartOptions } from './start.js';

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
  .action(async (options: StartOptions) => {
    const [unknown] = command.args;
    if (unknown !== undefined) command.error(`there is no command "${unknown}"`);
    // The commands that only speak to a running printer need nothing of it.
    const { start } = await import('./start.js');
    await start(options);
  })
  .addHelpText('after', '\nWithout a command it starts the printer; the commands speak to one that runs.');
for (const remote of remoteCommands(print)) command.addCommand(remote);

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
