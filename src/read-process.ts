/** The process in which mails are read: out of the spool and back into it, one after the other, as long as it is asked. */
import { errorText, systemErrorCode } from '#base/errors.js';
import { answerQuestions } from '#runtime/worker-channel.js';
import type { RawMessage } from '#vocab/line.js';
import { lookAtHeader } from './intake/look-at-header.js';
import { readMessage } from './intake/read-message.js';
import { Spool } from './jobs/spool.js';
import { houseTrouble, type LookAnswer, type ReadAnswer, type ReadQuestion } from './read-answers.js';

/** The longest stack trace that is passed on, in characters. */
const maxStackLength = 4000;

const outOfMemoryCodes = new Set(['ERR_MEMORY_ALLOCATION_FAILED', 'ENOMEM']);

const [, , dataDir = ''] = process.argv;
const spool = await Spool.open({ dataDir });
answerQuestions(async (asked): Promise<ReadAnswer | LookAnswer> => {
  const { task, message } = asked as ReadQuestion;
  return task === 'look' ? { header: await lookAtHeader(message, spool) } : read(message);
});

async function read(message: RawMessage): Promise<ReadAnswer> {
  try {
    return { submission: await readMessage(message, spool) };
  } catch (error) {
    // What earlier mails have left behind may be to blame: this ends the process, and the mail is read once more in a fresh one.
    if (isOutOfMemory(error)) throw error;
    const trouble = houseTrouble(error);
    if (trouble !== null) return { trouble };
    const stack = error instanceof Error ? (error.stack?.slice(0, maxStackLength) ?? null) : null;
    return { unreadable: errorText(error), stack };
  }
}

function isOutOfMemory(error: unknown): boolean {
  const isV8s = error instanceof RangeError && error.message === 'Array buffer allocation failed';
  return isV8s || outOfMemoryCodes.has(systemErrorCode(error) ?? '');
}
