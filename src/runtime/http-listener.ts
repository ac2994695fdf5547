/** A bounded HTTP/1.1 listener on node:http: limits with names, deadlines by our clock, bodies measured, a clean stop. */
import { once } from 'node:events';
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Clock } from '#base/clock.js';
import { errorText, LimitError, PhaserLinkError } from '#base/errors.js';
import type { Log } from '#base/log.js';

export interface HttpLimits {
  connections: number;
  /** Request line and header fields. */
  headBytes: number;
  /** From the connection to the end of the first head. */
  headSeconds: number;
  /** From an answer to the end of the next request's head. */
  keepAliveSeconds: number;
  /** In each such time `paceBytes` of a body have to come, and something of an answer has to be taken. */
  paceSeconds: number;
  paceBytes: number;
  /** How long running requests are waited for at the stop. */
  stopSeconds: number;
}

export const defaultHttpLimits: HttpLimits = {
  connections: 200,
  headBytes: 16_384,
  headSeconds: 20,
  keepAliveSeconds: 60,
  paceSeconds: 60,
  paceBytes: 1024,
  stopSeconds: 2,
};

/** As node:http has it, so what `@hono/node-server`'s `getRequestListener` gives is one, too. A promise is waited for. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface HttpDoorOptions {
  /** For people, and in the log. */
  name: string;
  clock: Clock;
  log: Log;
  handler: HttpHandler;
  /** By what its head says. A body that is longer is refused with 413. */
  maxBodyBytes: (request: IncomingMessage) => number;
  limits?: Partial<HttpLimits>;
}

export interface HttpListenerOptions extends HttpDoorOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
}

export interface HttpListener {
  port: number;
  /** Closes idle connections at once, and others after their answer or `stopSeconds`. */
  stop(): Promise<void>;
}

const maxHeaderFields = 100;

export async function startHttpListener(options: HttpListenerOptions): Promise<HttpListener> {
  const { name, host, log } = options;
  const door = new HttpDoor(options);
  door.server.listen(options.port, host);
  await once(door.server, 'listening').catch((cause: unknown) => {
    throw new PhaserLinkError({
      code: 'http-cannot-listen',
      retry: 'permanent',
      text: `cannot listen for ${name} on ${host}:${options.port}: ${errorText(cause)}; choose another port`,
      cause,
    });
  });
  const { port } = door.server.address() as AddressInfo;
  log.info({ event: 'listening', face: name, port }, `${name} on ${host}, port ${port}`);
  return { port, stop: () => door.stop() };
}

/** Counts its body, and drops what is over the limit. */
class MeasuredRequest extends IncomingMessage {
  bodyBytes = 0;
  maxBodyBytes = 0;
  onTooLarge: () => void = () => {};

  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    if (chunk === null) return super.push(null);
    const wasTooLarge = this.bodyBytes > this.maxBodyBytes;
    this.bodyBytes += chunk.length;
    if (this.bodyBytes <= this.maxBodyBytes) return super.push(chunk, encoding);
    if (!wasTooLarge) this.onTooLarge();
    return true;
  }
}

interface Connection {
  /** No request is being answered on it. */
  idle: boolean;
  cancelDeadline: () => void;
}

/** The listener without its socket: for a face that has connections of its own. */
export class HttpDoor {
  /** Not listening unless somebody makes it. */
  readonly server: Server<typeof MeasuredRequest, typeof ServerResponse>;
  readonly #options: HttpDoorOptions & { limits: HttpLimits };
  /** The one that has been used least recently first. */
  readonly #connections = new Map<Socket, Connection>();
  #stopping = false;

  constructor(options: HttpDoorOptions) {
    const limits = { ...defaultHttpLimits, ...options.limits };
    this.#options = { ...options, limits };
    this.server = createServer(
      { IncomingMessage: MeasuredRequest, ServerResponse, maxHeaderSize: limits.headBytes },
      (request, response) => this.#serve(request, response),
    );
    // The deadlines here go by our clock; Node's own are off.
    Object.assign(this.server, { headersTimeout: 0, requestTimeout: 0, keepAliveTimeout: 0 });
    this.server.maxHeadersCount = maxHeaderFields;
    this.server.on('connection', (socket) => this.#accept(socket));
    // RFC 9110 §10.1.1: a body that would be refused need not be sent.
    this.server.on('checkContinue', (request, response) => {
      this.#serve(request as MeasuredRequest, response, () => response.writeContinue());
    });
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const status =
        error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
      if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      else socket.destroy();
    });
  }

  /** Serves a connection that has come elsewhere. */
  serve(socket: Socket): void {
    this.server.emit('connection', socket);
  }

  /** Of one that listens. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const closed = once(this.server, 'close');
    this.server.close();
    for (const [socket, { idle }] of this.#connections) if (idle) socket.destroy();
    const cancel = this.#options.clock.schedule(this.#options.limits.stopSeconds * 1000, () => {
      for (const socket of this.#connections.keys()) socket.destroy();
    });
    await closed;
    cancel();
  }

  #accept(socket: Socket): void {
    const { limits } = this.#options;
    socket.on('error', () => {});
    if (this.#connections.size >= limits.connections && !this.#makeRoom()) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      socket.once('finish', () => socket.destroy());
      return;
    }
    this.#connections.set(socket, { idle: true, cancelDeadline: () => {} });
    this.#setDeadline(socket, limits.headSeconds, () => socket.destroy());
    socket.once('close', () => {
      this.#connections.get(socket)?.cancelDeadline();
      this.#connections.delete(socket);
    });
  }

  /** Who waits with an idle connection can come again; who is new has nothing else. */
  #makeRoom(): boolean {
    for (const [socket, { idle }] of this.#connections) {
      if (!idle) continue;
      this.#connections.get(socket)?.cancelDeadline();
      this.#connections.delete(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  #setDeadline(socket: Socket, seconds: number, run: () => void): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    connection.cancelDeadline();
    connection.cancelDeadline = this.#options.clock.schedule(seconds * 1000, run);
  }

  async #serve(request: MeasuredRequest, response: ServerResponse, proceed = () => {}): Promise<void> {
    const { handler, log, name } = this.#options;
    this.#watch(request, response);
    request.maxBodyBytes = this.#options.maxBodyBytes(request);
    request.onTooLarge = () => {
      const error = new LimitError('the body of a request', request.maxBodyBytes, 'bytes');
      response.once('close', () => request.destroy(error));
      refuse(response, 413, error.message);
    };
    if (Number(request.headers['content-length'] ?? 0) > request.maxBodyBytes) {
      request.onTooLarge();
      return;
    }
    proceed();
    try {
      await handler(request, response);
    } catch (error) {
      // Whoever is gone made it fail.
      const level = request.socket.destroyed ? 'debug' : 'warn';
      const text = errorText(error);
      log[level]({ event: 'request-failed', face: name, error: text }, `${name}: ${text}`);
      refuse(response, 500, 'an internal error');
    }
  }

  #watch(request: MeasuredRequest, response: ServerResponse): void {
    const { limits } = this.#options;
    const { socket } = request;
    const connection = this.#connections.get(socket);
    // It was closed to make room in this moment.
    if (connection === undefined) return;
    connection.idle = false;
    let received = 0;
    let taken = bytesTaken(socket);
    const look = () => {
      // With bytes in hand it is the handler that takes its time.
      const tooSlow =
        !request.complete && request.readableLength === 0 && request.bodyBytes - received < limits.paceBytes;
      const takesNothing = socket.writableLength > 0 && bytesTaken(socket) === taken;
      if (tooSlow || takesNothing) {
        socket.destroy();
        return;
      }
      if (response.closed && request.complete) {
        this.#rest(socket, request);
        return;
      }
      received = request.bodyBytes;
      taken = bytesTaken(socket);
      this.#setDeadline(socket, limits.paceSeconds, look);
    };
    this.#setDeadline(socket, limits.paceSeconds, look);
    response.once('close', () => this.#rest(socket, request));
  }

  #rest(socket: Socket, request: MeasuredRequest): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    if (this.#stopping) socket.destroySoon();
    // Node passes over the rest of a body that nobody has read; until then the pace is watched.
    if (!request.complete) return;
    connection.idle = true;
    this.#connections.delete(socket);
    this.#connections.set(socket, connection);
    this.#setDeadline(socket, this.#options.limits.keepAliveSeconds, () => socket.destroy());
  }
}

/** What the system has taken of all that was written. */
function bytesTaken(socket: Socket): number {
  return (socket.bytesWritten ?? 0) - socket.writableLength;
}

function refuse(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = Buffer.from(`${text}\n`);
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': body.length,
    connection: 'close',
  };
  response.writeHead(status, headers).end(body);
}
