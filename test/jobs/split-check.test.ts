/** The ledger's proof of itself finds what is wrong between a job, its set and its pieces. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Ledger } from '../../src/jobs/ledger.js';
import { arrive, arrivingPiece } from '../support/arriving-pieces.js';
import { LedgerHouse, leaseOf, testDocument } from '../support/ledger-house.js';

let house: LedgerHouse;
let ledger: Ledger;

/** Job 1 waits for pieces, job 2 was joined, job 3 failed at once. */
beforeEach(async () => {
  house = await LedgerHouse.build();
  ledger = await house.ledger();
  const lease = await leaseOf(ledger);
  const pieces = [
    arrivingPiece('waits', 1, 3, '1'),
    arrivingPiece('waits', 3, 3, '3'),
    arrivingPiece('joined', 2, 2, '2'),
    arrivingPiece('joined', 1, 2, '1'),
    arrivingPiece('failed', 1, 100, '1'),
  ];
  for (const [place, piece] of pieces.entries()) {
    await arrive(ledger, lease, piece, { uniqueId: `${place}`, now: house.clock.now() });
  }
  const whole = { description: 'tiger', notify: [], documents: [testDocument()], packed: [], leftOut: [] };
  const event = { type: 'set-complete' as const, held: false, pieces: 2, findings: [] };
  await ledger.completeSet(lease, 2, whole, event, () => []);
});
afterEach(() => house.takeDown());

it('nothing is wrong', async () => {
  expect((await ledger.jobs()).map(({ state }) => state)).toEqual(['pending-held', 'pending', 'aborted']);
  expect(await ledger.check()).toEqual([]);
});

it.each([
  ['a set without a row', 'delete from split_sets where job_id = 1', 'job 1 comes in pieces, but has no set'],
  [
    'a set that is closed while its job waits',
    `update split_sets set fate = 'ended' where job_id = 1`,
    'job 1 is pending-held with a set that is ended',
  ],
  [
    'a set that is open though its job is whole',
    `update split_sets set fate = 'open' where job_id = 2`,
    'job 2 is pending with a set that is open',
  ],
  [
    'a job that was joined of nothing',
    `update split_sets set fate = 'joined' where job_id = 3`,
    'job 3 has 0 documents and a set that is joined',
  ],
  [
    'a set of somebody else',
    `update split_sets set sender = 'mallory@example.com' where job_id = 1`,
    'job 1 is of alice@example.com, and its set of mallory@example.com',
  ],
  [
    'a lost piece',
    'delete from split_pieces where job_id = 1 and number = 3',
    'job 1 has the pieces 1, but its history says 1,3',
  ],
  [
    'a piece too many',
    `insert into split_pieces values (1, 4, 'x', 1)`,
    'job 1 has the pieces 1,3,4, but its history says 1,3\njob 1 has a piece 4 of 3',
  ],
  [
    'a job that was joined of too few',
    'update split_sets set total = 3 where job_id = 2',
    'job 2 was joined of 2 pieces, and there are 3',
  ],
  [
    'a first piece without its words',
    'update split_sets set name = null where job_id = 1',
    'job 1 has forgotten what its first piece says',
  ],
  ['a whole job without documents', 'delete from job_documents where job_id = 2', 'job 2 has no document'],
  [
    'documents of a job that is not whole',
    `insert into job_documents values (1, 0, 'a.ps', 'application/postscript', 'd', 1, null)`,
    'job 1 has documents, but its pieces were never joined',
  ],
])('finds %s', async (_name, damage, fault) => {
  await house.tamper(damage);
  expect((await ledger.check()).join('\n')).toContain(fault);
  await house.forgetEverything();
});
