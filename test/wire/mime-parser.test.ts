import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LimitError } from '#base/errors.js';
import { MimeParser } from '#wire/mime-parser.js';
import { assertLinear } from '../support/assert-linear.js';
import { leafBodies, parseMail, parseWhole } from '../support/mime-parts.js';

const fixtures = new URL('../../../fixtures/mail/', import.meta.url);
const fixtureNames = readdirSync(fixtures).filter((name) => name.endsWith('.eml'));

function crlf(...lines: string[]): string {
  return lines.join('\r\n');
}

function multipart(boundary: string, ...rest: string[]): string {
  return crlf(`Content-Type: multipart/mixed; boundary="${boundary}"`, '', ...rest);
}

describe('boundaries (RFC 2046 §5.1.1)', () => {
  it('gives the line end before a delimiter to the delimiter, and keeps the others', () => {
    expect(leafBodies(multipart('b', '--b', '', 'one', '', '--b', '', '', 'two', '--b--', ''))).toEqual([
      'one\r\n',
      '\r\ntwo',
    ]);
  });

  it('passes over preamble and epilogue', () => {
    expect(
      leafBodies(
        multipart('b', 'preamble', '--bogus', '--b', '', 'one', '--b--', 'epilogue', '--b', '', 'no'),
      ),
    ).toEqual(['one']);
  });

  it('takes bare LF as a line end', () => {
    expect(
      leafBodies('Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--\n'),
    ).toEqual(['one', 'two']);
  });

  it('allows white space after a delimiter, but nothing else', () => {
    expect(
      leafBodies(multipart('b', '--b \t ', '', 'one', '--bx', '--b- -', ' --b', '--b-- x', '--b--  ', '')),
    ).toEqual(['one\r\n--bx\r\n--b- -\r\n --b\r\n--b-- x']);
  });

  it('tells a boundary from one that begins with it', () => {
    const inner = crlf(
      'Content-Type: multipart/alternative; boundary="b-1"',
      '',
      '--b-1',
      '',
      'deep',
      '--b-1--',
    );
    expect(leafBodies(multipart('b', '--b', inner, '--b', '', 'flat', '--b--'))).toEqual(['deep', 'flat']);
  });

  it('ends the last part with the mail where the closing delimiter is missing', () => {
    expect(leafBodies(multipart('b', '--b', '', 'one', '--b', '', 'two', ''))).toEqual(['one', 'two\r\n']);
  });

  it('takes a closing delimiter without a line end', () => {
    expect(leafBodies(multipart('b', '--b', '', 'one', '--b--'))).toEqual(['one']);
  });

  it('ends inner parts with an outer delimiter', () => {
    const inner = crlf('Content-Type: multipart/mixed; boundary=inner', '', '--inner', '', 'deep');
    const parts = parseWhole(multipart('outer', '--outer', inner, '--outer', '', 'flat', '--outer--'));
    expect(parts.map(({ start, body }) => [start.path.join('.'), body.toString()])).toEqual([
      ['', ''],
      ['1', ''],
      ['1.1', 'deep'],
      ['2', 'flat'],
    ]);
  });

  it('ends nested parts that share a boundary from the inside', () => {
    const inner = crlf('Content-Type: multipart/mixed; boundary=b', '', '--b', '', 'deep', '--b--');
    expect(leafBodies(multipart('b', '--b', inner, '--b', '', 'flat', '--b--'))).toEqual(['deep', 'flat']);
  });

  it('reads parts without body, without header and without either', () => {
    expect(leafBodies(multipart('b', '--b', '', '--b', 'X: y', '--b', '', 'one', '--b', '--b--'))).toEqual([
      '',
      '',
      'one',
      '',
    ]);
  });

  it('keeps a multipart without a boundary as one body', () => {
    expect(leafBodies(crlf('Content-Type: multipart/mixed', '', '--b', '', 'one', '--b--'))).toEqual([
      '--b\r\n\r\none\r\n--b--',
    ]);
  });
});

describe('entities', () => {
  it('gives depth, path, media type, encoding, disposition and file name', () => {
    const [, part] = parseWhole(
      multipart(
        'b',
        '--b',
        'CONTENT-TYPE: Application/PostScript (really);',
        '\tname=other.ps',
        'content-disposition: ATTACHMENT; filename="=?utf-8?q?J=C3=A4nner.ps?="',
        'Content-Transfer-Encoding: BASE64 (of course)',
        '',
        'JSE=',
        '--b--',
      ),
    );
    expect(part?.start).toMatchObject({
      depth: 1,
      path: [1],
      mediaType: 'application/postscript',
      transferEncoding: 'base64',
      disposition: 'attachment',
      fileName: 'Jänner.ps',
    });
    expect(part?.body.toString()).toBe('%!');
  });

  it('is text/plain without a Content-Type or with a malformed one, message/rfc822 in a digest', () => {
    const type = (mail: string) => parseWhole(mail).map(({ start }) => start.mediaType);
    expect(type('Subject: x\r\n\r\ny')).toEqual(['text/plain']);
    expect(type('Content-Type: pdf; name=x\r\n\r\ny')).toEqual(['text/plain']);
    expect(type(multipart('b', '--b', '', 'x', '--b--').replace('mixed', 'digest'))).toEqual([
      'multipart/digest',
      'message/rfc822',
    ]);
  });

  it('leaves message/rfc822 closed', () => {
    expect(
      leafBodies(multipart('b', '--b', 'Content-Type: message/rfc822', '', 'Subject: x', '', 'y', '--b--')),
    ).toEqual(['Subject: x\r\n\r\ny']);
  });

  it('reads an empty mail as one empty part', () => {
    expect(leafBodies('')).toEqual(['']);
    expect(leafBodies('Subject: x')).toEqual(['']);
  });

  it('keeps every byte of 7bit, 8bit and binary bodies', () => {
    const every = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256)).toString('latin1');
    for (const encoding of ['7bit', '8bit', 'Binary', 'x-unknown']) {
      const part = crlf(`Content-Transfer-Encoding: ${encoding}`, '', `${every}\r\n\r`);
      expect(leafBodies(multipart('b', '--b', part, '--b--'))).toEqual([`${every}\r\n\r`]);
    }
  });
});

describe.each(fixtureNames)('%s', (name) => {
  const mail = readFileSync(new URL(name, fixtures));
  const whole = parseMail([mail]);

  it('is read the same split at every byte', () => {
    for (let at = 1; at < mail.length; at++) {
      expect(parseMail([mail.subarray(0, at), mail.subarray(at)])).toEqual(whole);
    }
  });

  it('is read the same byte by byte', () => {
    expect(parseMail(Array.from(mail, (byte) => Uint8Array.of(byte)))).toEqual(whole);
  });
});

describe('limits', () => {
  const nested = (levels: number) =>
    Array.from({ length: levels }, (_, level) => multipart(`b${level}`, `--b${level}`, '')).join('');

  it.each([
    ['header bytes', `X: ${'y'.repeat(131_072)}`],
    ['header fields', 'X: y\r\n'.repeat(1001)],
    ['body parts', multipart('b', '--b\r\n\r\n'.repeat(1001))],
    ['nesting', nested(61)],
    ['boundary length', multipart('b'.repeat(251))],
    ['parameters', `Content-Type: text/plain; name=${'y'.repeat(16_384)}`],
    ['encoded words', `Content-Type: text/plain; name=${'=?utf-8?q?x?='.repeat(1300)}`],
  ])('stop too many %s', (_what, mail) => {
    expect(() => parseWhole(`${mail}\r\n\r\n`)).toThrow(LimitError);
  });

  it('allow what is just below them', () => {
    expect(parseWhole(nested(60)).length).toBe(61);
    expect(parseWhole(multipart('b', '--b\r\n\r\n'.repeat(999))).length).toBe(1000);
  });

  it('stop a header without an end before it fills the memory', () => {
    const parser = new MimeParser();
    const chunk = Buffer.alloc(10_000, 'x');
    let pushed = 0;
    while (pushed++ < 1000 && parser.push(chunk).length === 0);
    expect(pushed).toBeLessThan(20);
  });
});

describe('cost', () => {
  const around = (part: string) => multipart('bbb', '--bbb', part);
  const deep = Array.from({ length: 60 }, (_, level) => multipart(`b${level}`, `--b${level}`, '')).join('');
  it.each([
    ['lines that look like delimiters inside of sixty multiparts', `${deep}\r\n`, '\r\n--b'],
    ['lines that look like delimiters', around('\r\n'), '\r\n--bb'],
    ['a delimiter padded with white space', around('\r\n\r\n--bbb'), ' '],
    ['empty lines', around('\r\n'), '\r\n'],
    ['base64', around('Content-Transfer-Encoding: base64\r\n\r\n'), `${'QUJD'.repeat(19)}\r\n`],
    ['base64 of padding', around('Content-Transfer-Encoding: base64\r\n\r\n'), 'Q='],
    ['quoted-printable of blanks', around('Content-Transfer-Encoding: quoted-printable\r\n\r\n'), ' '],
    [
      'quoted-printable of malformed escapes',
      around('Content-Transfer-Encoding: quoted-printable\r\n\r\n'),
      '= ',
    ],
  ])('of %s is linear', (_what, head, unit) => {
    assertLinear(10_000, (count) => {
      const mail = Buffer.from(head + unit.repeat(count), 'latin1');
      const parser = new MimeParser();
      for (let at = 0; at < mail.length; at += 1000) parser.push(mail.subarray(at, at + 1000));
      parser.end();
    });
  });

  it('of a header is linear, however it is cut up', () => {
    assertLinear(8_000, (bytes) => {
      const parser = new MimeParser();
      for (const byte of Buffer.from(`X: ${'y'.repeat(bytes)}\r\n\r\n`)) parser.push(Uint8Array.of(byte));
    });
    assertLinear(30_000, (bytes) => parseWhole(`X: y\r\n${' \r\n'.repeat(bytes / 3)}\r\n`));
  });
});
