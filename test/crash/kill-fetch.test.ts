/** Killed while mail is being fetched and deleted: each mail is printed once, and none is left behind. */
import { expect, it } from 'vitest';
import { killAt, restart, type Step } from '../support/kill-at.js';
import { composeDocument, RealHouse } from '../support/real-house.js';

const completed = { state: 'completed', pages: { expected: 2, confirmed: 2 } };

it.each<Step>([
  { name: 'in the middle of fetching it', wire: 'pop3', from: 'server', at: 400_000 },
  { name: 'before DELE', wire: 'pop3', from: 'client', at: 'DELE' },
  { name: 'before QUIT', wire: 'pop3', from: 'client', at: 'QUIT' },
  { name: 'before the answer to QUIT', wire: 'pop3', from: 'server', at: 'bye' },
])('killed $name: it is printed once', async (step) => {
  const house = await RealHouse.build();
  // More than is held in memory.
  await house.mail(composeDocument(2) + '% and more\n'.repeat(50_000));
  const killed = await killAt(house, step);
  const fetched = step.at !== 400_000;
  if (fetched) await killed.log.until('kept');
  await expect.poll(() => house.spooled().half, { timeout: 20_000 }).toHaveLength(fetched ? 0 : 1);
  await house.kill(killed);

  const next = await restart(house);
  expect(await house.jobs()).toMatchObject([completed]);
  expect(house.pageCount).toBe(2);
  expect(house.maildrop('printer')).toEqual([]);
  expect(house.maildrop('alice').length).toBeGreaterThanOrEqual(1);
  expect(house.spooled().half).toEqual([]);
  expect(next.log.of('fetched')).toHaveLength(fetched ? 0 : 1);
});
