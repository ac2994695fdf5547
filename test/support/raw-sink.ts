/** A receiver on a raw port that only takes: what comes on one connection is one document; it closes when its client has. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface RawSinkScript {
  /** Said on each connection at once. */
  greeting?: Uint8Array;
  /** What it does with a connection in place of taking what comes. */
  instead?: (socket: Socket) => void;
  /** It keeps a connection that its client has ended. */
  neverCloses?: boolean;
}

/** Ends with the running test. */
export async function startRawSink({ greeting, instead, neverCloses }: RawSinkScript = {}) {
  const documents: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    const chunks: Buffer[] = [];
    socket.on('error', () => undefined);
    if (instead !== undefined) return instead(socket);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    if (greeting !== undefined) socket.write(greeting);
    socket.on('end', () => {
      if (chunks.length > 0) documents.push(Buffer.concat(chunks).toString('latin1'));
      if (!neverCloses) socket.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, documents };
}
