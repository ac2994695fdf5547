/** Page counts, edges and control bytes of a PostScript program, however it is split. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectFormat } from '#wire/document-format.js';
import { isChannelControl } from '#wire/postscript-channel.js';
import { type PostScriptFacts, PostScriptScanner } from '#wire/postscript-scan.js';
import { assertLinear } from '../support/assert-linear.js';
import { anyCuts, cutAt, singleBytes } from '../support/pieces.js';

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

const uel = '\x1b%-12345X';

/** What is around the program, and the program; what is after it. */
const wrapped: [what: string, before: string, program: string, after: string][] = [
  [
    'PJL',
    `${uel}@PJL JOB\r\n@PJL ENTER LANGUAGE=POSTSCRIPT\r\n`,
    '%!PS\nshowpage',
    `\r\n\x04${uel}@PJL EOJ\r\n${uel}`,
  ],
  ['PJL that names no language', `${uel}@PJL SET COPIES=1\n\x04`, '%!PS\nshowpage', `\n${uel}`],
  [
    'PJL around a program without a comment',
    `${uel}@PJL ENTER LANGUAGE=POSTSCRIPT\n`,
    'showpage',
    `\x04${uel}`,
  ],
  ['the exit command alone', uel, '%!PS\nshowpage', uel],
  ['PCL resets', '\x1bE', '%!PS\nshowpage', '\n\x1bE'],
  [
    'PJL of many lines',
    `${uel}${'@PJL COMMENT x\n'.repeat(200)}`,
    '%!PS\nshowpage',
    `${uel}${'@PJL COMMENT x\n'.repeat(500)}`,
  ],
  ['a line of PJL that breaks off', uel, '%!PS\nshowpage', `\n${uel}@PJL EOJ`],
  ['fields of HTTP', 'HTTP/1.1 200 OK\r\nServer: x\r\n\r\n', '%!PS-Adobe-3.0\nshowpage', '\r\n'],
  ['a banner', '[EXTERNAL] Do not trust this mail.\n\n', '%!PS\nshowpage', ''],
  ['a byte order mark of UTF-16', '\xff\xfe', '%!PS\nshowpage', '\n'],
  ['nothing, for it is only called PostScript', '\n\n', '% a program\nshowpage', '\n'],
];

describe('junk and printers’ commands around a program (ask 21)', () => {
  it.each(wrapped)('%s is left out', (_what, before, program, after) => {
    const file = Buffer.from(before + program + after, 'latin1');
    const expected = { from: before.length, to: before.length + program.length, hasControlBytes: false };
    expect(scan(file)).toMatchObject(expected);
    expect(scan(...singleBytes(file))).toEqual(scan(file));
    expect(detectFormat(file)).toMatch(program.startsWith('% ') ? 'text/plain' : 'application/postscript');
  });

  it.each([
    ['that is followed by more of the program', `%!PS\n${uel}@PJL EOJ\nshowpage`],
    ['within binary data', `%!PS\n\x1bE\x1b${uel}x`],
    ['that breaks off', '%!PS\n\x1b%-123'],
    ['that PJL has not begun', '%!PS\n@PJL EOJ\n\x1b'],
  ])('a command %s stays', (_where, program) => {
    expect(scan(program)).toMatchObject({ from: 0, to: program.length, hasControlBytes: true });
    expect(scan(...singleBytes(Buffer.from(program, 'latin1')))).toEqual(scan(program));
  });

  it('comments of pages in front of the program do not count', () => {
    expect(scan('%%Pages: 9\n\n%!PS-Adobe-3.0 EPSF-3.0\n%%Pages: 1\n')).toMatchObject({
      pages: 1,
      encapsulated: true,
    });
  });
});

describe('an EPS file with a binary header (EPSF 3.0, section 5.2)', () => {
  const program = '%!PS-Adobe-3.0 EPSF-3.0\n%%Pages: 1\n(x) show';
  const preview = Buffer.alloc(6000, 0x1b);
  const header = (from: number, length: number) => {
    const bytes = Buffer.alloc(30, 0xff);
    bytes.write('c5d0d3c6', 'hex');
    bytes.writeUInt32LE(from, 4);
    bytes.writeUInt32LE(length, 8);
    return bytes;
  };

  it.each([
    ['in front of its preview', [header(30, program.length + 1), Buffer.from(`${program}\n`), preview], 30],
    ['behind its preview', [header(6030, program.length + 2), preview, Buffer.from(`${program}\r\n`)], 6030],
  ])('is its program %s', (_where, parts, from) => {
    const file = Buffer.concat(parts);
    const facts = { from, to: from + program.length, hasControlBytes: false, pages: 1, encapsulated: true };
    expect(scan(file)).toEqual(facts);
    expect(scan(...singleBytes(file))).toEqual(facts);
  });

  it.each([
    [0xffff_ffff, 0xffff_ffff],
    [30, 0],
  ])('at %i with %i bytes holds no program', (from, length) => {
    expect(scan(header(from, length), program)).toMatchObject({ from: 0, to: 0, pages: null });
  });
});

it('any bytes are read in the same way, however they are cut, and the program lies within them', () => {
  const piece = fc.constantFrom(
    '%!PS\n',
    '%%Pages: 3\n',
    uel,
    '@PJL x\n',
    '\x1bE',
    '\x04',
    '\n',
    ' ',
    '\xc5\xd0\xd3\xc6\x1e\0\0\0\x40\0\0\0',
  );
  const file = fc
    .array(fc.oneof(piece, fc.string({ unit: 'binary-ascii', maxLength: 8 })), { maxLength: 20 })
    .map((pieces) => Buffer.from(pieces.join(''), 'latin1'));
  fc.assert(
    fc.property(file, anyCuts, (bytes, cuts) => {
      const whole = scan(bytes);
      expect(scan(...cutAt(bytes, cuts))).toEqual(whole);
      expect(scan(...singleBytes(bytes))).toEqual(whole);
      expect(whole.from).toBeLessThanOrEqual(whole.to);
      expect(whole.to).toBeLessThanOrEqual(bytes.length);
      const program = bytes.subarray(whole.from, whole.to);
      expect(whole.hasControlBytes).toBe(program.some(isChannelControl));
    }),
    { numRuns: 1000 },
  );
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

it.each(['x', '\n', '\x1b', uel, `${uel}@PJL x\n`, ' \x1b%-1234'])('costs what it is long: %j', (unit) => {
  const chunk = Buffer.from(`%!PS\n${unit.repeat(16_384 / unit.length)}`, 'latin1');
  assertLinear(4, (chunks) => {
    const scanner = new PostScriptScanner();
    for (let sent = 0; sent < chunks; sent++) scanner.push(chunk);
    scanner.end();
  });
});
