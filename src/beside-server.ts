/** The line for commands that change something, beside a running server or without one. */
import { stat } from 'node:fs/promises';
import { systemClock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import { silentLog } from '#base/log.js';
import { loadPhaserLinkSettings } from './config/load.js';
import type { PhaserLinkSettings } from './config/schema.js';
import { ledgerFile } from './jobs/ledger-file.js';
import { withLedger } from './jobs-report.js';
import type { Line } from './line.js';
import { closeLine, openLine } from './server.js';

/** The line as the server has it, connected to nothing. */
export async function withLine<T>(config: string, run: (line: Line) => Promise<T>): Promise<T> {
  const { settings } = loadPhaserLinkSettings(config, process.env);
  // Before anything could be made that is not there: the ledger is, and has our version.
  await withLedger(config, async () => undefined);
  await demandOwnLedger(settings);
  const line = await openLine(settings, systemClock, silentLog);
  try {
    return await run(line);
  } finally {
    await closeLine(line);
  }
}

/** What another user writes into the spool and the ledger, the server could not read. */
async function demandOwnLedger({ dataDir }: PhaserLinkSettings): Promise<void> {
  const path = ledgerFile(dataDir);
  const { uid } = await stat(path);
  const ours = process.geteuid?.() ?? uid;
  if (uid === ours) return;
  throw new PhaserLinkError({
    code: 'other-user',
    retry: 'permanent',
    text: `${path} belongs to user ${uid}, and this command runs as user ${ours}: run it as the user of the Printing Server`,
  });
}
