/** One connection to a POP3 server: TLS, deadlines, commands with their replies, and multi-line answers as streams. */
import { isIP, connect as netConnect, type Socket } from 'node:net';
import { type ConnectionOptions, TLSSocket, connect as tlsConnect } from 'node:tls';
import type { Clock } from '#base/clock.js';
import { LimitError, PhaserLinkError } from '#base/errors.js';
import { DotUnstuffer } from '#wire/dot-stuffing.js';
import { LineSplitter } from '#wire/lines.js';
import {
  formatCommand,
  maxReplyLineLength,
  type Pop3Keyword,
  type Pop3Reply,
  parseReply,
  unstuffLine,
} from '#wire/pop3.js';
import { pop3Errors } from './pop3-errors.js';

/** For the connection and, each, the TLS handshake. */
export const connectTimeoutMs = 30_000;
/** How long the server may think about a command; deleting thousands of messages at QUIT takes a while. */
export const replyTimeoutMs = 120_000;
/** How long a message may stand still on its way. */
export const silenceTimeoutMs = 60_000;
/** Above this no message of any kind is taken. */
export const maxRetrievedOctets = 2 ** 30;
/** When the reader stops early, this much more is read and forgotten; beyond it the connection is dropped. */
export const maxForgottenOctets = 64 * 2 ** 20;
/** Lines of one listing. */
export const maxListedLines = 200_000;

export interface Pop3Server {
  host: string;
  port: number;
  security: 'tls' | 'starttls' | 'none';
  /** PEM of the certificate authority to trust instead of the system's. */
  ca?: string | undefined;
}

export class Pop3Connection {
  readonly #server: Pop3Server;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #lines = new LineSplitter('a line of the mail server', maxReplyLineLength);
  #socket: Socket;
  #failure: unknown = null;
  #wake: (() => void) | null = null;
  #stopListening: () => void;

  private constructor(server: Pop3Server, clock: Clock, signal: AbortSignal) {
    this.#server = server;
    this.#name = `${server.host}:${server.port}`;
    this.#clock = clock;
    this.#signal = signal;
    this.#socket = netConnect({ host: server.host, port: server.port, noDelay: true });
    this.#stopListening = this.#listen();
    signal.addEventListener('abort', this.#aborted);
  }

  /** Connects, makes the connection secure as the settings say, and has heard the greeting. */
  static async open(server: Pop3Server, clock: Clock, signal: AbortSignal): Promise<Pop3Connection> {
    signal.throwIfAborted();
    const connection = new Pop3Connection(server, clock, signal);
    try {
      await connection.#connected();
      if (server.security === 'tls') await connection.#secure();
      const greeting = await connection.#reply();
      if (!greeting.ok) throw pop3Errors.commandRefused(connection.#name, 'the connection', greeting);
      if (server.security === 'starttls') await connection.#startTls();
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** The TLS version in use, for example `TLSv1.3`, or null. */
  get tls(): string | null {
    return this.#socket instanceof TLSSocket ? this.#socket.getProtocol() : null;
  }

  /** Sends a command and waits for its status line. */
  async command(keyword: Pop3Keyword, ...args: string[]): Promise<Pop3Reply> {
    if (this.#failure !== null) throw this.#lost();
    this.#socket.write(formatCommand(keyword, ...args));
    return this.#reply();
  }

  /** The lines that follow a status line, up to the lone dot, for answers that are small. */
  async listing(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = unstuffLine((await this.#line(replyTimeoutMs)).toString());
      if (line === null) return lines;
      if (lines.length === maxListedLines) {
        this.destroy();
        throw new LimitError('the listing of the mailbox', maxListedLines, 'lines');
      }
      lines.push(line);
    }
  }

  /** The message that follows a status line, read no faster than it is taken. */
  async *message(): AsyncGenerator<Buffer> {
    const decoder = new DotUnstuffer();
    let octets = 0;
    let state: 'reading' | 'failed' | 'complete' = 'reading';
    try {
      for (let chunk = this.#lines.takeRest(); ; ) {
        const { data, end, rest } = decoder.decode(chunk);
        octets += data.length;
        if (end) {
          this.#lines.push(rest);
          state = 'complete';
        }
        if (octets > maxRetrievedOctets) throw new LimitError('a message', maxRetrievedOctets, 'octets');
        if (data.length > 0) yield data;
        if (end) return;
        state = 'failed';
        chunk = await this.#chunk(silenceTimeoutMs);
        state = 'reading';
      }
    } finally {
      if (state === 'reading') await this.#forgetRest(decoder);
    }
  }

  /** Drops the connection; every call that waits, and every later one, throws. */
  destroy(): void {
    this.#fail(pop3Errors.connectionLost(this.#name));
  }

  async #forgetRest(decoder: DotUnstuffer): Promise<void> {
    for (let octets = 0; octets <= maxForgottenOctets; ) {
      const chunk = await this.#chunk(silenceTimeoutMs);
      octets += chunk.length;
      const { end, rest } = decoder.decode(chunk);
      if (!end) continue;
      this.#lines.push(rest);
      return;
    }
    this.destroy();
  }

  async #connected(): Promise<void> {
    try {
      await this.#event('connect');
    } catch (error) {
      this.#signal.throwIfAborted();
      throw pop3Errors.unreachable(this.#name, error);
    }
  }

  async #startTls(): Promise<void> {
    const reply = await this.command('STLS');
    if (!reply.ok) throw pop3Errors.startTlsRefused(this.#name, reply);
    // RFC 2595 §4, §2.4: what was said before the handshake may come from anyone.
    this.#lines.takeRest();
    await this.#secure();
  }

  async #secure(): Promise<void> {
    const { host, ca } = this.#server;
    const options: ConnectionOptions = { socket: this.#socket, host, minVersion: 'TLSv1.2' };
    if (isIP(host) === 0) options.servername = host;
    if (ca !== undefined) options.ca = ca;
    this.#stopListening();
    this.#socket = tlsConnect(options);
    this.#stopListening = this.#listen();
    try {
      await this.#event('secureConnect');
    } catch (error) {
      this.#signal.throwIfAborted();
      throw pop3Errors.tlsFailed(this.#name, error);
    }
  }

  /** Returns how to leave the socket to a TLS socket on top of it, which tells its errors. */
  #listen(): () => void {
    const socket = this.#socket;
    const wake = () => this.#wake?.();
    const failed = (error: Error) => this.#fail(error);
    const closed = () => this.destroy();
    socket.on('readable', wake).on('end', wake).on('error', failed).on('close', closed);
    return () => {
      socket.off('readable', wake).off('end', wake).off('error', failed).off('close', closed);
      socket.on('error', () => {});
    };
  }

  readonly #aborted = () => this.#fail(this.#signal.reason);

  /** The first failure is the one that is told. */
  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#signal.removeEventListener('abort', this.#aborted);
    this.#socket.destroy();
    this.#wake?.();
  }

  async #reply(): Promise<Pop3Reply> {
    const line = (await this.#line(replyTimeoutMs)).toString();
    const reply = parseReply(line);
    if (reply !== null) return reply;
    this.destroy();
    const shown = line.replace(/\p{Cc}/gu, ' ').slice(0, 80);
    throw pop3Errors.protocolError(this.#name, `it said "${shown}"`);
  }

  /** The whole line has to come in time, so that a server that trickles cannot hold us. */
  async #line(timeoutMs: number): Promise<Buffer> {
    const deadline = this.#clock.monotonic() + timeoutMs;
    try {
      for (;;) {
        const line = this.#lines.next();
        if (line !== null) return line;
        this.#lines.push(await this.#chunk(deadline - this.#clock.monotonic()));
      }
    } catch (error) {
      if (error instanceof LimitError) this.destroy();
      throw error;
    }
  }

  async #chunk(timeoutMs: number): Promise<Buffer> {
    for (;;) {
      const chunk: Buffer | null = this.#failure === null ? this.#socket.read() : null;
      if (chunk !== null) return chunk;
      if (this.#socket.readableEnded) this.destroy();
      await this.#woken(timeoutMs, pop3Errors.silent(this.#name)).catch(() => {
        throw this.#lost();
      });
    }
  }

  /** Why there is no connection any more, in our own words. */
  #lost(): unknown {
    const failure = this.#failure;
    if (this.#signal.aborted || failure instanceof PhaserLinkError) return failure;
    return pop3Errors.connectionLost(this.#name, failure);
  }

  /** Waits for a one-time event of the socket. */
  async #event(name: 'connect' | 'secureConnect'): Promise<void> {
    let happened = false;
    this.#socket.once(name, () => {
      happened = true;
      this.#wake?.();
    });
    const late = new Error(`no connection within ${connectTimeoutMs / 1000} seconds`);
    while (!happened) await this.#woken(connectTimeoutMs, late);
  }

  /** Waits until something happens on the socket; throws the failure if that is what happened. */
  async #woken(timeoutMs: number, late: Error): Promise<void> {
    if (this.#failure === null) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.schedule(timeoutMs, () => this.#fail(late));
        this.#wake = () => {
          cancel();
          this.#wake = null;
          resolve();
        };
      });
    }
    if (this.#failure === null) return;
    throw this.#failure;
  }
}
