/** What has been found in one mail so far, and how much of it a mail may hold. */
import { LimitError } from '#base/errors.js';
import type { ContentStore, ContentWriter, DocumentFormat } from '#vocab/line.js';
import type { PartCount, PartStart } from '#wire/mime-parser.js';
import type { PictureSize } from '#wire/picture-size.js';
import { describePiece } from './describe-piece.js';
import { FirstLetter } from './first-letter.js';
import type { LeftOutWhy } from './leave-out-rules.js';
import type { PartHead } from './part-head.js';

/** Those that come out of a text or a winmail.dat count, too. */
const maxParts = 1000;
/** Files and pictures that may turn out to be documents: each is a file in the spool until that is known. */
const maxAttachments = 250;
const maxDocumentBytes = 256 * 1024 * 1024;
/** A byte counts once for each part that it comes out of: in a mail inside the mail, and in the file in that. */
const maxDecodedBytes = 512 * 1024 * 1024;

/** What became of one part. */
export type Finding =
  | ({ is: 'left-out' } & LeftOutWhy)
  | {
      is: 'file';
      format: DocumentFormat;
      writer: ContentWriter;
      /** Null for what is no picture. */
      picture: { size: PictureSize | null } | null;
    };

/** A part with bytes of its own; `finding` is null while it is being read, and for a mail, whose parts stand for it. */
export interface FoundPart {
  head: PartHead;
  bytes: number;
  finding: Finding | null;
}

/** Where the bytes of a part go; what comes of them is noted in the reading. */
export interface PartWay {
  /** The bytes are lent: whoever keeps some copies them. */
  write(bytes: Buffer): Promise<void>;
  /** `why`: the part is left out after all. */
  end(why?: LeftOutWhy): Promise<void>;
}

export class MailReading {
  readonly #content: ContentStore;
  readonly #startPart: (reading: MailReading, head: PartHead) => PartWay;
  /** In the order in which they begin in the mail. */
  readonly parts: FoundPart[] = [];
  /** The Content-IDs of what the texts of the mail show. */
  readonly shown = new Set<string>();
  readonly partCount: PartCount = { parts: 0 };
  readonly letter = new FirstLetter();
  readonly #writers: ContentWriter[] = [];
  #decodedBytes = 0;
  #message: PartStart | null = null;

  constructor(content: ContentStore, startPart: (reading: MailReading, head: PartHead) => PartWay) {
    this.#content = content;
    this.#startPart = startPart;
  }

  /** For a part that begins now, inside of another one or behind it. */
  startPart(head: PartHead): PartWay {
    return this.#startPart(this, head);
  }

  /** Whether the header of the mail has been read. */
  get isBegun(): boolean {
    return this.#message !== null;
  }

  /** The mail's own description; throws before its header has been read. */
  get message(): PartStart {
    if (this.#message === null) throw new Error('the header of the mail has not been read');
    return this.#message;
  }

  /** The mail is a piece of a split mail: it carries a piece, and no documents. */
  get isPiece(): boolean {
    return this.#message !== null && describePiece(this.#message) !== null;
  }

  /** Takes the first part of the mail, which is the mail itself; later calls are of no matter. */
  begin(message: PartStart): void {
    this.#message ??= message;
  }

  note(head: PartHead, finding: Finding | null = null, bytes = 0): FoundPart {
    if (this.parts.length === maxParts) throw new LimitError('a mail', maxParts, 'parts');
    const part = { head, bytes, finding };
    this.parts.push(part);
    return part;
  }

  count(part: FoundPart, bytes: number): void {
    part.bytes += bytes;
    this.#decodedBytes += bytes;
    if (part.bytes > maxDocumentBytes) throw new LimitError('a part of a mail', maxDocumentBytes, 'bytes');
    if (this.#decodedBytes > maxDecodedBytes)
      throw new LimitError('a mail', maxDecodedBytes, 'decoded bytes');
  }

  /** What is written is forgotten by `discard` unless it is committed before. */
  async createFile(): Promise<ContentWriter> {
    if (this.#writers.length === maxAttachments) {
      throw new LimitError('a mail', maxAttachments, 'attachments and pictures');
    }
    const writer = await this.#content.create();
    this.#writers.push(writer);
    return writer;
  }

  /** Harmless for what was committed. */
  async discard(): Promise<void> {
    await Promise.allSettled(this.#writers.map((writer) => writer.discard()));
  }
}
