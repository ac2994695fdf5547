/** What is told of a content that is not as the ledger says. */
import { PhaserLinkError } from '#base/errors.js';
import type { ContentRef } from '#vocab/line.js';

export function contentMissing(path: string, cause: unknown): PhaserLinkError {
  return new PhaserLinkError({
    code: 'content-missing',
    retry: 'permanent',
    text: `${path} is gone from the spool; the mail must be sent again`,
    publicText: 'the document is no longer here; please send it again',
    cause,
  });
}

/** `what`: what it has in the place of what it should have. */
export function contentDamaged({ digest }: ContentRef, what: string): PhaserLinkError {
  return new PhaserLinkError({
    code: 'content-damaged',
    retry: 'permanent',
    text: `${digest} in the spool has ${what}; check the disk, the mail must be sent again`,
    publicText: 'the document was damaged here; please send it again',
  });
}
