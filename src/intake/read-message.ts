/** Reads a mail out of the spool into a Submission: its documents go back into the spool, the rest is accounted for. */
import { cleanForDisplay } from '#base/display-text.js';
import { LimitError } from '#base/errors.js';
import type {
  ContentStore,
  ContentWriter,
  DocumentFormat,
  LeftOutPart,
  RawMessage,
  Submission,
  SubmittedDocument,
} from '#vocab/line.js';
import { detectionBytes } from '#wire/document-format.js';
import { type MimeEvent, MimeParser, type PartStart } from '#wire/mime-parser.js';
import { classifyPart, partName } from './classify-part.js';
import { describeSubmission } from './describe-submission.js';

const maxDocuments = 50;
const maxDocumentBytes = 256 * 1024 * 1024;
const maxDecodedBytes = 512 * 1024 * 1024;
const maxMediaTypeLength = 100;

/** Throws LimitError for a mail that is too much; after any throw the documents written so far are discarded. */
export async function readMessage(message: RawMessage, content: ContentStore): Promise<Submission> {
  const reader = new MessageReader(content);
  try {
    const parser = new MimeParser();
    for await (const chunk of content.read(message.content)) await reader.take(parser.push(chunk));
    await reader.take(parser.end());
    return { ...(await reader.finish()), tooMuch: message.tooLarge };
  } catch (error) {
    await reader.discard();
    throw error;
  }
}

/** A part on its way: its format is known once there are enough first bytes. */
interface OpenPart {
  start: PartStart;
  bytes: number;
  firstBytes: Buffer | null;
  writer: ContentWriter | null;
  leftOutReason: string | null;
}

interface OpenDocument {
  name: string;
  format: DocumentFormat;
  writer: ContentWriter;
}

class MessageReader {
  readonly #content: ContentStore;
  /** Committed at the end only, so that a mail that fails half-way leaves nothing. */
  readonly #documents: OpenDocument[] = [];
  readonly #leftOut: LeftOutPart[] = [];
  #message: PartStart | null = null;
  #part: OpenPart | null = null;
  #decodedBytes = 0;

  constructor(content: ContentStore) {
    this.#content = content;
  }

  async take(events: readonly MimeEvent[]): Promise<void> {
    for (const event of events) {
      if (event.type === 'part-start') this.#startPart(event);
      else if (this.#part === null) continue;
      else if (event.type === 'part-body') await this.#takeBody(this.#part, event.bytes);
      else await this.#endPart(this.#part);
    }
  }

  async finish(): Promise<Omit<Submission, 'tooMuch'>> {
    if (this.#message === null) throw new Error('the MIME parser gave no part');
    const description = describeSubmission(this.#message);
    const documents: SubmittedDocument[] = [];
    for (const { name, format, writer } of this.#documents) {
      documents.push({ name, format, content: await writer.commit() });
    }
    return { ...description, documents, leftOut: this.#leftOut };
  }

  async discard(): Promise<void> {
    await Promise.allSettled(this.#documents.map(({ writer }) => writer.discard()));
  }

  #startPart(start: PartStart): void {
    this.#message ??= start;
    if (start.isMultipart) return;
    this.#part = { start, bytes: 0, firstBytes: Buffer.alloc(0), writer: null, leftOutReason: null };
  }

  async #takeBody(part: OpenPart, bytes: Buffer): Promise<void> {
    part.bytes += bytes.length;
    this.#decodedBytes += bytes.length;
    if (part.bytes > maxDocumentBytes) throw new LimitError('a document', maxDocumentBytes, 'bytes');
    if (this.#decodedBytes > maxDecodedBytes)
      throw new LimitError('a mail', maxDecodedBytes, 'decoded bytes');
    if (part.firstBytes === null) {
      await part.writer?.write(bytes);
      return;
    }
    // The parser lends its bytes; what is kept over to the next event is a copy.
    const firstBytes = Buffer.concat([part.firstBytes, bytes]);
    if (firstBytes.length < detectionBytes) part.firstBytes = firstBytes;
    else await this.#decide(part, firstBytes);
  }

  async #endPart(part: OpenPart): Promise<void> {
    if (part.firstBytes !== null) await this.#decide(part, part.firstBytes);
    this.#part = null;
    if (part.leftOutReason === null) return;
    this.#leftOut.push({
      name: partName(part.start, 'unnamed'),
      mediaType: cleanForDisplay(part.start.mediaType, maxMediaTypeLength),
      bytes: part.bytes,
      reason: part.leftOutReason,
    });
  }

  async #decide(part: OpenPart, firstBytes: Buffer): Promise<void> {
    part.firstBytes = null;
    const found = classifyPart(part.start, firstBytes);
    if (found.kind === 'left-out') part.leftOutReason = found.reason;
    if (found.kind !== 'document') return;
    if (this.#documents.length === maxDocuments) throw new LimitError('a mail', maxDocuments, 'documents');
    const writer = await this.#content.create();
    const name = partName(part.start, `document ${this.#documents.length + 1}`);
    this.#documents.push({ name, format: found.format, writer });
    part.writer = writer;
    await writer.write(firstBytes);
  }
}
