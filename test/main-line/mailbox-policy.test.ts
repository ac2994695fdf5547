/** What becomes of mails in the mailbox: kept for a while, too large to be fetched, and how the mailbox fares. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { alice, blockOf, buildHouse, ShiftedClock } from '../support/house.js';
import { startScriptedServer } from '../support/scripted-server.js';

const day = 86_400_000;
const page = '%!PS\n100 100 moveto 200 200 lineto stroke showpage\n';

it('a mail that is kept for seven days is printed once and then removed', async () => {
  const clock = new ShiftedClock();
  const house = await buildHouse({ clock, mailbox: { keep: 7 * day } });
  await house.mailRaw(`From: ${alice}\nSubject: kept\n\n${page}`);
  for (const passed of [0, day, 5 * day]) {
    clock.shift(passed);
    await house.runOnce();
    expect(await house.waiting()).toBe(1);
  }
  clock.shift(day);
  await house.runOnce();
  expect(await house.waiting()).toBe(0);
  expect(house.pages()).toHaveLength(1);
});

it('a mail over the limit is refused by its header, and its sender is told what the limit is', async () => {
  const house = await buildHouse({ mailbox: { maxMessageBytes: 65_536 } });
  const file = join(house.folder, 'large.ps');
  await writeFile(file, `${page}%${'x'.repeat(100_000)}\n`);
  const { messageId } = await house.mail([file], { description: 'too large' });
  await house.mailRaw(`From: ${alice}\nSubject: small\n\n${page}`);
  await house.runOnce();
  expect(house.pages()).toHaveLength(1);
  expect(await house.waiting()).toBe(0);
  const [letter, ...others] = await house.letters();
  expect(others).toEqual([]);
  expect(letter).toMatchObject({ inReplyTo: messageId });
  expect(blockOf(letter)).toMatchObject({ Event: ['refused'], Description: ['too large'] });
  expect(blockOf(letter).Reason?.[0]).toMatch(/^too-much: .* 65536 octets/);
  await house.runOnce();
  expect(await house.spooled()).toEqual([]);
});

it('how the mailbox fares is kept for whoever asks: since when it fails, and that it works again', async () => {
  const clock = new ShiftedClock();
  const refusing = await startScriptedServer({
    greeting: '-ERR [SYS/TEMP] come later\r\n',
    answer: () => 'hang up',
  });
  const house = await buildHouse({ clock, mailbox: { port: refusing.port }, printer: null });
  const status = () => house.ledger((ledger) => ledger.mailboxStatus(`printer@127.0.0.1:${refusing.port}`));
  expect(await status()).toBeNull();
  await expect(house.runOnce()).rejects.toThrow('come later');
  const first = await status();
  expect(first).toMatchObject({
    lastSuccessAt: null,
    trouble: { text: expect.stringContaining('come later') },
  });
  clock.shift(day);
  await expect(house.runOnce()).rejects.toThrow();
  expect((await status())?.trouble?.since).toBe(first?.trouble?.since);
  await refusing.stop();
});
