/** The commands `phaserlink quarantine list` and `show`: the mails that could not be read; reads only. */
import { loadPhaserLinkSettings } from './config/load.js';
import type { Ledger } from './jobs/ledger.js';
import { notInQuarantine } from './jobs/quarantine.js';
import { Spool } from './jobs/spool.js';
import { withLedger } from './jobs-report.js';
import {
  detailQuarantined,
  type QuarantineDetails,
  type QuarantineReport,
  reportQuarantined,
} from './quarantine-report.js';

/** The mails in quarantine, oldest first. */
export function listQuarantine(config: string): Promise<QuarantineReport[]> {
  return withLedger(config, async (ledger) => (await ledger.quarantine.list()).map(reportQuarantined));
}

/** Throws `not-in-quarantine` for a mail that never was. */
export function showQuarantined(config: string, id: number): Promise<QuarantineDetails> {
  return withLedger(config, async (ledger) => {
    const { mail, record } = await findQuarantined(ledger, id);
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

/** A mail that is or was in quarantine. Throws `not-in-quarantine` for any other. */
export async function findQuarantined(ledger: Ledger, id: number) {
  const mail = await ledger.quarantine.find(id);
  const record = await ledger.messageById(id);
  if (mail === null || record === null) throw notInQuarantine(id, null);
  return { mail, record };
}
