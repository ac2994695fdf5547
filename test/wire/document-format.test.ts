import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentFormatWords } from '#vocab/document-formats.js';
import { detectFormat, detectionBytes, detectLetterFormat } from '#wire/document-format.js';
import { missing } from '../support/peers.js';
import { attachment, tnef } from '../support/tnef-encoder.js';

const formatOf = (text: string) => detectFormat(Buffer.from(text, 'latin1'));
const letterFormatOf = (text: string) => detectLetterFormat(Buffer.from(text, 'latin1'));

const uel = '\x1b%-12345X';
const bmp = 'BM\x36\x10\x0e\0\0\0\0\0\x36\0\0\0\x28\0\0\0';
const dosEps = (from: number, length: number) =>
  `\xc5\xd0\xd3\xc6${littleEndian(from)}${littleEndian(length)}${'\0'.repeat(18)}`;
const boxes = (brand: string, ...compatible: string[]) =>
  `\0\0\0${String.fromCharCode(16 + 4 * compatible.length)}ftyp${brand}\0\0\0\0${compatible.join('')}\0\0\x0e\xbdmeta`;

function littleEndian(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString('latin1');
}

describe('detectFormat', () => {
  it.each([
    ['%!PS-Adobe-3.0\n', 'application/postscript'],
    ['%!', 'application/postscript'],
    ['\x04%!PS', 'application/postscript'],
    ['\xef\xbb\xbf\r\n \x04 %!PS', 'application/postscript'],
    ['\x04\xef\xbb\xbf%!PS', 'application/postscript'],
    ['%!PS\n%PDF-1.4', 'application/postscript'],
    [`${dosEps(30, 5)}%!PS\n`, 'application/postscript'],
    ['%PDF-1.7\n%\xe2\xe3', 'application/pdf'],
    ['\x1bE\x1b&l0O', 'application/vnd.hp-PCL'],
    [') HP-PCL XL;2;0;Comment', 'application/vnd.hp-PCLXL'],
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['\x89PNG\r\n\x1a\n', 'image/png'],
    ['GIF89a', 'image/gif'],
    ['II*\x00', 'image/tiff'],
    ['MM\x00*', 'image/tiff'],
    ['RIFF\x24\0\0\0WEBPVP8 ', 'image/webp'],
    [bmp, 'image/bmp'],
    ['\xd7\xcd\xc6\x9a\0\0', 'image/wmf'],
    [`\x01\0\0\0${'\0'.repeat(36)} EMF`, 'image/emf'],
    ['RaS2PwgRaster\0', 'image/pwg-raster'],
    ['UNIRAST\0\0\0\0\x01', 'image/urf'],
    ['PK\x03\x04', 'application/zip'],
    ['PK\x05\x06', 'application/zip'],
    ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'application/x-ole-storage'],
    ['{\\rtf1\\ansi', 'application/rtf'],
    ['<svg xmlns="http://www.w3.org/2000/svg">', 'image/svg+xml'],
    ['<?xml version="1.0"?>\n<!-- drawn -->\n<svg:svg>', 'image/svg+xml'],
    ['<?xml version="1.0"?><html xmlns=""', 'text/html'],
    ['\xef\xbb\xbf<?xml version="1.0"?><invoice>', 'application/xml'],
    ['\n<!DOCTYPE HTML PUBLIC', 'text/html'],
    ['<!-- one --> <!-- two -->\n<html>', 'text/html'],
    ['<HTML><p>%PDF-1.4', 'text/html'],
    ['Dear printer,\r\n', 'text/plain'],
    ['J\xe4nner \x1b$B', 'text/plain'],
    ['BMW prices in 2026, and more of it', 'text/plain'],
    ['<?xml:namespace prefix = o />', 'text/plain'],
    ['% not PostScript', 'text/plain'],
    ['\x00\x01\x02', 'application/octet-stream'],
    ['', 'application/octet-stream'],
    ['\x89PN\x00', 'application/octet-stream'],
  ])('%j is %s', (text, format) => expect(formatOf(text)).toBe(format));

  it.each([
    // As phones write them (ask 24).
    [boxes('heic', 'mif1', 'heic'), 'image/heic'],
    [boxes('heic', 'mif1', 'MiHB', 'MiHA', 'heix', 'MiPr', 'miaf', 'heic', 'tmap'), 'image/heic'],
    [boxes('mif1', 'mif1', 'heic', 'hevc'), 'image/heic'],
    [boxes('msf1', 'hevc', 'msf1', 'iso8'), 'image/heic'],
    [boxes('avif', 'mif1', 'miaf'), 'image/avif'],
    [boxes('mif1', 'avif', 'miaf'), 'image/avif'],
    [boxes('isom', 'isom', 'avc1'), 'application/octet-stream'],
    [boxes('qt  '), 'application/octet-stream'],
    ['\0\0\0\x08ftyp', 'application/octet-stream'],
  ])('knows the brand of %j', (text, format) => expect(formatOf(text)).toBe(format));

  it('looks at the bytes, and not at the name: a HEIC that is really a JPEG is one (ask 21)', () => {
    expect(formatOf('\xff\xd8\xff\xe1\x2b\x0aExif\0\0MM\0*')).toBe('image/jpeg');
  });

  it('looks at the bytes it is given only, where they are part of a larger buffer', () => {
    const larger = Buffer.from('%!PS then text');
    expect(detectFormat(larger.subarray(4))).toBe('text/plain');
    expect(documentFormatWords[detectFormat(larger)]).toBe('a PostScript document');
  });
});

describe('junk in front of a document (ask 21)', () => {
  const header = 'HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n';

  it.each([
    [`${'junk '.repeat(100)}\n%PDF-1.4`, 'application/pdf'],
    [`${'\0'.repeat(127)}x%PDF-1.4`, 'application/pdf'],
    ['A PDF file begins with %PDF-1.4 always.\n', 'text/plain'],
    ['A PDF file begins with %PDF-1.4\r\n%PDF-1.7\r\n', 'application/pdf'],
    ['It begins with\n%PDF-, and its version follows.\n', 'text/plain'],
    ['#!/bin/sh\nlpr <<END\n%!PS\nshowpage\nEND\n', 'text/plain'],
    ['#!/bin/sh\nlpr <<END\n%PDF-1.4\nEND\n', 'text/plain'],
    [`${header}%PDF-1.4`, 'application/pdf'],
    [`${header}%!PS-Adobe-3.0\r\n`, 'application/postscript'],
    ['[EXTERNAL] Do not trust this mail.\n\n%!PS\nshowpage\n', 'application/postscript'],
    ['From alice Mon Jan  5\rSubject: x\r\r%!PS  \r', 'application/postscript'],
    ['statusdict begin end\x04%!PS-Adobe-2.0\n', 'application/postscript'],
    ['\xff\xfe%!PS\n', 'application/postscript'],
    ['\xfe\xff%PDF-1.4', 'application/pdf'],
    ['\n\n\x04\r\n%PDF-1.4', 'application/pdf'],
    ['driver\n%!PS\n(%PDF-1.4) show', 'application/postscript'],
    ['driver\n%PDF-1.4\n%!PS\n', 'application/pdf'],
    ['driver %PDF-1.4\n%!PS\n', 'application/postscript'],
    ['a%!PS', 'text/plain'],
    ['see\n %!PS\n', 'text/plain'],
    ['A file begins with\n%!PS as its first line.\n', 'text/plain'],
    ['A file begins with\n%!\n', 'text/plain'],
    [`${'x'.repeat(1019)}\n%PDF-1.4`, 'text/plain'],
    [`${'x'.repeat(1018)}\n%PDF-1.4`, 'application/pdf'],
    [`${'x'.repeat(1023)}\n%!PS\n`, 'text/plain'],
    [`${'x'.repeat(1022)}\n%!PS\n`, 'application/postscript'],
  ])('%j is %s', (text, format) => expect(formatOf(text)).toBe(format));
});

describe('a file that holds documents is none of them', () => {
  it.skipIf(missing('python3'))('a tar archive', () => {
    const script = [
      'import io, sys, tarfile',
      'with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=int(sys.argv[1])) as archive:',
      '    info = tarfile.TarInfo("a.pdf")',
      '    info.size = 8',
      '    archive.addfile(info, io.BytesIO(b"%PDF-1.4"))',
    ].join('\n');
    for (const format of ['0', '1', '2']) {
      const archive = execFileSync('python3', ['-c', script, format]);
      expect(archive.indexOf('%PDF-1.4')).toBeLessThan(1024);
      expect(detectFormat(archive)).toBe('application/octet-stream');
    }
  });

  it.skipIf(missing('openssl'))('a signature around one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'phaserlink-format-'));
    try {
      const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
      const options = ['-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=alice', '-keyout', key];
      execFileSync('openssl', ['req', '-x509', ...options, '-out', certificate], { stdio: 'ignore' });
      const sign = ['cms', '-sign', '-binary', '-nodetach', '-outform', 'DER', '-signer', certificate];
      for (const more of [[], ['-stream']]) {
        const signed = execFileSync('openssl', [...sign, '-inkey', key, ...more], { input: '%PDF-1.4' });
        expect(signed.indexOf('%PDF-1.4')).toBeLessThan(1024);
        expect(detectFormat(signed)).toBe('application/octet-stream');
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a winmail.dat', () => {
    const bytes = tnef(attachment({ title: 'a.pdf', data: Buffer.from('%PDF-1.4') }));
    expect(detectFormat(bytes)).toBe('application/octet-stream');
  });
});

describe('the text of a mail', () => {
  it.each([
    ['%!PS\nshowpage\n', 'application/postscript'],
    ['\r\n%PDF-1.4', 'application/pdf'],
    [`${uel}@PJL ENTER LANGUAGE=POSTSCRIPT\r\n%!PS\n`, 'application/postscript'],
    ['[EXTERNAL] Beware.\r\n\r\n%!PS-Adobe-3.0\r\n%%Title: plan\r\n', 'application/postscript'],
    ['The file begins with\n%!PS-Adobe-3.0\nbut nothing comes out.\n', 'text/plain'],
    ['The file begins with\n%!PS\n%%Title\n', 'text/plain'],
    ['Attached is a %PDF-1.7 file.', 'text/plain'],
    ['<html><body>%!PS', 'text/html'],
    ['Hello', 'text/plain'],
  ])('%j is %s', (text, format) => expect(letterFormatOf(text)).toBe(format));
});

describe('what a printer’s commands are around', () => {
  const enter = (language: string) =>
    `${uel}@PJL JOB NAME="a"\r\n@PJL SET COPIES=1\n@PJL ENTER LANGUAGE${language}\r\n`;

  it.each([
    [`${enter('=POSTSCRIPT')}%!PS-Adobe-3.0\n`, 'application/postscript'],
    [`${enter(' = PostScript ')}/Times-Roman findfont`, 'application/postscript'],
    [`${uel}@PJL SET COPIES=1\n%!PS\n`, 'application/postscript'],
    [`${uel}%!PS-Adobe-3.0\n`, 'application/postscript'],
    [`\x04${uel}@PJL\n${uel}\x04%!PS`, 'application/postscript'],
    [`\x1bE${enter('=POSTSCRIPT')}\x04%!PS`, 'application/postscript'],
    [`${enter('=PDF')}%PDF-1.4`, 'application/pdf'],
    [`${enter('=POSTSCRIPT')}%PDF-1.4`, 'application/pdf'],
    [`${enter('=URF')}UNIRAST\0`, 'image/urf'],
    [`${enter('=PCLXL')}) HP-PCL XL;2;0`, 'application/vnd.hp-PCLXL'],
    [`${enter('=PCL')}\x1bE\x1b&l0O`, 'application/vnd.hp-PCL'],
    [`${uel}@PJL INFO STATUS\r\n`, 'application/vnd.hp-PCL'],
    [`${uel}\x1bE`, 'application/vnd.hp-PCL'],
    ['@PJL ENTER LANGUAGE=POSTSCRIPT\r\n', 'text/plain'],
  ])('%j is %s', (text, format) => expect(formatOf(text)).toBe(format));

  it('is found behind as many commands as a driver writes', () => {
    const comment = `@PJL COMMENT ${'x'.repeat(70)}\r\n`;
    expect(formatOf(`${uel}${comment.repeat(150)}@PJL ENTER LANGUAGE=POSTSCRIPT\r\n%!PS`)).toBe(
      'application/postscript',
    );
  });
});

const welcome = fileURLToPath(new URL('../../../fixtures/ps/welcome.ps', import.meta.url));

describe.skipIf(missing('gs'))('what Ghostscript writes', () => {
  it.each([
    ['eps2write', 'application/postscript'],
    ['pdfwrite', 'application/pdf'],
    ['ljet4', 'application/vnd.hp-PCL'],
    ['pxlcolor', 'application/vnd.hp-PCLXL'],
    ['bmp16m', 'image/bmp'],
    ['png16m', 'image/png'],
    ['jpeg', 'image/jpeg'],
    ['tiffg4', 'image/tiff'],
    ['pwgraster', 'image/pwg-raster'],
    ['appleraster', 'image/urf'],
  ])('with %s is %s', (device, format) => {
    const folder = mkdtempSync(join(tmpdir(), 'phaserlink-format-'));
    try {
      const file = join(folder, 'out');
      const options = ['-q', '-dBATCH', '-dNOPAUSE', '-dSAFER', '-r20', '-dLastPage=1', `-sDEVICE=${device}`];
      execFileSync('gs', [...options, `-sOutputFile=${file}`, welcome], { stdio: 'ignore' });
      expect(detectFormat(readFileSync(file))).toBe(format);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Files of these names in this order, the first one stored, the others compressed. */
const pythonZip = [
  'import io, sys, zipfile',
  'out = io.BytesIO()',
  'with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:',
  '    for number, entry in enumerate(sys.argv[1:]):',
  '        name, _, content = entry.partition("=")',
  '        archive.writestr(name, content, zipfile.ZIP_DEFLATED if number else zipfile.ZIP_STORED)',
  'sys.stdout.buffer.write(out.getvalue())',
].join('\n');

describe.skipIf(missing('python3'))('an archive that Python writes', () => {
  it.each([
    [
      ['[Content_Types].xml=<Types/>', 'word/document.xml=<w/>'],
      'application/vnd.openxmlformats-officedocument',
    ],
    [['_rels/.rels=<r/>', 'xl/workbook.xml=<w/>'], 'application/vnd.openxmlformats-officedocument'],
    [
      ['mimetype=application/vnd.oasis.opendocument.text', 'content.xml=<c/>'],
      'application/vnd.oasis.opendocument',
    ],
    [['mimetype=application/epub+zip', 'META-INF/container.xml=<c/>'], 'application/zip'],
    [['plan.ps=%!PS', 'word/document.xml=<w/>'], 'application/zip'],
    [[], 'application/zip'],
  ])('with %j is %s', (entries, format) => {
    expect(detectFormat(execFileSync('python3', ['-c', pythonZip, ...entries]))).toBe(format);
  });
});

it('gives any bytes a format, by no more of them than it says', () => {
  const beginning = fc.constantFrom(
    '',
    uel,
    '@PJL ',
    '\x1bE',
    'PK\x03\x04',
    '\0\0\0\xffftyp',
    '\xc5\xd0\xd3\xc6',
    '<?xml ',
    '\n%!PS',
    '\x04',
  );
  const anyText = fc.array(fc.oneof(beginning, fc.string({ unit: 'binary-ascii' })), { maxLength: 6 });
  fc.assert(
    fc.property(anyText, (pieces) => {
      const bytes = Buffer.from(pieces.join(''), 'latin1');
      const format = detectFormat(bytes);
      expect(documentFormatWords[format]).toBeTypeOf('string');
      expect(documentFormatWords[detectLetterFormat(bytes)]).toBeTypeOf('string');
      const full = Buffer.concat([bytes, Buffer.alloc(detectionBytes, ' ')]);
      expect(detectFormat(full)).toBe(detectFormat(full.subarray(0, detectionBytes)));
    }),
    { numRuns: 500 },
  );
});
