/** Reads one part: its first bytes say what it is, and so which way the rest goes. */
import { detectionBytes } from '#wire/document-format.js';
import { classifyPart } from './classify-part.js';
import { classifyPiece } from './classify-piece.js';
import { openFile } from './file-way.js';
import type { LeftOutWhy } from './leave-out-rules.js';
import { LetterWay } from './letter-way.js';
import type { FoundPart, MailReading, PartWay } from './mail-reading.js';
import { MailWay } from './mail-way.js';
import { mailsAround, type PartHead } from './part-head.js';
import { TnefWay } from './tnef-way.js';
import { UuencodedWay } from './uuencoded-files.js';

/** A mail inside of more mails than this is not opened. */
const maxMailsAround = 10;

const nothing: Buffer = Buffer.alloc(0);
const nowhere: PartWay = { write: async () => {}, end: async () => {} };

export class PartReader implements PartWay {
  readonly #reading: MailReading;
  readonly #part: FoundPart;
  /** A copy of what came, as long as it is too little to tell what it is. */
  #firstBytes: Buffer = nothing;
  #way: PartWay | null = null;

  constructor(reading: MailReading, head: PartHead) {
    this.#reading = reading;
    this.#part = reading.note(head);
  }

  async write(bytes: Buffer): Promise<void> {
    this.#reading.count(this.#part, bytes.length);
    if (this.#way !== null) return this.#way.write(bytes);
    if (this.#firstBytes.length === 0 && bytes.length >= detectionBytes) {
      await this.#openWay(bytes);
      return;
    }
    this.#firstBytes = Buffer.concat([this.#firstBytes, bytes]);
    if (this.#firstBytes.length >= detectionBytes) await this.#openWay(this.#firstBytes);
  }

  async end(why?: LeftOutWhy): Promise<void> {
    const way = this.#way ?? (await this.#openWay(this.#firstBytes));
    await way.end();
    if (why !== undefined) this.#part.finding = { is: 'left-out', ...why };
  }

  async #openWay(firstBytes: Buffer): Promise<PartWay> {
    const way = await chooseWay(this.#reading, this.#part, firstBytes);
    this.#way = way;
    await way.write(firstBytes);
    this.#firstBytes = nothing;
    return way;
  }
}

async function chooseWay(reading: MailReading, part: FoundPart, firstBytes: Buffer): Promise<PartWay> {
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
