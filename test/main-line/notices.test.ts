/** Senders hear what they asked to hear, once, whatever the mail server does. */
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '#base/clock.js';
import type { NoticeKind } from '#vocab/notices.js';
import { Ledger } from '../../src/jobs/ledger.js';
import { freePort } from '../support/free-port.js';
import { alice, buildHouse, eventsOf, type House, ShiftedClock } from '../support/house.js';
import { mailText } from '../support/mail-texts.js';
import { missing } from '../support/peers.js';
import { textDocument } from '../support/postscript-samples.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { temporaryFile } from '../support/temporary-folder.js';

const hour = 3_600_000;
const good = () => temporaryFile('good.ps', textDocument(1));
const bad = () => temporaryFile('bad.ps', '%!PS\nshowpage foo\n');

async function namesOf(house: House): Promise<string[]> {
  return (await house.letters()).map(({ subject }) => /\] (.*?):/.exec(subject ?? '')?.[1] ?? '');
}

describe.skipIf(missing('gs'))('a sender who asks for', () => {
  it.each<[NoticeKind[] | undefined, string[], string[]]>([
    [undefined, [], ['On Error']],
    [['error'], [], ['On Error']],
    [['printed'], ['Job Printed'], []],
    [['printed', 'error'], ['Job Printed'], ['On Error']],
    [['trace'], ['Trace Job', 'Trace Job', 'Trace Job'], ['Trace Job', 'Trace Job', 'Trace Job']],
    [
      ['trace', 'printed'],
      ['Trace Job', 'Trace Job', 'Job Printed'],
      ['Trace Job', 'Trace Job', 'Trace Job'],
    ],
  ])('%j hears %j of a good job and %j of a bad one', async (notify, ofGood, ofBad) => {
    const house = await buildHouse();
    const wish = notify === undefined ? {} : { notify };
    await house.mail([good()], wish);
    await house.runOnce();
    expect(await namesOf(house)).toEqual(ofGood);
    await house.mail([bad()], wish);
    await house.runOnce();
    expect(await namesOf(house)).toEqual(ofBad);
  });

  it('a trace hears of each step in its order', async () => {
    const house = await buildHouse();
    await house.mail([bad()], { notify: ['trace'] });
    await house.runOnce();
    expect(eventsOf(await house.letters())).toEqual(['received', 'attempt-started', 'document-failed']);
  });
});

describe.skipIf(missing('gs'))('a mail server that', () => {
  it('is away stops no job; the notice waits in the outbox and goes out once', async () => {
    const clock = new ShiftedClock();
    const smtpPort = await freePort();
    const house = await buildHouse({ clock, smtpPort });
    await house.mail([good()], { notify: ['printed'] });
    await house.runOnce();
    expect((await house.job(1)).state).toBe('completed');
    const [waiting] = await house.ledger((ledger) => ledger.mailsOf(1));
    expect(waiting).toMatchObject({ sentAt: null, givenUpAt: null, attempts: 1 });
    await house.runOnce();
    expect((await house.ledger((ledger) => ledger.mailsOf(1)))[0]?.attempts).toBe(1);

    await startTcpProxy(house.smtpPort, { port: smtpPort });
    for (let run = 0; run < 3; run++) {
      clock.shift(hour);
      await house.runOnce();
    }
    const letters = await house.letters();
    expect(eventsOf(letters)).toEqual(['printed']);
    expect(letters[0]?.messageId).toBe(waiting?.messageId);
  });

  it('refuses the notice for good ends the matter', async () => {
    const clock = new ShiftedClock();
    const house = await buildHouse({ clock, allow: ['ghost@example.com'] });
    const part = { type: 'application/postscript', name: 'page.ps', body: textDocument(1) };
    const headers = { From: 'ghost@example.com', 'X-PhaserLink-Notify': 'printed' };
    await house.mailRaw(mailText([part], headers));
    await house.runOnce();
    clock.shift(hour);
    await house.runOnce();
    expect((await house.job(1)).state).toBe('completed');
    const mails = await house.ledger((ledger) => ledger.mailsOf(1));
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatchObject({ sentAt: null, givenUpAt: expect.any(Number), attempts: 1 });
    expect(mails[0]?.lastError).toMatch(/550/);
    expect(await house.waiting('printer')).toBe(0);
    expect(await house.waiting('admin')).toBe(0);
  });
});

const plain = { to: alice, text: 'hello', inReplyTo: null, autoSubmitted: 'auto-generated' } as const;

/** Puts mails into the outbox beside the server. */
async function putMails(house: House, subjects: string[]): Promise<Ledger> {
  const ledger = await Ledger.open({ dataDir: house.settings.dataDir, clock: house.clock });
  const look = { mailbox: 'other', error: { code: 'x', text: 'x' }, nextTryAt: null };
  await ledger.noteMailboxLook(
    look,
    subjects.map((subject) => ({ ...plain, subject })),
  );
  return ledger;
}

it('one round tells everybody, however many mails wait', async () => {
  const house = await buildHouse({ printer: null });
  const subjects = Array.from({ length: 120 }, (_, n) => `${n}`);
  await (await putMails(house, subjects)).close();
  await house.runOnce();
  expect((await house.letters()).map(({ subject }) => subject)).toEqual(subjects);
});

it('a mail that waits for an hour is looked at more often, for the clock may be set meanwhile', async () => {
  const pauses: number[] = [];
  const schedule: Clock['schedule'] = (ms, run) => {
    pauses.push(ms);
    return systemClock.schedule(ms, run);
  };
  const house = await buildHouse({ printer: null, clock: { ...systemClock, schedule } });
  const ledger = await putMails(house, ['later']);
  for (let tries = 0; tries < 8; tries++) await ledger.mailFailed(1, 'away', 'temporary');
  await ledger.close();
  const stop = new AbortController();
  const running = house.server.run(stop.signal, stop.signal);
  await expect.poll(() => pauses).toContain(10 * 60_000);
  stop.abort();
  await running;
  expect(Math.max(...pauses.filter(Number.isFinite))).toBeLessThan(hour / 2);
});
