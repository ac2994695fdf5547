/** What of a mail stays off the paper, and with which words: nothing is dropped in silence. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { entity, file, fromAlice, html, mixed, multipart, plain, readMail } from '../support/read-mail.js';

const ps = '%!PS-Adobe-3.0\nshowpage\n';
const typed = (type: string, body: string | Buffer) => entity([`Content-Type: ${type}`], body);
/** DER as far as the content type of RFC 5652. */
const cms = (...end: number[]) =>
  Buffer.from([
    0x30,
    0x80,
    0x06,
    7 + end.length,
    0x2a,
    0x86,
    0x48,
    0x86,
    0xf7,
    0x0d,
    0x01,
    ...end,
    0xa0,
    0x80,
  ]);

const encrypted = 'it is encrypted, and only its recipient could read it';

describe('a part that is left out', () => {
  it.each<[string, string, string, string]>([
    ['an empty file', file('a.ps', ''), 'empty', 'it is empty'],
    [
      'a multipart without boundary',
      typed('multipart/mixed', ps),
      'damaged',
      'its parts cannot be told apart: it names no boundary',
    ],
    [
      'a multipart whose boundary is not in it',
      typed('multipart/mixed; boundary=other', ps),
      'damaged',
      'its parts cannot be told apart: its boundary is not in it',
    ],
    ['a multipart without anything', typed('multipart/mixed', ''), 'letter', 'no part is in it'],
    [
      'a multipart without a part',
      typed('multipart/mixed; boundary=other', ''),
      'letter',
      'no part is in it',
    ],
    [
      'a piece of a split mail',
      typed('message/partial; id=x; number=1', 'x'),
      'piece',
      'it is a piece of a split mail',
    ],
    [
      'a pointer',
      typed('message/external-body; access-type=url', 'x'),
      'unsupported',
      'it only names a file that is kept elsewhere',
    ],
    [
      'a report',
      typed('message/delivery-status', 'Action: failed'),
      'companion',
      'it is a report of a mail system',
    ],
    ['headers', typed('text/rfc822-headers', 'Subject: x'), 'companion', 'it is the header of another mail'],
    [
      'a calendar',
      file('invite.ics', 'BEGIN:VCALENDAR', { type: 'application/ics' }),
      'companion',
      'it is a calendar entry',
    ],
    [
      'a calendar of no type',
      file('x', '\xef\xbb\xbfBEGIN:VCALENDAR'),
      'companion',
      'it is a calendar entry',
    ],
    ['a card', file('a.vcf', 'BEGIN:VCARD', { type: 'text/x-vcard' }), 'companion', 'it is a visiting card'],
    [
      'a resource fork',
      typed('application/applefile', Buffer.from('\0\x05\x16\x07')),
      'companion',
      'it is what a Macintosh keeps beside a file, and not the file itself',
    ],
    ['a signature', typed('application/pkcs7-signature', cms(7, 2)), 'signature', 'it is a signature'],
    [
      'a PGP signature',
      typed('application/pgp-signature', '-----BEGIN PGP SIGNATURE-----'),
      'signature',
      'it is a signature',
    ],
    [
      'a key',
      typed('application/pgp-keys', '-----BEGIN PGP PUBLIC KEY BLOCK-----'),
      'signature',
      'it is a key or a certificate',
    ],
    [
      'a certificate',
      typed('application/pkcs7-mime; smime-type=certs-only', 'x'),
      'signature',
      'it is a key or a certificate',
    ],
    ['S/MIME', typed('application/pkcs7-mime; smime-type=enveloped-data', 'x'), 'encrypted', encrypted],
    ['S/MIME that does not say so', typed('application/x-pkcs7-mime', cms(7, 3)), 'encrypted', encrypted],
    ['S/MIME that is authenticated', file('smime.p7m', cms(9, 16, 1, 23)), 'encrypted', encrypted],
    [
      'S/MIME around what is signed',
      file('smime.p7m', cms(7, 2)),
      'unsupported',
      'what is signed lies inside of the signature; send it with a signature beside it, or without one',
    ],
    [
      'S/MIME around a PDF that can be seen in it',
      file('fattura.pdf.p7m', Buffer.concat([cms(7, 2), Buffer.from('%PDF-1.4')])),
      'unsupported',
      'what is signed lies inside of the signature; send it with a signature beside it, or without one',
    ],
    [
      'S/MIME around what is compressed',
      typed('application/pkcs7-mime; smime-type=compressed-data', 'x'),
      'unsupported',
      'it is compressed in a form of secure mail that is not opened here',
    ],
    ['a PGP file', file('a.pgp', '-----BEGIN PGP MESSAGE-----'), 'encrypted', encrypted],
    ['a PGP text', plain('-----BEGIN PGP MESSAGE-----'), 'encrypted', encrypted],
    [
      'BinHex',
      file('a.hqx', '(This file must be converted with BinHex 4.0)', { type: 'application/mac-binhex40' }),
      'unsupported',
      'it is a file in BinHex, an old encoding of Macintosh mail; send the file itself as an attachment',
    ],
    [
      'yEnc',
      plain('=ybegin line=128 size=4 name=a.ps\r\nxxxx\r\n=yend size=4'),
      'unsupported',
      'it is a file in yEnc, an encoding of newsgroups; send the file itself as an attachment',
    ],
    [
      'another transfer encoding',
      entity(['Content-Transfer-Encoding: x-rot13', 'Content-Disposition: attachment'], 'x'),
      'unsupported',
      'its transfer encoding "x-rot13" is not one of MIME\'s own',
    ],
    [
      'a text that Exchange turned into a file',
      file('ATT00001.txt', 'Sent from my phone', { type: 'text/plain' }),
      'letter',
      'it is text of the mail, which Exchange turned into a file',
    ],
    [
      'a web page that Exchange turned into a file',
      file('ATT00002.htm', '<html><body>', { type: 'text/html' }),
      'letter',
      'it is text of the mail, which Exchange turned into a file',
    ],
    ['the text', html(), 'letter', 'it is the text of the mail, which is not printed'],
    ['a text without a byte', plain(''), 'letter', 'it is the text of the mail, which is not printed'],
  ])('is told: %s', async (_what, part, kind, reason) => {
    const { documents, leftOut } = await readMail(mixed(part));
    expect(documents).toEqual([]);
    expect(leftOut.map((left) => [left.kind, left.reason])).toEqual([[kind, reason]]);
  });

  it.each<[string, string, string[]]>([
    [
      'encrypted by PGP',
      multipart(
        'encrypted; protocol="application/pgp-encrypted"',
        typed('application/pgp-encrypted', 'Version: 1'),
        file('encrypted.asc', '-----BEGIN PGP MESSAGE-----', { disposition: 'inline' }),
      ),
      ['encrypted', 'encrypted'],
    ],
    [
      'signed in a form of its own',
      multipart('signed', plain(), typed('signature/plain', 'x')),
      ['letter', 'signature'],
    ],
    [
      'of a Macintosh',
      multipart('appledouble', typed('application/applefile', 'x'), file('a.ps', ps)),
      ['companion'],
    ],
    [
      'that bounced',
      multipart(
        'report',
        plain(),
        typed('message/delivery-status', 'x'),
        typed('message/rfc822', fromAlice(plain())),
      ),
      ['letter', 'companion', 'letter'],
    ],
  ])('is told of a mail %s', async (_what, body, kinds) => {
    expect((await readMail(fromAlice(body))).leftOut.map(({ kind }) => kind)).toEqual(kinds);
  });

  it('has a name, a media type and a size', async () => {
    const signed = readFileSync(new URL('../../../fixtures/mail/signed.eml', import.meta.url));
    expect((await readMail(signed)).leftOut).toEqual([
      {
        name: 'signature.asc',
        mediaType: 'application/pgp-signature',
        bytes: 60,
        kind: 'signature',
        reason: 'it is a signature',
      },
    ]);
  });

  it('may be all of the mail', async () => {
    const { documents, leftOut } = await readMail('From: alice@example.com\r\n\r\n');
    expect([documents, leftOut.map(({ kind, bytes }) => [kind, bytes])]).toEqual([[], [['letter', 0]]]);
  });
});

describe('whatever a part is called, its bytes decide (ask 21)', () => {
  it.each<[string, string, string]>([
    ['a PDF sent as octet-stream', file('scan', '%PDF-1.4'), 'application/pdf'],
    ['a PDF with junk in front', file('scan.pdf', `${'junk '.repeat(9)}\n%PDF-1.4`), 'application/pdf'],
    ['PostScript sent as a calendar', typed('text/calendar', ps), 'application/postscript'],
    ['PostScript sent as a mail', typed('message/rfc822', ps), 'application/postscript'],
    ['PostScript sent as a signature', typed('application/pgp-signature', ps), 'application/postscript'],
    ['PostScript sent as a web page', typed('text/html', ps), 'application/postscript'],
    [
      'a JPEG sent as HEIC',
      file('IMG_1.heic', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), { type: 'image/heic' }),
      'image/jpeg',
    ],
    ['a PDF of no type at all', entity(['X: y'], '%PDF-1.4'), 'application/pdf'],
    ['PostScript named as a text of Exchange', file('ATT00001.txt', ps), 'application/postscript'],
    ['a text of nearly such a name', file('ATT1.txt', 'a text'), 'text/plain'],
    ['text called PostScript', file('a.ps', 'showpage'), 'application/postscript'],
  ])('%s', async (_what, part, format) => {
    expect((await readMail(mixed(plain(), part))).documents.map((document) => document.format)).toEqual([
      format,
    ]);
  });
});
