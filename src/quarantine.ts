/** The command `phaserlink quarantine`: lists the mails that could not be read, shows one, tries it again, drops it. */
import { stat } from 'node:fs/promises';
import { systemClock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import { silentLog } from '#base/log.js';
import { loadPhaserLinkSettings } from './config/load.js';
import type { PhaserLinkSettings } from './config/schema.js';
import { type Ledger, ledgerFile } from './jobs/ledger.js';
import { notInQuarantine } from './jobs/quarantine.js';
import { Spool } from './jobs/spool.js';
import { withLedger } from './jobs-report.js';
import type { Line } from './line.js';
import * as pipeline from './pipeline.js';
import {
  detailQuarantined,
  type QuarantineDetails,
  type QuarantineReport,
  type RetryReport,
  reportQuarantined,
} from './quarantine-report.js';
import { dropQuarantined, type Patience } from './quarantine-stages.js';
import { closeLine, openLine } from './server.js';

/** The mails in quarantine, oldest first. */
export function listQuarantine(config: string): Promise<QuarantineReport[]> {
  return withLedger(config, async (ledger) => (await ledger.quarantine.list()).map(reportQuarantined));
}

/** Throws `not-in-quarantine` for a mail that never was. */
export function showQuarantined(config: string, id: number): Promise<QuarantineDetails> {
  return withLedger(config, async (ledger) => {
    const { mail, record } = await find(ledger, id);
    const { settings } = loadPhaserLinkSettings(config, process.env);
    const spool = Spool.beside(settings);
    return detailQuarantined(mail, record, ({ message }) => spool.pathOf(message.content.digest));
  });
}

/** The mail as it came, byte for byte. */
export async function* rawQuarantined(config: string, id: number): AsyncGenerator<Uint8Array> {
  const { settings } = loadPhaserLinkSettings(config, process.env);
  const mail = await withLedger(config, (ledger) => ledger.quarantine.demand(id));
  yield* Spool.beside(settings).read(mail.message.content);
}

/** Reads and judges the mail as if it had just come; a running server prints what comes of it. */
export async function retryQuarantined(config: string, id: number, patience: Patience): Promise<RetryReport> {
  return withLine(config, async (line) => {
    await pipeline.retry(line, id, patience);
    const { mail, record } = await find(line.ledger, id);
    return { ...reportQuarantined(mail), decision: record.decision, reasons: record.reasons };
  });
}

/** Gives the mail's bytes up; the ledger remembers that it came. */
export async function dropMail(config: string, id: number, patience: Patience): Promise<QuarantineReport> {
  return withLine(config, async (line) => {
    await dropQuarantined(line, id, patience);
    return reportQuarantined((await find(line.ledger, id)).mail);
  });
}

async function find(ledger: Ledger, id: number) {
  const mail = await ledger.quarantine.find(id);
  const record = await ledger.messageById(id);
  if (mail === null || record === null) throw notInQuarantine(id, null);
  return { mail, record };
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
