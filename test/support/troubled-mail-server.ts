/** A POP3 server in memory that keeps to the protocol, but for the one trouble that a test gives it. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface StoredMessage {
  uniqueId: string;
  bytes: Buffer;
}

/** One command as the server hears it, and what it would do. */
export interface Asked {
  verb: string;
  /** The message number, or 0. */
  number: number;
  /** Counts from 1, over all connections. */
  session: number;
  /** The honest answer. */
  answer: Buffer;
}

/** What happens instead; null for nothing unusual. */
export type Trouble = (asked: Asked) => {
  say?: string | Buffer;
  end?: 'hang up' | 'silence';
  /** Whether QUIT still deletes what was marked; else it does when it is answered honestly. */
  commits?: boolean;
} | null;

export class TroubledMailServer {
  readonly maildrop: StoredMessage[] = [];
  trouble: Trouble | null = null;
  /** How often the trouble came. */
  troubles = 0;
  /** Called when it falls silent for good. */
  onSilence: () => void = () => {};
  port = 0;
  #sessions = 0;
  #locked = false;

  /** Ends with the running test. */
  static async start(): Promise<TroubledMailServer> {
    const mailServer = new TroubledMailServer();
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
      // A client that is tired of the trouble may leave in the middle of anything.
      mailServer.#serve(socket).catch(() => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    mailServer.port = address.port;
    onTestFinished(async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    });
    return mailServer;
  }

  async #serve(socket: Socket): Promise<void> {
    const session = ++this.#sessions;
    // RFC 1939 §3: the maildrop as it was at the login, in this session's numbers.
    const messages = [...this.maildrop];
    const marked = new Set<StoredMessage>();
    let holdsLock = false;
    socket.on('close', () => {
      if (holdsLock) this.#locked = false;
    });
    const respond = (verb: string, number: number): boolean => {
      const answer = this.#answer(verb, number, messages, marked, holdsLock);
      if (verb === 'PASS' && answer.subarray(0, 3).toString() === '+OK') this.#locked = holdsLock = true;
      const trouble = this.trouble?.({ verb, number, session, answer }) ?? null;
      if (trouble !== null) this.troubles++;
      const { say, end, commits = true } = trouble ?? {};
      if (verb === 'QUIT' && commits) this.#commit(marked);
      socket.write(say ?? (end === undefined ? answer : ''));
      if (end === 'silence') this.onSilence();
      if (end === 'hang up' || (verb === 'QUIT' && end === undefined)) socket.end();
      return end === undefined;
    };
    let answers = respond('', 0);
    let begun = '';
    for await (const chunk of socket) {
      const lines = `${begun}${chunk}`.split('\r\n');
      begun = lines.pop() ?? '';
      for (const line of lines) {
        const [verb = '', argument = ''] = line.split(' ');
        if (answers) answers = respond(verb.toUpperCase(), Number(argument) || 0);
      }
    }
  }

  #commit(marked: ReadonlySet<StoredMessage>): void {
    for (const message of marked) this.maildrop.splice(this.maildrop.indexOf(message), 1);
  }

  #answer(
    verb: string,
    number: number,
    messages: readonly StoredMessage[],
    marked: Set<StoredMessage>,
    holdsLock: boolean,
  ): Buffer {
    const message = messages[number - 1];
    const lines = (line: (message: StoredMessage, number: number) => string) =>
      text('+OK', ...messages.map((each, place) => line(each, place + 1)), '.');
    if (verb === 'PASS' && this.#locked && !holdsLock) return text('-ERR [IN-USE] in use');
    if (verb === 'CAPA') return text('+OK', 'USER', 'UIDL', 'TOP', 'RESP-CODES', 'PIPELINING', '.');
    if (verb === 'UIDL') return lines(({ uniqueId }, place) => `${place} ${uniqueId}`);
    if (verb === 'LIST') return lines(({ bytes }, place) => `${place} ${bytes.length}`);
    if (verb === 'STAT') return text(`+OK ${messages.length} 0`);
    if (verb === 'DELE' && message !== undefined) marked.add(message);
    if (message === undefined) return number === 0 ? text('+OK') : text('-ERR no such message');
    if (verb === 'RETR') return Buffer.concat([text('+OK'), stuffed(message.bytes), text('.')]);
    if (verb === 'TOP') {
      const header = message.bytes.subarray(0, message.bytes.indexOf('\r\n\r\n') + 4);
      return Buffer.concat([text('+OK'), stuffed(header), text('.')]);
    }
    return text('+OK');
  }
}

function text(...lines: string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1');
}

/** RFC 1939 §3; the message ends with a line end. */
function stuffed(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/^\./gm, '..'), 'latin1');
}
