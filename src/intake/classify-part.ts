/** Decides what a body part is by its place, its header and its first bytes, and so what is done with the rest of it. */
import { cleanForDisplay } from '#base/display-text.js';
import type { DocumentFormat } from '#vocab/line.js';
import { detectFormat, detectLetterFormat } from '#wire/document-format.js';
import { detectOldEncoding, oldEncodingWords } from '#wire/old-encodings.js';
import { headerLength } from '#wire/partial-header.js';
import { isTnef } from '#wire/tnef.js';
import { type LeftOutWhy, leftOutByContent, leftOutByStructure } from './leave-out-rules.js';
import { type PartHead, parentType, servesRelatedRoot } from './part-head.js';

const maxEncodingLength = 100;

export type PartClass =
  /** `isBody`: it stands where the text of a mail stands. */
  | { is: 'document'; format: DocumentFormat; isPicture: boolean; isBody: boolean }
  | { is: 'letter' }
  | { is: 'mail' }
  | { is: 'tnef' }
  /** A file, but its bytes are still uuencoded. */
  | { is: 'uuencoded' }
  | ({ is: 'left-out' } & LeftOutWhy);

/** What we can decode; a body in another encoding is a document only when it shows itself as one all the same. */
const knownEncodings: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary', 'base64', 'quoted-printable']);
/** RFC 2045 §6.3 leaves private names to their users; these are in use. */
const uuencodings: ReadonlySet<string> = new Set(['x-uuencode', 'x-uue', 'uuencode']);

/** Formats that anything may look like. */
const vagueFormats: ReadonlySet<DocumentFormat> = new Set([
  'text/plain',
  'text/html',
  'application/xml',
  'application/octet-stream',
]);
/** Formats that the text of a mail may have itself. */
const letterFormats: ReadonlySet<DocumentFormat> = new Set([
  ...vagueFormats,
  'application/rtf',
  'image/svg+xml',
]);
/** Pages for a printer, and no pictures that a text would show. */
const pageFormats: ReadonlySet<DocumentFormat> = new Set(['image/pwg-raster', 'image/urf']);

const mailTypes: ReadonlySet<string> = new Set(['message/rfc822', 'message/global', 'message/news']);
/** RFC 5322 §2.2 */
const headerField = /^[!-9;-~]+[ \t]*:/m;

/** `firstBytes`: the first `detectionBytes` of the decoded body, or all when it is shorter. */
export function classifyPart(head: PartHead, firstBytes: Buffer): PartClass {
  if (isMail(head, firstBytes)) return { is: 'mail' };
  const byStructure = leftOutByStructure(head, firstBytes);
  if (byStructure !== null) return leaveOut(byStructure);
  if (uuencodings.has(head.transferEncoding)) return { is: 'uuencoded' };
  const isBody = standsAsText(head);
  const format = isBody ? detectLetterFormat(firstBytes) : detectFormat(firstBytes);
  if (!(isBody ? letterFormats : vagueFormats).has(format)) {
    const isPicture = format.startsWith('image/') && !pageFormats.has(format);
    return { is: 'document', format, isPicture, isBody };
  }
  return classifyVague(head, firstBytes, format, isBody);
}

/** The bytes alone do not say what it is. */
function classifyVague(
  head: PartHead,
  firstBytes: Buffer,
  format: DocumentFormat,
  isBody: boolean,
): PartClass {
  if (isTnef(firstBytes)) return { is: 'tnef' };
  const byContent = leftOutByContent(head, firstBytes);
  if (byContent !== null) return leaveOut(byContent);
  const encoding = detectOldEncoding(firstBytes);
  if (encoding !== null) {
    const reason = `it is ${oldEncodingWords[encoding]}; send the file itself as an attachment`;
    return leaveOut({ kind: 'unsupported', reason });
  }
  const isPicture = head.mediaType.startsWith('image/');
  if (!isPicture && servesRelatedRoot(head)) {
    return leaveOut({ kind: 'decoration', reason: 'it only serves to show the text of the mail' });
  }
  if (isBody || isFormOfText(head)) return { is: 'letter' };
  if (firstBytes.length === 0) return leaveOut({ kind: 'empty', reason: 'it is empty' });
  if (!knownEncodings.has(head.transferEncoding)) {
    const encoding = cleanForDisplay(head.transferEncoding, maxEncodingLength);
    return leaveOut({
      kind: 'unsupported',
      reason: `its transfer encoding "${encoding}" is not one of MIME's own`,
    });
  }
  return { is: 'document', format, isPicture, isBody };
}

function leaveOut(why: LeftOutWhy): PartClass {
  return { is: 'left-out', ...why };
}

/** Text that is not sent as a file; in alternatives and in what is related, a name alone makes none of it. */
function standsAsText(head: PartHead): boolean {
  if (!head.mediaType.startsWith('text/') || head.disposition === 'attachment') return false;
  return head.fileName === null || /^multipart\/(alternative|related)$/.test(parentType(head));
}

/** Declared as a mail, or a file named as one; its first lines must look like a header, or an empty one. */
function isMail({ mediaType, fileName }: PartHead, firstBytes: Buffer): boolean {
  const isNamed = !/^(multipart|image|message)\//.test(mediaType) && /\.eml$/i.test(fileName ?? '');
  if (!isNamed && !mailTypes.has(mediaType)) return false;
  const length = headerLength(firstBytes);
  const header = firstBytes.toString('latin1', 0, length < 0 ? firstBytes.length : length);
  return headerField.test(header) || /^\r?\n/.test(header);
}

/** RFC 2046 §5.1.4: what stands beside the text, and is no picture and no file, is the text in another form. */
function isFormOfText(head: PartHead): boolean {
  const isText = head.fileName === null && head.disposition !== 'attachment';
  return (
    isText && parentType(head) === 'multipart/alternative' && /^(text|application)\//.test(head.mediaType)
  );
}

const postScriptTypes: ReadonlySet<string> = new Set([
  'application/postscript',
  'application/eps',
  'image/x-eps',
]);

/** Where the bytes are any text, the sender's word counts: PostScript need not begin with `%!` (DSC 3.0, section 3.1). */
export function formatBySender(format: DocumentFormat, { mediaType, fileName }: PartHead): DocumentFormat {
  const isCalledPostScript = postScriptTypes.has(mediaType) || /\.e?ps$/i.test(fileName ?? '');
  return format === 'text/plain' && isCalledPostScript ? 'application/postscript' : format;
}
