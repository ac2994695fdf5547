/** The commands `phaserlink quarantine retry` and `drop`: as the server does it, beside a running one or without. */
import { withLine } from './beside-server.js';
import type { Patience } from './patience.js';
import * as pipeline from './pipeline.js';
import { findQuarantined } from './quarantine.js';
import { type QuarantineReport, type RetryReport, reportQuarantined } from './quarantine-report.js';
import { dropQuarantined } from './quarantine-stages.js';

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
