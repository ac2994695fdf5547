/** Where the bytes of a mail are that is to be read: with it, or in the spool. */
import type { ContentStore, RawMessage } from '#vocab/line.js';

export function bytesOf(
  { bytes, content }: RawMessage,
  store: ContentStore,
): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  return bytes === undefined ? store.read(content) : [bytes];
}
