/** Takes a mail in as it comes from the server: a small one stays in memory, a larger one goes into the spool. */
import { createHash } from 'node:crypto';
import { LimitError } from '#base/errors.js';
import type { RawMessage } from '#vocab/line.js';
import { HeaderFingerprint } from '#wire/header-fingerprint.js';
import type { Spool, SpoolWriter } from './jobs/spool.js';

/** A mail that is no larger stays in memory until its fate is known; several batches of them are under way at once. */
const maxHeldBytes = 256 * 1024;

/** A mail that drips in becomes no more than so many pieces, each of which costs memory of its own. */
const maxPieces = 64;

/** What a mail has come down to. */
export type TakenIn = Pick<RawMessage, 'headerDigest' | 'content' | 'bytes'>;

/** Nothing is left of a mail that cannot be taken in; one above `maxBytes` throws LimitError. */
export async function takeIn(
  mail: AsyncIterable<Uint8Array>,
  spool: Spool,
  maxBytes: number,
): Promise<TakenIn> {
  const fingerprint = new HeaderFingerprint();
  const held: Uint8Array[] = [];
  let total = 0;
  let writer: SpoolWriter | null = null;
  try {
    for await (const chunk of mail) {
      total += chunk.length;
      // What LIST said need not be true.
      if (total > maxBytes) throw new LimitError('a mail', maxBytes, 'octets');
      fingerprint.push(chunk);
      held.push(chunk);
      if (held.length > maxPieces) held.push(Buffer.concat(held.splice(0)));
      if (total <= maxHeldBytes) continue;
      writer ??= await spool.create();
      for (const piece of held.splice(0)) await writer.write(piece);
    }
    const headerDigest = fingerprint.digest();
    if (writer !== null) return { headerDigest, content: await writer.commit() };
    return { headerDigest, content: { digest: digestOf(held), bytes: total }, bytes: held };
  } catch (error) {
    await writer?.discard();
    throw error;
  }
}

function digestOf(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}
