/** Delivers to a PostScript printer over a raw TCP connection and hears on its back-channel what became of the job. */
import type { BackChannelMessage, Delivery, PrintReady, PrintReadyDocument } from '#vocab/line.js';
import { BackChannelReader } from '#wire/back-channel.js';
import { endOfJob } from '#wire/postscript-channel.js';
import { type CounterAnswer, formatCounterJob, parseCounterAnswer } from '#wire/postscript-job.js';
import { brokenBy, newDelivery } from './evidence.js';
import { guardedBytes, hearPostScript, newNonce } from './guarded-document.js';
import { answerDeadlineMs, endOfJobDeadlineMs } from './open-socket.js';
import type { DeliveryWatch, PrinterAnswer } from './print-engine.js';
import { printerAway, printerBusy } from './printer-errors.js';
import { RawConnection } from './raw-connection.js';
import { SocketEngine } from './socket-engine.js';

type PostScriptConnection = RawConnection<BackChannelMessage>;

export class RawEngine extends SocketEngine {
  async probe(signal: AbortSignal): Promise<PrinterAnswer> {
    const connection = await RawConnection.open(this.address, new BackChannelReader(), this.clock, signal);
    try {
      const answer = await this.#askCounter(connection, signal);
      await connection.hangUp();
      return answer;
    } finally {
      connection.close();
    }
  }

  async deliver(job: PrintReady, watch: DeliveryWatch, signal: AbortSignal): Promise<Delivery> {
    const connection = await RawConnection.open(this.address, new BackChannelReader(), this.clock, signal);
    try {
      const { pageCounter } = await this.#askCounter(connection, signal);
      await watch.attempt(pageCounter);
      const delivery = newDelivery(job, { counterBefore: pageCounter, begun: true });
      const nonces = job.documents.map(newNonce);
      connection.listen((message) => hearPostScript(delivery, nonces, message, watch));
      try {
        await this.#send(connection, job.documents, nonces, delivery);
        await connection.hangUp();
      } catch (error) {
        delivery.broken = brokenBy(error, signal);
      }
      return delivery;
    } finally {
      connection.close();
    }
  }

  /** Nothing of the job has been sent while this waits: whatever goes wrong here, the job can simply be tried again. */
  async #askCounter(connection: PostScriptConnection, signal: AbortSignal): Promise<CounterAnswer> {
    const nonce = newNonce();
    const answered = connection.expect(
      (message) => parseCounterAnswer(message, 'ready', nonce),
      answerDeadlineMs,
    );
    await connection.write(ascii(formatCounterJob('ready', nonce)));
    await connection.write(endOfJob);
    const answer = await answered;
    if (answer !== null) return answer;
    signal.throwIfAborted();
    if (connection.isOver)
      throw printerBusy(`the printer at ${this.uri} closed the connection: it is busy with another job`);
    throw printerAway(
      `the printer at ${this.uri} gave no answer within ${answerDeadlineMs / 1000} seconds; it has to answer PostScript on the same connection; if it never does, set printer.jobControl to none`,
    );
  }

  /** Sends the documents and the end-of-job marker; throws when the marker does not come back. */
  async #send(
    connection: PostScriptConnection,
    documents: readonly PrintReadyDocument[],
    nonces: readonly string[],
    delivery: Delivery,
  ): Promise<void> {
    for (const [index, document] of documents.entries()) {
      for await (const bytes of guardedBytes(document, nonces[index] ?? '', this.content)) {
        if (!(await connection.write(bytes))) throw await connection.brokenOff();
        delivery.bytesSent += bytes.length;
      }
      await connection.write(endOfJob);
    }
    const nonce = newNonce();
    const ended = connection.expect(
      (message) => parseCounterAnswer(message, 'end', nonce),
      endOfJobDeadlineMs,
    );
    await connection.write(ascii(formatCounterJob('end', nonce)));
    await connection.write(endOfJob);
    connection.endInput();
    const answer = await ended;
    if (answer === null) {
      if (connection.isOver) throw await connection.brokenOff();
      throw new Error(`no end of job within ${endOfJobDeadlineMs / 3_600_000} hours`);
    }
    delivery.end = 'confirmed';
    delivery.counterAfter = answer.pageCounter;
  }
}

function ascii(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
