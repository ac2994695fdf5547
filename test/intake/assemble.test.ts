/** What follows of a piece: every rule of docs/split-mail.md as a row. */
import { describe, expect, it } from 'vitest';
import type { SetSoFar, SubmittedDocument } from '#vocab/line.js';
import type { PieceLabel } from '#vocab/split-mail.js';
import { type AssembleFacts, assemble } from '../../src/intake/assemble.js';

const hour = 3_600_000;
const digestOf = (letter: string) => letter.repeat(64);

const limits = {
  maxPieces: 10,
  maxJobBytes: 1000,
  waitForMissing: 24 * hour,
  maxUnfinishedPerSender: 2,
  maxUnfinished: 3,
};
const nothingBefore: AssembleFacts = {
  now: 100 * hour,
  limits,
  open: null,
  joinedInto: null,
  ended: null,
  unfinished: { ofSender: 0, inAll: 0 },
};
const ours: PieceLabel = {
  form: 'phaserlink',
  id: 'x',
  number: 2,
  total: 5,
  pieceDigest: digestOf('b'),
  jobDigest: digestOf('e'),
  head: [],
};
const partial: PieceLabel = { ...ours, form: 'partial', total: null, pieceDigest: null, jobDigest: null };
const open: SetSoFar = {
  jobId: 7,
  total: 5,
  jobDigest: ours.jobDigest,
  pieces: 2,
  bytes: 200,
  highest: 4,
  sameNumber: null,
};
const openPartial: SetSoFar = { ...open, total: null, jobDigest: null };

function document(letter = 'b', bytes = 100): SubmittedDocument {
  return { name: 'a.ps', format: 'application/postscript', content: { digest: digestOf(letter), bytes } };
}

function assembled(label: PieceLabel, facts: Partial<AssembleFacts> = {}, documents = [document()]) {
  return assemble({ piece: { label, problem: null }, documents }, { ...nothingBefore, ...facts });
}

describe('a piece is taken', () => {
  it.each<[string, PieceLabel, Partial<AssembleFacts>, object]>([
    ['as the first of a job', ours, {}, { jobId: null, total: 5, missing: 4 }],
    ['as the first, of an unknown number', partial, {}, { jobId: null, total: null, missing: null }],
    ['for the job that waits for it', ours, { open }, { jobId: 7, total: 5, missing: 2 }],
    ['as the last', ours, { open: { ...open, pieces: 4 } }, { jobId: 7, missing: 0 }],
    [
      'with the total that the others did not say',
      { ...partial, number: 5, total: 5 },
      { open: openPartial },
      { total: 5, missing: 2 },
    ],
    [
      'with the total that the others said',
      partial,
      { open: { ...openPartial, total: 5 } },
      { total: 5, missing: 2 },
    ],
    ['though others wait, too', ours, { unfinished: { ofSender: 1, inAll: 2 } }, { jobId: null }],
    [
      'for its job, however many others wait',
      ours,
      { open, unfinished: { ofSender: 9, inAll: 9 } },
      { jobId: 7 },
    ],
    [
      'as a new job, when one of the same id ended long ago',
      ours,
      { ended: { jobId: 3, lastPieceAt: 76 * hour } },
      { jobId: null },
    ],
    ['with as many bytes as there may be', ours, { open: { ...open, bytes: 900 } }, { jobId: 7 }],
  ])('%s', (_how, label, facts, taken) => {
    expect(assembled(label, facts)).toMatchObject({ action: 'take', failure: null, ...taken });
  });

  it('and says so', () => {
    const text = (label: PieceLabel, facts: Partial<AssembleFacts>) => assembled(label, facts).reason.text;
    expect(text(ours, {})).toBe('Piece 2 of 5 begins a job; 4 missing.');
    expect(text(ours, { open: { ...open, pieces: 4 } })).toBe(
      'Piece 2 of 5 belongs to job 7; none is missing.',
    );
    expect(text(partial, {})).toBe('Piece 2 begins a job; how many are missing is not known yet.');
  });
});

describe('a job fails', () => {
  it.each<[string, PieceLabel, Partial<AssembleFacts>, RegExp]>([
    [
      'of two pieces with one number',
      ours,
      { open: { ...open, sameNumber: digestOf('c') } },
      /piece 2 came twice, with/,
    ],
    ['of two totals', ours, { open: { ...open, total: 6 } }, /there are 6 pieces, another one 5/],
    [
      'of a total that is lower than a number',
      { ...partial, number: 3, total: 3 },
      { open: openPartial },
      /a piece 4, but only 3 should/,
    ],
    [
      'of a number that is higher than the total',
      { ...partial, number: 6 },
      { open: { ...openPartial, total: 5 } },
      /a piece 6, but only 5/,
    ],
    [
      'of two digests of the whole',
      ours,
      { open: { ...open, jobDigest: digestOf('f') } },
      /name different SHA-256/,
    ],
    ['of too many bytes', ours, { open: { ...open, bytes: 901 } }, /more than 1000 bytes/],
    ['of too many pieces from its beginning', { ...ours, total: 11 }, {}, /more than 10 pieces/],
    ['of too high a number from its beginning', { ...partial, number: 11 }, {}, /more than 10 pieces/],
    [
      'when its sender has too many that wait',
      ours,
      { unfinished: { ofSender: 2, inAll: 2 } },
      /2 other .* of yours/,
    ],
    [
      'when all have too many that wait',
      ours,
      { unfinished: { ofSender: 0, inAll: 3 } },
      /send it again later/,
    ],
    // The same bytes again, but under another total, are no mere repetition.
    [
      'of a repeated piece that tells another total',
      ours,
      { open: { ...open, total: 6, sameNumber: digestOf('b') } },
      /there are 6 pieces/,
    ],
  ])('%s', (_why, label, facts, words) => {
    const assembly = assembled(label, facts);
    expect(assembly).toMatchObject({ action: 'take', jobId: facts.open?.jobId ?? null });
    expect(assembly).toHaveProperty('failure', expect.stringMatching(words));
    expect(assembly.reason).toMatchObject({ code: 'set-failed', text: expect.stringMatching(words) });
  });
});

describe('a piece is refused', () => {
  it.each<[string, PieceLabel, Partial<AssembleFacts>, string]>([
    ['that its job has', ours, { open: { ...open, sameNumber: digestOf('b') } }, 'piece-repeated'],
    [
      'of a message/partial that its job has',
      partial,
      { open: { ...openPartial, sameNumber: digestOf('b') } },
      'piece-repeated',
    ],
    ['that was joined before', ours, { joinedInto: 4 }, 'already-received'],
    ['of a job that failed an hour ago', ours, { ended: { jobId: 4, lastPieceAt: 99 * hour } }, 'set-ended'],
  ])('in silence %s', (_which, label, facts, code) => {
    expect(assembled(label, facts)).toMatchObject({ action: 'refuse', silently: true, reason: { code } });
  });

  it.each<[string, SubmittedDocument[], string, RegExp]>([
    [
      'without an attachment',
      [],
      'piece-malformed',
      /^Piece 2 of 5 has to carry one attachment, and has none\.$/,
    ],
    ['with two of them', [document(), document()], 'piece-malformed', /and has 2\.$/],
    [
      'with other bytes than it says',
      [document('c')],
      'piece-damaged',
      /arrived damaged: .*cccc instead of bbbb.*Send this piece again\.$/,
    ],
  ])('with words, and may be sent again: %s', (_which, documents, code, words) => {
    expect(assembled(ours, { open }, documents)).toMatchObject({
      action: 'refuse',
      silently: false,
      reason: { code, text: expect.stringMatching(words) },
    });
  });

  it('with words when it is not clear which piece it is', () => {
    const piece = { label: null, problem: 'it does not say which number it has' } as const;
    expect(assemble({ piece, documents: [document()] }, nothingBefore)).toEqual({
      action: 'refuse',
      silently: false,
      reason: {
        code: 'piece-unclear',
        text: 'The mail is a piece of a split mail, but it does not say which number it has.',
      },
    });
  });

  it('before anything else when it is damaged, so that nobody can end a job with rubbish', () => {
    const conflict = { open: { ...open, sameNumber: digestOf('b') } };
    expect(assembled(ours, conflict, [document('c')])).toMatchObject({ action: 'refuse' });
  });
});
