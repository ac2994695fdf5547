/** A TCP connection to a printer: made within a deadline, and watched by the operating system from then on. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Clock } from '#base/clock.js';

/** How long a printer may take to accept the connection. */
const connectDeadlineMs = 20_000;
/** The operating system asks a silent peer after this time whether it is still there. */
export const keepAliveMs = 60_000;
/** How long a printer may take to answer a question; it may be waking up. */
export const answerDeadlineMs = 90_000;
/** How long a printer may work on a job after the last byte before we stop believing in an end. */
export const endOfJobDeadlineMs = 4 * 3_600_000;
/** How long a printer may be silent, while it takes a document as well: out of paper it may take none for hours. */
export const silenceDeadlineMs = 4 * 3_600_000;

/** A host and port as a URI has them (RFC 3986 §3.2.2). */
export function authority({ host, port }: { host: string; port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Throws the system's error, or the signal's reason; what it means for a printer is for the caller to say. */
export async function openSocket(
  { host, port }: { host: string; port: number },
  clock: Clock,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connect({ host, port });
  const cancel = clock.schedule(connectDeadlineMs, () => {
    socket.destroy(new Error(`no answer within ${connectDeadlineMs / 1000} seconds`));
  });
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    cancel();
  }
  socket.setKeepAlive(true, keepAliveMs);
  socket.setNoDelay(true);
  return socket;
}
