/** In a mail that is the piece of a split mail: which part carries the bytes of the piece. They are taken as they are, whatever they look like. */
import { detectFormat } from '#wire/document-format.js';
import type { PartStart } from '#wire/mime-parser.js';
import { formatBySender, isSignature, type PartKind } from './classify-part.js';

/** Null for a part that is judged as in any other mail, such as the text beside the attachment. */
export function classifyPiece(part: PartStart, firstBytes: Buffer): PartKind | null {
  // RFC 2046 §5.2.2: the body of the mail is the piece.
  if (part.mediaType === 'message/partial' && part.depth === 0) {
    return { kind: 'document', format: 'application/octet-stream' };
  }
  const isAttached = part.disposition === 'attachment' || part.fileName !== null;
  if (!isAttached || isSignature(part) || firstBytes.length === 0) return null;
  return { kind: 'document', format: formatBySender(detectFormat(firstBytes), part) };
}
