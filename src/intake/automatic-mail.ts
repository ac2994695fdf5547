/** Recognises mail that no person sent and that must never be answered (RFC 3834 §2). */
import { type HeaderField, headerValues } from '#wire/mime-header.js';

const bulkPrecedences: ReadonlySet<string> = new Set(['bulk', 'list', 'junk']);

/** RFC 3834 §2 and RFC 2142: mailboxes behind which nobody reads an answer. */
const machineLocalParts: ReadonlySet<string> = new Set([
  'mailer-daemon',
  'postmaster',
  'no-reply',
  'noreply',
  'no_reply',
  'donotreply',
  'do-not-reply',
  'bounce',
  'bounces',
]);
const machineLocalPartForm = /^owner-|-(request|owner|bounces?)$/;

/** Why this is automatic mail, in words; null when nothing says so. `sender` is the originator's address, if known. */
export function findAutomatic(
  fields: readonly HeaderField[],
  mediaType: string,
  sender: string | null,
): string | null {
  const submitted = headerValues(fields, 'auto-submitted').map(firstWord);
  // RFC 3834 §5: anything but `no`, words to come included.
  const automatic = submitted.find((word) => word !== 'no');
  if (automatic !== undefined) return `it says Auto-Submitted: ${automatic}`;
  const precedence = headerValues(fields, 'precedence').map(firstWord);
  const bulk = precedence.find((word) => bulkPrecedences.has(word));
  if (bulk !== undefined) return `it says Precedence: ${bulk}`;
  // RFC 2369, RFC 2919
  if (fields.some(({ name }) => name.startsWith('list-'))) return 'it comes from a mailing list';
  // RFC 5321 §4.5.5: what has the null reverse-path is a notification.
  if (headerValues(fields, 'return-path').some((path) => path.replaceAll(/\s/g, '') === '<>')) {
    return 'its reverse-path is empty, as that of a notification';
  }
  if (mediaType === 'multipart/report') return 'it is a report of a mail system';
  const localPart = sender?.slice(0, sender.lastIndexOf('@')) ?? '';
  if (machineLocalParts.has(localPart) || machineLocalPartForm.test(localPart)) {
    return 'its sender is not a person';
  }
  return null;
}

/** Without parameters and comments, at a length fit for a sentence. */
function firstWord(value: string): string {
  return (/^[\w-]{1,40}/.exec(value)?.[0] ?? '').toLowerCase();
}
