/** Tells a document's format by its first bytes; what its sender calls it does not count. */
import type { DocumentFormat } from '#vocab/line.js';
import { formatBySignature } from './document-signatures.js';
import { readFrontWrapping } from './printer-wrapping.js';
import {
  type DocumentStart,
  findStart,
  findStartBehindJunk,
  findStartInLetter,
  isTextByte,
} from './program-start.js';

/** As many first bytes as are looked at: a driver's PJL may be long. */
export const detectionBytes = 16_384;

/** Of a file. Junk in front of PostScript and PDF, and a printer's commands around a document, do not count. */
export function detectFormat(firstBytes: Uint8Array): DocumentFormat {
  return detect(firstBytes, findStartBehindJunk);
}

/** Of a mail's own text, which is a document only when it begins as one, or a whole program follows. */
export function detectLetterFormat(firstBytes: Uint8Array): DocumentFormat {
  return detect(firstBytes, findStartInLetter);
}

function detect(firstBytes: Uint8Array, findLater: (bytes: Buffer) => DocumentStart | null): DocumentFormat {
  const bytes = Buffer.from(firstBytes.buffer, firstBytes.byteOffset, firstBytes.byteLength);
  const looked = bytes.subarray(0, detectionBytes);
  const wrapping = readFrontWrapping(looked);
  const content = looked.subarray(wrapping.end);
  return (
    findStart(looked, wrapping)?.format ??
    formatBySignature(wrapping.isForPrinter ? content : looked) ??
    formatOfMarkup(content) ??
    findLater(looked)?.format ??
    (wrapping.isForPrinter ? 'application/vnd.hp-PCL' : formatOfAnything(looked))
  );
}

function formatOfMarkup(content: Buffer): DocumentFormat | null {
  const text = content.toString('latin1').toLowerCase();
  const beginning = text.replace(/^(?:<!--.*?-->\s*)+/s, '');
  if (/^<(?:!doctype html|html|head|body)/.test(beginning)) return 'text/html';
  if (/^<(?:!doctype svg|(?:\w+:)?svg[\s>])/.test(beginning)) return 'image/svg+xml';
  if (!/^<\?xml\s/.test(beginning)) return null;
  if (/<(?:\w+:)?svg[\s>]/.test(text)) return 'image/svg+xml';
  return /<html[\s>]/.test(text) ? 'text/html' : 'application/xml';
}

function formatOfAnything(bytes: Buffer): DocumentFormat {
  return bytes.length > 0 && bytes.every(isTextByte) ? 'text/plain' : 'application/octet-stream';
}
