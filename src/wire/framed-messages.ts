/** Finds messages with a fixed opening and closing in a stream of anything, such as a printer's and a document's words on one line. */

/**
 * A reader for one connection. `push` returns what stands between the opening and closing of each message that the chunk
 * completed. What stands around them may hold openings that nobody closes, so a message begins at the last opening before its end;
 * one that is longer than `maxBytes` is passed over, and a flood without an end costs no memory.
 */
export class FramedMessages {
  readonly #opening: string;
  readonly #closing: string;
  readonly #maxBytes: number;
  #pending = '';

  constructor(opening: string, closing: string, maxBytes: number) {
    this.#opening = opening;
    this.#closing = closing;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): string[] {
    const text =
      this.#pending + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    const messages: string[] = [];
    let from = 0;
    for (let end = text.indexOf(this.#closing); end !== -1; end = text.indexOf(this.#closing, from)) {
      const earliest = Math.max(from, end - this.#maxBytes);
      const start = text.slice(earliest, end).lastIndexOf(this.#opening);
      if (start !== -1) messages.push(text.slice(earliest + start + this.#opening.length, end));
      from = end + this.#closing.length;
    }
    this.#pending = this.#unfinished(text, from);
    return messages;
  }

  /** The tail that may still become a message. */
  #unfinished(text: string, from: number): string {
    const start = text.lastIndexOf(this.#opening);
    if (start >= from && text.length - start <= this.#maxBytes) return text.slice(start);
    return text.slice(Math.max(from, text.length - (this.#opening.length - 1)));
  }
}
