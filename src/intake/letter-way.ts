/** The text of a mail: it stays off the paper, but tells which pictures belong to it and may hold uuencoded files. */
import { CidReferenceFinder } from '#wire/cid-references.js';
import type { FoundPart, MailReading, PartWay } from './mail-reading.js';
import { fileHead } from './part-head.js';
import { UuencodedFiles } from './uuencoded-files.js';

export class LetterWay implements PartWay {
  readonly #reading: MailReading;
  readonly #references = new CidReferenceFinder();
  readonly #files: UuencodedFiles | null;
  readonly #letter: ((bytes: Buffer) => void) | null;

  constructor(reading: MailReading, part: FoundPart) {
    this.#reading = reading;
    part.finding = {
      is: 'left-out',
      kind: 'letter',
      reason: 'it is the text of the mail, which is not printed',
    };
    this.#letter = reading.letter.begin(part.head);
    const isPlain = part.head.mediaType === 'text/plain';
    this.#files = isPlain ? new UuencodedFiles((name) => reading.startPart(fileHead(part.head, name))) : null;
  }

  async write(bytes: Buffer): Promise<void> {
    this.#takeText(this.#files === null ? [bytes] : await this.#files.push(bytes));
  }

  async end(): Promise<void> {
    if (this.#files !== null) this.#takeText(await this.#files.end());
    for (const id of this.#references.end()) this.#reading.shown.add(id);
  }

  #takeText(texts: readonly Buffer[]): void {
    for (const text of texts) {
      this.#references.push(text);
      this.#letter?.(text);
    }
  }
}
