/** Names and passwords in the one form in which both sides can compare them (SASLprep, RFC 4013). */
import { PhaserLinkError } from '#base/errors.js';

/** RFC 3454, table C.1.2: become a space. */
const spaces = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g;
/** RFC 3454, table B.1: vanish. */
const invisible = /\u034f|[\u180b-\u180d]|[\ufe00-\ufe0f]|\u200c|\u200d|[\u00ad\u1806\u2060\ufeff]/g;
/** RFC 3454, tables C.2 to C.9: must not be there. */
const prohibited =
  /[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u06dd\u070f\u180e\u200e\u200f\u2028-\u202e\u2060-\u2063\u206a-\u206f\u2ff0-\u2ffb\ufff9-\ufffd\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/u;

/**
 * Throws PhaserLinkError for a text that no two sides could agree on; `what` names it there, and the text is never shown.
 * Mixed directions (RFC 4013 §2.4) are left to the server to refuse.
 */
export function saslPrepare(what: string, text: string): string {
  const prepared = text.replace(spaces, ' ').replace(invisible, '').normalize('NFKC');
  if (!prohibited.test(prepared)) return prepared;
  throw new PhaserLinkError({
    code: 'sasl-prohibited-character',
    retry: 'permanent',
    text: `${what} holds a character that cannot be used to log in, such as a control character (RFC 4013 §2.3)`,
  });
}
