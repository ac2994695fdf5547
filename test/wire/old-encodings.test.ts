import { expect, it } from 'vitest';
import { detectOldEncoding } from '#wire/old-encodings.js';
import { assertLinear } from '../support/assert-linear.js';

const encodingOf = (text: string) => detectOldEncoding(Buffer.from(text, 'latin1'));

it.each([
  // The sentence and the first line as RFC 1741 has them.
  ['(This file must be converted with BinHex 4.0)\r\n\r\n:$f*TEQKPH#jdCA0d', 'binhex'],
  ['A picture:\r\n\r\n(this file must be converted with BinHex 5.0)\r\n:', 'binhex'],
  // The examples of the yEnc draft.
  ['=ybegin line=128 size=123456 name=mybinary.dat\r\n\x8f\xa0', 'yenc'],
  ['Hi\n\n=ybegin part=1 line=128 size=500000 name=mybinary.dat\n=ypart begin=1 end=100000\n', 'yenc'],
  ['I say (This file must be converted with BinHex 4.0)', null],
  ['=ybegin the day', null],
  [`${'text\n'.repeat(300)}=ybegin line=128 size=1 name=a\n`, null],
  ['begin 644 a\n', null],
  ['%!PS\n', null],
  ['', null],
])('a body that begins with %j', (text, encoding) => expect(encodingOf(text)).toBe(encoding));

it.each(['=ybegin ', '=ybegin size=1 ', '(This file\n'])('looking at many %j costs no more', (unit) => {
  assertLinear(250 / unit.length, (count) => encodingOf(unit.repeat(count)));
});
