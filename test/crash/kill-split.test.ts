/** Killed while a split job comes in: no piece is lost, none counts twice, and the job is printed once. */
import { expect, it } from 'vitest';
import { killAt, restart, type Step } from '../support/kill-at.js';
import { composeDocument, RealHouse } from '../support/real-house.js';

const completed = { state: 'completed', pages: { expected: 2, confirmed: 2 } };
const document = composeDocument(2) + '% and more\n'.repeat(500);
const pieces = 4;
const pieceBytes = Math.ceil(document.length / pieces);

it.each<Step & { kept: number; state: string | undefined }>([
  {
    name: 'in the middle of the second piece',
    wire: 'pop3',
    from: 'server',
    at: 5_000,
    kept: 0,
    state: undefined,
  },
  {
    name: 'before the pieces are deleted',
    wire: 'pop3',
    from: 'client',
    at: 'DELE',
    kept: pieces,
    state: 'pending-held',
  },
  { name: 'before QUIT', wire: 'pop3', from: 'client', at: 'QUIT', kept: pieces, state: 'pending-held' },
  {
    name: 'before the answer to QUIT',
    wire: 'pop3',
    from: 'server',
    at: 'bye',
    kept: pieces,
    state: 'pending-held',
  },
  {
    name: 'on the way to the printer',
    wire: 'raw',
    from: 'client',
    at: '%!PS',
    kept: pieces,
    state: 'processing',
  },
])('killed $name: the pieces are joined and printed once', async ({ kept, state, ...step }) => {
  const house = await RealHouse.build();
  await house.mailSplit(document, pieceBytes);
  const killed = await killAt(house, step);
  if (kept > 0) await killed.log.until('piece-kept', kept);
  await house.kill(killed);
  expect((await house.jobs()).map((job) => job.state)).toEqual(state === undefined ? [] : [state]);

  const next = await restart(house);
  expect(await house.jobs()).toMatchObject([completed]);
  expect(house.pageCount).toBe(2);
  expect(house.maildrop('printer')).toEqual([]);
  expect(house.maildrop('alice')).toHaveLength(1);
  expect(house.spooled().half).toEqual([]);
  expect(next.log.of('piece-kept')).toHaveLength(pieces - kept);
  const events = await house.ledger((ledger) => ledger.jobEvents(1));
  expect(events.filter(({ event }) => event.type === 'piece-received')).toHaveLength(pieces);
  expect(events.filter(({ event }) => event.type === 'set-complete')).toHaveLength(1);
});
