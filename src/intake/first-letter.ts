/** Keeps the beginning of a mail's own text, for what a reply says; plain text before HTML. */
import { decodeCharset } from '#wire/charset.js';
import { textOfHtml } from './html-text.js';
import { maxReplyLength } from './parse-reply.js';
import { mailsAround, type PartHead } from './part-head.js';

/** HTML begins with styles, which may be long. */
const maxBytes = { 'text/plain': 8192, 'text/html': 65_536 } as const;
type LetterType = keyof typeof maxBytes;

function isLetterType(mediaType: string): mediaType is LetterType {
  return Object.hasOwn(maxBytes, mediaType);
}

export class FirstLetter {
  #mediaType: LetterType | null = null;
  #charset = '';
  #bytes: Buffer = Buffer.alloc(0);

  /** Where the bytes of this text go; null when another text, or a mail within the mail, is none of ours. */
  begin(head: PartHead): ((bytes: Buffer) => void) | null {
    const { mediaType, parameters } = head;
    if (mailsAround(head) > 0 || !isLetterType(mediaType)) return null;
    if (this.#mediaType === 'text/plain' || this.#mediaType === mediaType) return null;
    this.#mediaType = mediaType;
    this.#charset = parameters.get('charset') ?? '';
    this.#bytes = Buffer.alloc(0);
    return (bytes) => {
      // Another text may have taken its place.
      const left = this.#mediaType === mediaType ? maxBytes[mediaType] - this.#bytes.length : 0;
      if (left > 0) this.#bytes = Buffer.concat([this.#bytes, bytes.subarray(0, left)]);
    };
  }

  /** Empty for a mail without a text. */
  text(): string {
    const text = decodeCharset(this.#bytes, this.#charset);
    return this.#mediaType === 'text/html' ? textOfHtml(text, maxReplyLength) : text.slice(0, maxReplyLength);
  }
}
