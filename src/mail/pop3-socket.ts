/** The byte stream to a POP3 server: connecting, TLS, pieces with deadlines, and every failure in words. */
import { isIP, connect as netConnect, type OnReadOpts, type Socket } from 'node:net';
import { type ConnectionOptions, TLSSocket, connect as tlsConnect } from 'node:tls';
import type { Clock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import type { Pace } from './pace.js';
import { pop3Errors } from './pop3-errors.js';
import { ReadRing } from './read-ring.js';

/** For the connection and, each, the TLS handshake. */
export const connectTimeoutMs = 30_000;

export interface Pop3Server {
  host: string;
  port: number;
  security: 'tls' | 'starttls' | 'none';
  /** PEM of the certificate authority to trust instead of the system's. */
  ca?: string | undefined;
}

export class Pop3Socket {
  /** For messages. */
  readonly server: string;
  readonly #address: Pop3Server;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #come = new ReadRing();
  #socket: Socket;
  /** The server has closed its side: what has come is all. */
  #over = false;
  #failure: unknown = null;
  #wake: (() => void) | null = null;
  #stopListening: () => void;

  private constructor(address: Pop3Server, clock: Clock, signal: AbortSignal) {
    this.server = `${address.host}:${address.port}`;
    this.#address = address;
    this.#clock = clock;
    this.#signal = signal;
    this.#socket = this.#connect();
    this.#stopListening = this.#listen();
    signal.addEventListener('abort', this.#aborted);
  }

  /** Aborting the signal destroys the socket, at any time. */
  static async connect(address: Pop3Server, clock: Clock, signal: AbortSignal): Promise<Pop3Socket> {
    signal.throwIfAborted();
    const socket = new Pop3Socket(address, clock, signal);
    try {
      await socket.#event('connect');
      return socket;
    } catch (error) {
      socket.destroy();
      signal.throwIfAborted();
      throw pop3Errors.unreachable(socket.server, error);
    }
  }

  /** The TLS version in use, for example `TLSv1.3`, or null. */
  get tls(): string | null {
    return this.#socket instanceof TLSSocket ? this.#socket.getProtocol() : null;
  }

  /** Speaks TLS from here on, with a server whose certificate has been checked. */
  async secure(): Promise<void> {
    if (!(this.#socket instanceof TLSSocket)) {
      this.#stopListening();
      this.#come.clear();
      this.#socket = tlsConnect({ ...this.#tlsOptions, socket: this.#socket });
      this.#stopListening = this.#listen();
      // A socket on top of another one brings memory of its own.
      this.#socket.on('data', (piece: Buffer) => {
        this.#come.put(piece);
        if (!this.#come.hasRoom) this.#socket.pause();
        this.#wake?.();
      });
    }
    try {
      await this.#event('secureConnect');
    } catch (error) {
      this.#signal.throwIfAborted();
      throw pop3Errors.tlsFailed(this.server, error);
    }
  }

  #connect(): Socket {
    const { host, port, security } = this.#address;
    const onread = this.#come.intoRing(() => this.#wake?.());
    if (security !== 'tls') return netConnect({ host, port, noDelay: true, onread });
    const options: ConnectionOptions & { onread: OnReadOpts } = { ...this.#tlsOptions, port, onread };
    return tlsConnect(options).setNoDelay(true);
  }

  get #tlsOptions(): ConnectionOptions {
    const { host, ca } = this.#address;
    const options: ConnectionOptions = { host, minVersion: 'TLSv1.2' };
    if (isIP(host) === 0) options.servername = host;
    if (ca !== undefined) options.ca = ca;
    return options;
  }

  write(bytes: Buffer): void {
    if (this.#over) this.destroy();
    if (this.#failure !== null) throw this.#lost();
    this.#socket.write(bytes);
  }

  /** The next piece of the stream, no later than the pace allows; it is good until the next call. */
  async read(pace: Pace): Promise<Buffer> {
    const begin = this.#clock.monotonic();
    const { ms, otherwise } = pace.patience();
    const late = () =>
      otherwise === 'silent' ? pop3Errors.silent(this.server) : pop3Errors.tooSlow(this.server);
    for (;;) {
      const chunk = this.#failure === null ? this.#come.take() : null;
      if (this.#come.hasRoom) this.#socket.resume();
      if (chunk !== null) {
        pace.came(chunk.length, this.#clock.monotonic() - begin);
        return chunk;
      }
      if (this.#over) this.destroy();
      await this.#woken(ms - (this.#clock.monotonic() - begin), late).catch(() => {
        throw this.#lost();
      });
    }
  }

  /** Every call that waits, and every later one, throws. */
  destroy(): void {
    this.#fail(pop3Errors.connectionLost(this.server));
  }

  /** Returns how to leave the socket to a TLS socket on top of it, which tells its errors. */
  #listen(): () => void {
    const socket = this.#socket;
    const wake = () => this.#wake?.();
    const failed = (error: Error) => this.#fail(error);
    const over = () => {
      this.#over = true;
      wake();
    };
    socket.on('end', over).on('error', failed).on('close', over);
    return () => {
      socket.off('end', over).off('error', failed).off('close', over);
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

  /** Why there is no connection any more, in our own words. */
  #lost(): unknown {
    const failure = this.#failure;
    if (this.#signal.aborted || failure instanceof PhaserLinkError) return failure;
    return pop3Errors.connectionLost(this.server, failure);
  }

  /** Waits for a one-time event of the socket. */
  async #event(name: 'connect' | 'secureConnect'): Promise<void> {
    let happened = false;
    this.#socket.once(name, () => {
      happened = true;
      this.#wake?.();
    });
    const late = () => new Error(`no connection within ${connectTimeoutMs / 1000} seconds`);
    while (!happened) {
      if (this.#over) this.destroy();
      await this.#woken(connectTimeoutMs, late);
    }
  }

  /** Waits until something happens on the socket; throws the failure if that is what happened. */
  async #woken(timeoutMs: number, late: () => Error): Promise<void> {
    if (this.#failure === null) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.schedule(timeoutMs, () => this.#fail(late()));
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
