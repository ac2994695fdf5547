/** In a mail that is the piece of a split mail: which part carries the bytes of the piece. They are taken as they are, whatever they look like. */
import type { DocumentFormat } from '#vocab/line.js';
import { detectFormat } from '#wire/document-format.js';
import { formatBySender, type PartClass } from './classify-part.js';
import { leftOutByContent } from './leave-out-rules.js';
import type { PartHead } from './part-head.js';

/** Null for a part that is classified as in any other mail, such as the text beside the attachment. */
export function classifyPiece(head: PartHead, firstBytes: Buffer): PartClass | null {
  // RFC 2046 §5.2.2: the body of the mail is the piece.
  if (head.mediaType === 'message/partial' && head.around.length === 0) {
    return pieceOf('application/octet-stream');
  }
  const isAttached = head.disposition === 'attachment' || head.fileName !== null;
  const isSignature = leftOutByContent(head, firstBytes)?.kind === 'signature';
  if (!isAttached || isSignature || firstBytes.length === 0) return null;
  return pieceOf(formatBySender(detectFormat(firstBytes), head));
}

function pieceOf(format: DocumentFormat): PartClass {
  return { is: 'document', format, isPicture: false, isBody: false };
}
