/** Pieces in any order, any number of times, with restarts between them: the ledger always proves itself and knows what is missing. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Ledger } from '../../src/jobs/ledger.js';
import { type ArrivingPiece, arrive, arrivingPiece } from '../support/arriving-pieces.js';
import { LedgerHouse, leaseOf } from '../support/ledger-house.js';

const upTo = (total: number) => Array.from({ length: total }, (_, index) => index + 1);

/** A job's total, and an order of arrival in which every number comes at least once. */
const arrivals = fc
  .integer({ min: 1, max: 5 })
  .chain((total) =>
    fc
      .tuple(
        fc.shuffledSubarray(upTo(total), { minLength: total }),
        fc.array(fc.integer({ min: 1, max: total }), { maxLength: 4 }),
      )
      .map(([all, again]) => ({ total, order: [...all, ...again] })),
  );

it('a set is complete when all its pieces have come, whatever came twice and whenever the server was started anew', async () => {
  const house = await LedgerHouse.build();
  const start = () => Ledger.open({ dataDir: house.dataDir, clock: house.clock });
  let ledger = await start();
  let lease = await leaseOf(ledger);
  let mails = 0;
  let runs = 0;
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(arrivals, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 8 }),
        async (jobs, restartAfter) => {
          runs++;
          const there = jobs.map(() => new Set<number>());
          for (let at = 0; at < Math.max(...jobs.map(({ order }) => order.length)); at++) {
            if (at === restartAfter) {
              await ledger.close();
              ledger = await start();
              lease = await leaseOf(ledger);
            }
            for (const [index, { total, order }] of jobs.entries()) {
              const number = order[at];
              if (number === undefined) continue;
              const piece = arrivingPiece(`${runs}-${index}`, number, total, String(number));
              const mail = { uniqueId: `${++mails}`, now: house.clock.now() };
              const assembly = await arrive(ledger, lease, piece, mail);
              const repeated = there[index]?.has(number);
              there[index]?.add(number);
              const missing = total - (there[index]?.size ?? 0);
              expect(assembly).toMatchObject(
                repeated ? { action: 'refuse', silently: true } : { action: 'take', failure: null, missing },
              );
            }
          }
          const open = (await ledger.openSets()).slice(-jobs.length);
          const numbers = open.map(({ pieces }) => pieces.map(({ number }) => number));
          expect(numbers).toEqual(jobs.map(({ total }) => upTo(total)));
          expect(await ledger.check()).toEqual([]);
        },
      ),
      { numRuns: 15 },
    );
  } finally {
    await ledger.close();
    await house.takeDown();
  }
});

/** What one piece may look like, right or wrong, of two senders with the same two ids. */
const anyPiece: fc.Arbitrary<ArrivingPiece> = fc
  .record({
    sender: fc.constantFrom('alice@example.com', 'bob@example.com'),
    id: fc.constantFrom('x', 'y'),
    number: fc.integer({ min: 1, max: 4 }),
    total: fc.constantFrom(null, 3, 4),
    letter: fc.constantFrom('a', 'b'),
  })
  .filter(({ number, total }) => total === null || number <= total)
  .map(({ sender, id, number, total, letter }) => ({ ...arrivingPiece(id, number, total, letter), sender }));

it('pieces that contradict each other end a job and never damage the ledger or the job of another sender', async () => {
  const house = await LedgerHouse.build();
  const ledger = await house.ledger();
  const lease = await leaseOf(ledger);
  let mails = 0;
  const seen = new Set<string>();
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(anyPiece, { minLength: 1, maxLength: 12 }), async (pieces) => {
        // The sets of the run before have ended or are waited for no longer.
        await house.clock.advance(2000);
        for (const { jobId } of await ledger.openSets()) {
          await ledger.apply(lease, jobId, { type: 'pieces-missing', numbers: [1], total: null });
        }
        for (const piece of pieces) {
          const ofOthers = async () =>
            (await ledger.openSets()).filter(({ sender }) => sender !== piece.sender);
          const before = await ofOthers();
          const mail = { uniqueId: `${++mails}`, now: house.clock.now() };
          const { reason } = await arrive(ledger, lease, piece, mail);
          seen.add(reason.code);
          expect(await ofOthers()).toEqual(before);
        }
        expect(await ledger.check()).toEqual([]);
      }),
      { numRuns: 40 },
    );
    // What can be decided of a piece came about, or this has shown nothing; a repetition is left to chance.
    for (const code of ['piece-added', 'set-begun', 'set-ended', 'set-failed']) expect(seen).toContain(code);
  } finally {
    await house.takeDown();
  }
});
