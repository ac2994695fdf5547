/** Delivers by LPD (RFC 1179): the printer takes the job and says no more on this way; nobody hears what becomes of it. */
import type { Socket } from 'node:net';
import { hostname, userInfo } from 'node:os';
import type { Clock } from '#base/clock.js';
import { errorText, PhaserLinkError } from '#base/errors.js';
import type { ContentStore, Delivery, DocumentFormat, PrintReady, PrintReadyDocument } from '#vocab/line.js';
import { formatLpdCommand, formatLpdSubcommand, lpdAccepted } from '#wire/lpd.js';
import { formatLpdControlFile } from '#wire/lpd-control-file.js';
import { documentBytes, documentLength } from './document-bytes.js';
import { brokenBy, newDelivery } from './evidence.js';
import { postScriptAlone } from './formats.js';
import { authority, openSocket, silenceDeadlineMs } from './open-socket.js';
import type { DeliveryWatch, PrintEngine, PrinterAnswer } from './print-engine.js';
import { printerAway, printerBusy } from './printer-errors.js';

/** RFC 1179 §6.2: jobs have numbers of three digits. */
const jobNumbers = 1000;

/** RFC 1179 §6.3: a letter tells the files of a job apart. */
const fileLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const maxFiles = fileLetters.length;

export interface LpdAddress {
  host: string;
  port: number;
  queue: string;
}

export class LpdEngine implements PrintEngine {
  readonly uri: string;
  readonly formats = postScriptAlone;
  readonly #address: LpdAddress;
  readonly #content: ContentStore;
  readonly #clock: Clock;

  constructor(address: LpdAddress, content: ContentStore, clock: Clock) {
    this.uri = `lpd://${authority(address)}/${address.queue}`;
    this.#address = address;
    this.#content = content;
    this.#clock = clock;
  }

  async accepts(): Promise<ReadonlySet<DocumentFormat>> {
    return this.formats;
  }

  /** Only whether somebody is there: what the queue's state says is for people, in every printer's own words. */
  async probe(signal: AbortSignal): Promise<PrinterAnswer> {
    const dialogue = await this.#open(signal);
    dialogue.close();
    return { pageCounter: null, product: '' };
  }

  async deliver(job: PrintReady, watch: DeliveryWatch, signal: AbortSignal): Promise<Delivery> {
    if (job.documents.length > maxFiles) throw tooManyFiles(this.uri);
    const dialogue = await this.#open(signal);
    const delivery = newDelivery(job, {});
    try {
      // Refused here, nothing of the job has been sent.
      await dialogue
        .step(formatLpdCommand({ command: 'receive-job', queue: this.#address.queue }), () =>
          printerBusy(
            `the printer at ${this.uri} does not take a job for the queue "${this.#address.queue}" now`,
          ),
        )
        .catch((error: unknown) => {
          signal.throwIfAborted();
          if (error instanceof PhaserLinkError) throw error;
          throw printerAway(`the printer at ${this.uri} gives no answer in LPD: ${errorText(error)}`, error);
        });
      await watch.attempt(null);
      try {
        await this.#send(dialogue, job, delivery);
        delivery.end = 'accepted';
      } catch (error) {
        delivery.broken = brokenBy(error, signal);
      }
      return delivery;
    } finally {
      dialogue.close();
    }
  }

  /** LPD has no name for a job by which to ask how its paper fares. */
  async resume(): Promise<null> {
    return null;
  }

  async cancel(): Promise<void> {}

  /** Data first, then control: a printer begins when it has the control file, so that a broken job is none. */
  async #send(dialogue: Dialogue, job: PrintReady, delivery: Delivery): Promise<void> {
    const host = hostname().split('.')[0]?.slice(0, 31) || 'phaserlink';
    const number = String(job.jobId % jobNumbers).padStart(3, '0');
    const refused = (what: string) => () => printerBusy(`the printer at ${this.uri} refused ${what}`);
    const dataFiles = job.documents.map((_, n) => `df${fileLetters[n]}${number}${host}`);
    for (const [n, document] of job.documents.entries()) {
      const name = dataFiles[n] ?? '';
      const bytes = documentLength(document);
      await dialogue.step(
        formatLpdSubcommand({ subcommand: 'data-file', bytes, name }),
        refused('a document'),
      );
      delivery.begun = true;
      delivery.bytesSent += await dialogue.file(
        documentBytes(document, this.#content),
        refused('a document'),
      );
    }
    const control = formatLpdControlFile({
      host,
      user: userInfo().username.slice(0, 31) || 'phaserlink',
      jobName: job.description,
      class: '',
      bannerUser: '',
      title: '',
      mailTo: '',
      files: job.documents.map((document, n) => printedFile(document, dataFiles[n] ?? '')),
    });
    const name = `cfA${number}${host}`;
    await dialogue.step(
      formatLpdSubcommand({ subcommand: 'control-file', bytes: control.length, name }),
      refused('the control file'),
    );
    await dialogue.file([control], refused('the control file'));
  }

  async #open(signal: AbortSignal): Promise<Dialogue> {
    const socket = await openSocket(this.#address, this.#clock, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw printerAway(`the printer at ${this.uri} cannot be reached: ${errorText(error)}`, error);
    });
    return new Dialogue(socket, this.#clock, signal);
  }
}

function tooManyFiles(uri: string): PhaserLinkError {
  return new PhaserLinkError({
    code: 'printer-refused',
    retry: 'permanent',
    text: `the printer at ${uri} takes at most ${maxFiles} documents a job, copies counted`,
    publicText: `the printer takes at most ${maxFiles} documents a job, copies counted`,
  });
}

/** `l`: as it is, control characters and all (RFC 1179 §7.20); `o`, PostScript, is not known everywhere. */
function printedFile({ name }: PrintReadyDocument, dataFile: string) {
  return { dataFile, format: 'l', copies: 1, sourceName: name };
}

/** The connection in steps: something is sent, one octet comes back, and only zero lets us go on (RFC 1179 §3.1). */
class Dialogue {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #answers: AsyncIterator<Buffer>;
  readonly #unlisten: () => void;
  #pending: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, clock: Clock, signal: AbortSignal) {
    this.#socket = socket;
    this.#clock = clock;
    const destroy = () => socket.destroy(new Error('stopped'));
    signal.addEventListener('abort', destroy, { once: true });
    this.#unlisten = () => signal.removeEventListener('abort', destroy);
    // The iterator hears of an error; without a reader it would end the process.
    socket.on('error', () => undefined);
    this.#answers = socket[Symbol.asyncIterator]();
  }

  /** Sends a command and waits for the printer's word; throws `refusal` for any but yes. */
  async step(command: Uint8Array, refusal: () => Error): Promise<void> {
    await this.#write(command);
    await this.#acknowledged(refusal);
  }

  /** Sends a file's bytes and the zero octet behind it; returns how many there were. */
  async file(
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    refusal: () => Error,
  ): Promise<number> {
    let sent = 0;
    for await (const chunk of chunks) {
      await this.#write(chunk);
      sent += chunk.length;
    }
    await this.#write(lpdAccepted);
    await this.#acknowledged(refusal);
    return sent;
  }

  close(): void {
    this.#unlisten();
    this.#socket.destroy();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#patiently(
      new Promise<void>((resolve, reject) => {
        this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    );
  }

  async #acknowledged(refusal: () => Error): Promise<void> {
    if (this.#pending.length === 0) {
      const { value, done } = await this.#patiently(this.#answers.next());
      if (done || value === undefined)
        throw new Error('the printer closed the connection before the end of the job');
      this.#pending = value;
    }
    const [answer] = this.#pending;
    this.#pending = this.#pending.subarray(1);
    if (answer !== lpdAccepted[0]) throw refusal();
  }

  async #patiently<T>(step: Promise<T>): Promise<T> {
    const cancel = this.#clock.schedule(silenceDeadlineMs, () => {
      this.#socket.destroy(new Error(`nothing has moved for ${silenceDeadlineMs / 3_600_000} hours`));
    });
    try {
      return await step;
    } finally {
      cancel();
    }
  }
}
