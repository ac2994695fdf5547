/** The words of POP3 (RFC 1939, RFC 2449): commands, replies and listing lines, between text and values. */
import { LimitError, PhaserLinkError } from '#base/errors.js';

/** RFC 2449 §4 asks for 255 octets. */
export const maxCommandLineLength = 512;
/** RFC 1939 §7 allows 70; some servers exceed it. */
export const maxUniqueIdLength = 255;

export type Pop3Keyword =
  | 'USER'
  | 'PASS'
  | 'STAT'
  | 'LIST'
  | 'UIDL'
  | 'RETR'
  | 'TOP'
  | 'DELE'
  | 'RSET'
  | 'NOOP'
  | 'QUIT'
  | 'CAPA'
  | 'STLS'
  | 'APOP'
  | 'AUTH'
  | 'UTF8';

/** Response codes (RFC 2449 §8.1, RFC 3206 §4). */
export const responseCodes = {
  inUse: 'IN-USE',
  loginDelay: 'LOGIN-DELAY',
  systemTemporary: 'SYS/TEMP',
  systemPermanent: 'SYS/PERM',
  authentication: 'AUTH',
} as const;

export interface Pop3Reply {
  ok: boolean;
  /** The response code in upper case without its brackets, or null. */
  code: string | null;
  text: string;
}

/** Reads a status line; null when it is none. */
export function parseReply(line: string): Pop3Reply | null {
  const status = /^(\+OK|-ERR)(?:[ \t]+(.*))?$/s.exec(line);
  if (status === null) return null;
  const [, indicator, rest = ''] = status;
  const coded = /^\[([^\]]+)\][ \t]*(.*)$/s.exec(rest);
  return {
    ok: indicator === '+OK',
    code: coded?.[1]?.toUpperCase() ?? null,
    text: coded?.[2] ?? rest,
  };
}

export function formatReply(reply: { ok: boolean; code?: string; text: string }): string {
  const code = reply.code === undefined ? '' : `[${reply.code}] `;
  return `${reply.ok ? '+OK' : '-ERR'} ${code}${reply.text}\r\n`;
}

/** A command line in octets. An argument that would end the line is refused; the error never repeats it. */
export function formatCommand(keyword: Pop3Keyword, ...args: string[]): Buffer {
  for (const arg of args) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these three are what must not pass
    if (/[\r\n\u0000]/.test(arg)) {
      throw new PhaserLinkError({
        code: 'pop3-bad-argument',
        retry: 'permanent',
        text: `the argument of ${keyword} holds a line break or a NUL; take it out of the settings`,
      });
    }
  }
  const line = Buffer.from(`${[keyword, ...args].join(' ')}\r\n`);
  if (line.length > maxCommandLineLength) {
    throw new LimitError(`the POP3 command ${keyword}`, maxCommandLineLength, 'octets');
  }
  return line;
}

export interface ListLine {
  number: number;
  octets: number;
}

export interface UidlLine {
  number: number;
  uniqueId: string;
}

/** A line of LIST (RFC 1939 §5): number and octets; null when it says something else. */
export function parseListLine(line: string): ListLine | null {
  const found = /^([1-9]\d{0,8})[ \t]+(\d{1,15})(?:[ \t].*)?$/.exec(line);
  return found === null ? null : { number: Number(found[1]), octets: Number(found[2]) };
}

/** A line of UIDL (RFC 1939 §7): number and unique-id; null when it says something else. */
export function parseUidlLine(line: string): UidlLine | null {
  const [, number, uniqueId = ''] = /^([1-9]\d{0,8})[ \t]+([\x21-\x7e]+)[ \t]*$/.exec(line) ?? [];
  if (number === undefined || uniqueId.length > maxUniqueIdLength) return null;
  return { number: Number(number), uniqueId };
}

/** The text of the reply to STAT (RFC 1939 §5). */
export function parseStat(text: string): { messages: number; octets: number } | null {
  const found = /^(\d{1,9})[ \t]+(\d{1,15})(?:[ \t].*)?$/.exec(text);
  return found === null ? null : { messages: Number(found[1]), octets: Number(found[2]) };
}

/** A line of a multi-line answer without its stuffing; null for the lone dot that ends the answer. */
export function unstuffLine(line: string): string | null {
  if (line === '.') return null;
  return line.startsWith('.') ? line.slice(1) : line;
}
