/** Writes an IPP message (RFC 8010 §3.1). The document, if any, follows what it gives. */
import { PhaserLinkError } from '#base/errors.js';
import { endOfAttributesTag, outOfBandTags, stringTags, valueTags } from '#vocab/ipp-tags.js';
import { encodeDateTime, type IppDateTime } from './ipp-date-time.js';
import type { IppAttribute, IppMessage, IppValue } from './ipp-message.js';

/** RFC 8010 §3.1: a length is a SIGNED-SHORT, and there are readers that take it so. */
const maxValueBytes = 0x7fff;
const firstCapacity = 4096;
/** Up to here a string is written sign by sign, which is faster than to ask for it. */
const shortString = 100;

/** Throws `ipp-unencodable` for a value that has no such bytes. */
export function encodeIpp(message: IppMessage): Buffer {
  const writer = new Writer();
  writer.uint8(message.version[0]);
  writer.uint8(message.version[1]);
  writer.uint16(message.code);
  writer.int32(message.requestId);
  for (const group of message.groups) {
    writer.uint8(group.tag);
    if (group.encoded !== undefined) writer.append(group.encoded);
    for (const attribute of group.attributes) writeAttribute(writer, attribute);
  }
  writer.uint8(endOfAttributesTag);
  return writer.bytes();
}

/** For `encoded` of a group: attributes that are sent often and stay as they are. */
export function encodeAttributes(attributes: readonly IppAttribute[]): Buffer {
  const writer = new Writer();
  for (const attribute of attributes) writeAttribute(writer, attribute);
  return writer.bytes();
}

function writeAttribute(writer: Writer, { name, values }: IppAttribute): void {
  // RFC 8010 §3.1.5: only the first value has the name.
  values.forEach((value, index) => {
    writeValue(writer, index === 0 ? name : '', value);
  });
}

function writeCollection(writer: Writer, name: string, members: readonly IppAttribute[]): void {
  writer.head(valueTags.begCollection, name);
  writer.uint16(0);
  for (const member of members) {
    writer.head(valueTags.memberAttrName, '');
    writer.string(member.name);
    for (const value of member.values) writeValue(writer, '', value);
  }
  writer.head(valueTags.endCollection, '');
  writer.uint16(0);
}

function writeValue(writer: Writer, name: string, value: IppValue): void {
  switch (value.type) {
    case 'integer':
    case 'enum':
      writer.head(valueTags[value.type], name);
      writer.uint16(4);
      writer.int32(value.value);
      break;
    case 'boolean':
      writer.head(valueTags.boolean, name);
      writer.uint16(1);
      writer.uint8(value.value ? 1 : 0);
      break;
    case 'octetString':
      writer.head(valueTags.octetString, name);
      writer.block(value.value);
      break;
    case 'dateTime':
      writer.head(valueTags.dateTime, name);
      writer.block(encodedDateTime(value));
      break;
    case 'resolution':
      writer.head(valueTags.resolution, name);
      writer.uint16(9);
      writer.int32(value.crossFeed);
      writer.int32(value.feed);
      writer.uint8(value.units === 'dpi' ? 3 : 4);
      break;
    case 'rangeOfInteger':
      writer.head(valueTags.rangeOfInteger, name);
      writer.uint16(8);
      writer.int32(value.lower);
      writer.int32(value.upper);
      break;
    case 'collection':
      writeCollection(writer, name, value.members);
      break;
    case 'text':
    case 'name':
      writeText(writer, name, value);
      break;
    case 'out-of-band':
      writer.head(outOfBandTags[value.kind], name);
      writer.uint16(0);
      break;
    case 'other':
      writer.head(value.tag, name);
      writer.block(value.bytes);
      break;
    default:
      writer.head(stringTags[value.type], name);
      writer.string(value.value);
  }
}

function writeText(writer: Writer, name: string, value: IppValue & { type: 'text' | 'name' }): void {
  if (value.language === null) {
    writer.head(valueTags[`${value.type}WithoutLanguage`], name);
    writer.string(value.value);
    return;
  }
  writer.head(valueTags[`${value.type}WithLanguage`], name);
  const language = Buffer.from(value.language);
  const text = Buffer.from(value.value);
  writer.uint16(checkedLength(language.length + text.length + 4));
  writer.block(language);
  writer.block(text);
}

function encodedDateTime(value: IppDateTime): Buffer {
  const bytes = encodeDateTime(value);
  if (bytes === null) throw unencodable(`the moment ${value.epochMs}`);
  return bytes;
}

function checkedLength(length: number): number {
  if (length > maxValueBytes) throw unencodable(`a value of ${length} bytes; at most ${maxValueBytes}`);
  return length;
}

function unencodable(what: string): PhaserLinkError {
  const text = `no IPP message can hold ${what}`;
  return new PhaserLinkError({ code: 'ipp-unencodable', retry: 'permanent', text });
}

class Writer {
  #buffer = Buffer.allocUnsafe(firstCapacity);
  #length = 0;

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  head(tag: number, name: string): void {
    this.uint8(tag);
    this.string(name);
  }

  uint8(value: number): void {
    this.#reserve(1);
    this.#length = this.#buffer.writeUInt8(checkedNumber(value, 0, 0xff), this.#length);
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#length = this.#buffer.writeUInt16BE(checkedNumber(value, 0, 0xffff), this.#length);
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeInt32BE(checkedNumber(value, -(2 ** 31), 2 ** 31 - 1), this.#length);
  }

  string(value: string): void {
    const { length } = value;
    if (length > shortString) {
      this.block(Buffer.from(value));
      return;
    }
    this.#reserve(length + 2);
    const start = this.#length + 2;
    for (let at = 0; at < length; at++) {
      const code = value.charCodeAt(at);
      if (code > 0x7f) {
        this.block(Buffer.from(value));
        return;
      }
      this.#buffer[start + at] = code;
    }
    this.uint16(length);
    this.#length += length;
  }

  /** As it is, without its length. */
  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  block(bytes: Uint8Array): void {
    this.uint16(checkedLength(bytes.length));
    this.append(bytes);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

function checkedNumber(value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw unencodable(`the number ${value} where it has to be from ${min} to ${max}`);
}
