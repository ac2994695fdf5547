/** What a mail's header comes down to, whichever way it was fetched: tells a mail from another one under the same unique-id. */
import { createHash } from 'node:crypto';

/** What is looked at of a header; a longer one is told apart by this much. */
export const maxFingerprintBytes = 65_536;

/** Fields that mail servers and readers write into a mail that lies in a maildrop. */
const volatileFields = /^(?:x-)?(?:status|uidl?|keywords?|mozilla-\w+|content-length|imapbase):/i;

/** Most headers are shorter than a chunk of a mail: so much is looked at together. */
const pieceBytes = 2048;

const endOfHeader = /\r?\n\r?\n/;

export class HeaderFingerprint {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  /** The end of what has come, where the end of the header may have begun. */
  #tail = '';
  #complete = false;

  /** Takes the mail from its first byte; what comes after the header may be pushed and is passed over. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.#complete; at += pieceBytes) {
      this.#take(chunk.subarray(at, at + pieceBytes));
    }
  }

  #take(piece: Uint8Array): void {
    const wanted = Buffer.from(piece.subarray(0, maxFingerprintBytes - this.#bytes));
    this.#chunks.push(wanted);
    this.#bytes += wanted.length;
    const text = this.#tail + wanted.toString('latin1');
    this.#complete = this.#bytes === maxFingerprintBytes || endOfHeader.test(text);
    this.#tail = text.slice(-3);
  }

  /** SHA-256, 64 lower-case hexadecimal digits. */
  digest(): string {
    const text = Buffer.concat(this.#chunks).toString('latin1');
    // A mail without a body ends with its header, and may or may not have the empty line.
    const header = (text.split(endOfHeader, 1)[0] ?? '').replace(/[\r\n]+$/, '');
    let lines = '';
    let kept = true;
    for (const line of header.split(/\r?\n/)) {
      // RFC 5322 §2.2.3: a folded line belongs to the field above it.
      if (!/^[ \t]/.test(line)) kept = !volatileFields.test(line);
      if (kept) lines += `${line}\n`;
    }
    return createHash('sha256').update(lines, 'latin1').digest('hex');
  }
}
