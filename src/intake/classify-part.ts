/** Decides what a body part is by its first bytes and its header: a document, the covering letter, or neither. */
import { cleanForDisplay } from '#base/display-text.js';
import type { DocumentFormat } from '#vocab/line.js';
import { detectFormat, detectLetterFormat } from '#wire/document-format.js';
import type { PartStart } from '#wire/mime-parser.js';

const maxNameLength = 100;

export type PartKind =
  | { kind: 'document'; format: DocumentFormat }
  | { kind: 'letter' }
  | { kind: 'left-out'; reason: string };

/** RFC 1847, RFC 3156, RFC 8551: the second part of multipart/signed. */
const signatureTypes: ReadonlySet<string> = new Set([
  'application/pgp-signature',
  'application/pkcs7-signature',
  'application/x-pkcs7-signature',
]);

/** What we can decode; a body in another encoding is a document only when it shows itself as one all the same. */
const knownEncodings: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary', 'base64', 'quoted-printable']);

/** Formats that anything may look like. */
const vagueFormats: ReadonlySet<DocumentFormat> = new Set([
  'text/plain',
  'text/html',
  'application/octet-stream',
]);

const postScriptTypes: ReadonlySet<string> = new Set([
  'application/postscript',
  'application/eps',
  'image/x-eps',
]);

/** `firstBytes`: the first `detectionBytes` of the decoded body, or all when it is shorter. */
export function classifyPart(part: PartStart, firstBytes: Buffer): PartKind {
  // Of a mail that is a piece as a whole, the bytes of the piece are what it carries (docs/split-mail.md).
  if (part.mediaType === 'message/partial' && part.depth === 0) {
    return { kind: 'document', format: 'application/octet-stream' };
  }
  if (part.mediaType === 'message/partial') return leaveOut('it is a piece of a split mail');
  if (part.mediaType.startsWith('message/')) return leaveOut('a mail inside the mail is not opened');
  if (part.mediaType.startsWith('multipart/'))
    return leaveOut('its parts cannot be told apart: it names no boundary');
  if (signatureTypes.has(part.mediaType)) return leaveOut('it is a signature');
  if (part.mediaType.startsWith('text/') && part.disposition !== 'attachment' && part.fileName === null) {
    const format = detectLetterFormat(firstBytes);
    return vagueFormats.has(format) ? { kind: 'letter' } : { kind: 'document', format };
  }
  if (firstBytes.length === 0) return leaveOut('it is empty');
  const format = detectFormat(firstBytes);
  if (vagueFormats.has(format) && !knownEncodings.has(part.transferEncoding)) {
    const encoding = cleanForDisplay(part.transferEncoding, maxNameLength);
    return leaveOut(`its transfer encoding "${encoding}" is not one of MIME's own`);
  }
  if (format === 'text/plain' && isCalledPostScript(part)) {
    return { kind: 'document', format: 'application/postscript' };
  }
  return { kind: 'document', format };
}

/** Where the bytes are any text, the sender's word counts: PostScript need not begin with `%!` (DSC 3.0, section 3.1). */
function isCalledPostScript({ mediaType, fileName }: PartStart): boolean {
  return postScriptTypes.has(mediaType) || /\.e?ps$/i.test(fileName ?? '');
}

function leaveOut(reason: string): PartKind {
  return { kind: 'left-out', reason };
}

/** The sender's file name without its folders, fit for display; `otherwise` when nothing of it is left. */
export function partName(part: PartStart, otherwise: string): string {
  const path = part.fileName ?? '';
  const name = cleanForDisplay(
    path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1),
    maxNameLength,
  );
  return /^\.*$/.test(name) ? otherwise : name;
}
