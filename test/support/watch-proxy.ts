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
  from: Socket;
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
  #release = () => {};
  /** Everything that has arrived from each side, as latin1. */
  readonly heard: Record<Side, string> = { client: '', server: '' };
  /** Called with each piece that arrives. */
  readonly listeners = new Set<() => void>();

  private constructor(port: number) {
    this.#target = { host: '127.0.0.1', port };
  }

  /** In front of a port of this machine; ends with the running test. */
  static async start(target: number, port = 0): Promise<WatchProxy> {
    const proxy = new WatchProxy(target);
    proxy.#server.listen(port, '127.0.0.1');
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

  /** Lets what was withheld pass, and all that follows. */
  release(): void {
    this.#release();
  }

  /** Resolves when the text has come from this side so many times, past ones included. */
  passed(from: Side, text: string, times: number): Promise<void> {
    return new Promise((resolve) => {
      const listener = () => {
        if (this.heard[from].split(text).length <= times) return;
        this.listeners.delete(listener);
        resolve();
      };
      this.listeners.add(listener);
      listener();
    });
  }

  /** Ends every connection, as the system does with those of a process that is gone. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(client: Socket): void {
    const server = connect({ ...this.#target, noDelay: true, allowHalfOpen: true });
    this.#pass({ side: 'client', from: client, to: server, bytes: 0, tail: '', held: false });
    this.#pass({ side: 'server', from: server, to: client, bytes: 0, tail: '', held: false });
  }

  #pass(flow: Flow): void {
    const { side, from, to } = flow;
    this.#sockets.add(from);
    from.on('error', () => {});
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    // A paused socket tells its end when nothing is left to read.
    from.on('end', () => {
      if (!flow.held) to.end();
    });
    from.on('data', (chunk: Buffer) => {
      const place = this.#placeToStop(flow, chunk);
      if (place !== null) this.#hold(flow, chunk.subarray(place));
      if (!to.write(place === null ? chunk : chunk.subarray(0, place))) {
        from.pause();
        to.once('drain', () => {
          if (!flow.held) from.resume();
        });
      }
      flow.bytes += chunk.length;
      this.heard[side] += chunk.toString('latin1');
      for (const listener of this.listeners) listener();
    });
  }

  #hold(flow: Flow, rest: Buffer): void {
    flow.held = true;
    flow.from.pause();
    this.#release = () => {
      flow.held = false;
      flow.to.write(rest);
      if (flow.from.readableEnded) flow.to.end();
      else flow.from.resume();
    };
  }

  #placeToStop(flow: Flow, chunk: Buffer): number | null {
    const watch = this.#watch;
    const place = watch?.from === flow.side ? placeIn(flow, chunk, watch.at) : -1;
    flow.tail = (flow.tail + chunk.toString('latin1')).slice(-tailLength);
    if (watch === null || place < 0) return null;
    this.#watch = null;
    watch.reached();
    return place;
  }
}

function placeIn(flow: Flow, chunk: Buffer, at: string | number): number {
  if (typeof at === 'number') return flow.bytes + chunk.length > at ? at - flow.bytes : -1;
  const found = (flow.tail + chunk.toString('latin1')).indexOf(at);
  return found < 0 ? -1 : Math.max(0, found - flow.tail.length);
}
