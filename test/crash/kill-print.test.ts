/** Killed on the way to the paper: the printer's counter decides what is printed again. */
import { expect, it } from 'vitest';
import { killAt, restart, type Step } from '../support/kill-at.js';
import { composeDocument, RealHouse } from '../support/real-house.js';

const completed = { state: 'completed', pages: { expected: 2, confirmed: 2 } };

const nothingPrinted: Step[] = [
  { name: 'before the printer is asked', wire: 'raw', from: 'client', at: '%!PS' },
  { name: 'before the attempt is written down', wire: 'raw', from: 'server', at: 'PhaserLink: ready' },
  { name: 'before the first byte', wire: 'raw', from: 'client', at: 'PhaserLink: document' },
  { name: 'before the first page', wire: 'raw', from: 'client', at: '% before page 1' },
];
it.each(nothingPrinted)('killed $name: it is printed once', async (step) => {
  const house = await RealHouse.build();
  await house.mail(composeDocument(2));
  const killed = await killAt(house, step);
  await house.mailroomLog.until('mail-deleted');
  await house.kill(killed);
  const [begun] = await house.jobs();
  expect(begun?.state).not.toBe('completed');

  await restart(house);
  expect(await house.jobs()).toMatchObject([completed]);
  expect(house.pageCount).toBe(2);
  expect(house.maildrop('alice')).toHaveLength(1);
});

it.each<Step>([
  { name: 'the end-of-job marker', wire: 'raw', from: 'client', at: 'PhaserLink: end' },
  { name: 'the answer to the end-of-job marker', wire: 'raw', from: 'server', at: 'PhaserLink: end' },
])(
  'killed before $name, with all pages out: the counter says so, and nothing is printed again',
  async (step) => {
    const house = await RealHouse.build();
    await house.mail(composeDocument(2));
    const killed = await killAt(house, step);
    await house.printerLog.until('page', 2);
    await house.mailroomLog.until('mail-deleted');
    await house.kill(killed);

    await restart(house);
    expect(await house.jobs()).toMatchObject([completed]);
    expect(house.pageCount).toBe(2);
    expect(house.maildrop('alice')).toHaveLength(1);
  },
);

it('killed with half of the pages out: it is held, not printed again, and the sender is asked to look', async () => {
  const house = await RealHouse.build();
  await house.mail(composeDocument(4));
  const killed = await killAt(house, { name: '', wire: 'raw', from: 'client', at: '% after page 2' });
  await house.printerLog.until('page', 2);
  await house.mailroomLog.until('mail-deleted');
  await house.kill(killed);

  await restart(house);
  const pages = { expected: 4, confirmed: 2 };
  expect(await house.jobs()).toMatchObject([{ state: 'pending-held', reasons: ['outcome-unknown'], pages }]);
  expect(house.pageCount).toBe(2);
  expect(house.maildrop('alice')[0]).toContain('Event: outcome-unknown');

  // Not at any later start either, and nothing of the same sender comes out before it is known what became of it.
  await house.mail(composeDocument(1));
  const again = house.serve();
  await again.log.until('kept');
  expect(await again.end('SIGTERM')).toMatchObject({ status: 0, stderr: '' });
  expect(await house.jobs()).toMatchObject([{ reasons: ['outcome-unknown'] }, { state: 'pending' }]);
  expect(house.pageCount).toBe(2);
});
