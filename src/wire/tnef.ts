/** Unpacks the attachments of a `winmail.dat` (TNEF, MS-OXTNEF) as its bytes arrive. */
import { LimitError } from '#base/errors.js';
import { ByteFeed, type Reading } from './byte-feed.js';
import { decodeCharset } from './charset.js';
import { TnefAttribute } from './tnef-attribute.js';
import { propertyTypes, readTnefProperties, type TnefProperty } from './tnef-properties.js';

const maxAttachments = 1000;
/** Of a name, media type or content id; what is longer is cut. */
const maxTextBytes = 2048;

const signature = 0x223e9f78;
/** A number that the writer chooses. */
const keyBytes = 2;
const messageLevel = 1;
const attachmentLevel = 2;

/** Attributes, each with its type in the upper half (MS-OXTNEF 2.1.3.1.1). */
const attributes = {
  oemCodepage: 0x00069007,
  attachRenderData: 0x00069002,
  attachTitle: 0x00018010,
  attachData: 0x0006800f,
  attachment: 0x00069005,
} as const;

/** Properties of an attachment (MS-OXPROPS). */
const properties = {
  displayName: 0x3001,
  attachData: 0x3701,
  attachFileName: 0x3704,
  attachLongFileName: 0x3707,
  attachMimeTag: 0x370e,
  attachContentId: 0x3712,
} as const;

/** Where the name of a file stands, the best first; the title is often a short name of DOS. */
const fileNameSources = [
  properties.attachLongFileName,
  attributes.attachTitle,
  properties.attachFileName,
  properties.displayName,
];
/** The title of an object only says that it has none. */
const objectNameSources = [properties.displayName, ...fileNameSources];
const textProperties: ReadonlySet<number> = new Set([
  ...fileNameSources,
  properties.attachMimeTag,
  properties.attachContentId,
]);

/** An object's value begins with its interface; this one is a message (MS-OXTNEF 2.1.3.4.4). */
const interfaceBytes = 16;
const messageInterface = Buffer.from('0703020000000000c000000000000046', 'hex');

export type TnefEvent =
  | { type: 'attachment-start' }
  /** May share memory with the chunk that was pushed. */
  | { type: 'attachment-body'; bytes: Buffer }
  | {
      type: 'attachment-end';
      /** The sender's: may hold path separators and control characters, or be empty. */
      name: string;
      mediaType: string | null;
      /** Without angle brackets; null when absent. */
      contentId: string | null;
      /** It is a message, which is not opened; a body that came is but an explanation. */
      isMessage: boolean;
      /** False when bytes are missing, or a checksum says that some are wrong. */
      complete: boolean;
    };

interface OpenAttachment {
  /** By the property that says it; `attachTitle` is an attribute. */
  texts: Map<number, string>;
  /** The content may be there twice, as an attribute and as a property. */
  body: 'none' | 'empty' | 'some';
  isObject: boolean;
  isMessage: boolean;
  complete: boolean;
}

/** `firstBytes`: at least four, or all. */
export function isTnef(firstBytes: Buffer): boolean {
  return firstBytes.length >= 4 && firstBytes.readUInt32LE(0) === signature;
}

/** Bytes that are no TNEF, or no longer, give no events. Throws LimitError, and is of no use after that. */
export class TnefReader {
  #events: TnefEvent[] = [];
  #attachments = 0;
  #attachment: OpenAttachment | null = null;
  /** Names that are not Unicode are in this charset. */
  #charset = 'windows-1252';
  /** An attribute of the open attachment has begun and not come to its end. */
  #inAttribute = false;
  #isWhole = false;
  readonly #feed = new ByteFeed(this.#read());

  /** What came so far ends where an attribute does, or in garbage behind one. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  push(chunk: Uint8Array): TnefEvent[] {
    this.#feed.push(chunk);
    return this.#takeEvents();
  }

  end(): TnefEvent[] {
    if (this.#attachment !== null && this.#inAttribute) this.#attachment.complete = false;
    this.#endAttachment();
    return this.#takeEvents();
  }

  *#read(): Reading<void> {
    if (!isTnef(yield { exactly: 4 })) return;
    yield { exactly: keyBytes };
    for (;;) {
      const level = (yield { exactly: 1 }).readUInt8(0);
      // Some writers leave garbage at the end.
      if (level !== messageLevel && level !== attachmentLevel) break;
      this.#isWhole = false;
      const head = yield { exactly: 8 };
      const id = head.readUInt32LE(0);
      const attribute = new TnefAttribute(head.readUInt32LE(4));
      if (level === messageLevel) yield* this.#readMessageAttribute(id, attribute);
      else yield* this.#readAttachmentAttribute(id, attribute);
      this.#isWhole = true;
    }
    this.#endAttachment();
  }

  *#readMessageAttribute(id: number, attribute: TnefAttribute): Reading<void> {
    if (id === attributes.oemCodepage) this.#charset = `cp${yield* attribute.uint32()}`;
    yield* attribute.end();
  }

  *#readAttachmentAttribute(id: number, attribute: TnefAttribute): Reading<void> {
    if (id === attributes.attachRenderData) this.#endAttachment();
    const attachment = this.#attachment ?? this.#startAttachment();
    this.#inAttribute = true;
    if (id === attributes.attachTitle) {
      const title = yield* attribute.first(maxTextBytes, attribute.left);
      attachment.texts.set(id, this.#text(title, propertyTypes.string8));
    } else if (id === attributes.attachData) {
      yield* this.#readBody(attachment, attribute, attribute.left);
    } else if (id === attributes.attachment) {
      yield* readTnefProperties(attribute, (property) => this.#readProperty(attachment, attribute, property));
    }
    if (!(yield* attribute.end())) attachment.complete = false;
    this.#inAttribute = false;
  }

  *#readProperty(
    attachment: OpenAttachment,
    attribute: TnefAttribute,
    { id, type, bytes }: TnefProperty,
  ): Reading<void> {
    if (id === properties.attachData && type === propertyTypes.object) {
      const kind = yield* attribute.exactly(interfaceBytes);
      attachment.isObject = true;
      attachment.isMessage = kind.equals(messageInterface);
      if (!attachment.isMessage) yield* this.#readBody(attachment, attribute, bytes - interfaceBytes);
    } else if (id === properties.attachData && type === propertyTypes.binary) {
      yield* this.#readBody(attachment, attribute, bytes);
    } else if (textProperties.has(id)) {
      attachment.texts.set(id, this.#text(yield* attribute.first(maxTextBytes, bytes), type));
    }
  }

  *#readBody(attachment: OpenAttachment, attribute: TnefAttribute, bytes: number): Reading<void> {
    if (attachment.body === 'some') return;
    attachment.body = 'empty';
    yield* attribute.pass(bytes, (piece) => {
      attachment.body = 'some';
      this.#events.push({ type: 'attachment-body', bytes: piece });
    });
  }

  #startAttachment(): OpenAttachment {
    if (this.#attachments === maxAttachments) {
      throw new LimitError('a winmail.dat', maxAttachments, 'attachments');
    }
    this.#attachments++;
    this.#attachment = {
      texts: new Map(),
      body: 'none',
      isObject: false,
      isMessage: false,
      complete: true,
    };
    this.#events.push({ type: 'attachment-start' });
    return this.#attachment;
  }

  #endAttachment(): void {
    if (this.#attachment === null) return;
    const { texts, body, isObject, isMessage, complete } = this.#attachment;
    const nameSources = isObject ? objectNameSources : fileNameSources;
    this.#events.push({
      type: 'attachment-end',
      name: nameSources.map((id) => texts.get(id)).find((name) => name) ?? '',
      mediaType: texts.get(properties.attachMimeTag)?.trim().toLowerCase() || null,
      contentId: texts.get(properties.attachContentId)?.replace(/^<|>$/g, '') || null,
      isMessage,
      complete: complete && (isMessage || body !== 'none'),
    });
    this.#attachment = null;
  }

  /** Texts end with a NUL. */
  #text(bytes: Buffer, type: number): string {
    const text =
      type === propertyTypes.unicode ? bytes.toString('utf16le') : decodeCharset(bytes, this.#charset);
    return text.split('\0', 1)[0] ?? '';
  }

  #takeEvents(): TnefEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
