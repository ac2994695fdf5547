/** The caged worker's own side of its channel: it takes questions and gives answers, one line of JSON each, in order. */
import { Socket } from 'node:net';

/** The descriptor that the worker inherits; what it writes anywhere else is no answer. */
export const questionDescriptor = 3;
/** The way back is one of its own: whoever asks a process that has just died must still hear what it said before. */
export const answerDescriptor = 4;

/** A line to the worker; so many bytes follow it that belong to the question, or none. */
export interface QuestionLine {
  number: number;
  question: unknown;
  bytes: number | null;
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

/** Answers one question after the other, until nobody asks any more. What `answer` throws ends the process. */
export function answerQuestions(answer: Answer): void {
  for (const signal of signalsOfOthers) process.on(signal, () => undefined);
  const questions = new Socket({ fd: questionDescriptor, readable: true, writable: false });
  const answers = new Socket({ fd: answerDescriptor, readable: false, writable: true });
  // Out of our hands before the next question begins: whatever that one does, this answer is not lost with it.
  const say = (line: AnswerLine) =>
    new Promise<void>((resolve) => answers.write(`${JSON.stringify(line)}\n`, () => resolve()));
  // Whoever asks is gone, however it ended: there is nothing more to do, and nobody to tell.
  for (const way of [questions, answers]) {
    way.on('error', () => process.exit());
    way.on('close', () => process.exit());
  }
  const heard = new QuestionSplitter();
  let turn = Promise.resolve();
  questions.on('data', (chunk: Buffer) => {
    for (const { number, question, bytes } of heard.push(chunk)) {
      turn = turn.then(async () => say({ number, answer: await answer(question, bytes) }));
    }
  });
  void say({ number: readyNumber, answer: ready });
}

interface Heard {
  number: number;
  question: unknown;
  bytes: Buffer | null;
}

/** Cuts what comes over the channel into questions with their bytes. */
class QuestionSplitter {
  readonly #line: Buffer[] = [];
  /** The question whose bytes have not all come, and how many have. */
  #begun: (Heard & { bytes: Buffer }) | null = null;
  #filled = 0;

  *push(chunk: Buffer): Generator<Heard> {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#begun !== null) {
        const copied = rest.copy(this.#begun.bytes, this.#filled);
        this.#filled += copied;
        rest = rest.subarray(copied);
        if (this.#filled < this.#begun.bytes.length) return;
        yield this.#begun;
        this.#begun = null;
        continue;
      }
      const end = rest.indexOf(lineFeed);
      this.#line.push(end < 0 ? rest : rest.subarray(0, end));
      if (end < 0) return;
      rest = rest.subarray(end + 1);
      const line = Buffer.concat(this.#line.splice(0)).toString();
      const { number, question, bytes } = JSON.parse(line) as QuestionLine;
      if (bytes) this.#begun = { number, question, bytes: Buffer.allocUnsafe(bytes) };
      else yield { number, question, bytes: bytes === null ? null : Buffer.alloc(0) };
      this.#filled = 0;
    }
  }
}
