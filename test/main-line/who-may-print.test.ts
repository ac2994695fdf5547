/** Who may print, who is answered, and what is kept of those who may not. */
import { describe, expect, it } from 'vitest';
import { summaryDelayMs } from '../../src/tell-stages.js';
import { blockOf, buildHouse, eventsOf, type House, ShiftedClock } from '../support/house.js';
import { mailText, type Part } from '../support/mail-texts.js';
import { missing } from '../support/peers.js';
import { textDocument } from '../support/postscript-samples.js';

const document: Part = { type: 'application/postscript', name: 'page.ps', body: textDocument(1) };
const everything = 'printed,error,trace';

function mailFrom(from: string, headers: Record<string, string | null> = {}): string {
  return mailText([document], { From: from, 'X-PhaserLink-Notify': everything, ...headers });
}

/** Nothing printed, nobody answered, the mail gone, the refusal kept. */
async function expectSilentRefusal(house: House, code: string): Promise<void> {
  expect(house.pages()).toEqual([]);
  expect(await house.waiting('printer')).toBe(0);
  expect(await house.waiting('alice')).toBe(0);
  expect(await house.waiting('mallory')).toBe(0);
  const refusal = await house.ledger((ledger) => ledger.messageById(1));
  expect(refusal).toMatchObject({ decision: 'refuse', jobId: null, reasons: [{ code }] });
}

describe('a mail of', () => {
  it.each([
    ['a stranger', 'mallory@example.com', 'sender-not-allowed'],
    ['a stranger with an allowed name', '"alice@example.com" <mallory@example.com>', 'sender-not-allowed'],
    ['a stranger of a sub-domain', 'alice@sub.example.com', 'sender-not-allowed'],
    ['two people', 'alice@example.com, mallory@example.com', 'sender-unclear'],
    ['nobody', 'undisclosed', 'sender-unclear'],
    ['the printer itself', 'Printer@Example.com', 'own-mail'],
  ])('%s gets no reply and no page', async (_who, from, code) => {
    const house = await buildHouse();
    await house.mailRaw(mailFrom(from), 'mallory@example.com');
    await house.runOnce();
    await expectSilentRefusal(house, code);
  });

  it('anybody is refused as long as the access list is empty', async () => {
    const house = await buildHouse({ allow: [] });
    await house.mailRaw(mailFrom('alice@example.com'));
    await house.runOnce();
    await expectSilentRefusal(house, 'nobody-allowed');
  });

  it('a stranger with an allowed one in two From fields is refused', async () => {
    const house = await buildHouse();
    await house.mailRaw(`From: alice@example.com\n${mailFrom('mallory@example.com')}`);
    await house.runOnce();
    await expectSilentRefusal(house, 'sender-unclear');
  });

  it('somebody who only sends through an allowed envelope is a stranger', async () => {
    const house = await buildHouse();
    await house.mailRaw(
      mailFrom('mallory@example.com', { Sender: 'alice@example.com' }),
      'alice@example.com',
    );
    await house.runOnce();
    await expectSilentRefusal(house, 'sender-not-allowed');
  });
});

describe.skipIf(missing('gs'))('a printable mail', () => {
  it('of an allowed domain is printed', async () => {
    const house = await buildHouse({ allow: ['@example.com'] });
    await house.mailRaw(mailFrom('Mallory <MALLORY@Example.COM>'));
    await house.runOnce();
    expect((await house.job(1)).state).toBe('completed');
    expect(eventsOf(await house.letters('mallory'))).toEqual(['received', 'attempt-started', 'printed']);
  });

  it.each([
    ['Auto-Submitted', 'auto-generated'],
    ['Precedence', 'bulk'],
    ['List-Id', 'friends.example.com'],
  ])('that is automatic (%s) is printed and never answered', async (name, value) => {
    const house = await buildHouse();
    await house.mailRaw(mailFrom('alice@example.com', { [name]: value }));
    await house.runOnce();
    expect(house.pages()).toHaveLength(1);
    expect((await house.job(1)).state).toBe('completed');
    expect(await house.waiting('alice')).toBe(0);
  });

  it('with an empty reverse-path is never answered, even when it fails', async () => {
    const house = await buildHouse();
    const failing = mailText([{ ...document, body: '%!PS\nfoo\n' }]);
    await house.mailRaw(failing, '');
    await house.runOnce();
    expect((await house.job(1)).state).toBe('aborted');
    expect(await house.waiting('alice')).toBe(0);
  });
});

describe('the administrator', () => {
  it('hears of refused mails once, an hour after the first of them', async () => {
    const clock = new ShiftedClock();
    const house = await buildHouse({ clock });
    await house.mailRaw(mailFrom('mallory@example.com'));
    await house.mailRaw(mailFrom('mallory@example.com'));
    await house.mailRaw(mailFrom('eve@elsewhere.example'));
    await house.runOnce();
    clock.shift(summaryDelayMs - 60_000);
    await house.runOnce();
    expect(await house.waiting('admin')).toBe(0);

    clock.shift(60_000);
    await house.runOnce();
    clock.shift(2 * summaryDelayMs);
    await house.runOnce();
    const letters = await house.letters('admin');
    expect(letters).toHaveLength(1);
    expect(letters[0]?.subject).toBe('[Phaser 740] 3 mails not accepted');
    expect(letters[0]?.text).toMatch(/mallory@example\.com: 2 mails/);
    expect(letters[0]?.text).toMatch(/eve@elsewhere\.example: 1 mail/);
    expect(letters[0]?.headers.get('auto-submitted')).toBe('auto-generated');
    expect(blockOf(letters[0]).Job).toBeUndefined();
  });
});
