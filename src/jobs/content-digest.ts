/** One digest for all documents of a job, by which the same job mailed again is recognised. */
import { createHash } from 'node:crypto';
import type { SubmittedDocument } from '#vocab/line.js';

/** SHA-256 over the documents' digests in order, 64 lower-case hexadecimal digits; names and formats do not count. */
export function contentDigestOf(documents: readonly Pick<SubmittedDocument, 'content'>[]): string {
  const hash = createHash('sha256');
  for (const { content } of documents) hash.update(content.digest, 'hex');
  return hash.digest('hex');
}
