/** Split mail that goes wrong: pieces that are damaged, contradict each other, are too many or never come. */
import { describe, expect, it } from 'vitest';
import {
  blockOf,
  buildHouse,
  eventsOf,
  type House,
  type HouseOptions,
  ShiftedClock,
} from '../support/house.js';
import { missing } from '../support/peers.js';
import { textDocument } from '../support/postscript-samples.js';
import { ownPieces, partialPieces } from '../support/split-mails.js';

const hour = 3_600_000;
const tiger = textDocument(2, 'Tiger');

async function mailAll(house: House, mails: (string | undefined)[]): Promise<void> {
  for (const mail of mails) await house.mailRaw(mail ?? '');
}

/** Nothing of these jobs comes to a printer. */
function houseWithoutPrinter(options: HouseOptions = {}): Promise<House> {
  return buildHouse({ printer: null, printerPort: 1, ...options });
}

/** The one mail in alice's maildrop. */
async function onlyLetter(house: House) {
  const letters = await house.letters();
  expect(letters.map(({ subject }) => subject)).toHaveLength(1);
  return letters[0];
}

describe('a job fails, with one mail that says why, and its other pieces are ignored,', () => {
  it('when two pieces have the same number and not the same content', async () => {
    const house = await houseWithoutPrinter();
    const pieces = ownPieces(tiger);
    const others = ownPieces(textDocument(2, 'Other')).map((piece) => piece.replace('<job-1', '<other'));
    const sameWhole = (piece = '') =>
      piece.replace(
        /^X-PhaserLink-Job-SHA256: .*$/m,
        /^X-PhaserLink-Job-SHA256: .*$/m.exec(pieces[0] ?? '')?.[0] ?? '',
      );
    await mailAll(house, [pieces[1], sameWhole(others[1])]);
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({
      state: 'aborted',
      reasons: ['aborted-by-system'],
      documents: [],
    });
    const letter = await onlyLetter(house);
    expect(letter?.subject).toBe('[Phaser 740] On Error: tiger');
    expect(letter?.text).toContain(
      'Your document "tiger" was not printed: piece 2 came twice, with different content. Its pieces are discarded; to have it printed, send it again as a new job.',
    );
    expect(letter?.inReplyTo).toBe('<job-1-2@example.com>');
    expect(blockOf(letter).Event).toEqual(['set-failed']);

    await mailAll(house, [pieces[0], pieces[2], pieces[3], pieces[4]]);
    await house.runOnce();
    expect(await house.ledger((ledger) => ledger.jobs())).toHaveLength(1);
    expect(await house.waiting('alice')).toBe(0);
    const late = await house.ledger((ledger) => ledger.messageById('<job-1-5@example.com>'));
    expect(late).toMatchObject({ decision: 'refuse', reasons: [{ code: 'set-ended' }] });
    await house.runOnce();
    expect(await house.spooled()).toEqual([]);
  });

  it.each<[string, string[], RegExp]>([
    [
      'when the pieces tell different totals',
      ownPieces(tiger).map((piece, index) =>
        index === 2 ? piece.replace('Piece: 3/5', 'Piece: 3/6') : piece,
      ),
      /one piece says that there are 5 pieces, another one 6\./,
    ],
    [
      'when the whole is not what its digest says',
      ownPieces(tiger).map((piece) =>
        piece.replace(/^(X-PhaserLink-Job-SHA256: ).*$/m, `$1${'0'.repeat(64)}`),
      ),
      /make a document with the SHA-256 [0-9a-f]{64}, and not the 0{64} that its mails name/,
    ],
    ['when it has too many pieces', ownPieces(tiger, { total: 7 }), /more than 6 pieces/],
    ['when it has too many bytes', ownPieces(tiger, { total: 2 }), /more than 6000 bytes/],
  ])('%s', async (_when, pieces, words) => {
    const splitMail = words.source.includes('6000') ? { maxJobBytes: 6000 } : { maxPieces: 6 };
    const house = await houseWithoutPrinter({ splitMail });
    await mailAll(house, pieces);
    await house.runOnce();
    expect(await house.ledger((ledger) => ledger.jobs())).toMatchObject([
      { state: 'aborted', documents: [] },
    ]);
    expect((await onlyLetter(house))?.text).toMatch(words);
    await house.runOnce();
    expect(await house.spooled()).toEqual([]);
    expect(await house.waiting('alice')).toBe(0);
  });

  it('when too many jobs of its sender are incomplete, and those go on', async () => {
    const house = await houseWithoutPrinter({ splitMail: { maxUnfinishedPerSender: 2 } });
    for (const job of ['a', 'b', 'c']) await mailAll(house, ownPieces(tiger, { job }).slice(0, 2));
    await house.runOnce();
    expect((await house.ledger((ledger) => ledger.jobs())).map(({ state }) => state)).toEqual([
      'pending-held',
      'pending-held',
      'aborted',
    ]);
    expect((await onlyLetter(house))?.text).toContain('2 other split mails of yours are incomplete');
  });
});

describe.skipIf(missing('gs'))('a piece that arrives damaged', () => {
  it('is refused with words, and may be sent again', async () => {
    const house = await buildHouse();
    const [first, second = '', ...rest] = ownPieces(tiger, { headers: { 'X-PhaserLink-Notify': 'printed' } });
    const damaged = second.replace('<job-1', '<damaged').replace(/\n\n(.{10})/, '\n\nAAAAAAAAAA');
    await mailAll(house, [first, damaged, ...rest]);
    await house.runOnce();
    const letter = await onlyLetter(house);
    expect(letter?.subject).toBe('[Phaser 740] Not accepted: tiger');
    expect(letter?.text).toMatch(/Piece 2 of 5 arrived damaged: its SHA-256 is .* Send this piece again/);
    expect(letter?.inReplyTo).toBe('<damaged-2@example.com>');
    expect(await house.job(1)).toMatchObject({ reasons: ['job-incoming'] });

    await mailAll(house, [second]);
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ state: 'completed' });
    expect(eventsOf(await house.letters())).toEqual(['printed']);
  });
});

describe('missing pieces', () => {
  it('are waited for a day, and then named in one mail; what has come is discarded', async () => {
    const clock = new ShiftedClock();
    const house = await houseWithoutPrinter({ clock });
    const pieces = ownPieces(tiger, { total: 9 });
    await mailAll(house, [pieces[0], pieces[2]]);
    await house.runOnce();
    clock.shift(20 * hour);
    await mailAll(house, [pieces[6]]);
    await house.runOnce();
    clock.shift(23 * hour);
    await house.runOnce();
    // The last piece that came counts.
    expect(await house.job(1)).toMatchObject({ reasons: ['job-incoming'] });
    expect(await house.waiting('alice')).toBe(0);
    expect(await house.spooled()).not.toEqual([]);

    clock.shift(hour);
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({
      state: 'aborted',
      reasons: ['submission-interrupted', 'aborted-by-system'],
    });
    const letter = await onlyLetter(house);
    expect(letter?.subject).toBe('[Phaser 740] On Error: tiger');
    expect(letter?.text).toContain(
      'Your document "tiger" was not printed: pieces 2, 4-6, 8-9 of 9 did not come in time. What has come of it is discarded; please send it again.',
    );
    expect(blockOf(letter)).toMatchObject({ Event: ['pieces-missing'], 'Missing-Numbers': ['2, 4-6, 8-9'] });
    await house.runOnce();
    expect(await house.spooled()).toEqual([]);
    expect(await house.waiting('alice')).toBe(0);
  });

  it('of which nobody knows how many there are are named as far as can be', async () => {
    const clock = new ShiftedClock();
    const house = await houseWithoutPrinter({ clock, splitMail: { waitForMissing: 2 * hour } });
    const pieces = partialPieces('Subject: inside\n\n%!PS\nshowpage\n', { total: 4 });
    await mailAll(house, [pieces[0], pieces[2]]);
    await house.runOnce();
    clock.shift(2 * hour);
    await house.runOnce();
    expect((await onlyLetter(house))?.text).toContain(
      'piece 2 and the last piece, which tells how many there are, did not come in time.',
    );
  });

  it('may come once they have been given up, as a new job', async () => {
    const clock = new ShiftedClock();
    const house = await houseWithoutPrinter({ clock });
    const pieces = ownPieces(tiger);
    await mailAll(house, pieces.slice(0, 4));
    await house.runOnce();
    clock.shift(24 * hour);
    await house.runOnce();
    const again = pieces.map((piece) => piece.replace('<job-1', '<again'));
    await mailAll(house, again);
    await expect(house.runOnce()).rejects.toThrow(/printer/);
    expect((await house.job(2)).documents).toHaveLength(1);
  });

  it('that came while the server was switched off for two days are found before they are given up', async () => {
    const clock = new ShiftedClock();
    const house = await houseWithoutPrinter({ clock });
    const pieces = ownPieces(tiger, { headers: { 'X-PhaserLink-Notify': 'trace' } });
    await mailAll(house, [pieces[0]]);
    await house.runOnce();
    await mailAll(house, [pieces[1]]);
    clock.shift(48 * hour);
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ reasons: ['job-incoming'] });
    expect(eventsOf(await house.letters())).toEqual(['piece-received', 'piece-received']);
  });
});
