/** What a mail's header says of a piece: both forms, and what is said when it is not clear. */
import { describe, expect, it } from 'vitest';
import type { PieceLabel } from '#vocab/split-mail.js';
import { describeEntity, parseHeader } from '#wire/mime-header.js';
import { describePiece } from '../../src/intake/describe-piece.js';
import { describeSubmission } from '../../src/intake/describe-submission.js';

const digest = 'ab'.repeat(32);

function head(fields: Record<string, string>) {
  const text = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const parsed = parseHeader(Buffer.from(text.join('')));
  return { fields: parsed, ...describeEntity(parsed, 'text/plain') };
}

const ours = {
  'X-PhaserLink-Job': 'job-17',
  'X-PhaserLink-Piece': '2/5',
  'X-PhaserLink-Piece-SHA256': digest,
  'X-PhaserLink-Job-SHA256': digest.toUpperCase(),
};

function describedOurs(change: Record<string, string>) {
  const fields = Object.fromEntries(
    Object.entries({ ...ours, ...change }).filter(([, value]) => value !== ''),
  );
  return describePiece(head(fields));
}

function describedPartial(parameters: string) {
  return describePiece(head({ From: 'alice@example.com', 'Content-Type': `message/partial; ${parameters}` }));
}

it('a whole mail is no piece', () => {
  expect(describePiece(head({ 'Content-Type': 'multipart/mixed; boundary=x' }))).toBeNull();
});

describe('our own form', () => {
  it('names job, number, total and both digests', () => {
    expect(describedOurs({})).toEqual({
      problem: null,
      label: {
        form: 'phaserlink',
        id: 'job-17',
        number: 2,
        total: 5,
        pieceDigest: digest,
        jobDigest: digest,
        head: [],
      },
    });
    expect(describedOurs({ 'X-PhaserLink-Piece': '02 / 005' })?.label).toMatchObject({ number: 2, total: 5 });
  });

  it.each<[string, Record<string, string>, string]>([
    ['no job', { 'X-PhaserLink-Job': '' }, 'no X-PhaserLink-Job field'],
    ['no numbers', { 'X-PhaserLink-Piece': '' }, 'no X-PhaserLink-Piece field'],
    ['no digest of the piece', { 'X-PhaserLink-Piece-SHA256': '' }, 'no X-PhaserLink-Piece-SHA256 field'],
    ['no digest of the whole', { 'X-PhaserLink-Job-SHA256': '' }, 'no X-PhaserLink-Job-SHA256 field'],
    ['a job of two words', { 'X-PhaserLink-Job': 'a b' }, 'one word'],
    ['a job that is too long', { 'X-PhaserLink-Job': 'x'.repeat(101) }, '1 to 100'],
    ['a number alone', { 'X-PhaserLink-Piece': '2' }, 'not of the form 2/5'],
    ['number 0', { 'X-PhaserLink-Piece': '0/5' }, 'which number it has'],
    ['a total of 0', { 'X-PhaserLink-Piece': '1/0' }, 'of how many pieces'],
    ['a number past the total', { 'X-PhaserLink-Piece': '6/5' }, 'piece 6 of only 5'],
    ['a number past all numbers', { 'X-PhaserLink-Piece': `${'9'.repeat(400)}/5` }, 'which number'],
    ['a short digest', { 'X-PhaserLink-Job-SHA256': 'abc' }, '64 hexadecimal digits'],
    ['another digest', { 'X-PhaserLink-Piece-SHA256': 'g'.repeat(64) }, '64 hexadecimal digits'],
  ])('with %s is not clear', (_what, change, words) => {
    expect(describedOurs(change)).toMatchObject({ label: null, problem: expect.stringContaining(words) });
  });

  it('with a field twice is not clear', () => {
    const twice = head({ ...ours, 'x-phaserlink-job': 'job-18' });
    expect(describePiece(twice)).toMatchObject({ problem: 'it has 2 X-PhaserLink-Job fields' });
  });
});

describe('message/partial', () => {
  it('names id and number; the total may be left to the last piece (RFC 2046 §5.2.2)', () => {
    expect(describedPartial('number=2; id="Ab c@host"')).toMatchObject({
      problem: null,
      label: { form: 'partial', id: 'Ab c@host', number: 2, total: null, pieceDigest: null, head: [] },
    });
    expect(describedPartial('number=3; total=3; id=x')?.label).toMatchObject({ number: 3, total: 3 });
  });

  it('keeps the header of the first piece, which becomes that of the whole', () => {
    const label = describedPartial('number=1; total=3; id=x')?.label as PieceLabel;
    expect(label.head.map(({ name }) => name)).toEqual(['from', 'content-type']);
  });

  it.each([
    ['no id', 'number=1; total=2', 'its id'],
    ['an id that is too long', `number=1; id=${'x'.repeat(251)}`, 'its id'],
    ['no number', 'id=x', 'which number'],
    ['a number that is none', 'id=x; number=-1', 'which number'],
    ['a total that is none', 'id=x; number=1; total=99999999999', 'of how many'],
    ['a number past the total', 'id=x; number=3; total=2', 'piece 3 of only 2'],
  ])('with %s is not clear', (_what, parameters, words) => {
    expect(describedPartial(parameters)).toMatchObject({
      label: null,
      problem: expect.stringContaining(words),
    });
  });
});

it('the job is called as the subject says without the mark of the piece, in its 80 characters', () => {
  const named = (Subject: string) => describeSubmission(head({ ...ours, Subject }), '').description;
  expect(named('Tiger (2/5)')).toBe('Tiger');
  expect(named(`${'🖨'.repeat(80)} (2/5)`)).toBe('🖨'.repeat(80));
  expect(named('=?utf-8?q?J=C3=A4nner_=282/5=29?=')).toBe('Jänner');
  expect(named('(2/5)')).toBe('untitled');
  expect(describeSubmission(head({ Subject: 'Tiger (2/5)' }), '').description).toBe('Tiger (2/5)');
});
