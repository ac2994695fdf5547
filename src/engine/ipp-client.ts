/** One IPP operation at a time over HTTP or HTTPS (RFC 8010 §4): a request out, a document behind it, the answer in. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '#base/clock.js';
import { errorText, isTemporary, PhaserLinkError } from '#base/errors.js';
import { groupTags } from '#vocab/ipp-tags.js';
import { type OperationName, operations, type StatusName, statusName } from '#vocab/ipp-words.js';
import { IppDecoder } from '#wire/ipp-decoder.js';
import { encodeIpp } from '#wire/ipp-encoder.js';
import {
  attribute,
  charset,
  findGroup,
  type IppAttribute,
  type IppMessage,
  naturalLanguage,
  stringValue,
  uri,
} from '#wire/ipp-message.js';
import { answerDeadlineMs, authority, keepAliveMs, silenceDeadlineMs } from './open-socket.js';
import { printerAway } from './printer-errors.js';

export interface IppAddress {
  host: string;
  port: number;
  /** Begins with a slash. */
  path: string;
  tls: boolean;
  /** PEM of the certificate authority to trust instead of the system's. */
  ca?: string | undefined;
}

export interface IppAnswer {
  status: StatusName | 'unknown';
  message: IppMessage;
}

export class IppClient {
  /** As the request names the printer. */
  readonly uri: string;
  readonly #address: IppAddress;
  readonly #clock: Clock;
  #version: IppMessage['version'] = [2, 0];
  #lastRequest = 0;

  constructor(address: IppAddress, clock: Clock) {
    const { path, tls } = address;
    this.uri = `${tls ? 'ipps' : 'ipp'}://${authority(address)}${path}`;
    this.#address = address;
    this.#clock = clock;
  }

  /** Throws `printer-away` when there is no IPP answer; what the answer says is for the caller. */
  async ask(
    operation: OperationName,
    attributes: readonly IppAttribute[],
    options: { signal: AbortSignal; job?: readonly IppAttribute[]; document?: AsyncIterable<Uint8Array> },
  ): Promise<IppAnswer> {
    const answer = await this.#exchange(operation, attributes, options);
    if (answer.status !== 'server-error-version-not-supported' || this.#version[0] === 1) return answer;
    // RFC 8011 §4.1.8: try an older version. Nothing of a document was taken.
    this.#version = [1, 1];
    return options.document === undefined ? this.#exchange(operation, attributes, options) : answer;
  }

  async #exchange(
    operation: OperationName,
    attributes: readonly IppAttribute[],
    { signal, job, document }: Parameters<IppClient['ask']>[2],
  ): Promise<IppAnswer> {
    signal.throwIfAborted();
    const head = encodeIpp({
      version: this.#version,
      code: operations[operation],
      requestId: ++this.#lastRequest,
      groups: [
        {
          tag: groupTags.operation,
          // RFC 8011 §4.1.4: these two first, in this order.
          attributes: [
            attribute('attributes-charset', charset('utf-8')),
            attribute('attributes-natural-language', naturalLanguage('en')),
            attribute('printer-uri', uri(this.uri)),
            ...attributes,
          ],
        },
        ...(job === undefined ? [] : [{ tag: groupTags.job, attributes: [...job] }]),
      ],
    });
    const silence = new Silence(this.#clock, document === undefined ? answerDeadlineMs : silenceDeadlineMs);
    try {
      const message = await this.#post(head, document, silence, signal);
      return { status: statusName(message.code) ?? 'unknown', message };
    } catch (error) {
      signal.throwIfAborted();
      if (isTemporary(error)) throw error;
      if (error instanceof PhaserLinkError && error.retry === 'permanent') {
        throw printerAway(`the printer at ${this.uri} answers, but not in IPP: ${error.message}`, error);
      }
      throw printerAway(`the printer at ${this.uri} cannot be reached: ${errorText(error)}`, error);
    } finally {
      silence.end();
    }
  }

  async #post(
    head: Buffer,
    document: AsyncIterable<Uint8Array> | undefined,
    silence: Silence,
    signal: AbortSignal,
  ): Promise<IppMessage> {
    const { host, port, path, tls, ca } = this.#address;
    const options = {
      host,
      port,
      path,
      method: 'POST',
      headers: {
        'Content-Type': 'application/ipp',
        ...(document === undefined && { 'Content-Length': head.length }),
      },
      signal,
      agent: false,
    } as const;
    const request = tls ? httpsRequest({ ...options, ca }) : httpRequest(options);
    const isUntrusted = tls ? watchTrust(request) : () => false;
    silence.watch(request);
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', (error) => reject(isUntrusted() ? notTrusted(this.uri, error) : error));
    });
    // A printer that refuses a job may answer before it has read it all, and break the upload off.
    const sent = pipeline(Readable.from(body(head, document, silence)), request).catch(() => undefined);
    const response = await answered;
    try {
      return await readAnswer(response, silence);
    } finally {
      response.destroy();
      request.destroy();
      await sent;
    }
  }
}

/** Whether the connection is made and not secure yet: what breaks it then is the fault of a certificate. */
function watchTrust(request: ClientRequest): () => boolean {
  let inHandshake = false;
  request.once('socket', (socket) => {
    socket.once('connect', () => {
      inHandshake = true;
    });
    socket.once('secureConnect', () => {
      inHandshake = false;
    });
  });
  return () => inHandshake;
}

function notTrusted(uri: string, error: Error): PhaserLinkError {
  const text = `no secure connection to the printer at ${uri}: ${errorText(error)}`;
  return printerAway(
    text,
    error,
    'check the name in printer.uri, and name who signed the certificate in printer.caFile',
  );
}

async function* body(head: Buffer, document: AsyncIterable<Uint8Array> | undefined, silence: Silence) {
  yield head;
  if (document === undefined) return;
  for await (const chunk of document) {
    silence.heard();
    // The next one is asked for before this one is sent.
    yield Buffer.from(chunk);
  }
}

async function readAnswer(response: IncomingMessage, silence: Silence): Promise<IppMessage> {
  const { statusCode } = response;
  if (statusCode !== 200) throw notIpp(`HTTP status ${statusCode}`);
  const decoder = new IppDecoder();
  for await (const chunk of response as AsyncIterable<Buffer>) {
    silence.heard();
    const decoded = decoder.push(chunk);
    if (decoded !== null) return decoded.message;
  }
  throw notIpp('the answer ends too early');
}

function notIpp(what: string): PhaserLinkError {
  return new PhaserLinkError({ code: 'ipp-answer-bad', retry: 'permanent', text: what });
}

/** Ends a request in which nothing moves for too long. */
class Silence {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  #request: ClientRequest | null = null;
  #cancel = () => {};

  constructor(clock: Clock, deadlineMs: number) {
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
  }

  watch(request: ClientRequest): void {
    this.#request = request;
    request.setNoDelay(true);
    request.setSocketKeepAlive(true, keepAliveMs);
    this.heard();
  }

  heard(): void {
    this.#cancel();
    this.#cancel = this.#clock.schedule(this.#deadlineMs, () => {
      this.#request?.destroy(new Error(`no answer within ${this.#deadlineMs / 1000} seconds`));
    });
  }

  end(): void {
    this.#cancel();
  }
}

/** What a printer says besides its status, or the status itself. */
export function statusText({ status, message }: IppAnswer): string {
  return stringValue(findGroup(message, 'operation')?.attributes, 'status-message') ?? status;
}
