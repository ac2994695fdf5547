import { describe, expect, it } from 'vitest';
import { LimitError } from '#base/errors.js';
import { describeEntity, headerValue, headerValues, parseHeader } from '#wire/mime-header.js';
import { parseParameters } from '#wire/mime-parameters.js';
import { decodeHeaderWords } from '#wire/mime-words.js';
import { assertLinear } from '../support/assert-linear.js';

describe('parseHeader', () => {
  it('unfolds values by taking out the line ends only (RFC 5322 §2.2.3)', () => {
    const fields = parseHeader(Buffer.from('Subject: a\r\n b\r\n\tc \r\nX-Empty:\r\n'));
    expect(fields).toEqual([
      { name: 'subject', value: 'a b\tc' },
      { name: 'x-empty', value: '' },
    ]);
  });

  it('ignores what is no field, and what is folded below it', () => {
    const text = 'From alice Mon Jan 1\n folded\nno field\n: x\nA b: c\nSubject : kept\n--b: kept too';
    expect(parseHeader(Buffer.from(text)).map(({ name }) => name)).toEqual(['subject', '--b']);
  });

  it('reads UTF-8, and anything else as Latin-1', () => {
    const value = (bytes: Buffer) => headerValue(parseHeader(bytes), 'subject');
    expect(value(Buffer.from('Subject: Jänner', 'utf8'))).toBe('Jänner');
    expect(value(Buffer.from('Subject: Jänner', 'latin1'))).toBe('Jänner');
  });

  it('gives all values of a repeated field', () => {
    expect(headerValues(parseHeader(Buffer.from('From: a\nTo: b\nFROM: c')), 'from')).toEqual(['a', 'c']);
  });
});

describe('describeEntity', () => {
  const describeFields = (text: string) => describeEntity(parseHeader(Buffer.from(text)), 'text/plain');

  it('joins RFC 2231 continuations and decodes their charset', () => {
    const text =
      "Content-Disposition: attachment;\n filename*0*=iso-8859-1''J%E4nner%20;\n filename*1=2026.ps";
    expect(describeFields(text).fileName).toBe('Jänner 2026.ps');
  });

  it('prefers the name of the disposition to that of the type', () => {
    expect(
      describeFields('Content-Type: a/b; name=type\nContent-Disposition: inline; filename=disposition')
        .fileName,
    ).toBe('disposition');
    expect(describeFields('Content-Type: a/b; name=type').fileName).toBe('type');
  });

  it('believes the first of two Content-Type fields', () => {
    expect(describeFields('Content-Type: a/b\nContent-Type: c/d').mediaType).toBe('a/b');
  });

  it('misses no semicolon behind a media type', () => {
    const { mediaType, parameters } = describeFields('Content-Type: multipart/mixed\n\tboundary="b"');
    expect([mediaType, parameters.get('boundary')]).toEqual(['multipart/mixed', 'b']);
    expect(describeFields('Content-Type: text/plain and more').mediaType).toBe('text/plain');
  });

  it('gives the Content-ID without its brackets', () => {
    const idOf = (value: string) => describeFields(`Content-ID: ${value}`).contentId;
    expect(['<a@b>', '<a@b> (comment)', 'a@b', '<>', ''].map(idOf)).toEqual([
      'a@b',
      'a@b',
      'a@b',
      null,
      null,
    ]);
  });

  it('keeps a boundary that looks like an encoded word', () => {
    const text = 'Content-Type: multipart/mixed; boundary="=?utf-8?q?x?="';
    expect(describeFields(text).parameters.get('boundary')).toBe('=?utf-8?q?x?=');
  });

  it('is not misled by names of object members', () => {
    const { parameters } = describeFields('Content-Type: a/b; __proto__=x; constructor=y');
    expect([...parameters.keys()]).toEqual(['__proto__', 'constructor']);
  });
});

describe('encoded words (RFC 2047)', () => {
  it.each([
    ['=?utf-8?Q?J=C3=A4nner_2026?= plan', 'Jänner 2026 plan'],
    ['=?iso-8859-1?B?SuRubmVy?=\t=?utf-8?q?!?=', 'Jänner!'],
    ['=?x-unknown?q?kept?=', 'kept'],
    ['=?utf-8?q?unfinished', '=?utf-8?q?unfinished'],
    ['2 =? 3', '2 =? 3'],
  ])('decodes %s', (text, expected) => expect(decodeHeaderWords(text)).toBe(expected));
});

describe('limits', () => {
  it('stand before every call of the library', () => {
    expect(() => decodeHeaderWords(`=?${'x'.repeat(16_384)}`)).toThrow(LimitError);
    expect(() => parseParameters('x'.repeat(16_385))).toThrow(LimitError);
    expect(() => parseHeader(Buffer.from('a:b\n'.repeat(1001)))).toThrow(LimitError);
  });

  it.each(['=?', '=?a?b?', '=?utf-8?q?x?= ', '=?utf-8?b?', '=?a?q??=\t\t'])(
    'words of %j cost what they are long',
    (unit) => {
      assertLinear(4096 / unit.length, (count) => decodeHeaderWords(unit.repeat(count)));
    },
  );

  it.each([';', '(', ';a*1=', '"', ';a=(', '\\', " ;x*0*=''%"])(
    'parameters of %j cost what they are long',
    (unit) => {
      assertLinear(4096 / unit.length, (count) => parseParameters(unit.repeat(count)));
    },
  );
});
