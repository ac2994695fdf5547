/** The commands `phaserlink quarantine retry` and `drop`: as the server does it, beside a running one or without. */
import { stat } from 'node:fs/promises';
import { systemClock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import { silentLog } from '#base/log.js';
import { loadPhaserLinkSettings } from './config/load.js';
import type { PhaserLinkSettings } from './config/schema.js';
import { ledgerFile } from './jobs/ledger.js';
import { withLedger } from './jobs-report.js';
import type { Line } from './line.js';
import * as pipeline from './pipeline.js';
import { findQuarantined } from './quarantine.js';
import { type QuarantineReport, type RetryReport, reportQuarantined } from './quarantine-report.js';
import { dropQuarantined, type Patience } from './quarantine-stages.js';
import { closeLine, openLine } from './server.js';

/** Reads and judges the mail as if it had just come; a running server prints what comes of it. */
export async function retryMail(config: string, id: number, patience: Patience): Promise<RetryReport> {
  return withLine(config, async (line) => {
    await pipeline.retry(line, id, patience);
    const { mail, record } = await findQuarantined(line.ledger, id);
    return { ...reportQuarantined(mail), decision: record.decision, reasons: record.reasons };
  });
}

/** Gives the mail's bytes up; the ledger remembers that it came. */
export async function dropMail(config: string, id: number, patience: Patience): Promise<QuarantineReport> {
  return withLine(config, async (line) => {
    await dropQuarantined(line, id, patience);
    return reportQuarantined((await findQuarantined(line.ledger, id)).mail);
  });
}

/** The line as the server has it, connected to nothing. */
async function withLine<T>(config: string, run: (line: Line) => Promise<T>): Promise<T> {
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
