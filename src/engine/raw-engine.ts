/** Delivers to a PostScript printer over a raw TCP connection and hears on its back-channel what became of the job. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '#base/clock.js';
import type {
  BackChannelMessage,
  ContentStore,
  Delivery,
  DocumentFormat,
  PrintReady,
  PrintReadyDocument,
} from '#vocab/line.js';
import { endOfJob, enterTbcp, quoteTbcp } from '#wire/postscript-channel.js';
import {
  type CounterAnswer,
  formatCounterJob,
  formatDocumentGuard,
  parseCounterAnswer,
  parseDocumentEnd,
} from '#wire/postscript-job.js';
import { documentBytes } from './document-bytes.js';
import { brokenBy, hearMessage, newDelivery } from './evidence.js';
import { postScriptAlone } from './formats.js';
import { authority } from './open-socket.js';
import type { DeliveryWatch, PrintEngine, PrinterAnswer } from './print-engine.js';
import { printerAway, printerBusy } from './printer-errors.js';
import { type RawAddress, RawConnection } from './raw-connection.js';

/** How long a printer may take to answer the question for its page counter; it may be waking up. */
export const answerDeadlineMs = 90_000;
/** How long a printer may work on a job after the last byte before we stop believing in an end. */
export const endOfJobDeadlineMs = 4 * 3_600_000;
interface RunningJob {
  connection: RawConnection;
  delivery: Delivery;
  /** One for each document; its answer tells how the interpreter left it. */
  documentNonces: string[];
}

export class RawEngine implements PrintEngine {
  readonly uri: string;
  readonly formats = postScriptAlone;
  readonly #address: RawAddress;
  readonly #content: ContentStore;
  readonly #clock: Clock;

  constructor(address: RawAddress, content: ContentStore, clock: Clock) {
    this.uri = `socket://${authority(address)}`;
    this.#address = address;
    this.#content = content;
    this.#clock = clock;
  }

  async accepts(): Promise<ReadonlySet<DocumentFormat>> {
    return postScriptAlone;
  }

  async probe(signal: AbortSignal): Promise<PrinterAnswer> {
    const connection = await RawConnection.open(this.#address, this.#clock, signal);
    try {
      const answer = await this.#askCounter(connection, signal);
      await connection.hangUp();
      return answer;
    } finally {
      connection.close();
    }
  }

  async deliver(job: PrintReady, watch: DeliveryWatch, signal: AbortSignal): Promise<Delivery> {
    const connection = await RawConnection.open(this.#address, this.#clock, signal);
    try {
      const { pageCounter } = await this.#askCounter(connection, signal);
      await watch.attempt(pageCounter);
      const delivery = newDelivery(job, { counterBefore: pageCounter, begun: true });
      const running = { connection, delivery, documentNonces: job.documents.map(newNonce) };
      connection.listen((message) => hear(running, message, watch));
      try {
        await this.#send(running, job.documents);
        await connection.hangUp();
      } catch (error) {
        delivery.broken = brokenBy(error, signal);
      }
      return delivery;
    } finally {
      connection.close();
    }
  }

  /** The connection is gone, and with it everything that tied this job to us. */
  async resume(): Promise<null> {
    return null;
  }

  async cancel(): Promise<void> {}

  /** Nothing of the job has been sent while this waits: whatever goes wrong here, the job can simply be tried again. */
  async #askCounter(connection: RawConnection, signal: AbortSignal): Promise<CounterAnswer> {
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
  async #send(running: RunningJob, documents: PrintReadyDocument[]): Promise<void> {
    const { connection, delivery } = running;
    for (const [index, document] of documents.entries()) {
      for await (const bytes of this.#documentBytes(document, running.documentNonces[index] ?? '')) {
        if (!(await connection.write(bytes))) throw await brokenOff(connection);
        delivery.bytesSent += bytes.length;
      }
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
      if (connection.isOver) throw await brokenOff(connection);
      throw new Error(`no end of job within ${endOfJobDeadlineMs / 3_600_000} hours`);
    }
    delivery.end = 'confirmed';
    delivery.counterAfter = answer.pageCounter;
  }

  async *#documentBytes(document: PrintReadyDocument, nonce: string): AsyncGenerator<Uint8Array> {
    if (document.hasControlBytes) yield enterTbcp;
    yield ascii(formatDocumentGuard(nonce, document.encapsulated));
    for await (const program of documentBytes(document, this.#content))
      yield document.hasControlBytes ? quoteTbcp(program) : program;
    yield endOfJob;
  }
}

/** Sorts one message: the end of a document by its nonce, or something the printer or the document has to say. */
function hear(running: RunningJob, message: BackChannelMessage, watch: DeliveryWatch): void {
  const { delivery, documentNonces } = running;
  if (message.fields.phaserlink !== undefined) {
    for (const [index, nonce] of documentNonces.entries()) {
      const end = parseDocumentEnd(message, nonce);
      if (end !== null) delivery.documents[index] = end;
    }
    return;
  }
  hearMessage(delivery, message, watch);
}

async function brokenOff(connection: RawConnection): Promise<Error> {
  return new Error((await connection.ended) ?? 'the printer closed the connection before the end of the job');
}

function newNonce(): string {
  return randomBytes(16).toString('hex');
}

function ascii(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
