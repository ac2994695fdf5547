/** The control connection of FTP as a small print server speaks it (RFC 959): command lines, addresses and replies. */

/** Without its end. */
export const maxFtpLineBytes = 512;

export interface FtpCommand {
  /** In capital letters. */
  verb: string;
  argument: string;
}

/** RFC 959 §4.1: all commands, in the order in which it has them. */
const verbs = (
  'USER PASS ACCT CWD CDUP SMNT REIN QUIT PORT PASV TYPE STRU MODE RETR STOR STOU APPE ALLO REST RNFR RNTO ABOR DELE ' +
  'RMD MKD PWD LIST NLST SITE SYST STAT HELP NOOP'
).split(' ');

/** RFC 959 §5.3.1. A client may have put Telnet's interrupt and data mark before it (RFC 959 §4.1.3, ABOR). */
export function parseFtpCommand(line: Buffer): FtpCommand {
  const text = line
    .toString('latin1')
    .replace(/\xff[\xf0-\xfe]?/g, '')
    .replace(/^\xf2/, '');
  const space = text.indexOf(' ');
  const verb = (space === -1 ? text : text.slice(0, space)).toUpperCase();
  return {
    verb,
    argument: space === -1 ? '' : Buffer.from(text.slice(space + 1), 'latin1').toString('utf8'),
  };
}

export interface FtpAddress {
  host: string;
  port: number;
}

/** RFC 959 §5.3.2, host-port: six numbers. Null for what is none. */
export function parseHostPort(text: string): FtpAddress | null {
  const numbers = text.split(',');
  if (numbers.length !== 6 || !numbers.every((number) => /^\d{1,3}$/.test(number) && Number(number) < 256))
    return null;
  const [high = 0, low = 0] = numbers.slice(4).map(Number);
  return { host: numbers.slice(0, 4).map(Number).join('.'), port: high * 256 + low };
}

export function formatHostPort({ host, port }: FtpAddress): string {
  return [...host.split('.'), port >> 8, port & 0xff].join(',');
}

/** RFC 959 §4.2: several lines begin with the code and a hyphen, and the last one with the code and a space. */
export function formatFtpReply(code: number, ...lines: readonly string[]): string {
  const last = lines.at(-1) ?? '';
  if (lines.length <= 1) return `${code} ${last}\r\n`;
  const [first, ...between] = lines.slice(0, -1);
  return [`${code}-${first}`, ...between.map((line) => ` ${line}`), `${code} ${last}`, ''].join('\r\n');
}

/** The lines of a HELP reply: every command, with a star where it is not among those that are understood. */
export function ftpHelpLines(understood: ReadonlySet<string>): string[] {
  const words = verbs.map((verb) => `${verb}${understood.has(verb) ? '' : '*'}`.padEnd(8));
  const lines: string[] = [];
  for (let at = 0; at < words.length; at += 8)
    lines.push(
      words
        .slice(at, at + 8)
        .join('')
        .trimEnd(),
    );
  return lines;
}
