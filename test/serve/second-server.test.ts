/** Two servers on one folder: the second stands back, and takes over when the first is gone. */
import { expect, it } from 'vitest';
import { composeDocument, RealHouse } from '../support/real-house.js';

it('a second server on the same folder says what is wrong, harms nothing, and takes over when the first is gone', async () => {
  const house = await RealHouse.build();
  // More than is held in memory.
  await house.mail(composeDocument(1) + '% and more\n'.repeat(50_000));
  const held = house.pop3.withhold({ from: 'server', at: 400_000 });
  const first = house.serve();
  await held;
  await expect.poll(() => house.spooled().half, { timeout: 20_000 }).toHaveLength(1);

  const second = house.serve();
  const { text } = await second.log.until('failed');
  expect(text).toContain('another Printing Server with the same dataDir');
  // What the first is writing is still there.
  expect(house.spooled().half).toHaveLength(1);

  await house.kill(first);
  second.signal('SIGUSR1');
  await second.log.until('told');
  expect(await house.jobs()).toMatchObject([{ state: 'completed' }]);
  expect(house.pageCount).toBe(1);
  expect(house.spooled().half).toEqual([]);
});

it('a second server leaves the job alone that the first is printing', async () => {
  const house = await RealHouse.build();
  await house.mail(composeDocument(2));
  const held = house.raw.withhold({ from: 'client', at: '% after page 1' });
  const first = house.serve();
  await held;
  const second = house.serve();
  const { text } = await second.log.until(({ event, part }) => event === 'failed' && part === 'printing');
  expect(text).toContain('another Printing Server with the same dataDir');
  house.raw.release();
  await first.log.until('told');
  expect(await house.jobs()).toMatchObject([{ state: 'completed', pages: { confirmed: 2 } }]);
  expect(house.pageCount).toBe(2);
  expect(await second.end('SIGTERM')).toMatchObject({ status: 0, stderr: '' });
});
