/** The raw face (AppSocket, port 9100): one connection at a time, its jobs one after the other, answers at once. */
import type { Socket } from 'node:net';
import type { Clock } from '#base/clock.js';
import { errorCode, errorText } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { writeWhenRoom } from '#runtime/flow.js';
import { Stopwatch } from '#runtime/stopwatch.js';
import { formatBackChannelMessage } from '#wire/back-channel.js';
import { PjlChannel, type PjlChannelEvent } from '#wire/pjl-channel.js';
import { createChannelDecoder } from '#wire/postscript-channel.js';
import type { DocumentRun } from '../jobs/job-run.js';
import { machineStatus, statusLine } from '../machine/status.js';
import type { Printer } from '../printer.js';
import { PjlSession } from './pjl-session.js';
import { PrinterErrors } from './printer-errors.js';
import { asTheMachineSays, type Face, startTcpFace, takeAsTheMachineDoes } from './tcp-face.js';

export interface RawFaceOptions {
  host: string;
  port: number;
  /** What it does with a connection while another one prints: reset it, or let it wait for its turn. */
  whenBusy: 'refuse' | 'wait';
  waitTimeoutSeconds: number;
  printer: Printer;
  clock: Clock;
  log: Log;
}

/** Connections that may wait for their turn. */
const maxWaiting = 50;

export async function startRawFace(options: RawFaceOptions): Promise<Face> {
  const { host, port, printer, log, whenBusy } = options;
  let turn: Promise<void> = Promise.resolve();
  let connections = 0;
  const serveInTurn = (socket: Socket) => {
    connections++;
    turn = turn
      .then(() => whenFree(printer, socket))
      .then(() => serve(socket, options))
      .catch((error) => log.error({ event: 'connection-failed', face: 'raw' }, errorText(error)))
      .finally(() => {
        connections--;
      });
  };
  return startTcpFace({
    name: 'raw',
    purpose: 'raw printing',
    host,
    port,
    machine: printer.machine,
    log,
    serve(socket) {
      const busy = connections > 0 || printer.queue.busy;
      if (busy && (whenBusy === 'refuse' || connections > maxWaiting)) {
        tellBusy(log);
        socket.resetAndDestroy();
        return;
      }
      serveInTurn(socket);
    },
  });
}

/** Resolves when the printer has no job, or the client has given up. */
function whenFree({ queue }: Printer, socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (queue.busy && !socket.destroyed) return;
      unsubscribe();
      socket.off('close', look);
      resolve();
    };
    const unsubscribe = queue.subscribe(look);
    socket.on('close', look);
    look();
  });
}

async function serve(socket: Socket, options: RawFaceOptions): Promise<void> {
  if (socket.destroyed) return;
  const connection = new Connection(socket, options);
  const { printer, clock, log } = options;
  try {
    // Its own iterator would close the connection with the last byte read, and the answers with it.
    const chunks: AsyncIterable<Buffer> = socket.iterator({ destroyOnReturn: false });
    for await (const chunk of takeAsTheMachineDoes(connection.watch(chunks), printer.machine, clock))
      await connection.receive(chunk);
  } catch (error) {
    // Of a client that is gone what arrived is printed, as on the real machine.
    if (!socket.destroyed) refuse(socket, error, log);
  }
  await connection.end();
  // What a client still sends after its job has failed is not read.
  socket.destroySoon();
}

/** A job that cannot be begun is not to look as if it were taken. */
function refuse(socket: Socket, error: unknown, log: Log): void {
  if (errorCode(error) === 'printer-busy') tellBusy(log);
  else log.error({ event: 'connection-failed', face: 'raw' }, errorText(error));
  socket.resetAndDestroy();
}

function tellBusy(log: Log): void {
  log.info({ event: 'refused-busy', face: 'raw' }, 'busy: a connection to the raw port was refused');
}

class Connection {
  readonly #socket: Socket;
  readonly #printer: Printer;
  #decoder = createChannelDecoder();
  /** Null on a printer without PJL, to which its commands are data like any other. */
  readonly #pjl: { channel: PjlChannel; session: PjlSession } | null;
  /** What is not for our interpreter, until UEL. */
  #dropping = false;
  readonly #whenBusy: RawFaceOptions['whenBusy'];
  /** Between jobs the face waits for the client by itself; within a job the interpreter does. */
  readonly #patience: Stopwatch;
  /** A client that takes no answers would hold the printer for ever. */
  readonly #answerPatience: Stopwatch;
  readonly #errors: PrinterErrors;
  #job: DocumentRun | null = null;
  /** The job in work is not over: who waits is the interpreter. */
  #interpreting = false;
  #chunkInWork = false;
  /** From the pages of the job in work. */
  #unsubscribe = () => {};

  constructor(socket: Socket, options: RawFaceOptions) {
    this.#socket = socket;
    this.#printer = options.printer;
    this.#whenBusy = options.whenBusy;
    const { clock, waitTimeoutSeconds } = options;
    this.#patience = new Stopwatch(clock, waitTimeoutSeconds, () => socket.destroySoon());
    this.#answerPatience = new Stopwatch(clock, waitTimeoutSeconds, () => socket.destroy());
    this.#errors = new PrinterErrors(options.printer.machine, clock, (message) => this.#remark(message));
    this.#patience.run();
    const { machine } = options.printer;
    const say = (message: Buffer) => this.#remark(message);
    this.#pjl = machine.device.pjl
      ? { channel: new PjlChannel(), session: new PjlSession(machine, (bytes) => this.#answer(bytes), say) }
      : null;
  }

  /** The chunks as they come. While the machine holds one back, the client is not the one who lets others wait. */
  async *watch(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#chunkInWork = true;
      this.#patience.hold();
      this.#job?.inputHeld(true);
      yield chunk;
      this.#chunkInWork = false;
      this.#job?.inputHeld(false);
      if (!this.#interpreting) this.#waitAgain();
    }
  }

  async receive(chunk: Uint8Array): Promise<void> {
    if (this.#pjl === null) return this.#receiveData(chunk);
    for (const event of this.#pjl.channel.push(chunk)) await this.#receivePjl(event, this.#pjl.session);
  }

  async #receivePjl(event: PjlChannelEvent, session: PjlSession): Promise<void> {
    if ('data' in event) {
      if (!this.#dropping) await this.#receiveData(event.data);
    } else if ('exit' in event) {
      await this.endJob();
      // UEL ends the tagged binary protocol, too.
      this.#decoder = createChannelDecoder();
      this.#dropping = false;
    } else {
      this.#dropping = (await session.obey(event.command)) === 'other';
    }
  }

  async #receiveData(chunk: Uint8Array): Promise<void> {
    for (const event of this.#decoder.push(chunk)) {
      if ('endOfJob' in event) await this.endJob();
      else if ('statusRequest' in event) await this.#tellStatus();
      else await this.#feed(event.data);
    }
  }

  async endJob(): Promise<void> {
    this.#patience.hold();
    const job = this.#job;
    this.#job = null;
    job?.endOfInput();
    const outcome = await job?.done;
    this.#unsubscribe();
    if (outcome !== undefined) this.#pjl?.session.documentEnded(outcome);
    this.#interpreting = false;
    this.#errors.end();
  }

  async end(): Promise<void> {
    for (const event of this.#pjl?.channel.end() ?? [])
      if ('data' in event) await this.#receiveData(event.data);
    await this.endJob();
    this.#pjl?.session.end();
    this.#patience.end();
    this.#answerPatience.end();
  }

  async #feed(data: Uint8Array): Promise<void> {
    if (this.#job !== null) return this.#job.feed(data);
    const start = data.findIndex((byte) => !isWhiteSpace(byte));
    // White space alone is no job.
    if (start < 0) return;
    // Jobs that came by other faces since the last one are printed first.
    while (this.#whenBusy === 'wait' && this.#printer.queue.busy && !this.#socket.destroyed)
      await whenFree(this.#printer, this.#socket);
    const { remoteAddress } = this.#socket;
    const ticket = { channel: 'raw', name: '', user: '', host: remoteAddress ?? '', options: {} } as const;
    const job = this.#printer.queue.openStream(ticket, (bytes) => this.#answer(bytes));
    this.#job = job;
    this.#unsubscribe = this.#printer.queue.subscribe((_, page) => {
      if (page !== null) this.#pjl?.session.pageOut();
    });
    this.#interpreting = true;
    job.inputHeld(this.#chunkInWork);
    this.#errors.begin();
    // The interpreter may be gone before the client has said all: then it is the face that waits for the rest.
    job.done.then(() => {
      if (this.#job !== job) return;
      this.#interpreting = false;
      this.#errors.end();
      if (!this.#chunkInWork) this.#waitAgain();
    });
    await job.feed(data.subarray(start));
  }

  async #answer(bytes: Uint8Array): Promise<void> {
    this.#answerPatience.reset();
    this.#answerPatience.run();
    const said = asTheMachineSays(bytes, this.#printer.machine);
    if (said !== null) await writeWhenRoom(this.#socket, said);
    this.#answerPatience.hold();
  }

  /** Adobe Serial and Parallel Communications Protocols Specification, 2.2: the answer to Ctrl-T. */
  #tellStatus(): Promise<void> {
    const status = machineStatus(this.#printer.machine.state);
    // All that the client has sent is read: a job that is not printing waits for more.
    const doing = this.#job !== null && status.doing === 'busy' ? 'waiting' : status.doing;
    return this.#answer(
      formatBackChannelMessage({ status: statusLine({ ...status, doing }), source: 'AppSocket' }),
    );
  }

  /** Unasked: only while the client takes what is said to it. */
  #remark(message: Buffer): void {
    const said = asTheMachineSays(message, this.#printer.machine);
    if (said !== null && this.#socket.writable && !this.#socket.writableNeedDrain) this.#socket.write(said);
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
