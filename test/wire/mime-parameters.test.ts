/** Parameters and file names as the RFCs and real senders write them, libmime's opinion of them, and anything else (ask 27). */
import fc from 'fast-check';
import libmime from 'libmime';
import { describe, expect, it } from 'vitest';
import { describeEntity, parseHeader } from '#wire/mime-header.js';
import { parseParameters } from '#wire/mime-parameters.js';
import { assertLinear } from '../support/assert-linear.js';

const parse = (text: string) => Object.fromEntries(parseParameters(text).parameters);
const fileNameOf = (text: string) => parse(`attachment; ${text}`).filename;

describe('the examples of RFC 2231', () => {
  it.each([
    [
      'access-type=URL; URL*0="ftp://"; URL*1="cs.utk.edu/pub/moore/bulk-mailer.tar"',
      'ftp://cs.utk.edu/pub/moore/bulk-mailer.tar',
    ],
    [`URL*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A`, 'This is ***fun***'],
    [
      `URL*0*=us-ascii'en'This%20is%20even%20more%20; URL*1*=%2A%2A%2Afun%2A%2A%2A%20; URL*2="isn't it!"`,
      `This is even more ***fun*** isn't it!`,
    ],
  ])('%s', (parameters, url) => expect(parse(`message/external-body; ${parameters}`).url).toBe(url));
});

describe('a file name', () => {
  it.each([
    // Apple Mail, Gmail, Thunderbird, mutt: extended, and whole or in pieces.
    [`filename*=UTF-8''%e2%82%ac%20rates.ps`, '€ rates.ps'],
    [`filename*0*=utf-8''J%C3%A4nner; filename*1*=%20; filename*2=2026.ps`, 'Jänner 2026.ps'],
    [`filename*=iso-2022-jp''%1B%24BF%7CK%5C%1B%28B.ps`, '日本.ps'],
    // Outlook, Gmail for old readers: encoded words, in quotes or without, folded.
    ['filename="=?utf-8?B?SsOkbm5lci5wcw==?="', 'Jänner.ps'],
    ['filename==?utf-8?B?SsOkbm5lci5wcw==?=', 'Jänner.ps'],
    ['filename="=?iso-8859-1?Q?J=E4nner?=\t=?iso-8859-1?Q?_2026=2Eps?="', 'Jänner 2026.ps'],
    ['filename*0="=?utf-8?B?SsOk"; filename*1="bm5lci5wcw==?="', 'Jänner.ps'],
    // Both: the extended one counts, wherever it stands.
    [`filename=fallback.ps; filename*=utf-8''%C3%A4.ps`, 'ä.ps'],
    [`filename*=utf-8''%C3%A4.ps; filename="=?utf-8?Q?fallback?="`, 'ä.ps'],
    [`filename*0=a; filename*=utf-8''b`, 'b'],
    // Several dots, blanks and marks in a name (ask 27).
    ['filename="my report.v1.2.final.ps"', 'my report.v1.2.final.ps'],
    ['filename=my report.v1.2.final.ps; size=3', 'my report.v1.2.final.ps'],
    ['filename="..report...ps."', '..report...ps.'],
    ['filename=report(1).ps', 'report(1).ps'],
    ['filename="a;b \\"c\\" \\\\d.ps"', 'a;b "c" \\d.ps'],
    ['filename="C:\\Users\\me\\a.ps"', 'C:\\Users\\me\\a.ps'],
    [`filename='single.ps'`, `'single.ps'`],
  ])('%s', (text, name) => expect(fileNameOf(text)).toBe(name));
});

describe('a file name that is not written as it should be', () => {
  it.each([
    ['segments out of order', `filename*1*=%A4nner.ps; filename*0*=utf-8''J%C3`, 'Jänner.ps'],
    [
      'a segment that is not encoded and holds a per cent sign',
      `filename*0*=utf-8''100%25; filename*1=" off %41.ps"`,
      '100% off %41.ps',
    ],
    ['encoding that begins later', 'filename*0=a%20; filename*1*=%C3%A4.ps', 'a%20ä.ps'],
    [
      'shift sequences between segments of both kinds',
      `filename*0*=iso-2022-jp''%1B%24B; filename*1="F|K\\\\"; filename*2*=%1B%28B.ps`,
      '日本.ps',
    ],
    ['no charset', `filename*=''J%E4.ps`, 'Jä.ps'],
    ['neither charset nor quotes', 'filename*=J%C3%A4.ps', 'Jä.ps'],
    ['one quote', `filename*=utf-8'J%C3%A4.ps`, `utf-8'Jä.ps`],
    ['a charset that nobody knows', `filename*=x-unknown''J%E4.ps`, 'Jä.ps'],
    ['malformed escapes', `filename*=utf-8''%zz%4.ps%`, '%zz%4.ps%'],
    ['bytes that are no UTF-8', `filename*=utf-8''a%E4.ps`, 'a\ufffd.ps'],
    ['a missing segment', 'filename*0=a; filename*2=c', 'ac'],
    ['a segment twice', 'filename*0=a; filename*0=b; filename*1=c', 'ac'],
    ['the parameter twice', 'filename=a.ps; filename=b.ps', 'a.ps'],
    ['no closing quote', 'filename="a.ps', 'a.ps'],
    ['text behind the closing quote', 'filename="a.ps"b; size=3', 'a.ps'],
    ['a comment behind the closing quote', 'filename="a.ps" (one; filename=b); size=3', 'a.ps'],
    ['blanks around the equals sign', 'filename = "a.ps" ; size=3', 'a.ps'],
    ['a comment', 'filename=a.ps (the (first) one); size=3', 'a.ps'],
    ['a comment that does not end', 'filename=a.ps (the first; size=3', 'a.ps (the first'],
  ])('%s', (_what, text, name) => expect(fileNameOf(text)).toBe(name));
});

describe('the value and its parameters', () => {
  it.each([
    ['Text/Plain (comment); (more) charset=utf-8', 'Text/Plain', { charset: 'utf-8' }],
    ['"text/plain"; a=1', 'text/plain', { a: '1' }],
    ['text/plain;;; a ; b=; =c; d = 2', 'text/plain', { a: '', b: '', d: '2' }],
    ['text/plain; a=1 ((', 'text/plain', { a: '1' }],
    ['', '', {}],
  ])('%j', (text, value, parameters) => {
    expect(parseParameters(text).value).toBe(value);
    expect(parse(text)).toEqual(parameters);
  });
});

describe('raw bytes in a header that are not ASCII', () => {
  const describeBytes = (header: string) =>
    describeEntity(parseHeader(Buffer.from(header, 'latin1')), 'text/plain');

  it.each([
    ['are UTF-8 where they can be', '\xc3\xa4\xc3\xa0', 'äà'],
    ['are Western European where they cannot', 'J\xe4nner \x96', 'Jänner –'],
  ])('%s', (_what, written, name) => {
    expect(describeBytes(`Content-Disposition: attachment; filename="${written}"`).fileName).toBe(name);
  });

  it('are in the charset that the header names elsewhere', () => {
    const name = '\xcf\xeb\xe0\xed.ps';
    const disposition = `Content-Disposition: attachment; filename="${name}"`;
    expect(describeBytes(`Content-Type: text/plain; charset="windows-1251"\n${disposition}`).fileName).toBe(
      'План.ps',
    );
    expect(describeBytes(`${disposition}\nSubject: =?windows-1251?Q?=CF?=`).fileName).toBe('План.ps');
    expect(
      describeBytes(
        `Content-Type: text/plain; charset=utf-8\n${disposition}\nSubject: =?windows-1251?B?z+s=?=`,
      ).fileName,
    ).toBe('План.ps');
    expect(describeBytes(`${disposition}\nContent-Type: text/plain; charset=utf-8`).fileName).toBe('Ïëàí.ps');
  });

  it('in one field do not spoil another', () => {
    const { fileName, parameters } = describeBytes(
      'Content-Type: a/b; x=\xe4\nContent-Disposition: attachment; filename=\xc3\xa4\xc3\xa0',
    );
    expect([parameters.get('x'), fileName]).toEqual(['ä', 'äà']);
  });
});

describe('libmime', () => {
  const anyText = fc.string({
    unit: fc.oneof(
      fc.constantFrom('ä', '日', '😀', ' ', "'", '%', '*', '"', '\\', ';'),
      fc.string({ minLength: 1, maxLength: 1 }),
    ),
  });

  it('has its parameters of any text read', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 30, max: 80 }), (text, length) => {
        const written = libmime.buildHeaderParam('title', text, length).map(({ key, value }) => {
          return `${key}=${/^[\w.]+$/.test(value) || key.endsWith('*') ? value : JSON.stringify(value)}`;
        });
        expect(parse(`a/b; ${written.join('; ')}`)).toEqual({ title: text });
      }),
    );
  });

  it('reads well-formed values in the same way', () => {
    const token = fc.stringMatching(/^[a-z0-9.][a-z0-9.(]{0,7}$/);
    const quoted = fc.stringMatching(/^[a-z ;=()]{0,8}$/).map((text) => `"${text}"`);
    const blank = fc.constantFrom('', ' ', '\t', '\r\n ', ' (c; d) ');
    const parameter = fc.tuple(
      blank,
      fc.constantFrom('a', 'B', 'c'),
      fc.constantFrom('=', ' = '),
      fc.oneof(token, quoted),
      blank,
    );
    fc.assert(
      fc.property(
        blank,
        fc.stringMatching(/^[a-z0-9./]{1,8}$/),
        fc.array(parameter, { maxLength: 4 }),
        (before, value, parameters) => {
          const text = [`${before}${value}`, ...parameters.map((pieces) => pieces.join(''))].join(';');
          const { value: theirs, params } = libmime.parseHeaderValue(text, { stripComments: true });
          expect({ value: parseParameters(text).value, ...parse(text) }).toEqual({
            value: theirs.trim(),
            ...params,
          });
        },
      ),
      { numRuns: 500 },
    );
  });
});

it('any text is read, and gives no more than it is', () => {
  const piece = fc.constantFrom(
    ';',
    '=',
    '"',
    '\\',
    '(',
    ')',
    '*',
    "'",
    '%',
    '%C3',
    'name',
    '*0',
    '*1*',
    '=?utf-8?q?',
    '?=',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, piece, fc.string()), { maxLength: 20 }), (pieces) => {
      const text = pieces.join('');
      const { value, parameters } = parseParameters(text);
      const given = [value, ...parameters.keys(), ...parameters.values()].join('');
      expect(given.length).toBeLessThanOrEqual(2 * text.length);
    }),
    { numRuns: 1000 },
  );
});

it.each([
  ';',
  '(',
  '()',
  ';a*1=',
  '"',
  'a"',
  ';a="b"',
  ';a=(',
  '\\',
  " ;x*0*=''%",
  ';a*=%C3',
  '; a (b) = c',
  ";a*0*='';a*1=b",
])('parameters of %j cost what they are long', (unit) => {
  assertLinear(4000 / unit.length, (count) => parseParameters(unit.repeat(count)));
});

it('one long name in many segments costs what it is long', () => {
  assertLinear(100, (count) => {
    parseParameters(
      Array.from({ length: count }, (_, index) => `;filename*${count - index}*=%C3%A4`).join(''),
    );
  });
});
