/** The command `phaserlink printer`: how the printer is, as the server has learnt it or as it says now. */
import { isoTime, systemClock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import { silentLog } from '#base/log.js';
import type { PrinterStatus } from '#vocab/printer-status.js';
import { loadPhaserLinkSettings } from './config/load.js';
import type { PhaserLinkSettings } from './config/schema.js';
import { Ledger } from './jobs/ledger.js';
import { formatTable } from './jobs-report.js';
import { makeEngine, nothing } from './make-engine.js';
import { makePrinterQuestion } from './make-printer-question.js';
import { staleAfterMs } from './printer/printer-belief.js';
import { PrinterWatch } from './printer/printer-watch.js';
import { printerRows } from './report/printer-words.js';

/** As `printer --json` gives it; times are ISO 8601. */
export interface PrinterJson extends Omit<PrinterStatus, 'since' | 'watch'> {
  printer: string;
  uri: string;
  since: string;
  watch: (Omit<NonNullable<PrinterStatus['watch']>, 'learntAt'> & { learntAt: string | null }) | null;
}

export interface PrinterAnswer {
  printer: string;
  uri: string;
  status: PrinterStatus;
}

/** What the server has learnt lately; without it, or with `now`, the printer is asked here. */
export async function printerStatus(config: string, now: boolean): Promise<PrinterAnswer> {
  const { settings } = loadPhaserLinkSettings(config, process.env);
  const { name: printer, uri } = settings.printer;
  const kept = await keptStatus(settings);
  if (!now && kept?.isRecent) return { printer, uri, status: kept.status };
  const asked = await askPrinter(settings);
  const isSilent = asked.watch?.report == null;
  return { printer, uri, status: isSilent && kept !== null ? aged(kept.status, asked) : asked };
}

/** As it is at this moment, by the watch alone. */
export async function askPrinter({ printer }: Pick<PhaserLinkSettings, 'printer'>): Promise<PrinterStatus> {
  const question = makePrinterQuestion(printer, systemClock);
  const watch = new PrinterWatch(systemClock, silentLog, question);
  await watch.look(new AbortController().signal);
  question?.close();
  return watch.status;
}

/** What the server has learnt last, shown with its age, while the printer does not answer. */
function aged({ watch: last }: PrinterStatus, asked: PrinterStatus): PrinterStatus {
  if (last === null || last.report === null) return asked;
  return { ...asked, watch: { ...last, stale: true, trouble: asked.watch?.trouble ?? null } };
}

/** Null before a server has run. */
async function keptStatus({
  dataDir,
  printer,
}: PhaserLinkSettings): Promise<{ status: PrinterStatus; isRecent: boolean } | null> {
  try {
    const ledger = await Ledger.open({ dataDir, clock: systemClock, readOnly: true });
    try {
      const kept = await ledger.printerStatus(makeEngine(printer, nothing, systemClock).uri);
      return kept && { status: kept.status, isRecent: systemClock.now() - kept.keptAt < staleAfterMs };
    } finally {
      await ledger.close();
    }
  } catch (error) {
    if (error instanceof PhaserLinkError && error.code === 'ledger-missing') return null;
    throw error;
  }
}

export function printerJson({ printer, uri, status }: PrinterAnswer): PrinterJson {
  const { since, watch } = status;
  const learntAt = watch?.learntAt ?? null;
  return {
    printer,
    uri,
    ...status,
    since: isoTime(since),
    watch: watch && { ...watch, learntAt: learntAt === null ? null : isoTime(learntAt) },
  };
}

export function formatPrinter({ printer, status }: PrinterAnswer): string {
  return formatTable(printerRows(printer, status, systemClock.now()));
}
