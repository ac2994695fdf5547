/** What follows of a look at the printer: its status is kept for others, and jobs are back in line when a trouble is over. */
import { errorText } from '#base/errors.js';
import type { Line } from './line.js';
import { resumeAfterTrouble } from './print-stages.js';
import { isSameStatus } from './printer/printer-belief.js';
import type { StatusChange } from './printer/printer-watch.js';

/** While nothing but numbers changes, the status is kept so often. */
const keepEveryMs = 10_000;

/** Does what follows of a look; true when jobs may be printed that had to wait. */
export async function heedWatch(line: Line, { before, after }: StatusChange): Promise<boolean> {
  const { log } = line;
  try {
    await keepStatus(line, { before, after });
    if (!isTroubleOver({ before, after })) return false;
    await resumeAfterTrouble(line);
    return true;
  } catch (error) {
    log.warn({ event: 'failed', part: 'printer watch' }, `printer watch: ${errorText(error)}`);
    return false;
  }
}

/** Also with the first answer of all: what was the trouble may have gone while nobody watched. */
function isTroubleOver({ before, after }: StatusChange): boolean {
  const report = after.watch?.report;
  if (report == null || after.watch?.stale || after.state === 'stopped' || after.state === 'unknown')
    return false;
  return before.state === 'stopped' || before.watch?.report === null;
}

async function keepStatus(line: Line, { before, after }: StatusChange): Promise<void> {
  const { clock, ledger, memory } = line;
  if (isSameStatus(before, after) && clock.now() - memory.statusKeptAt < keepEveryMs) return;
  memory.statusKeptAt = clock.now();
  await ledger.notePrinter(line.engine.uri, after);
}
