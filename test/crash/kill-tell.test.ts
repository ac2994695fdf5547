/** Killed while a sender is being told: the answer comes, and nothing is printed again. */
import { expect, it } from 'vitest';
import { killAt, restart, type Step } from '../support/kill-at.js';
import { composeDocument, RealHouse } from '../support/real-house.js';

const completed = { state: 'completed', pages: { expected: 2, confirmed: 2 } };

it.each<Step>([
  { name: 'before the mail', wire: 'smtp', from: 'client', at: 'MAIL FROM' },
  { name: 'in the middle of the mail', wire: 'smtp', from: 'client', at: 'Pages-Confirmed' },
  { name: 'before the mail server has confirmed it', wire: 'smtp', from: 'server', at: 'message queued' },
])('killed $name: the sender gets it, and the job is not printed again', async (step) => {
  const house = await RealHouse.build();
  await house.mail(composeDocument(2));
  const killed = await killAt(house, step);
  await house.mailroomLog.until('mail-deleted');
  await house.kill(killed);

  await restart(house);
  expect(await house.jobs()).toMatchObject([completed]);
  expect(house.pageCount).toBe(2);
  const answers = house.maildrop('alice');
  expect(answers[0]).toContain('Pages-Confirmed: 2');
  // It may come twice; then it is the same mail.
  const ids = answers.map((answer) => /^Message-ID: .*$/im.exec(answer)?.[0]);
  expect(new Set(ids).size).toBe(1);
});
