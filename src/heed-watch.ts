/** What follows of a look at the printer: its status is kept for others, and jobs are back in line when a trouble is over. */
import { errorText } from '#base/errors.js';
import type { PrinterStatus } from '#vocab/printer-status.js';
import type { Line } from './line.js';
import { resumeAfterTrouble } from './print-stages.js';
import { isSameStatus } from './printer/printer-belief.js';
import type { StatusChange } from './printer/printer-watch.js';

/** While nothing but numbers changes, the status is kept so often. */
const keepEveryMs = 10_000;

/** Does what follows of a look; true when jobs may be printed that had to wait. */
export async function heedWatch(line: Line, change: StatusChange): Promise<boolean> {
  const { log } = line;
  try {
    const isOver = isWell(change.after) && (await wasStopped(line, change.before));
    // First, for whoever is killed in between finds noted that it is to be done.
    if (isOver) await resumeAfterTrouble(line);
    await keepStatus(line, change);
    return isOver;
  } catch (error) {
    log.warn({ event: 'failed', part: 'printer watch' }, `printer watch: ${errorText(error)}`);
    return false;
  }
}

/** As the printer says, and the line does not know better. */
function isWell({ state, watch }: PrinterStatus): boolean {
  return watch?.report != null && !watch.stale && state !== 'stopped' && state !== 'unknown';
}

/** Before the first answer, what an earlier server has noted: the trouble may have gone while nobody watched. */
async function wasStopped({ ledger, engine }: Line, { state, watch }: PrinterStatus): Promise<boolean> {
  if (state === 'stopped') return true;
  if (watch?.report != null) return false;
  return (await ledger.printerStatus(engine.uri))?.status.state === 'stopped';
}

async function keepStatus(line: Line, { before, after }: StatusChange): Promise<void> {
  const { clock, ledger, memory } = line;
  // Nothing is known yet; what was known before may still be of use.
  if (after.state === 'unknown' && after.watch?.report == null) return;
  if (isSameStatus(before, after) && clock.now() - memory.statusKeptAt < keepEveryMs) return;
  memory.statusKeptAt = clock.now();
  await ledger.notePrinter(line.engine.uri, after);
}
