/** The caged worker's own side of its channel: it takes questions and gives answers, one line of JSON each, in order. */
import { readSync, writeSync } from 'node:fs';
import type { LentPlace } from './lent-bytes.js';

/** The descriptor that the worker inherits; what it writes anywhere else is no answer. */
export const questionDescriptor = 3;
/** The way back is one of its own: whoever asks a process that has just died must still hear what it said before. */
export const answerDescriptor = 4;

/** Where bytes that belong to a question lie. */
export const bytesDescriptor = 5;

/** A line to the worker. */
export interface QuestionLine {
  number: number;
  question: unknown;
  bytes: LentPlace | null;
}

/** A line from the worker, with the number of the question. */
export interface AnswerLine {
  number: number;
  answer: unknown;
}

/** As if it had been asked: the first line of a worker, which has loaded and can be asked. */
export const readyNumber = 0;
export const ready = 'ready';

/** A stop request may go to a whole group of processes: the one who asks decides when the work is over. */
const signalsOfOthers: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

const lineFeed = 0x0a;

type Answer = (question: unknown, bytes: Buffer | null) => Promise<unknown>;

/** Room for the lines of several questions at once. */
const readAtOnceBytes = 64 * 1024;
const longestTimeoutMs = 2 ** 31 - 1;

/**
 * Answers one question after the other, until nobody asks any more. The whole process waits for the next one, since there is
 * nothing else to do. What `answer` throws ends the process; the bytes of a question are lent until it is answered.
 */
export async function answerQuestions(answer: Answer): Promise<void> {
  for (const signal of signalsOfOthers) process.on(signal, () => undefined);
  // Who asks decides how long an answer may take: to wait for something that never comes is no reason to end.
  setInterval(() => undefined, longestTimeoutMs);
  say({ number: readyNumber, answer: ready });
  const questions = new Questions();
  for (;;) {
    const { number, question, bytes } = questions.next();
    // Out of our hands before the next question begins: whatever that one does, this answer is not lost with it.
    say({ number, answer: await answer(question, bytes) });
  }
}

function say(line: AnswerLine): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length; ) at += orExit(() => writeSync(answerDescriptor, bytes, at));
}

/** Whoever asks is gone, however it ended: there is nothing more to do, and nobody to tell. */
function orExit(transfer: () => number): number {
  try {
    return transfer();
  } catch {
    process.exit();
  }
}

interface Heard {
  number: number;
  question: unknown;
  bytes: Buffer | null;
}

/** Takes the questions off the channel. */
class Questions {
  /** What came behind the last question's line lies in it from `begin` to `end`. */
  readonly #read = Buffer.allocUnsafeSlow(readAtOnceBytes);
  #begin = 0;
  #end = 0;
  /** The bytes of one question after the other. */
  #room = Buffer.alloc(0);

  next(): Heard {
    const { number, question, bytes } = JSON.parse(this.#line()) as QuestionLine;
    return { number, question, bytes: bytes === null ? null : this.#bytes(bytes) };
  }

  #line(): string {
    const pieces: Buffer[] = [];
    for (;;) {
      const come = this.#read.subarray(this.#begin, this.#end);
      const length = come.indexOf(lineFeed);
      if (length >= 0) {
        this.#begin += length + 1;
        return Buffer.concat([...pieces, come.subarray(0, length)]).toString();
      }
      pieces.push(Buffer.from(come));
      this.#begin = 0;
      this.#end = readOrExit(questionDescriptor, this.#read, null);
    }
  }

  #bytes({ at, length }: LentPlace): Buffer {
    if (length > this.#room.length) this.#room = Buffer.allocUnsafeSlow(length);
    const bytes = this.#room.subarray(0, length);
    for (let come = 0; come < length; ) come += readOrExit(bytesDescriptor, bytes.subarray(come), at + come);
    return bytes;
  }
}

function readOrExit(descriptor: number, into: Buffer, at: number | null): number {
  return orExit(() => readSync(descriptor, into, 0, into.length, at)) || process.exit();
}
