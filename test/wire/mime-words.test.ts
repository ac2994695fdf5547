/** Encoded words as RFC 2047 and real senders write them, libmime's opinion of them, and anything else. */
import fc from 'fast-check';
import libmime from 'libmime';
import { describe, expect, it } from 'vitest';
import { decodeHeaderWords } from '#wire/mime-words.js';
import { assertLinear } from '../support/assert-linear.js';

describe('the examples of RFC 2047 §8', () => {
  it.each([
    ['=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>', 'Keith Moore <moore@cs.utk.edu>'],
    ['=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=', 'Keld Jørn Simonsen'],
    ['=?ISO-8859-1?Q?Andr=E9?= Pirard', 'André Pirard'],
    [
      '=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=',
      'If you can read this you understand the example.',
    ],
    ['Nathaniel Borenstein (=?iso-8859-8?b?7eXs+SDv4SDp7Oj08A==?=)', 'Nathaniel Borenstein (םולש ןב ילטפנ)'],
    ['(=?ISO-8859-1?Q?a?=)', '(a)'],
    ['(=?ISO-8859-1?Q?a?= b)', '(a b)'],
    ['(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a?=\r\n       =?ISO-8859-1?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a_b?=)', '(a b)'],
    ['(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)', '(a b)'],
    // RFC 2231 §5
    ['=?US-ASCII*EN?Q?Keith_Moore?=', 'Keith Moore'],
  ])('%s', (text, expected) => expect(decodeHeaderWords(text)).toBe(expected));
});

describe('words as senders write them', () => {
  it.each([
    ['a character in two words', '=?utf-8?Q?J=C3?= =?UTF-8?Q?=A4nner?=', 'Jänner'],
    ['a character in two words of base64', '=?utf-8?B?SsM=?= =?utf-8?B?pG5uZXI=?=', 'Jänner'],
    ['a character in words of both encodings', '=?utf-8?B?SsM=?=\t=?utf-8?q?=A4nner?=', 'Jänner'],
    ['a group of base64 in two words', '=?utf-8?B?SsO?= =?utf-8?B?kbm5lcg==?=', 'Jänner'],
    ['no padding', '=?utf-8?B?SsOkbm5lcg?=', 'Jänner'],
    ['a shift sequence in two words', '=?iso-2022-jp?B?GyRCRnw=?= =?iso-2022-jp?B?S1wbKEI=?=', '日本'],
    [
      'each word of Japanese by itself',
      '=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?= =?ISO-2022-JP?B?GyRCJUYbKEI=?=',
      '日本テ',
    ],
    ['two charsets', '=?utf-8?Q?=e6=97=a5?= =?shift_jis?B?lns=?=', '日本'],
    [
      'GB18030 and its relatives',
      '=?gb18030?B?1tDOxA==?= =?GB2312?B?zbzGrA==?= =?gbk?Q?=CD=BC?=',
      '中文图片图',
    ],
    ['Korean by its name at Microsoft', '=?ks_c_5601-1987?B?x9Gxuw==?=', '한굳'],
    ['UTF-7', '=?utf-7?Q?J+AOQ-nner?=', 'Jänner'],
    ['a charset that nobody knows', '=?x-unknown?Q?J=E4nner?=', 'Jänner'],
    ['text right beside words', 'a=?utf-8?Q?b?==?utf-8?Q?c?=d', 'abcd'],
    ['blanks in a word', '=?utf-8?Q?a b?=', 'a b'],
    ['a malformed escape', '=?utf-8?Q?100=_=4G=?=', '100= =4G='],
    ['no base64 at all', '=?utf-8?B?!!!?=', ''],
    ['words in quotes', '"=?utf-8?Q?a?="', '"a"'],
  ])('%s', (_what, text, expected) => expect(decodeHeaderWords(text)).toBe(expected));

  it.each([
    '=?utf-8?X?abc?=',
    '=?utf-8?Q?unfinished',
    '=?utf-8?Q?a?b?=',
    '=?utf 8?Q?a?=',
    '=??Q?a?=',
    '2 =? 3',
    '__\0JOIN\0__',
  ])('what is none stays: %j', (text) => expect(decodeHeaderWords(text)).toBe(text));

  it('decodes once only', () => {
    expect(decodeHeaderWords('=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=')).toBe('=?utf-8?q?x?=');
  });
});

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom('ä', '日', '😀', ' ', '=', '?', '_'),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
});

describe('libmime', () => {
  it.each(['Q', 'B'] as const)('has its words in %s decoded', (encoding) => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 20, max: 80 }), (text, length) => {
        const encoded = libmime.encodeWord(text, encoding, length);
        expect(decodeHeaderWords(encoded)).toBe(text);
      }),
    );
  });

  it('reads well-formed words and the text between them in the same way', () => {
    const word = fc
      .tuple(
        fc.constantFrom('utf-8', 'iso-8859-1', 'koi8-r', 'shift_jis'),
        fc.constantFrom('Q', 'b'),
        anyText,
      )
      .map(([charset, encoding, text]) => {
        const bytes = Buffer.from(text);
        const q = bytes.toString('hex').replaceAll(/../g, '=$&');
        return `=?${charset}?${encoding}?${encoding === 'Q' ? q : bytes.toString('base64')}?=`;
      });
    const between = fc.constantFrom(' ', '\t', '  ', ' plain ', ' (', ') ', ' , ');
    fc.assert(
      fc.property(fc.array(fc.tuple(word, between), { maxLength: 5 }), (pieces) => {
        const text = pieces.flat().join('');
        expect(decodeHeaderWords(text)).toBe(libmime.decodeWords(text));
      }),
    );
  });
});

it('any text gives some text, and takes no longer than it is', () => {
  const piece = fc.constantFrom(
    '=?',
    '?=',
    '?',
    'utf-8',
    'utf-7',
    'iso-2022-jp',
    '?q?',
    '?B?',
    '=C3',
    '=',
    '_',
    '+AOQ-',
    ' ',
    '\r\n ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 20 }), (pieces) => {
      const text = pieces.join('');
      expect(decodeHeaderWords(text).length).toBeLessThanOrEqual(2 * text.length);
    }),
    { numRuns: 1000 },
  );
});

it.each([
  '=?',
  '=?a?q?',
  '=?a?q?x?=',
  '=?a?q?x?= ',
  '=?utf-8?b?YQ==?= ',
  '=?utf-8?q?=?= a',
  '=?a',
  '= ?=',
  '=?a*?q??=',
])('words of %j cost what they are long', (unit) => {
  assertLinear(4000 / unit.length, (count) => decodeHeaderWords(`=?${unit.repeat(count)}`));
});

it('one long word costs what it is long', () => {
  assertLinear(1000, (count) => decodeHeaderWords(`=?utf-8?q?${'=C3'.repeat(count)}?=`));
});
