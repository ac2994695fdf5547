/** Page counts, edges and control bytes of a PostScript program, however it is split. */
import { describe, expect, it } from 'vitest';
import { type PostScriptFacts, PostScriptScanner } from '#wire/postscript-scan.js';
import { assertLinear } from '../support/assert-linear.js';

function scan(...chunks: (string | Uint8Array)[]): PostScriptFacts {
  const scanner = new PostScriptScanner();
  for (const chunk of chunks) scanner.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk);
  return scanner.end();
}

describe('the page count of a document (DSC 3.0)', () => {
  it.each([
    ['in the header', '%!PS-Adobe-3.0\n%%Pages: 12\n%%EndComments\n', 12],
    ['in the trailer', '%!PS-Adobe-3.0\r\n%%Pages: (atend)\r\n%%Trailer\r\n%%Pages: 3\r\n%%EOF', 3],
    ['with the page order of old versions behind it', '%!PS-Adobe-2.0\n%%Pages: 4 1\n', 4],
    ['in the last line, without an end of line', '%!PS\n%%Pages: (atend)\n%%Trailer\n%%Pages: 5', 5],
    ['absent', '%!PS\nshowpage\n', null],
    ['nonsense', '%!PS\n%%Pages: many\n', null],
    ['zero, as in an EPS', '%!PS-Adobe-3.0 EPSF-3.0\n%%Pages: 0\n', null],
    ['beyond belief', '%!PS\n%%Pages: 9999999999\n', null],
    ['not at the start of a line', '%!PS\n(%%Pages: 7) show\n', null],
  ])('%s', (_where, text, pages) => {
    expect(scan(text).pages).toBe(pages);
  });

  it('does not take the count of an embedded document', () => {
    const embedded =
      '%%BeginDocument: a.eps\n%%Pages: 9\n%%BeginDocument: b\n%%Pages: 8\n%%EndDocument\n%%EndDocument\n';
    expect(scan(`%!PS\n%%Pages: (atend)\n${embedded}%%Trailer\n%%Pages: 2\n`).pages).toBe(2);
  });
});

describe('the program within its padding', () => {
  it('leaves Ctrl-D and white space around it out', () => {
    const { from, to, hasControlBytes } = scan('\x04\r\n%!PS\nshowpage\n\x04\n\x04');
    expect([from, to, hasControlBytes]).toEqual([3, 16, false]);
  });

  it('leaves a byte order mark in front of it out', () => {
    expect(scan('\xef\xbb\xbf%!PS-Adobe-3.0 EPSF-3.0\n')).toMatchObject({
      from: 3,
      to: 26,
      encapsulated: true,
    });
  });

  it('keeps a Ctrl-D within the program and says so', () => {
    const { to, hasControlBytes } = scan('%!PS\n', '\x04', ' showpage');
    expect([to, hasControlBytes]).toEqual([15, true]);
  });

  it('finds nothing in padding alone', () => {
    expect(scan('\x04\n \x00')).toEqual({
      from: 0,
      to: 0,
      hasControlBytes: false,
      pages: null,
      encapsulated: false,
    });
  });
});

it.each([
  ['%!PS-Adobe-3.0 EPSF-3.0\n', true],
  ['\x04\r\n%!PS-Adobe-2.0 EPSF-1.2\r', true],
  ['%!PS-Adobe-3.0\n%!PS-Adobe-3.0 EPSF-3.0\n', false],
  ['%!PS\n', false],
])('knows by its first line whether %j is encapsulated', (program, encapsulated) => {
  expect(scan(program).encapsulated).toBe(encapsulated);
});

it('says the same wherever the program is cut', () => {
  const bytes = Buffer.from(
    '\x04\n%!PS-Adobe-3.0 EPSF-3.0\r\n%%Pages: (atend)\r\nimage \x14\x01 data\n%%Trailer\n%%Pages: 6\n\x04\n',
    'latin1',
  );
  const whole = scan(bytes);
  expect(whole).toEqual({
    from: 2,
    to: bytes.length - 3,
    hasControlBytes: true,
    pages: 6,
    encapsulated: true,
  });
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(scan(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(whole);
  }
  expect(scan(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
});

it('costs four times as much for four times the input', () => {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  assertLinear(20, (chunks) => {
    const scanner = new PostScriptScanner();
    for (let sent = 0; sent < chunks; sent++) scanner.push(chunk);
    scanner.end();
  });
});
