/** Joins the pieces of a split mail, spool to spool, never more than a header in memory. */
import { LimitError } from '#base/errors.js';
import type { ContentRef, ContentStore } from '#vocab/line.js';
import type { PieceLabel, SplitForm } from '#vocab/split-mail.js';
import { parseHeader } from '#wire/mime-header.js';
import { formatHeader, headerLength, mergePartialHeader } from '#wire/partial-header.js';

/** As for any header of a mail. */
const maxHeaderBytes = 131_072;

export interface CompleteSet {
  form: SplitForm;
  /** The header of the first piece, in `message/partial`. */
  head: PieceLabel['head'];
  /** In the order of their numbers. */
  pieces: readonly ContentRef[];
}

/** The document, or in `message/partial` the mail, that the pieces make. Throws LimitError for one that is too much. */
export async function joinPieces(set: CompleteSet, content: ContentStore): Promise<ContentRef> {
  const writer = await content.create();
  try {
    const whole = concatenate(set.pieces, content);
    for await (const bytes of set.form === 'partial' ? asMail(set.head, whole) : whole)
      await writer.write(bytes);
    return await writer.commit();
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

async function* concatenate(
  pieces: readonly ContentRef[],
  content: ContentStore,
): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield* content.read(piece);
}

/** RFC 2046 §5.2.2.1: the bodies are the mail, but for its header, which comes from two places. */
async function* asMail(
  head: PieceLabel['head'],
  whole: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let begun: Buffer | null = Buffer.alloc(0);
  for await (const bytes of whole) {
    if (begun === null) {
      yield bytes;
      continue;
    }
    begun = Buffer.concat([begun, bytes]);
    const length = headerLength(begun);
    if (length > maxHeaderBytes || (length < 0 && begun.length > maxHeaderBytes)) {
      throw new LimitError('the header of a joined split mail', maxHeaderBytes, 'bytes');
    }
    if (length < 0) continue;
    yield formatHeader(mergePartialHeader(head, parseHeader(begun.subarray(0, length))));
    yield begun.subarray(length);
    begun = null;
  }
  if (begun !== null) yield formatHeader(mergePartialHeader(head, parseHeader(begun)));
}
