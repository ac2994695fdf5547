/** What a reply says: its first line as common mail programs send it, and never what it quotes. */
import { describe, expect, it } from 'vitest';
import { textOfHtml } from '../../src/intake/html-text.js';
import { judgeReply } from '../../src/intake/judge-reply.js';
import { parseReply } from '../../src/intake/parse-reply.js';
import { assertLinear } from '../support/assert-linear.js';

const again = (from = 1, copies = 1) => ({ wish: 'again', from, copies });

describe('a reply', () => {
  it.each([
    ['cancel', { wish: 'cancel' }],
    ['  Cancel!  ', { wish: 'cancel' }],
    ['Release, please.\n\nSent from my phone', { wish: 'release' }],
    ['*done*', { wish: 'done' }],
    ['hold', { wish: 'hold' }],
    ['STATUS?', { wish: 'status' }],
    ['help', { wish: 'help' }],
    ['again', again()],
    ['from 8', again(8)],
    ['From page 8', again(8)],
    ['copies 2', again(1, 2)],
    ['2 copies', again(1, 2)],
    ['again, from 8; copies 2', again(8, 2)],
    ['\u00a0from\u00a08\r\n', again(8)],
    ['cancel\nOn Mon, 5 Jan 2026 the printer wrote:\n> Reply with "again".', { wish: 'cancel' }],
    ['> Reply with "again".\n\ncancel\n', { wish: 'cancel' }],
    [
      'On Mon, 5 Jan 2026, Phaser 740\n<printer@example.com> wrote:\n\n> again\n> done\n\ncancel',
      { wish: 'cancel' },
    ],
  ])('%j is understood', (text, wish) => {
    expect(parseReply(text)).toEqual(wish);
  });

  it.each([
    ['', ''],
    ['> again', ''],
    ['thanks a lot', 'thanks a lot'],
    ['cancel my subscription', 'cancel my subscription'],
    ['again again', 'again again'],
    ['from', 'from'],
    ['from eight', 'from eight'],
    ['from 0', 'from 0'],
    ['copies 100', 'copies 100'],
    ['8', '8'],
    ['-----Original Message-----\nagain', ''],
    ['From: Phaser 740 <printer@example.com>\nSent: Monday\n\nagain', ''],
    ['________________________________\nagain', ''],
    ['It is not there.\n\nagain', 'It is not there.'],
  ])('%j is no wish', (text, line) => {
    expect(parseReply(text)).toEqual({ wish: 'unclear', line });
  });

  it('of any length is read in a time that grows with it', () => {
    for (const unit of ['> a:\n\n', 'a:\n', 'from 8 '.repeat(10), '\n']) {
      assertLinear(100, (size) => parseReply(unit.repeat(size)));
    }
  });
});

describe('a reply in HTML', () => {
  it.each([
    [
      '<html><head><style>p {color: red}</style></head><body><p>from&nbsp;8</p><p>Regards</p></body>',
      again(8),
    ],
    [
      '<div dir="ltr">Cancel</div><br><div class="gmail_quote">again<blockquote>done</blockquote></div>',
      { wish: 'cancel' },
    ],
    ['<!-- again --><div>release</div><div id="appendonsend"></div><hr>again', { wish: 'release' }],
    ['<blockquote>again</blockquote>', { wish: 'unclear', line: '' }],
    ['<p', { wish: 'unclear', line: '' }],
  ])('%j is read by its words', (html, wish) => {
    expect(parseReply(textOfHtml(html, 4000))).toEqual(wish);
  });

  it('is read in a time that grows with its length', () => {
    for (const unit of ['<', '<style>', '<!--', '<p>&amp;', '<script><p>']) {
      assertLinear(1000, (size) => textOfHtml(unit.repeat(size), Number.MAX_SAFE_INTEGER));
    }
  });
});

describe('what a reply comes to', () => {
  const answered = { id: 4, jobId: 7, sender: 'alice@example.com', used: false, helped: false };
  const mail = (text: string, more = {}) => ({
    ...{ sender: 'alice@example.com', automatic: null, documents: [] },
    reply: { references: [], token: 'abcdefghijkm', text },
    ...more,
  });
  const attachment = {
    name: 'a.ps',
    format: 'application/postscript',
    content: { digest: '0'.repeat(64), bytes: 9 },
  } as const;

  it('is a wish, with its reason', () => {
    expect(judgeReply(mail('again from 8'), answered)).toMatchObject({
      action: 'wish',
      wish: { wish: 'again', from: 8, copies: 1 },
      reason: { code: 'reply-wish', text: 'The mail answers our mail about job 7 and says again from 8.' },
    });
  });

  it.each([
    [
      'a program',
      mail('cancel', { automatic: 'it says Auto-Submitted: auto-replied' }),
      answered,
      'automatic-reply',
      true,
    ],
    ['a mail that was answered', mail('cancel'), { ...answered, used: true }, 'reply-used', false],
    ['other words', mail('thanks'), answered, 'reply-unclear', false],
    ['other words once more', mail('thanks'), { ...answered, helped: true }, 'reply-unclear', true],
  ])('of %s is nothing', (_what, reply, known, code, silently) => {
    expect(judgeReply(reply, known)).toMatchObject({ action: 'refuse', silently, reason: { code } });
  });

  it('may be asked for as often as wanted, when nothing is changed by it', () => {
    for (const word of ['status', 'help']) {
      expect(judgeReply(mail(word), { ...answered, used: true })).toMatchObject({
        action: 'tell',
        what: word,
      });
    }
  });

  it('is the same with an attachment, which is not printed', () => {
    const decision = judgeReply(mail('cancel', { documents: [attachment] }), answered);
    expect(decision).toMatchObject({ action: 'wish' });
    expect(decision.reason.text).toContain('What is attached to it is not printed');
  });
});
