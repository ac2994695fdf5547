/** Takes a mail in as it comes from the server: a small one stays in memory, a larger one goes into the spool. */
import { createHash } from 'node:crypto';
import { LimitError } from '#base/errors.js';
import { GatheredBytes } from '#base/gathered-bytes.js';
import type { RawMessage } from '#vocab/line.js';
import { HeaderFingerprint } from '#wire/header-fingerprint.js';
import type { Spool, SpoolWriter } from './jobs/spool.js';

/** A mail that is no larger stays in memory until its fate is known; several batches of them are under way at once. */
const maxHeldBytes = 256 * 1024;

/** What a mail has come down to. */
export type TakenIn = Pick<RawMessage, 'headerDigest' | 'content' | 'bytes'>;

/**
 * Nothing is left of a mail that cannot be taken in; one above `maxBytes` throws LimitError. It should have `expectedBytes`,
 * and may have any other number.
 */
export async function takeIn(
  mail: AsyncIterable<Uint8Array>,
  spool: Spool,
  { maxBytes, expectedBytes }: { maxBytes: number; expectedBytes: number },
): Promise<TakenIn> {
  const fingerprint = new HeaderFingerprint();
  const held = new GatheredBytes(maxHeldBytes, expectedBytes);
  let total = 0;
  let writer: SpoolWriter | null = null;
  try {
    for await (const chunk of mail) {
      total += chunk.length;
      // What LIST said need not be true.
      if (total > maxBytes) throw new LimitError('a mail', maxBytes, 'octets');
      fingerprint.push(chunk);
      if (writer === null && total <= maxHeldBytes) {
        held.take(chunk);
        continue;
      }
      if (writer === null) {
        writer = await spool.create();
        await writer.write(held.bytes);
      }
      await writer.write(chunk);
    }
    const headerDigest = fingerprint.digest();
    if (writer !== null) return { headerDigest, content: await writer.commit() };
    const digest = createHash('sha256').update(held.bytes).digest('hex');
    return { headerDigest, content: { digest, bytes: total }, bytes: held.bytes };
  } catch (error) {
    await writer?.discard();
    throw error;
  }
}
