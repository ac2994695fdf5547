/** Headers as no proper program writes them: none of them stops the reader (ask 10). */
import { describe, expect, it } from 'vitest';
import { readMail } from '../support/read-mail.js';

const alice = 'From: alice@example.com';
const body = '%!PS\r\n';
const every = Buffer.from(Array.from({ length: 256 }, (_, index) => index)).toString('latin1');

describe('a mail', () => {
  it.each<[string, string]>([
    ['an empty Reply-To', `Reply-To: <>\r\n${alice}`],
    ['a Reply-To that goes nowhere', `Reply-To: ,;:<@>\r\n${alice}`],
    [
      'fields without a value',
      `To:\r\nSubject:\r\nMessage-ID:\r\nContent-Type:\r\nContent-Disposition:\r\n${alice}`,
    ],
    ['fields twice', `Subject: a\r\nSubject: b\r\nMessage-ID: <a@b>\r\nMessage-ID: <c@d>\r\n${alice}`],
    ['NUL in a field', `Subject: a\0b\r\n${alice}`],
    ['every byte in a field', `Subject: ${every.replace(/[\r\n]/g, '')}\r\n${alice}`],
    ['UTF-8 that is none', `Subject: \xc3\xa4 \xff\xfe\r\n${alice}`],
    ['lines that are no fields', `this is no field\r\n: nor this\r\n folded nothing\r\n${alice}`],
    ['white space before the colon', `Subject : a\r\n${alice}`],
    ['a colon only', `:\r\n${alice}`],
    ['the line of an mbox', `From alice@example.com Mon Jan  1 00:00:00 2024\r\n${alice}`],
    ['a media type without its semicolon', `Content-Type: text/plain charset=utf-8\r\n${alice}`],
    ['a media type that is none', `Content-Type: ;;;=\r\n${alice}`],
    [
      'names of JavaScript',
      `__proto__: x\r\nconstructor: y\r\nContent-Type: text/plain; __proto__=z\r\n${alice}`,
    ],
    ['folded blanks', `Subject: a\r\n \r\n\t\r\n b\r\n${alice}`],
  ])('with %s is read', async (_what, header) => {
    const submission = await readMail(`${header}\r\n\r\n${body}`);
    expect(submission.sender).toBe('alice@example.com');
    expect(submission.documents.map(({ format }) => format)).toEqual(['application/postscript']);
  });

  it.each<[string, string]>([
    ['no byte', ''],
    ['no header', '\r\nhello'],
    ['nothing but a line end', '\n'],
    ['nothing but a program', '%!PS\nshowpage\n'],
    ['an empty From', 'From:\r\n\r\nhello'],
    ['an empty address', 'From: <>\r\n\r\nhello'],
    ['two From fields', `${alice}\r\n${alice}\r\n\r\nhello`],
    ['nothing but NUL', '\0'.repeat(5000)],
  ])('of %s has no sender, and says why', async (_what, mail) => {
    const submission = await readMail(mail);
    expect([submission.sender, submission.senderProblem]).toEqual([null, expect.stringMatching(/From/)]);
  });

  it('of nothing but a header has an empty letter', async () => {
    for (const mail of [`${alice}\r\nSubject: x`, `${alice}\r\n`, `${alice}\r\n\r\n`]) {
      expect(await readMail(mail)).toMatchObject({
        sender: 'alice@example.com',
        documents: [],
        leftOut: [{ kind: 'letter', bytes: 0 }],
      });
    }
  });
});
