import { describe, expect, it } from 'vitest';
import { documentFormatWords } from '#vocab/document-formats.js';
import { detectFormat } from '#wire/document-format.js';

const formatOf = (text: string) => detectFormat(Buffer.from(text, 'latin1'));

describe('detectFormat', () => {
  it.each([
    ['%!PS-Adobe-3.0\n', 'application/postscript'],
    ['%!', 'application/postscript'],
    ['\x04%!PS', 'application/postscript'],
    ['\xef\xbb\xbf\r\n \x04 %!PS', 'application/postscript'],
    ['\x04\xef\xbb\xbf%!PS', 'application/postscript'],
    ['%!PS\n%PDF-1.4', 'application/postscript'],
    ['%PDF-1.7\n%\xe2\xe3', 'application/pdf'],
    [`${'junk '.repeat(100)}%PDF-1.4`, 'application/pdf'],
    [`${'x'.repeat(1020)}%PDF-1.4`, 'text/plain'],
    ['\x1bE\x1b&l0O', 'application/vnd.hp-PCL'],
    ['\x1b%-12345X@PJL ENTER LANGUAGE=POSTSCRIPT\r\n%!PS', 'application/vnd.hp-PCL'],
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['\x89PNG\r\n\x1a\n', 'image/png'],
    ['GIF89a', 'image/gif'],
    ['II*\x00', 'image/tiff'],
    ['MM\x00*', 'image/tiff'],
    ['PK\x03\x04', 'application/zip'],
    ['\n<!DOCTYPE HTML PUBLIC', 'text/html'],
    ['<HTML><p>%PDF-1.4', 'text/html'],
    ['Dear printer,\r\n', 'text/plain'],
    ['J\xe4nner \x1b$B', 'text/plain'],
    ['a%!PS', 'text/plain'],
    ['% not PostScript', 'text/plain'],
    ['\x00\x01\x02', 'application/octet-stream'],
    ['', 'application/octet-stream'],
    ['\x89PN\x00', 'application/octet-stream'],
  ])('%j is %s', (text, format) => expect(formatOf(text)).toBe(format));

  it('looks at the bytes it is given only, where they are part of a larger buffer', () => {
    const larger = Buffer.from('%!PS then text');
    expect(detectFormat(larger.subarray(4))).toBe('text/plain');
    expect(documentFormatWords[detectFormat(larger)]).toBe('a PostScript document');
  });
});
