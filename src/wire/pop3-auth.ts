/** Logging in by POP3, between text and values: the AUTH dialogue (RFC 5034) and APOP (RFC 1939 §7). */
import { createHash } from 'node:crypto';
import { LimitError } from '#base/errors.js';
import { type Pop3Reply, parseReply } from './pop3.js';

/** RFC 5034 §4, by RFC 2449 §4: the command with an initial response, its CRLF counted. */
const maxAuthCommandLength = 255;
/** RFC 5034 §4 suggests this room for challenges and responses; access tokens need it. */
export const maxResponseLineLength = 12_288;

/** The server wants to hear more. `data` is null when it cannot be decoded. */
export interface Challenge {
  ok: null;
  data: Buffer | null;
}

/** Gives up the dialogue (RFC 5034 §4); the server answers with -ERR. */
export const cancelLine = Buffer.from('*\r\n');

/** Reads what a server may say in the dialogue; null when it is neither a challenge nor a status line. */
export function parseAuthReply(line: string): Pop3Reply | Challenge | null {
  const challenge = /^\+(?: (.*))?$/s.exec(line);
  if (challenge === null) return parseReply(line);
  return { ok: null, data: decodeBase64(challenge[1] ?? '') };
}

export function formatAuth(mechanism: string): Buffer {
  return Buffer.from(`AUTH ${mechanism}\r\n`);
}

/** Null when it is too long for one line: the response has to be sent in a line of its own then. */
export function formatAuthWithResponse(mechanism: string, initialResponse: Buffer): Buffer | null {
  // RFC 5034 §4: an empty one is a single "=", for nothing at all would mean that there is none.
  const line = Buffer.from(`AUTH ${mechanism} ${initialResponse.toString('base64') || '='}\r\n`);
  return line.length > maxAuthCommandLength ? null : line;
}

export function formatResponse(response: Buffer): Buffer {
  const line = Buffer.from(`${response.toString('base64')}\r\n`);
  if (line.length <= maxResponseLineLength) return line;
  throw new LimitError('what is sent to log in', maxResponseLineLength, 'octets');
}

/**
 * The timestamp in the greeting of a server that has APOP. Only a proper msg-id is one: signing what anybody composes at will
 * lets him find out the password (CVE-2007-1558).
 */
export function findTimestamp(greeting: string): string | null {
  return /<[!-;=?A-~]+@[!-;=?A-~]+>/.exec(greeting)?.[0] ?? null;
}

/** The second argument of APOP. */
export function apopDigest(timestamp: string, password: string): string {
  return createHash('md5').update(`${timestamp}${password}`).digest('hex');
}

/** Node passes over what is no base64; a login must not. */
export function decodeBase64(text: string): Buffer | null {
  const valid = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  return valid ? Buffer.from(text, 'base64') : null;
}
