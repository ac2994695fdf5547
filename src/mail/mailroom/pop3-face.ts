/** The mail room's POP3 side: runs the dialogue of `#wire/pop3-server.js` over sockets, from the maildrops. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '#base/clock.js';
import { errorText } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { formatReply, responseCodes } from '#wire/pop3.js';
import type { MaildropStore } from './maildrop-store.js';
import type { Passwords } from './passwords.js';
import { Pop3Session } from './pop3-session.js';

const maxConnections = 100;

export class Pop3Face {
  readonly #host: string;
  readonly #port: number;
  readonly #store: MaildropStore;
  readonly #passwords: Passwords;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #server: Server;
  readonly #sessions = new Map<Socket, Promise<void>>();

  constructor(
    listen: { host: string; port: number },
    store: MaildropStore,
    passwords: Passwords,
    clock: Clock,
    log: Log,
  ) {
    this.#host = listen.host;
    this.#port = listen.port;
    this.#store = store;
    this.#passwords = passwords;
    this.#clock = clock;
    this.#log = log;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** Returns the port it listens on. */
  start(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, this.#host, () => {
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Drops the sessions; what they marked stays. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sessions.keys()) socket.destroy();
    await Promise.all(this.#sessions.values());
    await closed;
  }

  #accept(socket: Socket): void {
    // An error also closes the socket, and the session sees that.
    socket.on('error', () => {});
    if (this.#sessions.size >= maxConnections) {
      const text = 'too many connections';
      socket.end(formatReply({ ok: false, code: responseCodes.systemTemporary, text }));
      return;
    }
    const session = new Pop3Session(socket, this.#store, this.#passwords, this.#clock, this.#log);
    const ended = session
      .run()
      .catch((error) => this.#log.debug({ event: 'pop3-session-failed' }, `POP3: ${errorText(error)}`))
      .finally(() => {
        socket.destroySoon();
        this.#sessions.delete(socket);
      });
    this.#sessions.set(socket, ended);
  }
}
