/** The raw face (AppSocket, port 9100): one connection at a time, its jobs one after the other, answers at once. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '#base/clock.js';
import { errorText, PhaserLinkError } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { writeWhenRoom } from '#runtime/flow.js';
import { Stopwatch } from '#runtime/stopwatch.js';
import { createChannelDecoder } from '#wire/postscript-channel.js';
import type { Printer, PrinterJob } from '../printer.js';

export interface RawFaceOptions {
  host: string;
  port: number;
  waitTimeoutSeconds: number;
  printer: Printer;
  clock: Clock;
  log: Log;
}

export interface RawFace {
  /** The port that it listens on. */
  port: number;
  stop(): Promise<void>;
}

export async function startRawFace(options: RawFaceOptions): Promise<RawFace> {
  const { printer, log } = options;
  const sockets = new Set<Socket>();
  let serving = false;
  // Half-open: a client ends its side first and then hears the printer out.
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    if (serving || printer.busy) {
      log.info({ event: 'refused-busy', face: 'raw' }, 'busy: a connection to the raw port was refused');
      socket.resetAndDestroy();
      return;
    }
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serving = true;
    serve(socket, options)
      .catch((error) => log.error({ event: 'connection-failed', face: 'raw' }, errorText(error)))
      .finally(() => {
        serving = false;
      });
  });
  server.listen(options.port, options.host);
  await once(server, 'listening').catch((cause: unknown) => {
    throw new PhaserLinkError({
      code: 'phaser740-cannot-listen',
      retry: 'permanent',
      text: `cannot listen for raw printing on ${options.host}:${options.port}: ${errorText(cause)}; choose another port`,
      cause,
    });
  });
  const { port } = server.address() as AddressInfo;
  log.info({ event: 'listening', face: 'raw', port }, `raw printing on ${options.host}, port ${port}`);
  return {
    port,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function serve(socket: Socket, options: RawFaceOptions): Promise<void> {
  const connection = new Connection(socket, options);
  try {
    // Its own iterator would close the connection with the last byte read, and the answers with it.
    const chunks: AsyncIterable<Buffer> = socket.iterator({ destroyOnReturn: false });
    for await (const chunk of chunks) await connection.receive(chunk);
  } catch {
    // The client is gone. What arrived is printed, as on the real machine.
  }
  await connection.end();
  socket.end();
}

class Connection {
  readonly #socket: Socket;
  readonly #printer: Printer;
  readonly #decoder = createChannelDecoder();
  /** Between jobs the face waits for the client by itself; within a job the interpreter does. */
  readonly #patience: Stopwatch;
  /** A client that takes no answers would hold the printer for ever. */
  readonly #answerPatience: Stopwatch;
  #job: PrinterJob | null = null;

  constructor(socket: Socket, options: RawFaceOptions) {
    this.#socket = socket;
    this.#printer = options.printer;
    const { clock, waitTimeoutSeconds } = options;
    this.#patience = new Stopwatch(clock, waitTimeoutSeconds, () => socket.destroySoon());
    this.#answerPatience = new Stopwatch(clock, waitTimeoutSeconds, () => socket.destroy());
    this.#patience.run();
  }

  async receive(chunk: Uint8Array): Promise<void> {
    this.#patience.hold();
    for (const event of this.#decoder.push(chunk)) {
      if ('endOfJob' in event) await this.endJob();
      else await this.#feed(event.data);
    }
    if (this.#job === null) this.#waitAgain();
  }

  async endJob(): Promise<void> {
    this.#patience.hold();
    const job = this.#job;
    this.#job = null;
    job?.endOfInput();
    await job?.done;
  }

  async end(): Promise<void> {
    await this.endJob();
    this.#patience.end();
    this.#answerPatience.end();
  }

  async #feed(data: Uint8Array): Promise<void> {
    if (this.#job !== null) return this.#job.feed(data);
    const start = data.findIndex((byte) => !isWhiteSpace(byte));
    // White space alone is no job.
    if (start < 0) return;
    const job = await this.#printer.startJob((bytes) => this.#answer(bytes));
    this.#job = job;
    // The interpreter may be gone before the client has said all: then it is the face that waits for the rest.
    job.done.then(() => {
      if (this.#job === job) this.#waitAgain();
    });
    await job.feed(data.subarray(start));
  }

  async #answer(bytes: Uint8Array): Promise<void> {
    this.#answerPatience.reset();
    this.#answerPatience.run();
    await writeWhenRoom(this.#socket, bytes);
    this.#answerPatience.hold();
  }

  #waitAgain(): void {
    this.#patience.reset();
    this.#patience.run();
  }
}

/** PLRM 3.2.2, table 3.1. */
function isWhiteSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d && byte !== 0x0b) || byte === 0x00;
}
