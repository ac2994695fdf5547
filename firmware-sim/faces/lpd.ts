/** The LPD face (RFC 1179): takes jobs into the spool, tells of the queue, removes jobs of those who sent them. */
import type { Socket } from 'node:net';
import type { Clock } from '#base/clock.js';
import { errorCode, errorText } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { writeWhenRoom } from '#runtime/flow.js';
import { Stopwatch } from '#runtime/stopwatch.js';
import { type LpdCommand, type LpdEvent, LpdReader, lpdAccepted, lpdRefused } from '#wire/lpd.js';
import type { Printer } from '../printer.js';
import { LpdJobs } from './lpd-jobs.js';
import { composeQueueState, selectRemoved } from './lpd-listing.js';
import { type Face, patiently, startTcpFace, takeAsTheMachineDoes, textForClients } from './tcp-face.js';

export interface LpdFaceOptions {
  host: string;
  port: number;
  /** How long a client may say nothing. */
  waitTimeoutSeconds: number;
  printer: Printer;
  clock: Clock;
  log: Log;
}

export function startLpdFace(options: LpdFaceOptions): Promise<Face> {
  const { host, port, printer, log } = options;
  return startTcpFace({
    name: 'lpd',
    purpose: 'LPD printing',
    host,
    port,
    machine: printer.machine,
    log,
    serve(socket) {
      serve(socket, options).catch((error: unknown) =>
        log.error({ event: 'connection-failed', face: 'lpd' }, errorText(error)),
      );
    },
  });
}

async function serve(
  socket: Socket,
  { printer, clock, log, waitTimeoutSeconds }: LpdFaceOptions,
): Promise<void> {
  const reader = new LpdReader();
  const connection = new Connection(socket, printer);
  const patience = new Stopwatch(clock, waitTimeoutSeconds, () => socket.destroy());
  const meetAll = async (events: Iterable<LpdEvent>) => {
    for (const event of events) await connection.meet(event);
  };
  try {
    // Its own iterator would close the connection with the last byte read, and the answers with it.
    const chunks: AsyncIterable<Buffer> = socket.iterator({ destroyOnReturn: false });
    const taken = takeAsTheMachineDoes(patiently(chunks, patience), printer.machine, clock);
    for await (const chunk of taken) await meetAll(reader.push(chunk));
    await meetAll(reader.end());
    await connection.end();
  } catch (error) {
    await connection.abandon();
    const code = errorCode(error);
    log.info({ event: 'lpd-refused', code, error: errorText(error) }, `LPD: ${errorText(error)}`);
    // RFC 1179 §3.1: any octet but zero refuses, and some clients show what follows.
    await writeWhenRoom(socket, Buffer.concat([lpdRefused, Buffer.from(`${textForClients(error)}\n`)]));
  } finally {
    socket.end();
    // What a client still sends after a refusal is not read.
    socket.destroySoon();
  }
}

class Connection {
  readonly #socket: Socket;
  readonly #printer: Printer;
  #jobs: LpdJobs | null = null;

  constructor(socket: Socket, printer: Printer) {
    this.#socket = socket;
    this.#printer = printer;
  }

  async meet(event: LpdEvent): Promise<void> {
    if ('command' in event) return this.#obey(event);
    if (this.#jobs === null) return;
    if ('content' in event) return this.#jobs.write(event.content);
    if ('fileEnd' in event) await this.#jobs.endFile();
    else if (event.subcommand === 'abort') await this.#jobs.abort();
    else await this.#jobs.beginFile(event);
    await this.#accept();
  }

  /** The client has said all, and said it whole. */
  async end(): Promise<void> {
    await this.#jobs?.end();
  }

  async abandon(): Promise<void> {
    await this.#jobs?.abandon();
  }

  async #obey(command: LpdCommand): Promise<void> {
    const { queue, machine } = this.#printer;
    const { remoteAddress = '', remotePort = 0 } = this.#socket;
    switch (command.command) {
      case 'receive-job':
        this.#jobs = new LpdJobs(queue, command.queue, remoteAddress);
        return this.#accept();
      case 'print-waiting':
        // Nothing here waits for being asked.
        return this.#accept();
      case 'queue-state':
        return this.#say(composeQueueState(machine, queue.list(), command));
      case 'remove-jobs': {
        const removed = selectRemoved(queue.list(), command, remotePort);
        for (const number of removed) queue.cancel(number, 'job-canceled-by-user');
        return this.#say(removed.map((number) => `job ${number} dequeued\n`).join(''));
      }
    }
  }

  #accept(): Promise<void> {
    return writeWhenRoom(this.#socket, lpdAccepted);
  }

  /** RFC 1179 §5.3: the answer ends with the connection. */
  async #say(text: string): Promise<void> {
    await writeWhenRoom(this.#socket, Buffer.from(text));
    this.#socket.end();
  }
}
