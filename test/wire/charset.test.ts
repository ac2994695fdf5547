/** Charsets as Python writes them, names that mean nothing, and anything else. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCharset, decodeUnlabelled } from '#wire/charset.js';
import { assertLinear } from '../support/assert-linear.js';
import { missing } from '../support/peers.js';

/** Python's names, in lower case with a hyphen or an underscore, are those of mail or close to them. */
const texts: Record<string, readonly string[]> = {
  'Jänner 2026.ps': ['iso-8859-1', 'windows-1252', 'macintosh', 'utf-8', 'utf-16', 'utf-7', 'cp850'],
  'Übersicht – „neu“': ['windows-1252', 'utf-8', 'utf-7'],
  'Отчёт за май': ['koi8-r', 'windows-1251', 'iso-8859-5', 'cp866', 'koi8-u', 'utf-7'],
  'Ετήσια έκθεση': ['iso-8859-7', 'windows-1253'],
  'דוח שנתי': ['iso-8859-8', 'windows-1255'],
  تقرير: ['iso-8859-6', 'windows-1256'],
  'İstanbul ğ': ['iso-8859-9', 'windows-1254'],
  'Zażółć gęślą': ['iso-8859-2', 'windows-1250'],
  รายงาน: ['tis-620'],
  '報告 テスト ｶﾅ.ps': ['shift_jis', 'euc-jp', 'cp932'],
  '報告 テスト.ps': ['iso-2022-jp'],
  '年度报告 ab': ['gb2312', 'gbk', 'gb18030', 'hz'],
  '𠀀 😀': ['gb18030', 'utf-7', 'utf-8'],
  年度報告: ['big5', 'cp950'],
  '연간 보고서 ab': ['euc-kr', 'iso-2022-kr', 'cp949', 'ks_c_5601-1987'],
  'a + b ~ c -': ['utf-7', 'hz', 'us-ascii'],
};
const pairs = Object.entries(texts).flatMap(([text, charsets]) =>
  charsets.map((charset) => ({ text, charset })),
);

const pythonEncoder = [
  'import json, sys',
  'pairs = json.load(sys.stdin)',
  'print(json.dumps([pair["text"].encode(pair["charset"]).hex() for pair in pairs]))',
].join('\n');

describe.skipIf(missing('python3'))('what Python has encoded', () => {
  it('is the same text again', () => {
    const output = execFileSync('python3', ['-c', pythonEncoder], { input: JSON.stringify(pairs) });
    const encoded = JSON.parse(output.toString()) as string[];
    const decoded = pairs.map(({ charset }, index) => ({
      text: decodeCharset(Buffer.from(encoded[index] ?? '', 'hex'), charset),
      charset,
    }));
    expect(decoded).toEqual(pairs);
  });
});

describe('bytes that are not what their charset says', () => {
  it.each([
    ['x-nobody-knows', 'e4', 'ä'],
    ['x-nobody-knows', 'c3a4', 'ä'],
    ['us-ascii', 'c3a4', 'ä'],
    ['unknown-8bit', '8093', '€“'],
    ['', 'e4', 'ä'],
    ['utf-8', '61e462', 'a\ufffdb'],
    ['utf-8', '61c3', 'a\ufffd'],
    ['iso-2022-jp', '1b2442467c', '日'],
    ['utf-7', '2b4141', ''],
    ['utf-7', '61e4', 'aä'],
    ['hz', '7e7b44', '\ufffd'],
    ['base64', '5746', 'WF'],
    ['__proto__', '61', 'a'],
    ['a'.repeat(10_000), '61', 'a'],
  ])('%s of %s is readable', (charset, hex, text) => {
    expect(decodeCharset(Buffer.from(hex, 'hex'), charset)).toBe(text);
  });

  it('without a charset are UTF-8 or Western European', () => {
    expect(decodeUnlabelled(Buffer.from('Jänner'))).toBe('Jänner');
    expect(decodeUnlabelled(Buffer.from('J\xe4nner \x96 \x80', 'latin1'))).toBe('Jänner – €');
  });
});

it('any bytes in any charset are some text, not much longer than they are', () => {
  const charset = fc.oneof(fc.constantFrom(...new Set(Object.values(texts).flat())), fc.string());
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), charset, (bytes, name) => {
      expect(decodeCharset(Buffer.from(bytes), name).length).toBeLessThanOrEqual(2 * bytes.length);
    }),
    { numRuns: 1000 },
  );
});

it.each([
  ['hz', '~{'],
  ['hz', '~'],
  ['iso-2022-kr', '\x0e'],
  ['iso-2022-kr', '\x1b$)'],
  ['utf-7', '+'],
  ['utf-7', '+A'],
  ['iso-2022-jp', '\x1b$B'],
  ['gb18030', '\x81\x30'],
])('%s costs what %j is long', (charset, unit) => {
  assertLinear(1000, (count) => decodeCharset(Buffer.from(unit.repeat(count), 'latin1'), charset));
});
