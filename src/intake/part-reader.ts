/** Reads one part: its first bytes say what it is, and so which way the rest goes. */
import { detectionBytes } from '#wire/document-format.js';
import { classifyPart } from './classify-part.js';
import { classifyPiece } from './classify-piece.js';
import { openFile } from './file-way.js';
import type { LeftOutWhy } from './leave-out-rules.js';
import { LetterWay } from './letter-way.js';
import { MailWay } from './mail-way.js';
import { mailsAround, type PartHead } from './part-head.js';
import type { FoundPart, PartWay, Reading } from './reading.js';
import { TnefWay } from './tnef-way.js';
import { UuencodedWay } from './uuencoded-files.js';

/** A mail inside of more mails than this is not opened. */
const maxMailsAround = 10;

const nowhere: PartWay = { write: async () => {}, end: async () => {} };

export class PartReader implements PartWay {
  readonly #reading: Reading;
  readonly #part: FoundPart;
  #firstBytes: Buffer = Buffer.alloc(0);
  #way: PartWay | null = null;

  constructor(reading: Reading, head: PartHead) {
    this.#reading = reading;
    this.#part = reading.note(head);
  }

  async write(bytes: Buffer): Promise<void> {
    this.#reading.count(this.#part, bytes.length);
    if (this.#way !== null) return this.#way.write(bytes);
    this.#firstBytes = Buffer.concat([this.#firstBytes, bytes]);
    if (this.#firstBytes.length >= detectionBytes) await this.#openWay();
  }

  async end(why?: LeftOutWhy): Promise<void> {
    const way = this.#way ?? (await this.#openWay());
    await way.end();
    if (why !== undefined) this.#part.finding = { is: 'left-out', ...why };
  }

  async #openWay(): Promise<PartWay> {
    const way = await chooseWay(this.#reading, this.#part, this.#firstBytes);
    this.#way = way;
    await way.write(this.#firstBytes);
    this.#firstBytes = Buffer.alloc(0);
    return way;
  }
}

async function chooseWay(reading: Reading, part: FoundPart, firstBytes: Buffer): Promise<PartWay> {
  const { head } = part;
  const found = (reading.isPiece ? classifyPiece(head, firstBytes) : null) ?? classifyPart(head, firstBytes);
  switch (found.is) {
    case 'document':
      return openFile(reading, part, found);
    case 'letter':
      return new LetterWay(reading, part);
    case 'mail':
      if (mailsAround(head) < maxMailsAround) return new MailWay(reading, head);
      part.finding = {
        is: 'left-out',
        kind: 'nested',
        reason: `it is a mail inside of ${maxMailsAround} others, and is not opened`,
      };
      return nowhere;
    case 'uuencoded':
      return new UuencodedWay(reading, part);
    case 'tnef':
      return new TnefWay(reading, part);
    case 'left-out':
      part.finding = found;
      return nowhere;
  }
}
