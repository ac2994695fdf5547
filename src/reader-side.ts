/** The reading process's own side: mails where it is told to look, and what was found in them back over its channel. */
import { errorText, systemErrorCode } from '#base/errors.js';
import { answerQuestions } from '#runtime/worker-channel.js';
import type { ContentStore, RawMessage, Submission } from '#vocab/line.js';
import { lookAtHeader } from './intake/look-at-header.js';
import { PackStore } from './jobs/pack-store.js';
import { Spool } from './jobs/spool.js';
import { houseTrouble, type LookAnswer, type ReadAnswer, type ReadQuestion } from './read-answers.js';

/** Reads a mail; its documents go into the store. */
export type ReadMail = (message: RawMessage, store: ContentStore) => Promise<Submission>;

/** The longest stack trace that is passed on, in characters. */
const maxStackLength = 4000;

const outOfMemoryCodes: ReadonlySet<string | undefined> = new Set(['ERR_MEMORY_ALLOCATION_FAILED', 'ENOMEM']);

/** Answers with what `readMail` finds, as long as it is asked. The spool is the one in `dataDir`. */
export async function answerReadQuestions(dataDir: string, readMail: ReadMail): Promise<void> {
  const spool = await Spool.open({ dataDir });
  await answerQuestions(async (asked, bytes): Promise<ReadAnswer | LookAnswer> => {
    const { task, message: known, pack } = asked as ReadQuestion;
    const message = bytes === null ? known : { ...known, bytes };
    if (task === 'look') return { header: await lookAtHeader(message, spool) };
    const store = new PackStore(spool, pack);
    const answer = await read(() => readMail(message, store), store);
    store.close();
    return answer;
  });
}

async function read(readMail: () => Promise<Submission>, store: PackStore): Promise<ReadAnswer> {
  try {
    const submission = await readMail();
    return { submission, packed: store.packed };
  } catch (error) {
    // What earlier mails left behind may be to blame. The process ends, and the mail is read once more in a fresh one.
    if (isOutOfMemory(error)) throw error;
    const trouble = houseTrouble(error);
    if (trouble !== null) return { trouble };
    const stack = error instanceof Error ? (error.stack?.slice(0, maxStackLength) ?? null) : null;
    return { unreadable: errorText(error), stack };
  }
}

function isOutOfMemory(error: unknown): boolean {
  const isV8s = error instanceof RangeError && error.message === 'Array buffer allocation failed';
  return isV8s || outOfMemoryCodes.has(systemErrorCode(error));
}
