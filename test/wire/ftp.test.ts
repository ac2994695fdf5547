/** FTP's control connection in values: commands, addresses, replies. */
import { describe, expect, it } from 'vitest';
import { formatFtpReply, formatHostPort, ftpHelpLines, parseFtpCommand, parseHostPort } from '#wire/ftp.js';

describe('FTP', () => {
  it.each([
    ['user Ann Example', { verb: 'USER', argument: 'Ann Example' }],
    ['STOR grün.ps', { verb: 'STOR', argument: 'grün.ps' }],
    ['PASV', { verb: 'PASV', argument: '' }],
    ['', { verb: '', argument: '' }],
  ])('reads “%s”', (line, expected) => {
    expect(parseFtpCommand(Buffer.from(line))).toEqual(expected);
  });

  it("passes over Telnet's interrupt before ABOR", () => {
    expect(parseFtpCommand(Buffer.from('\xff\xf4\xff\xf2ABOR', 'latin1')).verb).toBe('ABOR');
    expect(parseFtpCommand(Buffer.from('\xff\xf4\xf2ABOR', 'latin1')).verb).toBe('ABOR');
  });

  it('knows an address of six numbers, and nothing else', () => {
    const address = { host: '127.0.0.1', port: 2560 };
    expect(parseHostPort('127,0,0,1,10,0')).toEqual(address);
    expect(parseHostPort(formatHostPort(address))).toEqual(address);
    for (const wrong of [
      '',
      '127,0,0,1,10',
      '127,0,0,1,10,256',
      '127,0,0,1,10,0,0',
      'a,0,0,1,10,0',
      '1,2,3,4,,6',
    ])
      expect(parseHostPort(wrong)).toBeNull();
  });

  it('writes replies of one line and of many', () => {
    expect(formatFtpReply(200, 'Done.')).toBe('200 Done.\r\n');
    expect(formatFtpReply(211, 'a', 'b', 'c')).toBe('211-a\r\n b\r\n211 c\r\n');
    expect(formatFtpReply(211, 'a', 'c')).toBe('211-a\r\n211 c\r\n');
  });

  it('stars what it does not understand', () => {
    const words = ftpHelpLines(new Set(['STOR', 'QUIT']))
      .join(' ')
      .split(/\s+/);
    expect(words).toHaveLength(33);
    expect(words.filter((word) => !word.endsWith('*'))).toEqual(['QUIT', 'STOR']);
  });
});
