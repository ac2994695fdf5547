/** Looks a PDF document through once, as it streams by: whether it is encrypted. */

/** ISO 32000-1 §7.5.5, §7.5.8: the dictionaries that may say so are shorter. */
const maxDictionaryBytes = 4096;
/** A document that mentions encryption more often than this, and never where it counts, is not looked at any longer. */
const maxMentions = 1000;

const encryptKey = Buffer.from('/Encrypt');
/** ISO 32000-1 §7.6.1: the value is a dictionary, or refers to one. */
const encryptEntry = /\/Encrypt(?:\s+\d+\s+\d+\s+R\b|\s*<<)/;
const nothing = Buffer.alloc(0);

export interface PdfFacts {
  /** An encrypted document may still open without a password: often it only forbids to change or copy it. */
  encrypted: boolean;
}

/** A document counts as encrypted only when its trailer or a cross-reference stream clearly says so. */
export class PdfScanner {
  #encrypted = false;
  #mentions = 0;
  /** Bytes around a mention of the key that cannot be read yet, or in front of one that may come. */
  #held: Buffer = nothing;
  /** Where in them to look on. */
  #from = 0;

  push(chunk: Uint8Array): void {
    if (this.#isDecided()) return;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#look(Buffer.concat([this.#held, bytes]), false);
  }

  end(): PdfFacts {
    if (!this.#isDecided()) this.#look(this.#held, true);
    return { encrypted: this.#encrypted };
  }

  #isDecided(): boolean {
    return this.#encrypted || this.#mentions >= maxMentions;
  }

  #look(data: Buffer, final: boolean): void {
    let from = this.#from;
    let found = data.indexOf(encryptKey, from);
    while (found >= 0 && (final || found + maxDictionaryBytes <= data.length)) {
      const { text, end } = readAround(data, found);
      this.#mentions++;
      this.#encrypted = saysEncrypted(text);
      if (this.#isDecided()) return;
      from = Math.max(found + 1, end);
      found = data.indexOf(encryptKey, from);
    }
    const next = found >= 0 ? found : Math.max(from, data.length - encryptKey.length + 1);
    const start = Math.max(0, next - maxDictionaryBytes);
    this.#held = Buffer.from(data.subarray(start));
    this.#from = next - start;
  }
}

/** The dictionary around the key at `at`, with the keyword in front of it, and where it ends. */
function readAround(data: Buffer, at: number): { text: string; end: number } {
  const before = data.toString('latin1', Math.max(0, at - maxDictionaryBytes), at);
  const after = data.toString('latin1', at, at + maxDictionaryBytes);
  const start = Math.max(
    ...['obj', 'trailer', 'stream', 'startxref'].map((word) => before.lastIndexOf(word)),
    0,
  );
  const length = after.search(/stream|startxref|endobj|trailer/);
  const text = before.slice(start) + (length < 0 ? after : after.slice(0, length));
  return { text, end: at + (length < 0 ? after.length : length) };
}

function saysEncrypted(text: string): boolean {
  const isTrailer = text.startsWith('trailer') || (text.startsWith('obj') && /\/Type\s*\/XRef\b/.test(text));
  return isTrailer && encryptEntry.test(text);
}
