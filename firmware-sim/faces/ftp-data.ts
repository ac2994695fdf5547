/** The data connection of an FTP session: made or awaited, only with the client's own address. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '#base/clock.js';
import type { FtpAddress } from '#wire/ftp.js';

/** How long the other side may take to be there. */
const connectSeconds = 20;

/** Where the next data connection comes from. */
export class FtpData {
  readonly #clientAddress: string;
  readonly #clock: Clock;
  #way: { active: FtpAddress } | { passive: Server; socket: Promise<Socket> } | null = null;
  #socket: Socket | null = null;

  constructor(clientAddress: string, clock: Clock) {
    this.#clientAddress = clientAddress;
    this.#clock = clock;
  }

  /** False for an address that is not the client's own, or a port that takes privileges: the printer attacks nobody for others. */
  usePort(address: FtpAddress): boolean {
    if (address.host !== this.#clientAddress || address.port < 1024) return false;
    this.close();
    this.#way = { active: address };
    return true;
  }

  /** Listens on a free port for one connection of the client. */
  async usePassive(host: string): Promise<number> {
    this.close();
    const server = createServer({ pauseOnConnect: true });
    server.listen(0, host);
    await once(server, 'listening');
    const socket = new Promise<Socket>((resolve) => {
      let taken = false;
      server.on('connection', (candidate: Socket) => {
        candidate.on('error', () => {});
        // Whoever else has found the port first must not take the client's data, or print in its name.
        if (taken || plainAddress(candidate.remoteAddress) !== this.#clientAddress) {
          candidate.destroy();
          return;
        }
        taken = true;
        server.close();
        resolve(candidate);
      });
    });
    this.#way = { passive: server, socket };
    return (server.address() as AddressInfo).port;
  }

  /** The connection that was agreed on, once; null when there is none, or nobody came. */
  async open(): Promise<Socket | null> {
    const way = this.#way;
    this.#way = null;
    if (way === null) return null;
    const tooLate = new AbortController();
    const { signal } = tooLate;
    const cancel = this.#clock.schedule(connectSeconds * 1000, () => tooLate.abort());
    try {
      if ('passive' in way) {
        this.#socket = await Promise.race([way.socket, rejected(signal)]);
      } else {
        const socket = connect(way.active);
        socket.on('error', () => {});
        this.#socket = socket;
        await once(socket, 'connect', { signal });
      }
      return this.#socket;
    } catch {
      if ('passive' in way) way.passive.close();
      this.#socket?.destroy();
      return null;
    } finally {
      cancel();
    }
  }

  close(): void {
    if (this.#way !== null && 'passive' in this.#way) {
      this.#way.passive.close();
      this.#way.socket.then((socket) => socket.destroy());
    }
    this.#way = null;
    this.#socket?.destroy();
    this.#socket = null;
  }
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** An IPv4 address as such, also where the socket speaks IPv6. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '');
}
