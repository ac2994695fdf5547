/** Which PDF documents are encrypted, by what Ghostscript writes and by dictionaries as other programs write them (ask 25). */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PdfScanner } from '#wire/pdf-scan.js';
import { assertLinear } from '../support/assert-linear.js';
import { missing } from '../support/peers.js';
import { anyCuts, cutAt, singleBytes } from '../support/pieces.js';

function isEncrypted(...chunks: (string | Uint8Array)[]): boolean {
  const scanner = new PdfScanner();
  for (const chunk of chunks) scanner.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk);
  return scanner.end().encrypted;
}

const welcome = fileURLToPath(new URL('../../../fixtures/ps/welcome.ps', import.meta.url));

describe.skipIf(missing('gs'))('a document that Ghostscript writes', () => {
  const write = (...options: string[]) =>
    execFileSync(
      'gs',
      [
        ...['-q', '-dBATCH', '-dNOPAUSE', '-dSAFER', '-sDEVICE=pdfwrite', '-dLastPage=1', ...options],
        ...['-sstdout=%stderr', '-sOutputFile=-', welcome],
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );

  it.each([
    ['with passwords', ['-dEncryptionR=3', '-dKeyLength=128', '-sOwnerPassword=o', '-sUserPassword=u'], true],
    ['with an owner’s password only', ['-dEncryptionR=3', '-dKeyLength=128', '-sOwnerPassword=o'], true],
    ['without one', [], false],
  ])('%s', (_how, options, encrypted) => {
    const document = write(...options);
    expect(document.toString('latin1', 0, 5)).toBe('%PDF-');
    expect(isEncrypted(document)).toBe(encrypted);
    expect(isEncrypted(...cutAt(document, [1000, 2000, document.length - 100, document.length - 200]))).toBe(
      encrypted,
    );
  });
});

const id = '/ID[<ca0f08d7><ca0f08d7>]';

describe('a document is encrypted', () => {
  it.each([
    [
      'by its trailer',
      `xref\n0 1\ntrailer\n<< /Size 22 /Root 1 0 R ${id} /Encrypt 21 0 R >>\nstartxref\n123\n%%EOF\n`,
    ],
    [
      'by a dictionary in its trailer',
      `trailer\r<</Encrypt<</Filter/Standard/V 1>>/Root 1 0 R>>\rstartxref\r`,
    ],
    [
      'by a cross-reference stream in alphabetical order',
      `88 0 obj\r<</DecodeParms<</Columns 4>>/Encrypt 62 0 R/Filter/FlateDecode${id}/Root 64 0 R/Type/XRef/W[1 2 1]>>stream\r\nh\xde`,
    ],
    [
      'by a cross-reference stream that tells its type first',
      `9 0 obj\n<< /Type /XRef /W [ 1 2 1 ] /Encrypt 8 0 R >>\nstream\n`,
    ],
    [
      'by the first of two trailers',
      `trailer\n<< /Encrypt 5 0 R >>\nstartxref\n0\n%%EOF\n${'x'.repeat(20_000)}trailer\n<< /Size 9 >>\n`,
    ],
    ['in its last bytes', 'trailer << /Encrypt 5 0 R '],
  ])('%s', (_how, text) => {
    expect(isEncrypted(text)).toBe(true);
    expect(isEncrypted(`${'x'.repeat(10_000)}${text}${'x'.repeat(10_000)}`)).toBe(true);
    expect(isEncrypted(...singleBytes(Buffer.from(text, 'latin1')))).toBe(true);
  });
});

describe('a document is not encrypted', () => {
  it.each([
    [
      'because it mentions the key in a text',
      '5 0 obj\n<< /Length 30 >>\nstream\n(/Encrypt 5 0 R) Tj\nendstream\nendobj\n',
    ],
    [
      'because an object of another kind has such a key',
      '5 0 obj\n<< /Type /Metadata /Encrypt 5 0 R >>\nendobj\n',
    ],
    ['because the key is another one', 'trailer\n<< /EncryptMetadata false /Encrypted 5 0 R >>\nstartxref\n'],
    ['because the value is nothing', 'trailer\n<< /Encrypt null >>\nstartxref\n'],
    ['because the key stands behind its trailer', 'trailer\n<< /Size 5 >>\nstartxref\n/Encrypt 5 0 R'],
    ['because it stands too far away', `trailer\n<< ${' '.repeat(5000)}/Encrypt 5 0 R >>`],
    [
      'because it mentions the key too often',
      `${'/Encrypt null endobj '.repeat(1000)}trailer << /Encrypt 5 0 R >>`,
    ],
    ['because it is empty', ''],
  ])('%s', (_why, text) => expect(isEncrypted(text)).toBe(false));
});

it('says the same wherever a document is cut', () => {
  const piece = fc.constantFrom(
    'trailer',
    'obj',
    'stream',
    'endobj',
    'startxref',
    '/Encrypt',
    ' 5 0 R',
    '<<',
    '/Type/XRef',
    ' ',
  );
  const document = fc
    .array(
      fc.oneof(
        piece,
        piece,
        fc.nat(5000).map((length) => ' '.repeat(length)),
      ),
      { maxLength: 12 },
    )
    .map((pieces) => Buffer.from(pieces.join('')));
  fc.assert(
    fc.property(document, anyCuts, (bytes, cuts) => {
      expect(isEncrypted(...cutAt(bytes, cuts))).toBe(isEncrypted(bytes));
    }),
    { numRuns: 500 },
  );
});

it.each(['/Encrypt ', '/Encrypt 5 0 R endobj ', 'trailer ', 'x'])('costs what it is long: %j', (unit) => {
  assertLinear(20_000 / unit.length, (count) => {
    const text = Buffer.from(unit.repeat(count));
    const scanner = new PdfScanner();
    for (let at = 0; at < text.length; at += 500) scanner.push(text.subarray(at, at + 500));
    scanner.end();
  });
});
