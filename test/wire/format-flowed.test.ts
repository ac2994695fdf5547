/** Texts that mail programs have flowed become what they were, however they are cut. */
import fc from 'fast-check';
import libmime from 'libmime';
import { describe, expect, it } from 'vitest';
import { FlowedDecoder } from '#wire/format-flowed.js';
import { assertLinear } from '../support/assert-linear.js';
import { anyCuts, cutAt, singleBytes } from '../support/pieces.js';
import { textDocument } from '../support/postscript-samples.js';

function decode(text: string, { delSp = false, pieces = (bytes: Buffer): Buffer[] => [bytes] } = {}): string {
  const decoder = new FlowedDecoder(delSp);
  const decoded = pieces(Buffer.from(text, 'latin1')).map((piece) => decoder.push(piece));
  return Buffer.concat([...decoded, decoder.end()]).toString('latin1');
}

describe('a text sent as format=flowed', () => {
  it.each([
    ['soft line breaks', 'one \r\ntwo \r\nthree\r\nfour\r\n', 'one two three\r\nfour\r\n'],
    ['several blanks at a break', 'one   \ntwo\n', 'one   two\n'],
    ['stuffed lines', ' From me\n > no quote\n  indented\n', 'From me\n> no quote\n indented\n'],
    ['a stuffed line that continues another', 'one \n > two\n', 'one > two\n'],
    ['an empty line that is stuffed', 'a\r\n \r\nb\r\n', 'a\r\n\r\nb\r\n'],
    ['an empty line behind a soft line break', 'one \n\ntwo\n', 'one \ntwo\n'],
    ['a signature', 'Hi \n-- \nBob \nof us', 'Hi \n-- \nBob of us'],
    ['a signature separator that is stuffed', 'Hi\r\n -- \r\nBob\r\n', 'Hi\r\n-- \r\nBob\r\n'],
    ['what only resembles it', '-- x \ny\n--  \nz\n', '-- x y\n--  z\n'],
    ['quoted lines, which stay', '> one \n> two \nthree \n> four\n', '> one \n> two \nthree \n> four\n'],
    ['a soft line break at its end', 'one \r\n', 'one \r\n'],
    ['a blank at its end', 'one ', 'one '],
    ['a bare CR', 'one \rtwo \r\r\nthree\n', 'one \rtwo \r\r\nthree\n'],
    ['nothing', '', ''],
  ])('with %s', (_what, flowed, text) => {
    expect(decode(flowed)).toBe(text);
    expect(decode(flowed, { pieces: singleBytes })).toBe(text);
  });

  it('with DelSp has no blank where a line was broken', () => {
    expect(decode('/Times-Ro \r\nman find \r\n  font\r\n', { delSp: true })).toBe(
      '/Times-Roman find font\r\n',
    );
  });
});

/** Lines that need stuffing or breaking; a flowed text cannot keep blanks at the end of a line. */
const program = [
  textDocument(2),
  '<< /Duplex true\n>> setpagedevice\nFromHere\n  indented\n> greater\n',
  `(${'a long string '.repeat(40)}) show\n`,
].join('');

describe('a second opinion', () => {
  it('a program that libmime has flowed is the program again', () => {
    const flowed = libmime.encodeFlowed(program);
    expect(flowed).not.toContain(program);
    expect(decode(flowed)).toBe(program.replaceAll('\n', '\r\n'));
  });

  it('texts of a few words are what libmime makes of them', () => {
    // An empty line, or a blank alone, is for libmime no end of a paragraph, as it is for RFC 3676 §4.4.
    const unit = fc.constantFrom(' ', ' ', 'a', '\na', '\r\na', '\n a', '\n >');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        const flowed = `a${text}\nend`;
        expect(decode(flowed).replaceAll('\r\n', '\n')).toBe(libmime.decodeFlowed(flowed));
      }),
      { numRuns: 1000 },
    );
  });
});

it('any bytes are read in the same way, however they are cut, and grow no longer', () => {
  const unit = fc.oneof(
    fc.constantFrom(' ', '\r', '\n', '>', '-', '-- '),
    fc.string({ unit: 'binary-ascii', maxLength: 1 }),
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), fc.boolean(), anyCuts, (text, delSp, cuts) => {
      const whole = decode(text, { delSp });
      expect(decode(text, { delSp, pieces: (bytes) => cutAt(bytes, cuts) })).toBe(whole);
      expect(decode(text, { delSp, pieces: singleBytes })).toBe(whole);
      expect(whole.length).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: 1000 },
  );
});

it.each(['a \n', ' ', ' \n', '\n', '-- \n', 'a'])('costs what it is long: %j', (unit) => {
  assertLinear(20_000, (count) => decode(unit.repeat(count)));
});
