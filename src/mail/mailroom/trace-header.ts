/** The header lines that a receiving server puts on top of a mail (RFC 5321 §4.4). */

export interface TraceFacts {
  /** Empty for the null reverse-path. */
  reversePath: string;
  /** What the sender called itself; not believed. */
  helo: string;
  remoteAddress: string;
  /** For example `ESMTP` (RFC 3848). */
  protocol: string;
  id: string;
  /** Epoch milliseconds. */
  receivedAt: number;
}

const maxTokenLength = 255;

/** Whole header lines, the newest on top. */
export function formatTrace(facts: TraceFacts): string {
  const address = facts.remoteAddress.includes(':') ? `IPv6:${facts.remoteAddress}` : facts.remoteAddress;
  return [
    `Return-Path: <${token(facts.reversePath)}>`,
    `Received: from ${token(facts.helo) || 'unknown'} ([${address}])`,
    `\tby PhaserLink mail room with ${facts.protocol} id ${facts.id};`,
    `\t${formatDate(facts.receivedAt)}`,
    '',
  ].join('\r\n');
}

/** RFC 5322 §3.3, in UTC. */
export function formatDate(epochMs: number): string {
  return new Date(epochMs).toUTCString().replace('GMT', '+0000');
}

/** The Message-ID in the beginning of a mail, with its brackets, or null. */
export function findMessageId(head: string): string | null {
  const header = head.split(/\r?\n\r?\n/, 1)[0] ?? '';
  return /^message-id:\s*(<[\x21-\x7e]{1,250}>)/im.exec(header)?.[1] ?? null;
}

/** Nothing that could end the line, a comment or an address. */
function token(text: string): string {
  return text.replace(/[\s\p{Cc}()<>;]/gu, '_').slice(0, maxTokenLength);
}
