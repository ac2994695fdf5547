/** Delivers to a PostScript printer over a raw TCP connection and hears on its back-channel what became of the job. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '#base/clock.js';
import { findCondition } from '#vocab/conditions.js';
import type {
  BackChannelMessage,
  ContentStore,
  Delivery,
  DocumentEnd,
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
import { postScriptAlone } from './formats.js';
import type { DeliveryWatch, PrintEngine, PrinterAnswer } from './print-engine.js';
import { printerAway, printerBusy } from './printer-errors.js';
import { type RawAddress, RawConnection } from './raw-connection.js';

/** How long a printer may take to answer the question for its page counter; it may be waking up. */
export const answerDeadlineMs = 90_000;
/** How long a printer may work on a job after the last byte before we stop believing in an end. */
export const endOfJobDeadlineMs = 4 * 3_600_000;
/** How many of the printer's messages are kept as evidence: the last ones, for the printer has the last word. */
export const maxKeptMessages = 50;

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
    this.uri = `socket://${address.host}:${address.port}`;
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
      const delivery: Delivery = {
        counterBefore: pageCounter,
        counterAfter: null,
        pagesTold: null,
        begun: true,
        end: 'unknown',
        documents: job.documents.map((): DocumentEnd => ({ end: 'unknown', error: null })),
        bytesSent: 0,
        messages: [],
        broken: null,
      };
      const running = { connection, delivery, documentNonces: job.documents.map(newNonce) };
      connection.listen((message) => hear(running, message, watch));
      delivery.broken = await this.#send(running, job.documents);
      if (delivery.broken !== null && signal.aborted) delivery.broken = 'the server was stopped';
      if (delivery.end === 'confirmed') await connection.hangUp();
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
      `the printer at ${this.uri} gave no answer within ${answerDeadlineMs / 1000} seconds; it has to answer PostScript on the same connection`,
    );
  }

  /** Sends the documents and the end-of-job marker; returns why the connection broke before the marker came back, or null. */
  async #send(running: RunningJob, documents: PrintReadyDocument[]): Promise<string | null> {
    const { connection, delivery } = running;
    const broken = async () =>
      (await connection.ended) ?? 'the printer closed the connection before the end of the job';
    for (const [index, document] of documents.entries()) {
      for await (const bytes of this.#documentBytes(document, running.documentNonces[index] ?? '')) {
        if (!(await connection.write(bytes))) return broken();
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
      return connection.isOver ? broken() : `no end of job within ${endOfJobDeadlineMs / 3_600_000} hours`;
    }
    delivery.end = 'confirmed';
    delivery.counterAfter = answer.pageCounter;
    return null;
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
  if (delivery.messages.push(message) > maxKeptMessages) delivery.messages.shift();
  const { printererror } = message.fields;
  if (printererror === undefined) return;
  const condition = findCondition(printererror);
  if (condition !== undefined) watch.condition(condition, printererror);
}

function newNonce(): string {
  return randomBytes(16).toString('hex');
}

function ascii(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
