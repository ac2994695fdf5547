/** The IPP codec, against messages that others have written, and against anything that may come. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import ipp from 'ipp';
import { describe, expect, it, vi } from 'vitest';
import { LimitError, PhaserLinkError } from '#base/errors.js';
import { groupTags, outOfBandTags, stringTags } from '#vocab/ipp-tags.js';
import { enumWord, operationName, operations, statuses, statusName } from '#vocab/ipp-words.js';
import { decodeIpp, IppDecoder } from '#wire/ipp-decoder.js';
import { encodeIpp } from '#wire/ipp-encoder.js';
import {
  attribute,
  collection,
  dateTime,
  findAttribute,
  findGroup,
  type IppAttribute,
  type IppMessage,
  type IppValue,
  integer,
  keyword,
  numberValue,
  stringValue,
  stringValues,
  text,
} from '#wire/ipp-message.js';
import { assertLinear } from '../support/assert-linear.js';

const folder = join(import.meta.dirname, '../../../fixtures/ipp');
const captured = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const);

function fixture(name: string): Buffer {
  return readFileSync(join(folder, `${name}.ipp`));
}

function message(...attributes: IppAttribute[]): IppMessage {
  const groups = [{ tag: groupTags.operation, attributes }];
  return { version: [2, 0], code: operations['Get-Jobs'], requestId: 7, groups };
}

/** A message with one group, which begins with these bytes. */
function raw(...hex: string[]): Buffer {
  return Buffer.from(`0200000b0000000101${hex.join('')}03`.replaceAll(' ', ''), 'hex');
}

const errorOf = (bytes: Uint8Array) => {
  try {
    decodeIpp(bytes);
  } catch (error) {
    return error;
  }
  return null;
};

describe('messages of others', () => {
  it.each(captured)('%s is written again as it was', (_, bytes) => {
    const { message, dataOffset } = decodeIpp(bytes);
    expect(encodeIpp(message).equals(bytes.subarray(0, dataOffset))).toBe(true);
  });

  it.each(captured)('%s means the same to the package ipp', (_, bytes) => {
    // It tells of values that are none on the console.
    const spoken = vi.spyOn(console, 'log').mockImplementation(() => {});
    const { message, dataOffset } = decodeIpp(bytes);
    const theirs = ipp.parse(bytes.subarray(0, dataOffset));
    spoken.mockRestore();
    expect(theirs.id).toBe(message.requestId);
    expect(theirs.version).toBe(message.version.join('.'));
    for (const [name, tag] of Object.entries(groupTags)) {
      const ours = message.groups.filter((group) => group.tag === tag);
      const expected = ours.map((group) => asIppSays(group.attributes));
      // Of one group it makes an object, of more a list of them.
      expect(theirs[`${name}-attributes-tag`]).toEqual(expected.length > 1 ? expected : expected[0]);
    }
  });

  it('a request of ipptool is read, and the document behind it found', () => {
    const { message, dataOffset } = decodeIpp(fixture('ipptool-print-job'));
    const operation = findGroup(message, 'operation')?.attributes;
    expect(operationName(message.code)).toBe('Print-Job');
    expect(stringValue(operation, 'attributes-charset')).toBe('utf-8');
    expect(stringValue(operation, 'printer-uri')).toBe('ipp://localhost:8732/ipp/print');
    expect(fixture('ipptool-print-job').toString('latin1', dataOffset)).toBe('%!PS\nshowpage\n');
  });

  it('an answer of ippeveprinter is read to its last collection', () => {
    const { message } = decodeIpp(fixture('ippeveprinter-printer-attributes'));
    const printer = findGroup(message, 'printer')?.attributes;
    expect(statusName(message.code)).toBe('successful-ok');
    expect(enumWord('printer-state', numberValue(printer, 'printer-state') ?? 0)).toBe('idle');
    expect(stringValues(printer, 'document-format-supported')).toContain('application/pdf');
    const database = findAttribute(printer, 'media-col-database')?.values ?? [];
    expect(database.length).toBeGreaterThan(5);
    const first = database[0]?.type === 'collection' ? database[0].members : [];
    const size = findAttribute(first, 'media-size')?.values[0];
    expect(size?.type === 'collection' && numberValue(size.members, 'x-dimension')).toBeGreaterThan(0);
    expect(findAttribute(printer, 'printer-resolution-supported')?.values).toContainEqual({
      type: 'resolution',
      crossFeed: 600,
      feed: 600,
      units: 'dpi',
    });
  });
});

/** The values as `ipp.parse` gives them. */
function asIppSays(attributes: readonly IppAttribute[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ name, values }) => {
      const theirs = values.map((value) => valueAsIppSays(name, value));
      return [name, theirs.length === 1 ? theirs[0] : theirs];
    }),
  );
}

function valueAsIppSays(name: string, value: IppValue): unknown {
  if (value.type === 'enum') {
    return ipp.enums[name]?.lookup[value.value] ?? value.value;
  }
  if (value.type === 'collection') return asIppSays(value.members);
  if (value.type === 'resolution') return [value.crossFeed, value.feed, value.units];
  if (value.type === 'rangeOfInteger') return [value.lower, value.upper];
  // It is off by a month, among others: that a moment stands there is all it can confirm.
  if (value.type === 'dateTime') return expect.any(Date);
  if (value.type === 'out-of-band') return undefined;
  if (value.type === 'octetString') return value.value.toString('utf8');
  return 'value' in value ? value.value : undefined;
}

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const word = fc.string({ unit: 'grapheme', maxLength: 40 });
const name = fc.string({ minLength: 1, maxLength: 30 });
const bytes = fc.uint8Array({ maxLength: 40 }).map((values) => Buffer.from(values));
const simpleValue: fc.Arbitrary<IppValue> = fc.oneof(
  fc.record({ type: fc.constantFrom('integer' as const, 'enum' as const), value: int32 }),
  fc.record({ type: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({ type: fc.constant('octetString' as const), value: bytes }),
  fc.record({
    type: fc.constant('dateTime' as const),
    epochMs: fc.integer({ min: -(2 ** 35), max: 2 ** 35 }).map((tenths) => tenths * 100),
    offsetMinutes: fc.integer({ min: -840, max: 840 }),
  }),
  fc.record({
    type: fc.constant('resolution' as const),
    crossFeed: int32,
    feed: int32,
    units: fc.constantFrom('dpi' as const, 'dpcm' as const),
  }),
  fc.record({ type: fc.constant('rangeOfInteger' as const), lower: int32, upper: int32 }),
  fc.record({
    type: fc.constantFrom('text' as const, 'name' as const),
    value: word,
    language: fc.option(fc.constantFrom('en', 'de-ch', '')),
  }),
  fc.record({
    type: fc.constantFrom(...(Object.keys(stringTags) as (keyof typeof stringTags)[])),
    value: word,
  }),
  fc.record({
    type: fc.constant('out-of-band' as const),
    kind: fc.constantFrom(...(Object.keys(outOfBandTags) as (keyof typeof outOfBandTags)[])),
  }),
  fc.record({
    type: fc.constant('other' as const),
    tag: fc.constantFrom(0x14, 0x2f, 0x38, 0x7f, 0xff),
    bytes,
  }),
);
const { attributes: anyAttributes } = fc.letrec<{ attributes: IppAttribute[]; value: IppValue }>((tie) => ({
  attributes: fc.array(fc.record({ name, values: fc.array(tie('value'), { minLength: 1, maxLength: 3 }) }), {
    maxLength: 4,
  }),
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    simpleValue,
    fc.record({ type: fc.constant('collection' as const), members: tie('attributes') }),
  ),
}));
const anyMessage: fc.Arbitrary<IppMessage> = fc.record({
  version: fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 })),
  code: fc.integer({ min: 0, max: 0xffff }),
  requestId: int32,
  groups: fc.array(fc.record({ tag: fc.constantFrom(1, 2, 4, 5, 6, 7, 9, 15), attributes: anyAttributes }), {
    maxLength: 4,
  }),
});

describe('any message', () => {
  it('comes back as it went, with the document behind it, however it is cut', () => {
    fc.assert(
      fc.property(anyMessage, bytes, fc.integer({ min: 1, max: 50 }), (message, document, piece) => {
        const encoded = encodeIpp(message);
        expect(decodeIpp(encoded)).toEqual({ message, dataOffset: encoded.length });
        const all = Buffer.concat([encoded, document]);
        const decoder = new IppDecoder();
        for (let at = 0; at < all.length; at += piece) {
          const decoded = decoder.push(all.subarray(at, at + piece));
          if (decoded === null) continue;
          expect(decoded.message).toEqual(message);
          const tail = Buffer.concat([decoded.rest, all.subarray(at + piece)]);
          expect(tail.equals(document)).toBe(true);
          return;
        }
        expect.fail('it gave no message');
      }),
      { numRuns: 100 },
    );
  });

  it('that is cut short is not taken for a whole one', () => {
    const whole = fixture('ipptool-print-job-media-col');
    const { dataOffset } = decodeIpp(whole);
    for (let length = 0; length < dataOffset; length++) {
      expect(errorOf(whole.subarray(0, length))).toMatchObject({ code: 'ipp-malformed' });
    }
  });

  it('in any bytes ends with a message or an error of ours', () => {
    const start = fc.constantFrom(Buffer.alloc(0), fixture('ipptool-print-job-media-col').subarray(0, 12));
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (head, tail) => {
        const error = errorOf(Buffer.concat([head, tail]));
        expect(error === null || error instanceof PhaserLinkError).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('with one byte changed ends with a message or an error of ours', () => {
    const whole = fixture('ippeveprinter-completed-jobs');
    for (let at = 0; at < whole.length; at++) {
      for (const byte of [0x00, 0x03, 0x34, 0x37, 0x4a, 0x7f, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        const error = errorOf(changed);
        expect(error === null || error instanceof PhaserLinkError).toBe(true);
      }
    }
  });

  it('costs no more than its length', () => {
    const many = (count: number) =>
      encodeIpp(
        message(
          attribute('a', ...Array.from({ length: count }, () => keyword('word'))),
          attribute('b', text('x'.repeat(count))),
        ),
      );
    assertLinear(5000, (size) => decodeIpp(many(size)));
    // A byte at a time, too.
    assertLinear(2000, (size) => {
      const decoder = new IppDecoder();
      for (const byte of many(size)) decoder.push(Uint8Array.of(byte));
    });
  });
});

describe('refused is', () => {
  it.each([
    [
      'thirteen bytes that never come to an end in the package ipp',
      Buffer.from('0200000b000000010144fffb03', 'hex'),
    ],
    ['a name longer than the message', raw('44 fffb')],
    ['a value longer than the message', raw('44 0001 61 ffff')],
    ['an integer of three bytes', raw('21 0001 61 0003 000001')],
    ['an integer of none', raw('21 0001 61 0000')],
    ['a boolean that is 2', raw('22 0001 61 0001 02')],
    ['a resolution of eight bytes', raw('32 0001 61 0008 0000000000000000')],
    ['a text whose language is longer than it', raw('35 0001 61 0004 0009 6162')],
    ['a text with bytes behind it', raw('35 0001 61 0005 0000 0000 61')],
    ['a text too short for its language', raw('35 0001 61 0001 61')],
    ['a value before any name', raw('44 0000 0001 61')],
    [
      'an attribute before any group',
      Buffer.from('0200000b00000001440001610001 6203'.replace(' ', ''), 'hex'),
    ],
    ['the delimiter that is reserved', Buffer.from('0200000b000000010003', 'hex')],
    ['the end of a collection that has not begun', raw('37 0000 0000')],
    ['a member without a collection', raw('4a 0000 0001 61')],
    ['a collection that does not end', raw('34 0001 61 0000')],
    ['a collection that begins with a value', raw('34 0001 61 0000 21 0000 0004 00000001 37 0000 0000')],
    ['a member without a value', raw('34 0001 61 0000 4a 0000 0001 62 37 0000 0000')],
    ['a member without a name', raw('34 0001 61 0000 4a 0000 0000 21 0000 0004 00000001 37 0000 0000')],
    ['a member with its name in the wrong place', raw('34 0001 61 0000 4a 0001 62 0001 62 37 0000 0000')],
  ])('%s', (_, bytes) => {
    expect(errorOf(bytes)).toMatchObject({ code: 'ipp-malformed', retry: 'permanent' });
  });

  it.each([
    [
      'too many collections within each other',
      raw(`34 0001 61 0000 ${'4a 0000 0001 62 34 0000 0000'.repeat(11)}`),
    ],
    ['five thousand of them', raw(`34 0001 61 0000 ${'4a 0000 0001 62 34 0000 0000'.repeat(5000)}`)],
    ['too many groups', raw('01'.repeat(3000))],
    ['too many attributes', raw('21 0001 61 0004 00000001'.repeat(20_001))],
    ['too many values', raw('21 0001 61 0004 00000001', '21 0000 0004 00000001'.repeat(40_000))],
    ['too many bytes', raw(`30 0001 61 ffff ${'00'.repeat(0xffff)}`.repeat(17))],
  ])('%s, by its limit', (_, bytes) => {
    expect(errorOf(bytes)).toBeInstanceOf(LimitError);
  });

  it.each([
    ['a value that is too long', text('x'.repeat(32_768))],
    ['a number that is too large', integer(2 ** 31)],
    ['a number that is none', integer(Number.NaN)],
    ['half a number', integer(0.5)],
    ['a moment that is none', dateTime(Number.NaN)],
    ['a moment too far away', dateTime(8.64e15)],
    ['one of them in a collection', collection(attribute('a', integer(2 ** 31)))],
  ])('%s, when it is to be written', (_, value) => {
    expect(() => encodeIpp(message(attribute('a', value)))).toThrow(
      expect.objectContaining({ code: 'ipp-unencodable' }),
    );
  });
});

describe('values', () => {
  const decodedValue = (hex: string) =>
    findGroup(decodeIpp(raw(hex)).message, 'operation')?.attributes[0]?.values[0];

  it('of tags that nobody knows are kept as bytes', () => {
    expect(decodedValue('7f 0001 61 0006 4000000501ff')).toEqual({
      type: 'other',
      tag: 0x7f,
      bytes: Buffer.from('4000000501ff', 'hex'),
    });
  });

  // RFC 2579 §2 gives this moment as the example: 1992-5-26,13:30:15.0,-4:0.
  it('of DateAndTime are moments with their zone', () => {
    const hex = '31 0001 61 000b 07c8051a0d1e0f002d0400';
    expect(decodedValue(hex)).toEqual({
      type: 'dateTime',
      epochMs: Date.UTC(1992, 4, 26, 17, 30, 15),
      offsetMinutes: -240,
    });
  });

  it.each([
    ['all zero', '0000000000000000000000'],
    ['a thirteenth month', '07c80d1a0d1e0f002d0400'],
    ['the 31st of June', '07c8061f0d1e0f002d0400'],
    ['no direction', '07c8051a0d1e0f00000400'],
    ['25 hours', '07c8051a191e0f002d0400'],
  ])('that are no moment (%s) are kept as bytes', (_, hex) => {
    expect(decodedValue(`31 0001 61 000b ${hex}`)).toEqual({
      type: 'other',
      tag: 0x31,
      bytes: Buffer.from(hex, 'hex'),
    });
  });

  it('of a resolution in units that nobody knows are kept as bytes', () => {
    expect(decodedValue('32 0001 61 0009 000000010000000105')).toMatchObject({ type: 'other', tag: 0x32 });
  });
});

it('operations and status codes have their numbers', () => {
  // RFC 8011 §5.4.15 and §B.1.
  expect([
    operations['Print-Job'],
    operations['Get-Printer-Attributes'],
    operations['Identify-Printer'],
  ]).toEqual([0x0002, 0x000b, 0x003c]);
  expect([statuses['client-error-bad-request'], statuses['server-error-busy']]).toEqual([0x0400, 0x0507]);
  expect([operationName(0x4000), statusName(0x0600), enumWord('job-state', 2)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
