/** Tells a document's format by its first bytes; what its sender calls it does not count. */
import type { DocumentFormat } from '#vocab/line.js';

/** As many first bytes as `detectFormat` looks at. */
export const detectionBytes = 1024;

const signatures: readonly [format: DocumentFormat, bytes: Buffer][] = [
  ['application/pdf', Buffer.from('%PDF-')],
  ['image/jpeg', Buffer.from([0xff, 0xd8, 0xff])],
  ['image/png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ['image/gif', Buffer.from('GIF87a')],
  ['image/gif', Buffer.from('GIF89a')],
  ['image/tiff', Buffer.from([0x49, 0x49, 0x2a, 0x00])],
  ['image/tiff', Buffer.from([0x4d, 0x4d, 0x00, 0x2a])],
  ['application/zip', Buffer.from([0x50, 0x4b, 0x03, 0x04])],
  ['application/zip', Buffer.from([0x50, 0x4b, 0x05, 0x06])],
  ['application/vnd.hp-PCL', Buffer.from('\x1bE')],
  // PJL's Universal Exit Language: HP's job language, whatever page language it goes on to enter.
  ['application/vnd.hp-PCL', Buffer.from('\x1b%-12345X')],
];

const htmlBeginnings = ['<!doctype html', '<html', '<head', '<body'];

export function detectFormat(firstBytes: Uint8Array): DocumentFormat {
  const bytes = Buffer.from(firstBytes.buffer, firstBytes.byteOffset, firstBytes.byteLength);
  const looked = bytes.subarray(0, detectionBytes);
  const content = looked.subarray(contentStart(looked));
  // What is sent to a printer may begin with Ctrl-D, which ends the job before it.
  if (content.indexOf('%!') === 0) return 'application/postscript';
  for (const [format, signature] of signatures) {
    if (looked.subarray(0, signature.length).equals(signature)) return format;
  }
  const beginning = content.toString('latin1', 0, 16).toLowerCase();
  if (htmlBeginnings.some((text) => beginning.startsWith(text))) return 'text/html';
  // ISO 32000-1 annex H.3.4.1: readers accept a PDF whose header stands anywhere in the first 1024 bytes.
  if (looked.includes('%PDF-')) return 'application/pdf';
  return looked.length > 0 && looked.every(isTextByte) ? 'text/plain' : 'application/octet-stream';
}

const utf8ByteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

function contentStart(bytes: Buffer): number {
  let at = bytes.subarray(0, 3).equals(utf8ByteOrderMark) ? 3 : 0;
  while (at < bytes.length && (bytes[at] === 0x04 || isWhiteSpace(bytes[at]))) at++;
  return bytes.subarray(at, at + 3).equals(utf8ByteOrderMark) ? at + 3 : at;
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

/** Escape is among them because ISO-2022 text holds it. */
function isTextByte(byte: number): boolean {
  return (byte >= 0x20 && byte !== 0x7f) || isWhiteSpace(byte) || byte === 0x08 || byte === 0x1b;
}
