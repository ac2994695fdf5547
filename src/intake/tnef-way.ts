/** Outlook's `winmail.dat`: the files in it are parts of the mail, the rest is the letter in a form of Outlook's own. */
import { type TnefEvent, TnefReader } from '#wire/tnef.js';
import type { LeftOutWhy } from './leave-out-rules.js';
import type { FoundPart, MailReading, PartWay } from './mail-reading.js';
import { fileHead, type PartHead } from './part-head.js';

const letterOnly: LeftOutWhy = { kind: 'letter', reason: "it is the text of the mail in Outlook's own form" };
const envelope: LeftOutWhy = { kind: 'envelope', reason: 'the files in it are listed on their own' };
const message: LeftOutWhy = {
  kind: 'unsupported',
  reason: "it is a mail in Outlook's own form, which is not opened",
};
const cutOff: LeftOutWhy = { kind: 'damaged', reason: 'it is cut off or changed on its way; send it again' };

export class TnefWay implements PartWay {
  readonly #reading: MailReading;
  readonly #part: FoundPart;
  readonly #reader = new TnefReader();
  #file: { head: PartHead; way: PartWay } | null = null;

  constructor(reading: MailReading, part: FoundPart) {
    this.#reading = reading;
    this.#part = part;
    part.finding = { is: 'left-out', ...letterOnly };
  }

  async write(bytes: Buffer): Promise<void> {
    await this.#take(this.#reader.push(bytes));
  }

  async end(): Promise<void> {
    await this.#take(this.#reader.end());
    // Files may be missing that nothing else tells of.
    if (!this.#reader.isWhole) this.#part.finding = { is: 'left-out', ...cutOff };
  }

  async #take(events: readonly TnefEvent[]): Promise<void> {
    for (const event of events) {
      if (event.type === 'attachment-start') this.#startFile();
      else if (this.#file === null) continue;
      else if (event.type === 'attachment-body') await this.#file.way.write(event.bytes);
      else await this.#endFile(this.#file, event);
    }
  }

  #startFile(): void {
    this.#part.finding = { is: 'left-out', ...envelope };
    const head = fileHead(this.#part.head, null);
    this.#file = { head, way: this.#reading.startPart(head) };
  }

  /** What the file is called comes after its bytes. */
  async #endFile(
    { head, way }: { head: PartHead; way: PartWay },
    { name, mediaType, contentId, isMessage, complete }: TnefEvent & { type: 'attachment-end' },
  ): Promise<void> {
    head.fileName = name;
    head.mediaType = mediaType ?? head.mediaType;
    head.contentId = contentId;
    // MS-OXCMSG 2.2.2.29: what has a Content-ID is shown by the text.
    if (contentId !== null) head.disposition = 'inline';
    await way.end(isMessage ? message : complete ? undefined : cutOff);
    this.#file = null;
  }
}
