/** Reads an IPP message (RFC 8010 §3.1) as its bytes arrive, and says where the document behind it begins. */
import { LimitError, PhaserLinkError } from '#base/errors.js';
import { endOfAttributesTag, firstValueTag, outOfBandTags, stringTags, valueTags } from '#vocab/ipp-tags.js';
import { ByteFeed, type Reading } from './byte-feed.js';
import { dateTimeBytes, decodeDateTime } from './ipp-date-time.js';
import type { IppAttribute, IppGroup, IppMessage, IppValue } from './ipp-message.js';

/** All but the document. */
const maxMessageBytes = 2 ** 20;
const maxGroups = 2000;
/** Members of collections are attributes, too. */
const maxAttributes = 20_000;
const maxValues = 40_000;
/** Collections within collections; the standards have three. */
const maxDepth = 10;

const headBytes = 8;
/** What is read at once; longer values arrive in pieces. */
const readAtOnceBytes = 1024;

const fixedLengths: ReadonlyMap<number, number> = new Map([
  [valueTags.integer, 4],
  [valueTags.boolean, 1],
  [valueTags.enum, 4],
  [valueTags.dateTime, dateTimeBytes],
  [valueTags.resolution, 9],
  [valueTags.rangeOfInteger, 8],
]);
const outOfBandKinds = new Map(entries(outOfBandTags).map(([kind, tag]) => [tag as number, kind]));
const stringSyntaxes = new Map(entries(stringTags).map(([syntax, tag]) => [tag as number, syntax]));

/** RFC 8010 §3.5.2: units of a resolution. */
const dotsPerInch = 3;
const dotsPerCentimetre = 4;

export interface Decoded {
  message: IppMessage;
  /** What came behind the message in the chunk that ended it: the beginning of the document. */
  rest: Buffer;
}

/** Feed it until it gives the message. Throws `ipp-malformed` or LimitError, and is of no use after that. */
export class IppDecoder {
  #result: IppMessage | null = null;
  #pushed = 0;
  #consumed = 0;
  #attributes = 0;
  #values = 0;
  readonly #feed = new ByteFeed(this.#read());

  /** Null: more is needed. */
  push(chunk: Uint8Array): Decoded | null {
    this.#pushed += chunk.length;
    this.#feed.push(chunk);
    if (this.#result === null) return null;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    return { message: this.#result, rest: bytes.subarray(chunk.length - (this.#pushed - this.#consumed)) };
  }

  *#read(): Reading<void> {
    const head = yield* this.#take(headBytes);
    const message: IppMessage = {
      version: [head.readUInt8(0), head.readUInt8(1)],
      code: head.readUInt16BE(2),
      requestId: head.readInt32BE(4),
      groups: [],
    };
    let tag = (yield* this.#take(1)).readUInt8(0);
    while (tag !== endOfAttributesTag) {
      if (tag === 0 || tag >= firstValueTag) throw malformed('an attribute stands outside of a group');
      if (message.groups.length === maxGroups) throw new LimitError('an IPP message', maxGroups, 'groups');
      const group: IppGroup = { tag, attributes: [] };
      message.groups.push(group);
      tag = yield* this.#readGroup(group);
    }
    this.#result = message;
  }

  /** Gives the delimiter that ended it. */
  *#readGroup(group: IppGroup): Reading<number> {
    for (;;) {
      const tag = (yield* this.#take(1)).readUInt8(0);
      if (tag < firstValueTag) return tag;
      const name = yield* this.#readString();
      const value = yield* this.#readValue(tag, 0);
      // RFC 8010 §3.1.5: a further value of the attribute before has a name of no length.
      const current = name === '' ? group.attributes.at(-1) : this.#newAttribute(name, group.attributes);
      if (current === undefined) throw malformed('a group begins with an attribute without a name');
      current.values.push(value);
    }
  }

  *#readValue(tag: number, depth: number): Reading<IppValue> {
    if (++this.#values > maxValues) throw new LimitError('an IPP message', maxValues, 'values');
    if (tag === valueTags.memberAttrName || tag === valueTags.endCollection) {
      throw malformed('a part of a collection stands outside of one');
    }
    const length = (yield* this.#take(2)).readUInt16BE(0);
    const wanted = fixedLengths.get(tag);
    if (wanted !== undefined && wanted !== length) {
      throw malformed(`a value with tag 0x${tag.toString(16)} has ${length} bytes instead of ${wanted}`);
    }
    const bytes = yield* this.#readBytes(length);
    // RFC 8010 §3.1.6: what stands in begCollection itself is ignored.
    if (tag === valueTags.begCollection) return yield* this.#readCollection(depth + 1);
    return decodeValue(tag, bytes);
  }

  *#readCollection(depth: number): Reading<IppValue> {
    if (depth > maxDepth) throw new LimitError('an IPP message', maxDepth, 'collections within each other');
    const members: IppAttribute[] = [];
    let fresh = false;
    for (;;) {
      const tag = (yield* this.#take(1)).readUInt8(0);
      if (tag < firstValueTag) throw malformed('a collection does not end');
      if ((yield* this.#readString()) !== '') throw malformed('a part of a collection has a name of its own');
      if (tag === valueTags.endCollection || tag === valueTags.memberAttrName) {
        const name = yield* this.#readString();
        if (fresh) throw malformed('a member of a collection has no value');
        if (tag === valueTags.endCollection) return { type: 'collection', members };
        if (name === '') throw malformed('a member of a collection has no name');
        this.#newAttribute(name, members);
        fresh = true;
      } else {
        const value = yield* this.#readValue(tag, depth);
        const member = members.at(-1);
        if (member === undefined) throw malformed('a collection begins with a value');
        member.values.push(value);
        fresh = false;
      }
    }
  }

  #newAttribute(name: string, among: IppAttribute[]): IppAttribute {
    if (++this.#attributes > maxAttributes)
      throw new LimitError('an IPP message', maxAttributes, 'attributes');
    const attribute = { name, values: [] };
    among.push(attribute);
    return attribute;
  }

  *#readString(): Reading<string> {
    const length = (yield* this.#take(2)).readUInt16BE(0);
    return length === 0 ? '' : (yield* this.#readBytes(length)).toString('utf8');
  }

  *#readBytes(length: number): Reading<Buffer> {
    if (length === 0) return Buffer.alloc(0);
    if (length <= readAtOnceBytes) return Buffer.from(yield* this.#take(length));
    const bytes = Buffer.alloc(length);
    let filled = 0;
    while (filled < length) {
      const piece = yield { atMost: length - filled };
      this.#count(piece.length);
      piece.copy(bytes, filled);
      filled += piece.length;
    }
    return bytes;
  }

  *#take(exactly: number): Reading<Buffer> {
    const bytes = yield { exactly };
    this.#count(exactly);
    return bytes;
  }

  #count(bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed > maxMessageBytes) throw new LimitError('an IPP message', maxMessageBytes, 'bytes');
  }
}

/** A message that is there as a whole; throws `ipp-malformed` when its end is missing, too. */
export function decodeIpp(bytes: Uint8Array): { message: IppMessage; dataOffset: number } {
  const decoded = new IppDecoder().push(bytes);
  if (decoded === null) throw malformed('it ends in the middle');
  return { message: decoded.message, dataOffset: bytes.length - decoded.rest.length };
}

/** RFC 8010 §3.9, the encoding of each syntax; lengths that are fixed have been checked. */
function decodeValue(tag: number, bytes: Buffer): IppValue {
  const kind = outOfBandKinds.get(tag);
  if (kind !== undefined) return { type: 'out-of-band', kind };
  const syntax = stringSyntaxes.get(tag);
  if (syntax !== undefined) return { type: syntax, value: bytes.toString('utf8') };
  switch (tag) {
    case valueTags.integer:
      return { type: 'integer', value: bytes.readInt32BE(0) };
    case valueTags.enum:
      return { type: 'enum', value: bytes.readInt32BE(0) };
    case valueTags.boolean:
      return decodeBoolean(bytes);
    case valueTags.octetString:
      return { type: 'octetString', value: bytes };
    case valueTags.dateTime: {
      const moment = decodeDateTime(bytes);
      return moment === null ? { type: 'other', tag, bytes } : { type: 'dateTime', ...moment };
    }
    case valueTags.resolution:
      return decodeResolution(bytes);
    case valueTags.rangeOfInteger:
      return { type: 'rangeOfInteger', lower: bytes.readInt32BE(0), upper: bytes.readInt32BE(4) };
    case valueTags.textWithoutLanguage:
      return { type: 'text', value: bytes.toString('utf8'), language: null };
    case valueTags.nameWithoutLanguage:
      return { type: 'name', value: bytes.toString('utf8'), language: null };
    case valueTags.textWithLanguage:
      return { type: 'text', ...decodeWithLanguage(bytes) };
    case valueTags.nameWithLanguage:
      return { type: 'name', ...decodeWithLanguage(bytes) };
    default:
      return { type: 'other', tag, bytes };
  }
}

function decodeBoolean(bytes: Buffer): IppValue {
  const byte = bytes.readUInt8(0);
  if (byte > 1) throw malformed(`a boolean is ${byte}`);
  return { type: 'boolean', value: byte === 1 };
}

function decodeResolution(bytes: Buffer): IppValue {
  const units = bytes.readUInt8(8);
  if (units !== dotsPerInch && units !== dotsPerCentimetre) {
    return { type: 'other', tag: valueTags.resolution, bytes };
  }
  return {
    type: 'resolution',
    crossFeed: bytes.readInt32BE(0),
    feed: bytes.readInt32BE(4),
    units: units === dotsPerInch ? 'dpi' : 'dpcm',
  };
}

function decodeWithLanguage(bytes: Buffer): { value: string; language: string } {
  const languageEnd = bytes.length < 2 ? Number.NaN : 2 + bytes.readUInt16BE(0);
  const valueEnd = languageEnd + 2 <= bytes.length ? languageEnd + 2 + bytes.readUInt16BE(languageEnd) : null;
  if (valueEnd !== bytes.length) throw malformed('the lengths in a text with its language do not fit');
  return {
    language: bytes.toString('utf8', 2, languageEnd),
    value: bytes.toString('utf8', languageEnd + 2),
  };
}

function malformed(what: string): PhaserLinkError {
  const text = `not a well-formed IPP message: ${what}`;
  return new PhaserLinkError({ code: 'ipp-malformed', retry: 'permanent', text, publicText: text });
}

function entries<Name extends string, Value>(table: Record<Name, Value>): [Name, Value][] {
  return Object.entries(table) as [Name, Value][];
}
