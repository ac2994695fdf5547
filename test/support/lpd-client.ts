/** A client of the line printer daemon protocol for tests: sends steps one by one and says how each was answered. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export class LpdClient {
  readonly #socket: Socket;
  readonly #answers: AsyncIterator<Buffer>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#answers = socket.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  }

  static async connect(port: number): Promise<LpdClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return new LpdClient(socket);
  }

  /** The printer's next answer: 0 is yes; otherwise the number and its text. */
  async step(bytes: Uint8Array | string): Promise<number | string> {
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    const { done, value } = await this.#answers.next();
    if (done) return 'closed';
    return value.length === 1 && value[0] === 0 ? 0 : value.toString();
  }

  /** Ends its side, and resolves with all that the printer still says when it has closed, too. */
  async end(bytes = ''): Promise<string> {
    this.#socket.end(Buffer.from(bytes, 'latin1'));
    let said = '';
    for (let next = await this.#answers.next(); !next.done; next = await this.#answers.next())
      said += next.value.toString();
    this.#socket.destroy();
    return said;
  }

  vanish(): void {
    this.#socket.resetAndDestroy();
  }
}

/** All in one, without waiting for answers; what the printer says until it closes. */
export async function lpdAtOnce(port: number, bytes: string): Promise<string> {
  return (await LpdClient.connect(port)).end(bytes);
}
