/** The Basic Encoding Rules as far as SNMP uses them (RFC 3417 §8): definite lengths, short tags, no options. */
import { PhaserLinkError } from '#base/errors.js';

export type Oid = readonly number[];

/** RFC 2578 §3.5. */
const maxSubIdentifiers = 128;
const maxSubIdentifier = 2 ** 32 - 1;

export const berTags = {
  integer: 0x02,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
} as const;

function malformed(what: string): PhaserLinkError {
  return new PhaserLinkError({ code: 'ber-malformed', retry: 'permanent', text: `malformed BER: ${what}` });
}

/** Reads one element after the other; throws on whatever is not there in full. */
export class BerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** How many bytes have been read. */
  get offset(): number {
    return this.#at;
  }

  /** The tag of the next element. */
  peek(): number {
    const tag = this.#bytes[this.#at];
    if (tag === undefined) throw malformed('it ends where an element begins');
    return tag;
  }

  /** The contents of the next element, which must have this tag. */
  contents(tag: number): Buffer {
    const found = this.peek();
    if (found !== tag) throw malformed(`tag ${found} where ${tag} is due`);
    return this.#element().contents;
  }

  /** The next element of any kind, whole. */
  whole(): Buffer {
    return this.#element().whole;
  }

  enter(tag: number): BerReader {
    return new BerReader(this.contents(tag));
  }

  /** A signed number of at most 32 bits; unsigned ones of 32 bits have a fifth byte (RFC 2578 §7.1.6). */
  integer(tag: number = berTags.integer): number {
    const contents = this.contents(tag);
    if (contents.length === 0 || contents.length > 5) throw malformed('an integer of more than 32 bits');
    return contents.readIntBE(0, contents.length);
  }

  /** RFC 2578 §7.1.10. */
  unsigned64(tag: number): bigint {
    const contents = this.contents(tag);
    if (contents.length === 0 || contents.length > 9) throw malformed('an integer of more than 64 bits');
    return BigInt.asUintN(64, BigInt(`0x${contents.toString('hex')}`));
  }

  oid(): Oid {
    const contents = this.contents(berTags.oid);
    const arcs: number[] = [];
    let value = 0;
    for (const byte of contents) {
      value = value * 128 + (byte & 0x7f);
      if (value > maxSubIdentifier) throw malformed('a sub-identifier of more than 32 bits');
      if (byte & 0x80) continue;
      if (arcs.length === 0) {
        const first = Math.min(Math.floor(value / 40), 2);
        arcs.push(first, value - first * 40);
      } else arcs.push(value);
      value = 0;
    }
    if (contents.length === 0 || (contents[contents.length - 1] ?? 0) & 0x80) throw malformed('a cut name');
    if (arcs.length > maxSubIdentifiers) throw malformed('a name of too many sub-identifiers');
    return arcs;
  }

  #element(): { whole: Buffer; contents: Buffer } {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start + 1;
    let length = bytes[at++];
    if (length === undefined) throw malformed('an element without a length');
    if (length & 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4 || at + count > bytes.length) throw malformed('a length that is none');
      length = bytes.readUIntBE(at, count);
      at += count;
    }
    const end = at + length;
    if (end > bytes.length) throw malformed('an element longer than what holds it');
    this.#at = end;
    return { whole: bytes.subarray(start, end), contents: bytes.subarray(at, end) };
  }
}

/** One element out of its contents. */
export function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const head = length < 0x80 ? 2 : length < 0x100 ? 3 : 4;
  if (length > 0xffff) throw malformed('more than an SNMP message may hold');
  const out = Buffer.allocUnsafe(head + length);
  out[0] = tag;
  if (head === 2) out[1] = length;
  else {
    out[1] = 0x80 | (head - 2);
    out.writeUIntBE(length, 2, head - 2);
  }
  let at = head;
  for (const part of parts) {
    part.copy(out, at);
    at += part.length;
  }
  return out;
}

/** In the fewest bytes (X.690 §8.3.2), from -2^31 to 2^32 - 1. */
export function encodeInteger(value: number, tag: number = berTags.integer): Buffer {
  let length = 1;
  while (length < 5 && (value < -(2 ** (8 * length - 1)) || value >= 2 ** (8 * length - 1))) length++;
  const out = Buffer.allocUnsafe(2 + length);
  out[0] = tag;
  out[1] = length;
  out.writeIntBE(value, 2, length);
  return out;
}

export function encodeOid(oid: Oid): Buffer {
  const out: number[] = [];
  const [first = 0, second = 0] = oid;
  pushBase128(out, first * 40 + second);
  for (let index = 2; index < oid.length; index++) pushBase128(out, oid[index] ?? 0);
  return tlv(berTags.oid, Buffer.from(out));
}

function pushBase128(out: number[], value: number): void {
  for (let shift = 4; shift > 0; shift--) {
    const rest = Math.floor(value / 128 ** shift);
    if (rest > 0) out.push((rest & 0x7f) | 0x80);
  }
  out.push(value & 0x7f);
}

export function parseOid(text: string): Oid {
  return text.split('.').map(Number);
}

/** Lexicographic, as GETNEXT orders names (RFC 3416 §4.2.2). */
export function compareOids(a: Oid, b: Oid): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Whether it is the name of an instance of this object. */
export function isWithin(oid: Oid, object: Oid): boolean {
  return oid.length > object.length && object.every((arc, index) => arc === oid[index]);
}
