/** The command `phaserlink serve`: the Printing Server as a process, from its settings to a clean end. */
import { systemClock } from '#base/clock.js';
import { createLog } from '#base/log.js';
import { listenForStop } from '#base/stop-signals.js';
import { loadPhaserLinkSettings } from './config/load.js';
import { PrintingServer } from './server.js';

export interface ServeOptions {
  config: string;
  once: boolean;
  json: boolean;
}

export async function serve(options: ServeOptions): Promise<void> {
  const { settings, warnings } = loadPhaserLinkSettings(options.config, process.env);
  const log = createLog({ json: options.json, write: (line) => process.stdout.write(line) });
  for (const warning of warnings) log.warn({ event: 'settings-warning' }, warning);
  const { stop, stopNow } = listenForStop();
  stop.addEventListener('abort', () =>
    log.info(
      { event: 'stopping' },
      'stopping: a job that is being printed comes to its end first; a second signal ends at once',
    ),
  );
  const server = await PrintingServer.open(settings, systemClock, log);
  // Node would start its debugger on this signal.
  process.on('SIGUSR1', () => server.pollNow());
  try {
    if (options.once) return await server.runOnce(stop, stopNow);
    const { mailbox, printer } = settings;
    log.info(
      { event: 'started', mailbox: `${mailbox.user}@${mailbox.host}:${mailbox.port}`, printer: printer.uri },
      `${printer.name}: fetching mail for ${mailbox.user} from ${mailbox.host}:${mailbox.port} every ${mailbox.pollIntervalSeconds} s, printing on ${printer.uri}`,
    );
    await server.run(stop, stopNow);
    log.info({ event: 'stopped' }, 'stopped');
  } finally {
    await server.close();
  }
}
