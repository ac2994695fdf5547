/** SNMP's values and variable bindings (RFC 3416 §3, RFC 2578 §7.1) as bytes. */
import { errorCode } from '#base/errors.js';
import { BerReader, berTags, encodeInteger, encodeOid, type Oid, tlv } from './ber.js';

const tags = {
  ipAddress: 0x40,
  counter: 0x41,
  gauge: 0x42,
  ticks: 0x43,
  counter64: 0x46,
  noSuchObject: 0x80,
  noSuchInstance: 0x81,
  endOfMibView: 0x82,
} as const;

/** RFC 3416 §3: what stands in the place of a value that is not there. */
export type Exception = 'noSuchObject' | 'noSuchInstance' | 'endOfMibView';

export type SnmpValue =
  | { type: 'integer' | 'counter' | 'gauge' | 'ticks'; value: number }
  | { type: 'counter64'; value: bigint }
  | { type: 'octets' | 'ipAddress'; value: Buffer }
  | { type: 'oid'; value: Oid };

export const integer = (value: number): SnmpValue => ({ type: 'integer', value });
/** Counters wrap round at 2^32 (RFC 2578 §7.1.6). */
export const counter = (value: number): SnmpValue => ({ type: 'counter', value: value % 2 ** 32 });
export const gauge = (value: number): SnmpValue => ({ type: 'gauge', value: Math.min(value, 2 ** 32 - 1) });
/** Hundredths of a second; wraps round after 497 days (RFC 2578 §7.1.8). */
export const ticks = (milliseconds: number): SnmpValue => ({
  type: 'ticks',
  value: Math.floor(milliseconds / 10) % 2 ** 32,
});
export const octets = (value: string | Buffer): SnmpValue => ({ type: 'octets', value: Buffer.from(value) });
export const oidValue = (value: Oid): SnmpValue => ({ type: 'oid', value });

function encodeValue(value: SnmpValue): Buffer {
  switch (value.type) {
    case 'integer':
      return encodeInteger(value.value);
    case 'counter':
    case 'gauge':
    case 'ticks':
      return encodeInteger(value.value, tags[value.type]);
    case 'counter64':
      return tlv(tags.counter64, encodeCounter64(value.value));
    case 'octets':
      return tlv(berTags.octets, value.value);
    case 'ipAddress':
      return tlv(tags.ipAddress, value.value);
    case 'oid':
      return encodeOid(value.value);
  }
}

function encodeCounter64(value: bigint): Buffer {
  const wide = Buffer.alloc(9);
  wide.writeBigUInt64BE(value, 1);
  let start = 0;
  while (start < 8 && wide[start] === 0 && (wide[start + 1] ?? 0) < 0x80) start++;
  return wide.subarray(start);
}

export function encodeBinding(oid: Oid, value: SnmpValue): Buffer {
  return tlv(berTags.sequence, encodeOid(oid), encodeValue(value));
}

export function encodeExceptionBinding(oid: Oid, exception: Exception): Buffer {
  return tlv(berTags.sequence, encodeOid(oid), Buffer.from([tags[exception], 0]));
}

/** What an agent answered for a name. Null stands for what is no value: NULL, a type that SNMP does not have, or contents that do not fit it. */
export type Answered = SnmpValue | Exception | null;

const typeOfTag = new Map<number, SnmpValue['type']>([
  [berTags.integer, 'integer'],
  [berTags.octets, 'octets'],
  [berTags.oid, 'oid'],
  [tags.ipAddress, 'ipAddress'],
  [tags.counter, 'counter'],
  [tags.gauge, 'gauge'],
  [tags.ticks, 'ticks'],
  [tags.counter64, 'counter64'],
]);
const exceptions = ['noSuchObject', 'noSuchInstance', 'endOfMibView'] as const;

/** One broken value does not take the others of a message with it. */
export function decodeValue(reader: BerReader): Answered {
  const tag = reader.peek();
  const bytes = reader.whole();
  const exception = exceptions.find((name) => tags[name] === tag);
  if (exception !== undefined) return exception;
  const type = typeOfTag.get(tag);
  if (type === undefined) return null;
  try {
    return readValue(type, new BerReader(bytes), tag);
  } catch (error) {
    if (errorCode(error) !== 'ber-malformed') throw error;
    return null;
  }
}

function readValue(type: SnmpValue['type'], reader: BerReader, tag: number): SnmpValue {
  switch (type) {
    case 'integer':
      return { type, value: reader.integer() };
    case 'counter':
    case 'gauge':
    case 'ticks':
      return { type, value: unsigned(reader.integer(tag)) };
    case 'counter64':
      return { type, value: reader.unsigned64(tag) };
    case 'octets':
    case 'ipAddress':
      return { type, value: reader.contents(tag) };
    case 'oid':
      return { type, value: reader.oid() };
  }
}

/** Agents that forget the fifth byte of a large number send a negative one. */
function unsigned(value: number): number {
  return value < 0 ? value >>> 0 : value;
}
