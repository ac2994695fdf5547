/** Writing with back-pressure to a stream whose other end may go away at any time. */
import type { Writable } from 'node:stream';

/** Resolves when the system has taken the bytes, or when nobody will ever take them. */
export function writeWhenRoom(stream: Writable, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (!stream.writable) resolve();
    else stream.write(chunk, () => resolve());
  });
}
