/** What all faces on TCP share: they listen while there is power and a network cable, and take data as fast as a fault lets them. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Clock, sleep } from '#base/clock.js';
import { errorText, PhaserLinkError } from '#base/errors.js';
import type { Log } from '#base/log.js';
import type { Stopwatch } from '#runtime/stopwatch.js';
import type { Machine } from '../machine/machine.js';

export interface TcpFaceOptions {
  /** For logs and messages: `raw`. */
  name: string;
  /** What it is for, in words: `raw printing`. */
  purpose: string;
  host: string;
  /** 0 takes a free one, and keeps it. */
  port: number;
  machine: Machine;
  log: Log;
  /** Errors of the socket are taken care of. */
  serve(socket: Socket): void;
}

export interface Face {
  /** The port that it listens on. */
  port: number;
  stop(): Promise<void>;
}

/** Of one face, at once; more are closed as they come. */
const maxConnections = 200;

export async function startTcpFace(options: TcpFaceOptions): Promise<Face> {
  const { name, purpose, host, machine, log } = options;
  const sockets = new Set<Socket>();
  // Half-open: a client ends its side first and then hears the printer out.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    options.serve(socket);
  });
  server.maxConnections = maxConnections;
  const { port } = await listen(server, options.port, options);
  log.info({ event: 'listening', face: name, port }, `${purpose} on ${host}, port ${port}`);
  const unsubscribe = machine.subscribe(({ before, state }) => {
    if (isReachable(before) === isReachable(state)) return;
    if (isReachable(state)) {
      for (const socket of sockets) socket.resume();
      listen(server, port, options).catch((error) =>
        log.error({ event: 'face-lost', face: name }, errorText(error)),
      );
      return;
    }
    server.close();
    // Without power the connections are gone; without a cable they are only silent.
    for (const socket of sockets) {
      if (state.phase === 'off') socket.resetAndDestroy();
      else socket.pause();
    }
  });
  return {
    port,
    async stop() {
      unsubscribe();
      const closed = server.listening ? once(server, 'close') : Promise.resolve();
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function listen(server: Server, port: number, { purpose, host }: TcpFaceOptions): Promise<AddressInfo> {
  server.listen(port, host);
  await once(server, 'listening').catch((cause: unknown) => {
    throw new PhaserLinkError({
      code: 'phaser740-cannot-listen',
      retry: 'permanent',
      text: `cannot listen for ${purpose} on ${host}:${port}: ${errorText(cause)}; choose another port`,
      cause,
    });
  });
  return server.address() as AddressInfo;
}

/** Whether it has power and a cable. */
export function isReachable({ phase, disturbance }: Machine['state']): boolean {
  return phase !== 'off' && disturbance.network === 'plugged';
}

/** How many bytes a slow reader takes at once. */
const sipsASecond = 10;

/** The chunks as fast as the machine takes them at this moment: at once, slowly, or not at all while a fault holds it. */
export async function* takeAsTheMachineDoes(
  chunks: AsyncIterable<Uint8Array>,
  machine: Machine,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const { reading, network } = machine.state.disturbance;
      if (network === 'unplugged' || reading === 'stalled') {
        await changed(machine);
      } else if (reading === 'normal') {
        yield chunk.subarray(at);
        at = chunk.length;
      } else {
        const sip = Math.max(1, Math.floor(reading / sipsASecond));
        yield chunk.subarray(at, at + sip);
        at += sip;
        await sleep(clock, (1000 * sip) / reading);
      }
    }
  }
}

/** The chunks as they come; `patience` counts only while a client lets the face wait for the next one. */
export async function* patiently(
  chunks: AsyncIterable<Uint8Array>,
  patience: Stopwatch,
): AsyncGenerator<Uint8Array> {
  patience.run();
  try {
    for await (const chunk of chunks) {
      patience.hold();
      yield chunk;
      patience.reset();
      patience.run();
    }
  } finally {
    patience.end();
  }
}

/** Resolves at the machine's next change. */
function changed(machine: Machine): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = machine.subscribe(() => {
      unsubscribe();
      resolve();
    });
  });
}

/** What a fault leaves of the bytes that the printer says. */
export function asTheMachineSays(bytes: Uint8Array, { state }: Machine): Uint8Array | null {
  const { backChannel } = state.disturbance;
  if (backChannel === 'silent') return null;
  return backChannel === 'garbled' ? bytes.map((byte) => (byte * 167 + 13) & 0xff) : bytes;
}

/** Our own errors in their words; others may tell of files and folders. */
export function textForClients(error: unknown): string {
  return error instanceof PhaserLinkError ? error.message : 'an internal error';
}
