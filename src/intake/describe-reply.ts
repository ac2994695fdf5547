/** To which of our mails a mail may be a reply, and what it says; whether it is one, only the ledger knows. */
import type { Submission } from '#vocab/line.js';
import { findReplyToken } from '#vocab/reply-token.js';
import { type HeaderField, headerValues } from '#wire/mime-header.js';

/** Of a long conversation the newest mails are of interest. */
const maxReferences = 20;
const maxFieldLength = 20_000;

/** Null for a mail that refers to no other; RFC 5322 §3.6.4. */
export function describeReply(
  fields: readonly HeaderField[],
  subject: string,
  text: string,
): Submission['reply'] {
  const named = [...headerValues(fields, 'references'), ...headerValues(fields, 'in-reply-to')];
  const ids = named.flatMap((value) => value.slice(-maxFieldLength).match(/<[!-;=?-~]{1,250}>/g) ?? []);
  const references = [...new Set(ids.reverse())].slice(0, maxReferences);
  const token = findReplyToken(subject);
  return references.length === 0 && token === null ? null : { references, token, text };
}
