/** A TCP proxy in front of a printer or a mail server, which can cut a connection in the middle. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface TcpProxyOptions {
  /** Where it listens; any free port when left out. */
  port?: number;
  /** Cuts one connection before this text, the first time that a client sends it. */
  cutBefore?: string;
}

/** Ends with the running test; returns the port that it listens on. */
export async function startTcpProxy(target: number, options: TcpProxyOptions = {}): Promise<number> {
  const { cutBefore = '' } = options;
  const sockets = new Set<Socket>();
  let armed = cutBefore !== '';
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    for (const [socket, other] of [
      [client, far],
      [far, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.resetAndDestroy());
      socket.on('close', () => sockets.delete(socket));
    }
    far.pipe(client);
    let passed = '';
    client.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      const at = armed ? (passed + text).indexOf(cutBefore) : -1;
      if (at < 0) {
        passed = (passed + text).slice(-cutBefore.length);
        far.write(chunk);
        return;
      }
      armed = false;
      client.removeAllListeners('data');
      far.unpipe(client);
      far.resume();
      far.end(chunk.subarray(0, Math.max(0, at - passed.length)));
      client.resetAndDestroy();
    });
    client.on('end', () => far.end());
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return (server.address() as AddressInfo).port;
}
