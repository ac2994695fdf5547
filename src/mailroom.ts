/** The command `phaserlink mailroom`: the built-in mail room as a process. */
import { systemClock } from '#base/clock.js';
import { createLog } from '#base/log.js';
import { listenForStop, whenAborted } from '#base/stop-signals.js';
import { loadMailroomSettings } from './config/load.js';
import { Mailroom } from './mail/mailroom/mailroom.js';

export async function runMailroom(options: { config: string; json: boolean }): Promise<void> {
  const { settings, warnings } = loadMailroomSettings(options.config, process.env);
  const log = createLog({ json: options.json, write: (line) => process.stdout.write(line) });
  for (const warning of warnings) log.warn({ event: 'settings-warning' }, warning);
  const { stop } = listenForStop();
  const { smtp, pop3, ...rest } = settings;
  const mailroom = new Mailroom({ ...rest, smtpPort: smtp.port, pop3Port: pop3.port }, systemClock, log);
  await mailroom.start();
  await whenAborted(stop);
  await mailroom.stop();
  log.info({ event: 'stopped' }, 'stopped');
}
