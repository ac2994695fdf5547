/** What of a mail is printed, what its sender hears of the rest, and that nothing is printed twice. */
import { describe, expect, it } from 'vitest';
import { blockOf, buildHouse, type House } from '../support/house.js';
import { mailText, type Part } from '../support/mail-texts.js';
import { missing } from '../support/peers.js';
import { textDocument } from '../support/postscript-samples.js';
import { temporaryFile } from '../support/temporary-folder.js';

const page: Part = { type: 'application/postscript', name: 'page.ps', body: textDocument(1) };
const pdf: Part = { type: 'application/pdf', name: 'paper.pdf', body: '%PDF-1.7\n1 0 obj\n' };
const note: Part = { type: 'text/plain', name: 'notes.txt', body: 'some notes\n' };
const letter: Part = { type: 'text/plain', body: 'Dear printer,\nplease print.\n' };

/** The one mail in alice's maildrop. */
async function reply(house: House) {
  const letters = await house.letters();
  expect(letters).toHaveLength(1);
  return letters[0];
}

describe('a mail that holds nothing for this printer', () => {
  it.each([
    ['a PDF document', pdf],
    ['a plain text file', note],
  ])('%s is answered with what is accepted', async (what, part) => {
    const house = await buildHouse();
    await house.mailRaw(mailText([letter, part], { 'Message-ID': '<m1@example.com>' }));
    await house.runOnce();
    const answer = await reply(house);
    expect(answer?.text).toContain(what);
    expect(answer?.text).toContain('this printer accepts PostScript');
    expect(answer?.inReplyTo).toBe('<m1@example.com>');
    expect(await house.job(1)).toMatchObject({
      state: 'aborted',
      reasons: ['unsupported-document-format', 'aborted-by-system'],
    });
    expect(house.pages()).toEqual([]);
    expect(await house.waiting('printer')).toBe(0);
  });

  it('a letter alone is answered with how to send a document', async () => {
    const house = await buildHouse();
    await house.mailRaw(mailText([letter]));
    await house.runOnce();
    const answer = await reply(house);
    expect(answer?.subject).toBe('[Phaser 740] Not accepted: a mail');
    expect(answer?.text).toContain('Attach a PostScript file');
    expect(blockOf(answer).Reason?.[0]).toMatch(/^no-document: /);
    expect(await house.ledger((ledger) => ledger.messageById(1))).toMatchObject({ decision: 'refuse' });
  });

  it('nothing at all is refused and gone', async () => {
    const house = await buildHouse();
    await house.mailRaw('From: alice@example.com\n');
    await house.runOnce();
    expect((await reply(house))?.text).toContain('holds no document');
    expect(await house.waiting('printer')).toBe(0);
  });
});

describe.skipIf(missing('gs'))('a mail that this printer can print', () => {
  it('in part is printed in that part, and the rest is named', async () => {
    const house = await buildHouse();
    await house.mailRaw(mailText([letter, pdf, page], { 'X-PhaserLink-Notify': 'printed' }));
    await house.runOnce();
    expect(house.pages()).toHaveLength(1);
    expect(await house.job(1)).toMatchObject({
      state: 'completed',
      reasons: ['job-completed-with-warnings'],
      pages: { confirmed: 1 },
    });
    const { Document } = blockOf(await reply(house));
    expect(Document?.[0]).toMatch(/^paper\.pdf .* not printed: it is a PDF document/);
    expect(Document?.[1]).toMatch(/^page\.ps .* bytes\)$/);
  });

  it('in part is answered also when the sender only wants to hear of errors', async () => {
    const house = await buildHouse();
    await house.mailRaw(mailText([pdf, page]));
    await house.runOnce();
    expect((await reply(house))?.text).toContain('paper.pdf');
  });

  it('as the text of the mail is printed', async () => {
    const house = await buildHouse();
    await house.mailRaw(`From: alice@example.com\nSubject: bare\n\n${textDocument(1)}`);
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ state: 'completed', description: 'bare' });
    expect(house.pages()).toHaveLength(1);
  });

  it('twice, with the same Message-ID and documents, is printed once', async () => {
    const house = await buildHouse();
    const mail = mailText([page], { 'Message-ID': '<m1@example.com>' });
    await house.mailRaw(mail);
    await house.mailRaw(mail);
    await house.runOnce();
    await house.mailRaw(mail);
    await house.runOnce();
    expect(house.pages()).toHaveLength(1);
    expect(await house.ledger((ledger) => ledger.jobs())).toHaveLength(1);
    for (const id of [2, 3]) {
      expect(await house.ledger((ledger) => ledger.messageById(id))).toMatchObject({
        decision: 'refuse',
        reasons: [{ code: 'already-received' }],
      });
    }
    expect(await house.letters()).toEqual([]);
  });

  it('again, in a new mail, is printed again', async () => {
    const house = await buildHouse();
    const file = temporaryFile('page.ps', textDocument(1));
    await house.mail([file]);
    await house.runOnce();
    await house.mail([file]);
    await house.runOnce();
    expect(house.pages()).toHaveLength(2);
  });

  it('with another document under a Message-ID that was there before is printed', async () => {
    const house = await buildHouse();
    const headers = { 'Message-ID': '<m1@example.com>' };
    await house.mailRaw(mailText([page], headers));
    await house.mailRaw(mailText([{ ...page, body: textDocument(1, 'another') }], headers));
    await house.runOnce();
    expect(house.pages()).toHaveLength(2);
  });

  it('comes out behind one that is too much, whose sender is told (ask 4)', async () => {
    const house = await buildHouse();
    await house.mailRaw(mailText(Array.from({ length: 51 }, (_, n) => ({ ...note, body: `note ${n}` }))));
    await house.mailRaw(mailText([page]));
    await house.runOnce();
    expect(house.pages()).toHaveLength(1);
    expect(await house.waiting('printer')).toBe(0);
    expect(blockOf(await reply(house)).Reason).toEqual([
      'too-much: Nothing of the mail is printed, for it is too much: a mail exceeds the limit of 50 documents. Send less at once.',
    ]);
  });

  it('comes out behind one that cannot be read, which is put aside with its bytes (ask 4)', async () => {
    const house = await buildHouse();
    await house.mailRaw(`From: alice@example.com\n${'X: y\n'.repeat(2000)}\n%!PS`);
    await house.mailRaw(`From: alice@example.com\nX: ${'y'.repeat(200_000)}\n\n%!PS`);
    await house.mailRaw(mailText([page]));
    await house.runOnce();

    expect(house.pages()).toHaveLength(1);
    expect((await house.job(1)).state).toBe('completed');
    expect(await house.waiting('printer')).toBe(0);
    const asides = await house.ledger(async (ledger) => [
      await ledger.messageById(1),
      await ledger.messageById(2),
    ]);
    expect(asides.map((message) => message?.reasons[0])).toEqual([
      { code: 'unreadable', text: expect.stringContaining('exceeds the limit') },
      { code: 'unreadable', text: expect.stringContaining('exceeds the limit') },
    ]);
    await house.runOnce();
    expect((await house.spooled()).sort()).toEqual(asides.map((message) => message?.raw.digest).sort());
  });
});
