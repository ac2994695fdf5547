/** The caged worker's own side of its channel: it takes questions and gives answers, one line of JSON each. */
import { Socket } from 'node:net';

/** The descriptor that the worker inherits; what it writes anywhere else is no answer. */
export const channelDescriptor = 3;

/** The first line of a worker: it has loaded and can be asked. */
export const readyLine = JSON.stringify({ ready: true });

/** A stop request may go to a whole group of processes: the one who asks decides when the work is over. */
const signalsOfOthers: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

/** Answers until nobody asks any more. What `answer` throws ends the process. */
export function answerQuestions(answer: (question: unknown) => Promise<unknown>): void {
  for (const signal of signalsOfOthers) process.on(signal, () => undefined);
  const channel = new Socket({ fd: channelDescriptor, readable: true, writable: true });
  // Whoever asks is gone, however it ended: there is nothing more to do, and nobody to tell.
  channel.on('error', () => process.exit());
  channel.on('close', () => process.exit());
  let begun = '';
  channel.setEncoding('utf8').on('data', async (text: string) => {
    begun += text;
    // One question at a time is asked. JSON has no line feed in it, but may have other line ends.
    if (!begun.endsWith('\n')) return;
    const question = begun;
    begun = '';
    channel.write(`${JSON.stringify(await answer(JSON.parse(question)))}\n`);
  });
  channel.write(`${readyLine}\n`);
}
