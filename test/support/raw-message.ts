/** A fetched message for tests that begin after *fetch*. */
import type { ContentRef, RawMessage } from '#vocab/line.js';

export function rawMessage(content: ContentRef, more: Partial<RawMessage> = {}): RawMessage {
  const name = { mailbox: 'printer@localhost:110', uniqueId: '1', octets: content.bytes };
  return { ...name, headerDigest: '0'.repeat(64), tooLarge: null, content, ...more };
}
