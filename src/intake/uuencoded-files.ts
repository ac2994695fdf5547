/** Takes uuencoded files out of a text: each becomes a part of its own. */
import { type UuEvent, UuencodeFinder } from '#wire/uuencode.js';
import type { LeftOutWhy } from './leave-out-rules.js';
import type { PartHead } from './part-head.js';
import type { FoundPart, PartWay, Reading } from './reading.js';

const cutOff: LeftOutWhy = {
  kind: 'damaged',
  reason: 'its uuencoded text is cut off; send it again, as an attachment',
};

export class UuencodedFiles {
  readonly #startFile: (name: string) => PartWay;
  readonly #finder = new UuencodeFinder();
  #file: PartWay | null = null;

  constructor(startFile: (name: string) => PartWay) {
    this.#startFile = startFile;
  }

  /** Returns the text around the files. */
  async push(bytes: Buffer): Promise<Buffer[]> {
    return this.#take(this.#finder.push(bytes));
  }

  async end(): Promise<Buffer[]> {
    return this.#take(this.#finder.end());
  }

  async #take(events: readonly UuEvent[]): Promise<Buffer[]> {
    const texts: Buffer[] = [];
    for (const event of events) {
      if (event.type === 'text') texts.push(event.bytes);
      else if (event.type === 'file-start') this.#file = this.#startFile(event.name);
      else if (event.type === 'file-body') await this.#file?.write(event.bytes);
      else await this.#file?.end(event.complete ? undefined : cutOff);
    }
    return texts;
  }
}

/** A part whose transfer encoding is uuencode: the files in it stand for it. */
export class UuencodedWay implements PartWay {
  readonly #files: UuencodedFiles;

  constructor(reading: Reading, part: FoundPart) {
    part.finding = { is: 'left-out', kind: 'damaged', reason: 'no uuencoded file is in it' };
    this.#files = new UuencodedFiles((name) => {
      part.finding = null;
      return reading.startPart(decoded(part.head, name));
    });
  }

  async write(bytes: Buffer): Promise<void> {
    await this.#files.push(bytes);
  }

  async end(): Promise<void> {
    await this.#files.end();
  }
}

/** The name in the part's header comes first, as for any other part. */
function decoded(head: PartHead, name: string): PartHead {
  return { ...head, transferEncoding: 'binary', fileName: head.fileName ?? name };
}
