/** Split mail through the whole house: whatever way the pieces come, the job is printed once, or its sender hears why not. */
import { describe, expect, it } from 'vitest';
import { blockOf, buildHouse, eventsOf, type House } from '../support/house.js';
import { mailText } from '../support/mail-texts.js';
import { missing } from '../support/peers.js';
import { textDocument } from '../support/postscript-samples.js';
import { ownPieces, partialPieces, sha256 } from '../support/split-mails.js';
import { temporaryFile } from '../support/temporary-folder.js';

const tiger = textDocument(2, 'Tiger');
const everything = { 'X-PhaserLink-Notify': 'printed,error,trace' };

async function mailAll(house: House, mails: (string | undefined)[], from?: string): Promise<void> {
  for (const mail of mails) await house.mailRaw(mail ?? '', from);
}

function sentences(letters: Awaited<ReturnType<House['letters']>>): string[] {
  return letters.map(({ text }) => text?.split('\n')[0] ?? '');
}

describe.skipIf(missing('gs'))('a split job', () => {
  it('is printed when its last piece has come, in whatever order, and a trace tells each step', async () => {
    const house = await buildHouse();
    const pieces = ownPieces(tiger, { headers: everything });
    await mailAll(house, [pieces[3], pieces[0]]);
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({
      state: 'pending-held',
      reasons: ['job-incoming'],
      description: 'tiger',
      documents: [],
    });
    expect(await house.waiting('printer')).toBe(0);
    expect(house.pages()).toEqual([]);
    await mailAll(house, [pieces[4], pieces[2]]);
    await house.runOnce();
    await mailAll(house, [pieces[1]]);
    await house.runOnce();

    const job = await house.job(1);
    expect(job).toMatchObject({ state: 'completed', description: 'tiger', pages: { confirmed: 2 } });
    expect(job.documents).toMatchObject([
      { name: 'tiger.ps', format: 'application/postscript', content: { digest: sha256(Buffer.from(tiger)) } },
    ]);
    expect(job.messageIds).toEqual([4, 1, 5, 3, 2].map((number) => `<job-1-${number}@example.com>`));
    const letters = await house.letters();
    expect(sentences(letters)).toEqual([
      'Piece 4 of 5 of your document "tiger" was received; 4 missing.',
      'Piece 1 of 5 of your document "tiger" was received; 3 missing.',
      'Piece 5 of 5 of your document "tiger" was received; 2 missing.',
      'Piece 3 of 5 of your document "tiger" was received; 1 missing.',
      'Piece 2 of 5 of your document "tiger" was received; none is missing.',
      'Your document "tiger" has come whole, in 5 pieces, and waits to be printed as job 1.',
      'Your document "tiger" is being printed.',
      'Your document "tiger" was printed: 2 pages, confirmed by the printer\'s counter.',
    ]);
    expect(letters.map(({ subject }) => subject?.replace('[Phaser 740] ', ''))).toEqual([
      ...Array.from({ length: 7 }, () => 'Trace Job: tiger'),
      'Job Printed: tiger',
    ]);
    expect(blockOf(letters[1])).toMatchObject({ Piece: ['1/5'], Missing: ['3'], Job: ['1'] });
    await house.runOnce();
    expect(await house.spooled()).toEqual([]);
  });

  it('of `phaserlink send --split` is one mail to a sender who only wants to hear that it is printed', async () => {
    const house = await buildHouse();
    const { pieces } = await house.mailSplit(temporaryFile('tiger.ps', tiger), 1000, { notify: ['printed'] });
    expect(pieces.length).toBeGreaterThan(5);
    await house.runOnce();
    expect(house.pages()).toHaveLength(2);
    expect(eventsOf(await house.letters())).toEqual(['printed']);
    const why = await house.ledger((ledger) => ledger.jobEvents(1));
    expect(why.filter(({ event }) => event.type === 'piece-received')).toHaveLength(pieces.length);
  });

  it('may come with pieces twice: they are ignored, and the trail tells it', async () => {
    const house = await buildHouse();
    const pieces = ownPieces(tiger, { total: 3, headers: everything });
    const again = pieces.map((piece) => piece.replace('<job-1', '<again'));
    await mailAll(house, [pieces[0], again[0], pieces[0], pieces[1], again[1], pieces[2]]);
    await house.runOnce();
    expect(house.pages()).toHaveLength(2);
    expect(eventsOf(await house.letters())).toEqual([
      ...['piece-received', 'piece-received', 'piece-received'],
      ...['set-complete', 'attempt-started', 'printed'],
    ]);
    const repeated = await house.ledger((ledger) => ledger.messageById('<again-1@example.com>'));
    expect(repeated).toMatchObject({
      decision: 'refuse',
      reasons: [{ code: 'piece-repeated' }],
      jobId: null,
    });
    expect(repeated?.trail.at(-1)).toMatchObject({
      stage: 'assemble',
      text: 'Piece 1 of 3 has come before, for job 1; it is ignored. (piece-repeated)',
    });
  });

  it('is not printed a second time when the same job is sent again, but a new one is', async () => {
    const house = await buildHouse();
    const file = temporaryFile('tiger.ps', tiger);
    const { job } = await house.mailSplit(file, 2000, { notify: ['trace'] });
    await house.runOnce();
    await house.letters();
    await house.mailSplit(file, 2000, { notify: ['trace'], resume: job });
    await house.runOnce();
    expect(house.pages()).toHaveLength(2);
    expect(await house.letters()).toEqual([]);
    const refused = await house.ledger((ledger) => ledger.unreportedRefusals());
    expect(new Set(refused.map(({ reasons }) => reasons[0]?.code))).toEqual(new Set(['already-received']));

    await house.mailSplit(file, 2000);
    await house.runOnce();
    expect(house.pages()).toHaveLength(4);
  });

  it('goes on where it broke off', async () => {
    const house = await buildHouse();
    const file = temporaryFile('tiger.ps', tiger);
    const job = 'my-job';
    // Of the first try, only some have come.
    const [first, , third] = ownPieces(tiger, { job, total: 3 });
    await mailAll(house, [first, third]);
    await house.runOnce();
    await house.mailSplit(file, Math.ceil(Buffer.byteLength(tiger) / 3), { resume: job });
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ state: 'completed' });
    expect(await house.ledger((ledger) => ledger.jobs())).toHaveLength(1);
  });

  it('is taken byte for byte, whatever a piece looks like', async () => {
    const house = await buildHouse();
    const lookalikes = [
      'GIF89a\x01\x00\x01\x00',
      '\x78\x9f\x3e\x22 a winmail.dat',
      'begin 644 other.ps\\',
      '(This file must be converted with BinHex 4.0) :',
      'PK\x03\x04',
      'From mallory@example.com Mon Jan  1 00:00:00 2026',
      '<html><img src=x>',
      '%PDF-1.7',
      'BEGIN:VCARD',
      '-----BEGIN PGP MESSAGE-----',
    ];
    const pieces = ['%!PS\n%', ...lookalikes.map((text) => `${text}\n%`), '\nshowpage\n'];
    await mailAll(house, ownPieces(pieces.map((piece) => Buffer.from(piece, 'latin1'))));
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ state: 'completed', pages: { confirmed: 1 } });
  });
});

describe('pieces of others', () => {
  it.skipIf(missing('gs'))(
    'with the same id cannot finish or spoil this job, for they belong to another',
    async () => {
      const mallory = 'mallory@example.com';
      const house = await buildHouse({ allow: ['alice@example.com', mallory] });
      const pieces = ownPieces(tiger, { total: 3, headers: everything });
      const forged = ownPieces(textDocument(2, 'Forged'), { total: 3, from: mallory, headers: everything });
      await mailAll(house, [pieces[0], pieces[1]]);
      await mailAll(house, [forged[1], forged[2]], mallory);
      await house.runOnce();
      expect(await house.ledger((ledger) => ledger.jobs())).toMatchObject([
        { sender: 'alice@example.com', reasons: ['job-incoming'] },
        { sender: mallory, reasons: ['job-incoming'] },
      ]);
      expect(eventsOf(await house.letters('mallory'))).toEqual(['piece-received', 'piece-received']);

      await mailAll(house, [pieces[2]]);
      await house.runOnce();
      const { state, documents } = await house.job(1);
      expect({ state, digest: documents[0]?.content.digest }).toEqual({
        state: 'completed',
        digest: sha256(Buffer.from(tiger)),
      });
      expect(await house.job(2)).toMatchObject({ reasons: ['job-incoming'] });
      expect(await house.waiting('mallory')).toBe(0);
    },
  );

  it('who may not print are refused in silence', async () => {
    const house = await buildHouse({ printer: null, printerPort: 1 });
    const pieces = ownPieces(tiger, { from: 'mallory@example.com', headers: everything });
    await mailAll(house, pieces, 'mallory@example.com');
    await house.runOnce();
    expect(await house.ledger((ledger) => ledger.jobs())).toEqual([]);
    expect(await house.waiting('mallory')).toBe(0);
    expect(await house.waiting('alice')).toBe(0);
  });

  it('that were sent automatically make a job of which nobody is told', async () => {
    const house = await buildHouse({ printer: null, printerPort: 1 });
    const [first, second] = ownPieces(tiger, { total: 3, headers: everything });
    const automatic = second?.replace('From:', 'Auto-Submitted: auto-generated\nFrom:');
    await mailAll(house, [automatic]);
    await house.runOnce();
    await mailAll(house, [first]);
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ notify: [], reasons: ['job-incoming'] });
    expect(await house.waiting('alice')).toBe(0);
  });
});

describe.skipIf(missing('gs'))('a job in the form of RFC 2046', () => {
  const inner = (
    more: Record<string, string> = {},
    parts = [{ type: 'application/postscript', name: 'in.ps', body: tiger }],
  ) => mailText(parts, { Subject: 'inside', 'Message-ID': '<inside@example.com>', ...more });

  it('is joined, read and printed as the mail that it is', async () => {
    const house = await buildHouse();
    const [one, two, three] = partialPieces(inner({ 'X-PhaserLink-Notify': 'trace' }), {
      headers: { 'X-PhaserLink-Notify': 'printed' },
    });
    await mailAll(house, [three, two]);
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ reasons: ['job-incoming'], description: 'outside' });
    await mailAll(house, [one]);
    await house.runOnce();
    // The subject is the inner mail's, the wish for notices the outer one's (RFC 2046 §5.2.2.1).
    expect(await house.job(1)).toMatchObject({
      state: 'completed',
      description: 'inside',
      notify: ['printed'],
    });
    expect((await house.job(1)).documents).toMatchObject([{ name: 'in.ps' }]);
    expect(eventsOf(await house.letters())).toEqual(['printed']);
    await house.runOnce();
    expect(await house.spooled()).toEqual([]);
  });

  it.each([
    [
      'without a document in it',
      mailText([{ type: 'text/plain', body: 'hello' }], { Subject: 'inside' }),
      /holds no document/,
    ],
    [
      'with a piece in it',
      [
        'Subject: inside',
        'Content-Type: message/partial; id=inner; number=1; total=2',
        '',
        ...tiger.split('\n'),
      ].join('\n'),
      /is itself a piece of a split mail/,
    ],
    [
      'that the reader cannot take',
      mailText(Array.from({ length: 1100 }, () => ({ type: 'text/plain', body: 'x' }))),
      /is too much: .* exceeds the limit/,
    ],
  ])('%s ends, and its sender hears why', async (_what, mail, words) => {
    const house = await buildHouse();
    await mailAll(house, partialPieces(mail));
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ state: 'aborted', documents: [] });
    const letters = await house.letters();
    expect(letters.map(({ subject }) => subject)).toEqual([expect.stringContaining('On Error')]);
    expect(letters[0]?.text).toMatch(words);
    await house.runOnce();
    expect(await house.spooled()).toEqual([]);
  });
});
