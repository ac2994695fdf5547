/** What a PostScript printer says on the back-channel: writes `%%[ … ]%%` messages, and finds them in a stream of anything. */
import type { BackChannelMessage } from '#vocab/line.js';

/** The longest message that is still taken for one; longer ones are passed over. */
export const maxBackChannelMessageBytes = 2048;

const opening = '%%[';
const closing = ']%%';

/**
 * A reader for one connection. `push` returns the messages that the chunk completed. A document may print anything,
 * a `%%[` that it never closes among it, so a message begins at the last opening before its end.
 */
export class BackChannelReader {
  #pending = '';

  push(chunk: Uint8Array): BackChannelMessage[] {
    const text =
      this.#pending + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    const messages: BackChannelMessage[] = [];
    let from = 0;
    for (let end = text.indexOf(closing); end !== -1; end = text.indexOf(closing, from)) {
      const start = text.lastIndexOf(opening, end);
      if (start >= from && end - start <= maxBackChannelMessageBytes) {
        messages.push(parseMessage(text.slice(start + opening.length, end)));
      }
      from = end + closing.length;
    }
    this.#pending = unfinished(text, from);
    return messages;
  }
}

/** One message; what has no field name, such as `Flushing: …`, is a field like any other. No value may hold `;` or `]%%`. */
export function formatBackChannelMessage(fields: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`${opening} ${pairs.join('; ')} ${closing}\n`, 'latin1');
}

/** The tail that may still become a message; bounded, so that a flood without an end costs no memory. */
function unfinished(text: string, from: number): string {
  const start = text.lastIndexOf(opening);
  if (start >= from && text.length - start <= maxBackChannelMessageBytes) return text.slice(start);
  return text.slice(Math.max(from, text.length - (opening.length - 1)));
}

function parseMessage(text: string): BackChannelMessage {
  const fields: Record<string, string> = Object.create(null);
  for (const pair of text.split(';')) {
    const colon = pair.indexOf(':');
    if (colon > 0) fields[pair.slice(0, colon).trim().toLowerCase()] = pair.slice(colon + 1).trim();
  }
  return { text: text.trim(), fields };
}
