/** Reads a mail, or a mail inside the mail: every part of it goes to a reader of its own. */
import { type MimeEvent, MimeParser, type PartStart } from '#wire/mime-parser.js';
import type { LeftOutWhy } from './leave-out-rules.js';
import type { PartHead, Place } from './part-head.js';
import type { PartWay, Reading } from './reading.js';

export class MailWay implements PartWay {
  readonly #reading: Reading;
  readonly #parser: MimeParser;
  /** The containers around the current place; the branch is that of the part which has begun last. */
  readonly #around: Place[];
  #part: PartWay | null = null;

  /** `holder`: the part that the mail is the body of; null for the mail as it was sent. */
  constructor(reading: Reading, holder: PartHead | null) {
    this.#reading = reading;
    this.#around = holder === null ? [] : [...holder.around, { container: holder, branch: 1 }];
    this.#parser = new MimeParser(this.#around.length, reading.partCount);
  }

  async write(bytes: Buffer): Promise<void> {
    await this.#take(this.#parser.push(bytes));
  }

  async end(): Promise<void> {
    await this.#take(this.#parser.end());
  }

  async #take(events: readonly MimeEvent[]): Promise<void> {
    for (const event of events) {
      if (event.type === 'part-start') this.#start(event);
      else if (event.type === 'part-body') await this.#part?.write(event.bytes);
      else if (event.type === 'too-much') throw event.error;
      else if (this.#part === null) this.#endMultipart(event.undivided);
      else {
        await this.#part.end();
        this.#part = null;
      }
    }
  }

  #start(start: PartStart): void {
    this.#reading.begin(start);
    const parent = this.#around.at(-1);
    if (parent !== undefined && start.path.length > 0) parent.branch++;
    const { mediaType, parameters, transferEncoding, disposition, fileName, contentId } = start;
    const around = this.#around.map((place) => ({ ...place }));
    const head = { mediaType, parameters, transferEncoding, disposition, fileName, contentId, around };
    if (start.isMultipart) this.#around.push({ container: head, branch: 0 });
    else this.#part = this.#reading.startPart(head);
  }

  /** A multipart is its parts; one without any may still hold something. */
  #endMultipart(undivided: number): void {
    const ended = this.#around.pop();
    if (ended === undefined || ended.branch > 0) return;
    const why: LeftOutWhy =
      undivided > 0
        ? { kind: 'damaged', reason: 'its parts cannot be told apart: its boundary is not in it' }
        : { kind: 'letter', reason: 'no part is in it' };
    this.#reading.note(ended.container, { is: 'left-out', ...why }, undivided);
  }
}
