/** BER is written in its shortest form and read strictly: what is not there in full is an error, never a guess. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorCode } from '#base/errors.js';
import { BerReader, compareOids, encodeInteger, encodeOid, parseOid, tlv } from '#wire/ber.js';
import { counter, encodeBinding, gauge, ticks } from '#wire/snmp-values.js';
import { assertLinear } from '../support/assert-linear.js';

describe('BER', () => {
  it.each([
    [0, '020100'],
    [127, '02017f'],
    [128, '02020080'],
    [-128, '020180'],
    [-129, '0202ff7f'],
    [2 ** 31 - 1, '02047fffffff'],
    [-(2 ** 31), '020480000000'],
    [2 ** 32 - 1, '020500ffffffff'],
  ])('writes %d in the fewest bytes (X.690 §8.3)', (value, hex) => {
    expect(encodeInteger(value).toString('hex')).toBe(hex);
    expect(new BerReader(Buffer.from(hex, 'hex')).integer()).toBe(value);
  });

  it.each([
    ['1.3.6.1.2.1.1.1.0', '06082b06010201010100'],
    ['2.999.3', '0603883703'],
    ['1.3.6.1.4.1.8072', '06072b06010401bf08'],
    ['1.3.4294967295', '06062b8fffffff7f'],
    ['0.0', '060100'],
  ])('writes the name %s (X.690 §8.19)', (oid, hex) => {
    expect(encodeOid(parseOid(oid)).toString('hex')).toBe(hex);
    expect(new BerReader(Buffer.from(hex, 'hex')).oid()).toEqual(parseOid(oid));
  });

  it('reads back every name that it writes', () => {
    const arc = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1),
        fc.integer({ min: 0, max: 39 }),
        fc.array(arc, { maxLength: 126 }),
        (a, b, rest) => {
          expect(new BerReader(encodeOid([a, b, ...rest])).oid()).toEqual([a, b, ...rest]);
        },
      ),
    );
  });

  it.each([
    ['nothing', ''],
    ['no length', '02'],
    ['a length that its bytes do not have', '0205ff'],
    ['an indefinite length', '3080000000'],
    ['a length of five bytes', '0485000000000161'],
    ['an integer without bytes', '0200'],
    ['an integer of 48 bits', '0206010000000000'],
  ])('refuses %s', (_, hex) => {
    expectMalformed(() => new BerReader(Buffer.from(hex, 'hex')).integer());
  });

  it.each([
    ['no bytes', '0600'],
    ['a cut sub-identifier', '06022b86'],
    ['a sub-identifier of 33 bits', '06062b9fffffff7f'],
    ['129 sub-identifiers', `068180${'2b'.padEnd(256, '01')}`],
  ])('refuses a name with %s', (_, hex) => {
    expectMalformed(() => new BerReader(Buffer.from(hex, 'hex')).oid());
  });

  it('never throws anything but its own error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          const reader = new BerReader(Buffer.from(bytes));
          while (!reader.done) new BerReader(reader.whole()).enter(0x30).oid();
        } catch (error) {
          expect(errorCode(error)).toBe('ber-malformed');
        }
      }),
    );
  });

  it('costs in proportion to its length', () => {
    assertLinear(200, (size) => {
      const element = encodeOid(parseOid('1.3.6.1.2.1.1.1.0'));
      const reader = new BerReader(tlv(0x30, ...Array(size).fill(element))).enter(0x30);
      while (!reader.done) reader.oid();
    });
  });
});

describe('SNMP values', () => {
  it('wrap round or stay at their end, as their types do', () => {
    expect(counter(2 ** 32 + 5).value).toBe(5);
    expect(gauge(2 ** 32 + 5).value).toBe(2 ** 32 - 1);
    expect(ticks(2 ** 32 * 10 + 70).value).toBe(7);
  });

  it.each<[bigint, string]>([
    [0n, '460100'],
    [128n, '46020080'],
    [2n ** 64n - 1n, '460900ffffffffffffffff'],
  ])('writes the Counter64 %d', (value, hex) => {
    const binding = encodeBinding([1, 3], { type: 'counter64', value }).toString('hex');
    expect(binding.slice(-hex.length)).toBe(hex);
  });
});

it('orders names as GETNEXT does, a shorter one before those that begin with it', () => {
  const sorted = ['1.3', '1.3.0', '1.3.2', '1.3.2.1', '1.3.10', '2'];
  expect(sorted.map(parseOid).reverse().sort(compareOids)).toEqual(sorted.map(parseOid));
});

function expectMalformed(read: () => unknown): void {
  let code = 'nothing was thrown';
  try {
    read();
  } catch (error) {
    code = errorCode(error);
  }
  expect(code).toBe('ber-malformed');
}
