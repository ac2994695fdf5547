/** A TCP server that plays a script: answers each line it hears with the next bytes, cut as the test likes. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setImmediate as settle } from 'node:timers/promises';

export interface ScriptedServer {
  port: number;
  /** The lines heard, over all connections. */
  heard: string[];
  stop(): Promise<void>;
}

/** What to say to a line: bytes, or `hang up`, or `silence`. */
export type Answer = string | Buffer | 'hang up' | 'silence';

/**
 * `greeting` comes first, then `answer(line)` for each line. Every answer is sent in pieces of `pieceLength` octets, each
 * in a TCP segment of its own, and `tick` is awaited after each.
 */
export async function startScriptedServer(script: {
  greeting: Answer;
  answer: (line: string) => Answer | [Answer, 'hang up'];
  pieceLength?: number | undefined;
  tick?: (() => Promise<void>) | undefined;
}): Promise<ScriptedServer> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const say = async (socket: Socket, answer: Answer) => {
    if (answer === 'silence') return;
    if (answer === 'hang up') {
      socket.destroySoon();
      return;
    }
    const bytes = Buffer.from(answer);
    const length = script.pieceLength ?? bytes.length;
    for (let at = 0; at < bytes.length && !socket.destroyed; at += length) {
      await new Promise((sent) => socket.write(bytes.subarray(at, at + length), sent));
      // Lets the other side read before the next piece comes.
      await settle();
      await script.tick?.();
    }
  };
  const server = createServer({ noDelay: true }, async (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    await say(socket, script.greeting);
    try {
      for await (const line of createInterface({ input: socket })) {
        heard.push(line);
        for (const answer of [script.answer(line)].flat()) await say(socket, answer);
      }
    } catch (error) {
      // A client that drops the connection is no fault of the script.
      if (socket.errored === null) throw error;
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    heard,
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, 'close');
    },
  };
}
