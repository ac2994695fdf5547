/** One raw TCP connection to a printer (AppSocket, port 9100): bytes out with back-pressure, messages in. */
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '#base/clock.js';
import { errorText, systemErrorCode } from '#base/errors.js';
import { authority, openSocket, silenceDeadlineMs } from './open-socket.js';
import { printerAway, printerBusy } from './printer-errors.js';

/** How long a printer that has come to the end of its job may take to close the connection. */
export const closeDeadlineMs = 10_000;

export interface RawAddress {
  host: string;
  port: number;
}

/** Finds a printer's messages in the bytes that come. */
export interface MessageReader<Message> {
  push(chunk: Uint8Array): Message[];
}

export class RawConnection<Message> {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #listeners = new Set<(message: Message) => void>();
  #over = false;
  /** Resolves with the reason, in words, when the connection is over; null when the printer closed it in order. */
  readonly ended: Promise<string | null>;

  private constructor(socket: Socket, clock: Clock, reader: MessageReader<Message>) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on('data', (chunk: Buffer) => {
      for (const message of reader.push(chunk)) for (const listener of this.#listeners) listener(message);
    });
    this.ended = new Promise((resolve) => {
      const end = (reason: string | null) => {
        this.#over = true;
        resolve(reason);
      };
      socket.once('error', (error) => end(errorText(error)));
      socket.once('end', () => end(null));
      socket.once('close', () => end(null));
    });
  }

  /** Connects or throws a temporary error; the signal ends the connection at any time. */
  static async open<Message>(
    address: RawAddress,
    reader: MessageReader<Message>,
    clock: Clock,
    signal: AbortSignal,
  ): Promise<RawConnection<Message>> {
    const socket = await openSocket(address, clock, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      const printer = `the printer at ${authority(address)}`;
      if (systemErrorCode(error) === 'ECONNRESET')
        throw printerBusy(`${printer} does not take the connection: it is busy with another job`);
      throw printerAway(`${printer} cannot be reached: ${errorText(error)}`, error);
    });
    const destroy = () => socket.destroy();
    signal.addEventListener('abort', destroy, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', destroy));
    return new RawConnection(socket, clock, reader);
  }

  /** Whether `ended` has resolved. */
  get isOver(): boolean {
    return this.#over;
  }

  listen(listener: (message: Message) => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves when the bytes are handed to the system; false when the connection ended before. */
  async write(bytes: Uint8Array): Promise<boolean> {
    if (!this.#socket.writable) return false;
    const cancel = this.#clock.schedule(silenceDeadlineMs, () => this.#giveUp());
    const written = new Promise<boolean>((resolve) => this.#socket.write(bytes, (error) => resolve(!error)));
    try {
      return await Promise.race([written, this.ended.then(() => false)]);
    } finally {
      cancel();
    }
  }

  /** Says that we have no more to send; the printer goes on and answers. */
  endInput(): void {
    this.#socket.end();
  }

  /**
   * The first value that `find` makes of a message; null when the connection ends or `deadlineMs` pass before.
   * Listens from the moment of the call.
   */
  async expect<T>(find: (message: Message) => T | null, deadlineMs: number): Promise<T | null> {
    return new Promise((resolve) => {
      const finish = (value: T | null) => {
        cancel();
        this.#listeners.delete(listener);
        resolve(value);
      };
      const cancel = this.#clock.schedule(deadlineMs, () => finish(null));
      const listener = (message: Message) => {
        const found = find(message);
        if (found !== null) finish(found);
      };
      this.#listeners.add(listener);
      void this.ended.then(() => finish(null));
    });
  }

  /** Resolves when the printer has closed the connection, too: a printer that takes one at a time is free only then. */
  async hangUp(): Promise<void> {
    this.endInput();
    await this.expect(() => null, closeDeadlineMs);
    this.close();
  }

  /** Why it has ended, for a printer that should have said more. */
  async brokenOff(): Promise<Error> {
    return new Error((await this.ended) ?? 'the printer closed the connection before the end of the job');
  }

  /**
   * Ends our side after the last byte, and resolves when the printer has closed its own in answer: then it has taken everything.
   * Throws when the connection has ended in any other way.
   */
  async handOver(): Promise<void> {
    // A close that is on its way to us already is no answer: two turns let it be seen.
    await turn();
    await turn();
    const closedEarly = this.#over;
    this.endInput();
    const cancel = this.#clock.schedule(silenceDeadlineMs, () => this.#giveUp());
    const reason = await this.ended;
    cancel();
    if (reason !== null || closedEarly)
      throw new Error(reason ?? 'the printer closed the connection before it had everything');
  }

  close(): void {
    this.#socket.destroy();
  }

  #giveUp(): void {
    this.#socket.destroy(new Error(`nothing has moved for ${silenceDeadlineMs / 3_600_000} hours`));
  }
}
