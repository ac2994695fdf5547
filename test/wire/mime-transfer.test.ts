import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTransferDecoder } from '#wire/mime-transfer.js';

function decode(encoding: string, ...chunks: (string | Buffer)[]): string {
  const decoder = createTransferDecoder(encoding);
  const decoded = chunks.map((chunk) =>
    decoder.write(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk),
  );
  return Buffer.concat([...decoded, decoder.end()]).toString('latin1');
}

/** The same in pieces: `cuts` are positions anywhere. */
function decodeCut(encoding: string, encoded: string, cuts: readonly number[]): string {
  const positions = [
    0,
    ...cuts.map((cut) => cut % (encoded.length + 1)).sort((a, b) => a - b),
    encoded.length,
  ];
  return decode(encoding, ...positions.slice(1).map((end, index) => encoded.slice(positions[index], end)));
}

const cuts = fc.array(fc.nat(10_000), { maxLength: 8 });
const content = fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes));

describe('base64 (RFC 2045 §6.8)', () => {
  it.each([
    ['whole groups', 'UFM=', 'PS'],
    ['no padding', 'UFM', 'PS'],
    ['a lonely character', 'UFMhU', 'PS!'],
    ['junk', ' U\x00F\x80M\r\n!h-_', 'PS!'],
    ['padding in the middle', 'UA==Uw==IQ==', 'PS!'],
    ['padding that belongs to nothing', '====UFM=====', 'PS'],
    ['a line that ends within a group', 'UF\r\nMh\nUFM=', 'PS!PS'],
    ['a bare CR', 'UFMh\rUFMh', 'PS!PS!'],
    ['nothing', '', ''],
  ])('decodes %s', (_what, encoded, expected) => {
    expect(decode('base64', encoded)).toBe(expected);
    expect(decode('base64', ...encoded)).toBe(expected);
  });

  it('gives back any bytes, in lines of any lengths in turn, cut anywhere', () => {
    fc.assert(
      fc.property(
        content,
        fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom('\r\n', '\n'),
        cuts,
        (bytes, widths, end, at) => {
          const form = widths.map((width) => `(.{0,${width}})`).join('');
          const encoded = bytes
            .toString('base64')
            .replaceAll(new RegExp(form, 'g'), (_all, ...lines) =>
              lines.slice(0, widths.length).join(end).concat(end),
            );
          expect(decodeCut('base64', encoded, at)).toBe(bytes.toString('latin1'));
        },
      ),
    );
  });

  it.each([
    ['two short lines where a long one was', ['A'.repeat(76), 'B'.repeat(37), 'C'.repeat(37)]],
    ['empty lines between the others', ['A'.repeat(76), '', 'B'.repeat(76), '', 'C'.repeat(76)]],
  ])('gives back %s', (_what, lines) => {
    const text = `${lines.join('\r\n')}\r\n`.repeat(50);
    const expected = Buffer.from(text, 'base64').toString('latin1');
    expect(decode('base64', text)).toBe(expected);
  });

  it('ignores junk in the same way, however it is cut', () => {
    const junky = fc.string({
      unit: fc.constantFrom('A', 'b', '9', '/', '=', '-', '_', '\r', '\n', ' ', '\xff'),
      maxLength: 80,
    });
    fc.assert(
      fc.property(junky, cuts, (encoded, at) => {
        const groups = encoded.replace(/[^A-Za-z0-9+/=]/g, '').split('=');
        const expected = groups.map((group) => Buffer.from(group, 'base64').toString('latin1')).join('');
        expect(decodeCut('base64', encoded, at)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('quoted-printable (RFC 2045 §6.7)', () => {
  it.each([
    ['escapes in either case', 'a=3D=c3=A4', 'a=\xc3\xa4'],
    ['soft line breaks', 'a=\r\nb=\nc= \t\r\nd', 'abcd'],
    ['white space at a line end', 'a \t\r\n b \n', 'a\r\n b\n'],
    ['white space within a line', 'a \t b', 'a \t b'],
    ['white space at the end of the part', 'a  ', 'a'],
    ['an escaped blank at a line end', 'a=20\r\n', 'a \r\n'],
    ['a soft break at the end of the part', 'a=', 'a'],
    ['malformed escapes, which stay', '=XY =4 =4G == =\r=', '=XY =4 =4G == =\r'],
    ['bare CR', 'a \rb\r', 'a \rb\r'],
    ['bytes above 127', 'a\xff', 'a\xff'],
  ])('decodes %s', (_what, encoded, expected) => {
    expect(decode('quoted-printable', encoded)).toBe(expected);
    expect(decode('quoted-printable', ...encoded)).toBe(expected);
  });

  it('gives back any bytes, cut anywhere', () => {
    fc.assert(
      fc.property(content, cuts, (bytes, at) => {
        expect(decodeCut('quoted-printable', quotedPrintable(bytes), at)).toBe(bytes.toString('latin1'));
      }),
    );
  });

  it('reads anything in the same way, however it is cut', () => {
    const nasty = fc.string({
      unit: fc.constantFrom('=', ' ', '\t', '\r', '\n', '4', 'a', 'G'),
      maxLength: 40,
    });
    fc.assert(
      fc.property(nasty, cuts, (encoded, at) => {
        expect(decodeCut('quoted-printable', encoded, at)).toBe(decode('quoted-printable', encoded));
      }),
      { numRuns: 1000 },
    );
  });

  it('holds no more white space back than a line can hold', () => {
    expect(decode('quoted-printable', `a${' '.repeat(5000)}\n`).length).toBeGreaterThan(4000);
    expect(decode('quoted-printable', `a${' '.repeat(900)}\n`)).toBe('a\n');
  });
});

it('passes any other encoding through without a copy', () => {
  const bytes = Buffer.from('=41');
  expect(createTransferDecoder('x-uuencode').write(bytes)).toBe(bytes);
});

/** A plain encoder: everything but letters is escaped, a soft break after each 20 bytes. */
function quotedPrintable(bytes: Buffer): string {
  const escapeByte = (byte: number) => `=${byte.toString(16).padStart(2, '0').toUpperCase()}`;
  const isLetter = (byte: number) => byte >= 0x41 && byte <= 0x7a;
  return Array.from(
    bytes,
    (byte, index) =>
      (isLetter(byte) ? String.fromCharCode(byte) : escapeByte(byte)) + (index % 20 === 19 ? '=\r\n' : ''),
  ).join('');
}
