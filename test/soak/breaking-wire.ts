/** What stands between the server and its printer: passes all bytes, and resets every connection when told. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export class BreakingWire {
  readonly #server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  readonly #sockets = new Set<Socket>();
  readonly #target: number;

  private constructor(target: number) {
    this.#target = target;
  }

  static async start(target: number): Promise<BreakingWire> {
    const wire = new BreakingWire(target);
    wire.#server.listen(0, '127.0.0.1');
    await once(wire.#server, 'listening');
    return wire;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Returns how many connections there were. */
  reset(): number {
    const open = this.#sockets.size / 2;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    return open;
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    const printer = connect({ port: this.#target, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    for (const [from, to] of [
      [client, printer],
      [printer, client],
    ] as const) {
      this.#sockets.add(from);
      let failed = false;
      from.on('error', () => {
        failed = true;
      });
      from.on('close', () => {
        this.#sockets.delete(from);
        if (failed) to.resetAndDestroy();
        else to.destroySoon();
      });
      from.pipe(to);
    }
  }
}
