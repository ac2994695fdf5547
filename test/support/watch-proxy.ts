/** A TCP proxy that stops the talk at an exact place: what comes from there on is withheld, and the test is told. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

type Side = 'client' | 'server';

/** Where to stop: before a text, or after so many bytes of this side on one connection. */
export interface Place {
  from: Side;
  at: string | number;
}

interface Watch extends Place {
  reached: () => void;
}

/** One direction of one connection. */
interface Flow {
  side: Side;
  to: Socket;
  bytes: number;
  /** The end of what has passed, in which the beginning of a watched text may stand. */
  tail: string;
  held: boolean;
}

/** Longer than any watched text. */
const tailLength = 100;

export class WatchProxy {
  readonly #target: { host: string; port: number };
  readonly #server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  readonly #sockets = new Set<Socket>();
  #watch: Watch | null = null;
  /** Everything that clients have sent, as latin1. */
  heard = '';
  /** Called with each piece that arrives, before it is passed on. */
  onPiece: () => void = () => {};

  private constructor(port: number) {
    this.#target = { host: '127.0.0.1', port };
  }

  /** In front of a port of this machine; ends with the running test. */
  static async start(target: number): Promise<WatchProxy> {
    const proxy = new WatchProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    onTestFinished(async () => {
      proxy.hangUp();
      proxy.#server.close();
      await once(proxy.#server, 'close');
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * Withholds what `from` says at the place and after it, on the first connection that comes there; other connections go on.
   * The promise resolves when something is withheld.
   */
  withhold(place: Place): Promise<void> {
    return new Promise((resolve) => {
      this.#watch = { ...place, reached: resolve };
    });
  }

  /** Ends every connection, as the system does with those of a process that is gone. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(client: Socket): void {
    const server = connect({ ...this.#target, noDelay: true, allowHalfOpen: true });
    this.#pass(client, { side: 'client', to: server, bytes: 0, tail: '', held: false });
    this.#pass(server, { side: 'server', to: client, bytes: 0, tail: '', held: false });
  }

  #pass(from: Socket, flow: Flow): void {
    this.#sockets.add(from);
    from.on('error', () => {});
    from.on('close', () => {
      this.#sockets.delete(from);
      flow.to.destroy();
    });
    from.on('end', () => {
      if (!flow.held) flow.to.end();
    });
    from.on('data', (chunk: Buffer) => {
      if (flow.side === 'client') this.heard += chunk.toString('latin1');
      this.onPiece();
      const passing = this.#before(flow, chunk);
      flow.bytes += chunk.length;
      if (passing.length === 0 || flow.to.write(passing)) return;
      from.pause();
      flow.to.once('drain', () => from.resume());
    });
  }

  /** The part of the chunk that may pass. */
  #before(flow: Flow, chunk: Buffer): Buffer {
    if (flow.held) return chunk.subarray(0, 0);
    const watch = this.#watch;
    const place = watch?.from === flow.side ? placeIn(flow, chunk, watch.at) : -1;
    flow.tail = (flow.tail + chunk.toString('latin1')).slice(-tailLength);
    if (watch === null || place < 0) return chunk;
    flow.held = true;
    this.#watch = null;
    watch.reached();
    return chunk.subarray(0, place);
  }
}

function placeIn(flow: Flow, chunk: Buffer, at: string | number): number {
  if (typeof at === 'number') return flow.bytes + chunk.length > at ? at - flow.bytes : -1;
  const found = (flow.tail + chunk.toString('latin1')).indexOf(at);
  return found < 0 ? -1 : Math.max(0, found - flow.tail.length);
}
