/** The status of each printer, kept for whoever asks beside the server. */
import type { PrinterStatus } from '#vocab/printer-status.js';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.js';

/** A status, and when it was written down; epoch milliseconds. */
export interface KeptStatus {
  status: PrinterStatus;
  keptAt: number;
}

export async function keepStatus(
  transaction: LedgerTransaction,
  printer: string,
  status: PrinterStatus,
  now: number,
): Promise<void> {
  const row = { printer, status: JSON.stringify(status), kept_at: now };
  await transaction
    .insertInto('printers')
    .values(row)
    .onConflict((conflict) => conflict.column('printer').doUpdateSet(row))
    .execute();
}

/** Null before the first one. */
export async function readKeptStatus(database: LedgerDatabase, printer: string): Promise<KeptStatus | null> {
  const rows = database.selectFrom('printers').selectAll().where('printer', '=', printer);
  const row = await rows.executeTakeFirst();
  return row === undefined ? null : { status: JSON.parse(row.status), keptAt: row.kept_at };
}
