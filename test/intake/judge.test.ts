import { describe, expect, it } from 'vitest';
import type { Submission, Verdict } from '#vocab/line.js';
import { parseOriginator } from '#wire/address.js';
import { type JudgeFacts, judge } from '../../src/intake/judge.js';

const contentRef = { digest: '0'.repeat(64), bytes: 10 };

const submission: Submission = {
  sender: 'alice@example.com',
  senderProblem: null,
  messageId: '<1@example.com>',
  description: 'report',
  notify: ['error'],
  hold: false,
  reply: null,
  automatic: null,
  piece: null,
  documents: [{ name: 'report.ps', format: 'application/postscript', content: contentRef }],
  leftOut: [],
  tooMuch: null,
};
const facts: JudgeFacts = {
  allow: ['alice@example.com'],
  hold: [],
  ownAddress: 'printer@example.com',
  duplicateOf: null,
};

const codesOf = (verdict: Verdict) => verdict.reasons.map(({ code }) => code);
const own = { ...submission, sender: 'printer@example.com' };
const unclear = { ...submission, sender: null, senderProblem: 'the mail has 2 From fields' };
const stranger = { ...submission, sender: 'mallory@example.net' };
const piece: Submission = {
  ...submission,
  documents: [],
  piece: { label: null, problem: 'it does not say which number it has' },
};
const empty = {
  ...submission,
  documents: [],
  leftOut: [
    {
      name: 'a.ps',
      mediaType: 'application/postscript',
      bytes: 0,
      kind: 'empty' as const,
      reason: 'it is empty',
    },
  ],
};
const letterOnly = {
  ...submission,
  documents: [],
  leftOut: [{ name: 'letter', mediaType: 'text/plain', bytes: 9, kind: 'letter' as const, reason: 'x' }],
};
const automatic = { ...submission, automatic: 'it says Precedence: bulk' };
const closed = { ...facts, allow: [] };
const repeated = { ...facts, duplicateOf: { jobId: 7, text: 'it has the same Message-ID' } };

describe('judge', () => {
  it.each<[string, Submission, JudgeFacts, Verdict['decision'], string[], boolean]>([
    ['an allowed sender', submission, facts, 'accept', ['sender-allowed'], true],
    [
      'an automatic mail of an allowed sender',
      automatic,
      facts,
      'accept',
      ['sender-allowed', 'automatic-mail'],
      false,
    ],
    [
      'our own mail',
      own,
      { ...facts, allow: ['@example.com'], ownAddress: 'Printer@Example.com' },
      'refuse',
      ['own-mail'],
      false,
    ],
    ['our own mail before all else', own, closed, 'refuse', ['own-mail'], false],
    ['an unclear sender', unclear, facts, 'refuse', ['sender-unclear'], false],
    ['an unclear sender where nobody is allowed', unclear, closed, 'refuse', ['sender-unclear'], false],
    ['an empty list', submission, closed, 'refuse', ['nobody-allowed'], false],
    ['a stranger', stranger, facts, 'refuse', ['sender-not-allowed'], false],
    ['a stranger with a repeated mail', stranger, repeated, 'refuse', ['sender-not-allowed'], false],
    [
      'a stranger with no document',
      { ...empty, sender: 'mallory@example.net' },
      facts,
      'refuse',
      ['sender-not-allowed'],
      false,
    ],
    ['a repeated mail', submission, repeated, 'refuse', ['already-received'], false],
    ['a repeated piece', piece, repeated, 'refuse', ['already-received'], false],
    ['a piece, whatever it holds', piece, facts, 'accept', ['sender-allowed'], true],
    ['no document', empty, facts, 'refuse', ['no-document'], true],
    [
      'an automatic mail with no document',
      { ...empty, automatic: 'x' },
      facts,
      'refuse',
      ['no-document', 'automatic-mail'],
      false,
    ],
  ])('on %s', (_what, mail, given, decision, codes, mayReply) => {
    const verdict = judge(mail, given);
    expect([verdict.decision, codesOf(verdict), verdict.mayReply]).toEqual([decision, codes, mayReply]);
  });

  it('gives its reasons in sentences that hold what one needs to know', () => {
    const text = (mail: Submission, given: JudgeFacts) => judge(mail, given).reasons[0]?.text;
    expect(text(submission, { ...facts, allow: ['bob@example.com', '@Example.com'] })).toBe(
      'alice@example.com may print: the access list has "@Example.com".',
    );
    expect(text(unclear, facts)).toContain('the mail has 2 From fields');
    expect(text(stranger, facts)).toContain('mallory@example.net');
    expect(text(submission, closed)).toContain('access.allow');
    expect(text(submission, repeated)).toBe(
      'The mail has been received before, as job 7: it has the same Message-ID.',
    );
    expect(text(empty, facts)).toMatch(/"a\.ps" was left out: it is empty\..*PostScript/);
    expect(text(letterOnly, facts)).not.toContain('left out');
  });

  it.each([
    ['ALICE@Example.COM', true],
    ['@example.com', true],
    ['@EXAMPLE.com', true],
    ['@com', false],
    ['example.com', false],
    ['@sub.example.com', false],
    ['@ample.com', false],
    ['lice@example.com', false],
    ['alice@example.co', false],
    ['@', false],
    ['', false],
  ])('takes the entry %j: %s', (entry, allowed) => {
    expect(judge(submission, { ...facts, allow: [entry] }).decision).toBe(allowed ? 'accept' : 'refuse');
  });

  it('does not take a sub-domain for its domain', () => {
    const mail = { ...submission, sender: 'alice@sub.example.com' };
    expect(codesOf(judge(mail, { ...facts, allow: ['@example.com'] }))).toEqual(['sender-not-allowed']);
  });
});

describe('a forged sender', () => {
  it.each([
    ['in the display name', ['"alice@example.com" <mallory@example.net>']],
    ['in an encoded display name', ['=?utf-8?q?alice=40example=2Ecom?= <mallory@example.net>']],
    ['in the display name without quotes', ['alice@example.com <mallory@example.net>']],
    ['in a comment', ['mallory@example.net (alice@example.com)']],
    ['in a comment before', ['(alice@example.com) mallory@example.net']],
    ['with its domain cut off by a comment', ['alice@example.com(x).example.net']],
    ['in a second From field', ['mallory@example.net', 'alice@example.com']],
    ['as the second address', ['mallory@example.net, alice@example.com']],
    ['in a quoted local part', ['"alice@example.com"@example.net']],
    ['with a route', ['<@example.net:alice@example.com>']],
    ['in a group', ['alice@example.com:mallory@example.net;']],
    ['with a homoglyph', ['\u0430lice@example.com']],
    ['with a NUL', ['alice@example.com\u0000@example.net']],
    ['with an encoded word', ['=?utf-8?q?alice=40example.com?=@example.net']],
    ['with a longer domain', ['alice@example.com.example.net']],
  ])('%s does not print', (_how, from) => {
    const { mailbox, problem } = parseOriginator(from);
    const forged = { ...submission, sender: mailbox?.address ?? null, senderProblem: problem };
    const verdict = judge(forged, { ...facts, allow: ['alice@example.com', '@example.com'] });
    expect(verdict).toMatchObject({ decision: 'refuse', mayReply: false });
  });
});
