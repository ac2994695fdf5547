/** Whoever has sent a job says by mail what becomes of it: the words of a reply, from the mail to the paper. */
import type { ParsedMail } from 'mailparser';
import { describe, expect, it } from 'vitest';
import { findReplyToken } from '#vocab/reply-token.js';
import { startFakePrinter } from '../support/fake-printer.js';
import { alice, blockOf, buildHouse, eventsOf, type House, ShiftedClock } from '../support/house.js';
import { missing } from '../support/peers.js';
import { textDocument } from '../support/postscript-samples.js';
import { temporaryFile } from '../support/temporary-folder.js';

const day = 24 * 3_600_000;
let replies = 0;

/** As a mail program answers: by the answered mail's Message-ID, or where that was lost by the mark in the subject. */
function replyTo(
  letter: ParsedMail | undefined,
  text: string,
  {
    by = 'message-id',
    from = alice,
    header = '',
  }: { by?: 'message-id' | 'mark'; from?: string; header?: string } = {},
): string {
  const subject = String(letter?.headers.get('subject'));
  const reference =
    by === 'mark' ? '' : `In-Reply-To: ${letter?.messageId}\nReferences: <x@y> ${letter?.messageId}\n`;
  const shown = by === 'mark' ? subject : 'Re: the printer';
  return `From: ${from}\nMessage-ID: <reply-${++replies}@example.com>\nSubject: Re: ${shown}\n${reference}${header}\n${text}\n\n> Reply with "done".`;
}

/** A job of twelve pages of which seven have come out when the printer hangs up. */
async function unknownOutcome(): Promise<{
  house: House;
  letter: ParsedMail | undefined;
  programs: () => readonly string[];
}> {
  const printer = await startFakePrinter({ hangsUpAfter: 7 });
  const house = await buildHouse({
    allow: [alice, 'mallory@example.com'],
    printer: null,
    printerPort: printer.port,
  });
  await house.mail([temporaryFile('report.ps', textDocument(12))]);
  await house.runOnce();
  expect(await house.job(1)).toMatchObject({ reasons: ['outcome-unknown'], pages: { confirmed: 7 } });
  const [letter] = await house.letters();
  expect(letter?.text).toContain('with "from 8"');
  return { house, letter, programs: printer.programs };
}

describe('a reply', () => {
  it('has the rest of a job printed, once, and only by its sender', async () => {
    const { house, letter, programs } = await unknownOutcome();
    await house.mailRaw(replyTo(letter, 'from 8', { from: 'mallory@example.com' }), 'mallory@example.com');
    await house.mailRaw(replyTo(letter, 'from 8', { header: 'Auto-Submitted: auto-replied\n' }));
    await house.mailRaw(replyTo(letter, 'status', { by: 'mark' }));
    await house.runOnce();
    expect(programs()).toEqual([]);
    // A mail of her own, which asks for nothing that can be printed.
    expect(eventsOf(await house.letters('mallory'))).toEqual(['refused']);
    const [status, ...others] = await house.letters();
    expect(others).toEqual([]);
    expect(eventsOf([status as ParsedMail])).toEqual(['status']);
    expect(status?.text).toContain('Job 1, "report.ps", is pending-held');

    await house.mailRaw(replyTo(letter, 'From page 8, please', { by: 'mark' }));
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({
      state: 'completed',
      part: { from: 8, copies: 1 },
      attempts: 2,
    });
    expect(programs()).toHaveLength(1);
    expect(programs()[0]).toContain('<0007> dup 0 get');

    await house.mailRaw(replyTo(letter, 'again'));
    await house.runOnce();
    expect(programs()).toHaveLength(1);
    const answers = await house.letters();
    expect(eventsOf(answers)).toEqual(['again', 'printed', 'refused']);
    expect(answers[2]?.text).toContain('another reply has been obeyed already');
    // It is answered as any mail is, and recognised by its own mark.
    expect(answers[0]?.inReplyTo).toMatch(/^<reply-/);
    expect(findReplyToken(String(answers[0]?.headers.get('subject')))).not.toBeNull();
  });

  it('of other words is told once which words there are', async () => {
    const { house, letter } = await unknownOutcome();
    await house.mailRaw(replyTo(letter, 'Thank you so much!'));
    await house.mailRaw(replyTo(letter, 'You are welcome'));
    await house.mailRaw(replyTo(letter, 'done'));
    await house.runOnce();
    const answers = await house.letters();
    expect(eventsOf(answers)).toEqual(['refused', 'settled']);
    expect(answers[0]?.text).toContain('says "Thank you so much!", which is none of the words');
    expect(answers[0]?.text).toContain('release   print the job that is held');
    expect(await house.job(1)).toMatchObject({
      state: 'completed',
      reasons: ['job-completed-with-warnings'],
    });
    const trails = await house.ledger((ledger) => ledger.messagesOf(1));
    expect(trails.at(-1)?.trail.at(-1)).toMatchObject({ stage: 'reply', decision: 'accept' });
  });
});

describe('a held job', () => {
  const held = (subject: string) =>
    `From: ${alice}\nMessage-ID: <${++replies}@held>\nSubject: ${subject}\n\n${textDocument(1)}`;

  it('is told of with its code, and is printed when its sender releases it', async () => {
    const printer = await startFakePrinter();
    const house = await buildHouse({ printer: null, printerPort: printer.port });
    await house.mailRaw(held('secret [hold]'));
    await house.runOnce();
    const job = await house.job(1);
    expect(job).toMatchObject({ state: 'pending-held', description: 'secret' });
    const [letter] = await house.letters();
    expect(letter?.subject).toBe('[Phaser 740] On Hold: secret');
    expect(blockOf(letter)['Release-Code']).toEqual([job.releaseCode]);
    expect(job.releaseCode).toMatch(/^[B-Z]{6}$/);

    const attachment = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n';
    const body = `--b\nContent-Type: text/plain\n\nrelease\n--b\nContent-Type: application/postscript\n\n${textDocument(2)}\n--b--`;
    await house.mailRaw(replyTo(letter, body, { header: attachment }));
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ state: 'completed', releaseCode: null });
    expect(printer.documents()).toBe(1);
    expect(eventsOf(await house.letters())).toEqual(['released']);
  });

  it('that nobody releases ends in time, and says so', async () => {
    const clock = new ShiftedClock();
    const printer = await startFakePrinter();
    const house = await buildHouse({
      clock,
      hold: ['@example.com'],
      printer: null,
      printerPort: printer.port,
    });
    await house.mailRaw(held('a'));
    await house.runOnce();
    await house.letters();
    clock.shift(day + 1);
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ state: 'aborted', reasons: ['aborted-by-system'] });
    expect((await house.letters())[0]?.text).toContain('was not released in time');
    expect(printer.documents()).toBe(0);
  });
});

describe.skipIf(missing('gs'))('a job on the simulated printer', () => {
  it('is printed once more from a page on and in copies, as long as its documents are kept', async () => {
    const clock = new ShiftedClock();
    const house = await buildHouse({ clock, jobs: { keepContent: day } });
    await house.mail([temporaryFile('report.ps', textDocument(3))], { notify: ['printed'] });
    await house.runOnce();
    const first = house.pageBytes();
    const [letter] = await house.letters();
    await house.mailRaw(replyTo(letter, 'again from 2 copies 2'));
    await house.runOnce();
    expect(await house.job(2)).toMatchObject({
      ...{ state: 'completed', againOf: 1, reasons: ['job-completed-successfully'] },
      pages: { expected: 4, confirmed: 4 },
    });
    const [, second, third] = first;
    expect(house.pageBytes().slice(3)).toEqual([second, third, second, third]);

    clock.shift(day + 1);
    const [answer] = await house.letters();
    await house.mailRaw(replyTo(answer, 'again'));
    await house.runOnce();
    expect((await house.letters())[0]?.text).toContain('no longer kept');
    expect(await house.spooled()).toEqual([]);

    clock.shift(90 * day);
    await house.runOnce();
    expect(await house.ledger((ledger) => ledger.jobs())).toEqual([]);
  });
});

it('a job is stopped while it is being printed, and the pages that had come out are told', async () => {
  const printer = await startFakePrinter({ stopsAfter: 2 });
  const house = await buildHouse({ printer: null, printerPort: printer.port });
  await house.mail([temporaryFile('long.ps', textDocument(5))]);
  const stop = new AbortController();
  const running = house.server.run(stop.signal, stop.signal);
  await house.told('printing', 1);
  await house.grant(1, { wish: 'cancel' });
  await house.told('settled', 1);
  stop.abort();
  await running;
  expect(await house.job(1)).toMatchObject({
    ...{ state: 'canceled', reasons: ['job-canceled-by-operator'], pages: { confirmed: 2 } },
  });
  expect(printer.programs()).toEqual([]);
});
