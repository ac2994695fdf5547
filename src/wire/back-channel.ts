/** What a PostScript printer says on the back-channel: writes `%%[ … ]%%` messages, and finds them in a stream of anything. */
import type { BackChannelMessage } from '#vocab/line.js';
import { FramedMessages } from './framed-messages.js';

/** The longest message that is still taken for one; longer ones are passed over. */
export const maxBackChannelMessageBytes = 2048;

const opening = '%%[';
const closing = ']%%';

/** A reader for one connection; a document may print anything, a `%%[` that it never closes among it. */
export class BackChannelReader {
  readonly #frames = new FramedMessages(opening, closing, maxBackChannelMessageBytes);

  push(chunk: Uint8Array): BackChannelMessage[] {
    return this.#frames.push(chunk).map(parseMessage);
  }
}

/** One message; what has no field name, such as `Flushing: …`, is a field like any other. No value may hold `;` or `]%%`. */
export function formatBackChannelMessage(fields: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`${opening} ${pairs.join('; ')} ${closing}\n`, 'latin1');
}

function parseMessage(text: string): BackChannelMessage {
  const fields: Record<string, string> = Object.create(null);
  for (const pair of text.split(';')) {
    const colon = pair.indexOf(':');
    if (colon > 0) fields[pair.slice(0, colon).trim().toLowerCase()] = pair.slice(colon + 1).trim();
  }
  return { text: text.trim(), fields };
}
