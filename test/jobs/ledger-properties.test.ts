/** Whatever happens to jobs in whatever order, the ledger can prove itself and an ended job stays as it is. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PhaserLinkError } from '#base/errors.js';
import { terminalJobStates } from '#vocab/job-states.js';
import type { JobEvent } from '../../src/jobs/job-machine.js';
import { keepMail, LedgerHouse, leaseOf, mailCommit, testDocument } from '../support/ledger-house.js';

const pages = fc.option(fc.nat(5));
const text = fc.string({ maxLength: 20 });

const usualWay: readonly JobEvent[] = [
  { type: 'transforming-started' },
  { type: 'transformed', pagesExpected: 1, notPrinted: [{ document: 1, reason: 'a film' }] },
  { type: 'attempt-started', counterBefore: 740 },
];

const anyEvent: fc.Arbitrary<JobEvent> = fc.oneof(
  fc.constantFrom(...usualWay),
  pages.map((pagesExpected): JobEvent => ({ type: 'transformed', pagesExpected, notPrinted: [] })),
  fc
    .constantFrom('unsupported-document-format' as const, 'aborted-by-system' as const)
    .map((reason): JobEvent => ({ type: 'transform-failed', reason, text: 'no' })),
  text.map((text): JobEvent => ({ type: 'printer-unavailable', text })),
  fc
    .constantFrom('cover-open', 'media-jam')
    .map((condition): JobEvent => ({ type: 'printer-condition', condition, text: condition })),
  fc.constant<JobEvent>({ type: 'condition-cleared' }),
  pages.map((pages): JobEvent => ({ type: 'printed', pages, warnings: [] })),
  pages.map((pages): JobEvent => ({ type: 'document-failed', pages, errors: [] })),
  text.map((text): JobEvent => ({ type: 'not-printed', text })),
  pages.map((pages): JobEvent => ({ type: 'outcome-unknown', text: 'broken', pages })),
  fc.constant<JobEvent>({ type: 'interrupted' }),
  fc.constant<JobEvent>({ type: 'canceled', by: 'operator' }),
  fc
    .constantFrom('cancel-asked' as const, 'held' as const, 'released' as const, 'settled' as const)
    .map((type): JobEvent => ({ type, by: 'user', who: 'alice@example.com' })),
  fc
    .record({ from: fc.integer({ min: 1, max: 9 }), copies: fc.integer({ min: 1, max: 3 }) })
    .map((part): JobEvent => ({ type: 'again', by: 'operator', ...part })),
  fc.constant<JobEvent>({ type: 'hold-expired' }),
  text.map((text): JobEvent => ({ type: 'resumed', text })),
);

/** A way that begins as most do, or it would seldom come to a printer. */
const anyHistory = fc
  .tuple(fc.nat(usualWay.length), fc.array(anyEvent, { maxLength: 15 }))
  .map(([usual, events]) => [...usualWay.slice(0, usual), ...events]);

/** Chance alone does not reach every state each time. */
const endings: JobEvent[] = [
  { type: 'printer-condition', condition: 'media-empty', text: 'out of paper' },
  { type: 'printed', pages: 1, warnings: [] },
  { type: 'document-failed', pages: 0, errors: [] },
  { type: 'outcome-unknown', text: 'broken', pages: null },
  { type: 'canceled', by: 'user' },
];

it('random events keep the ledger clean and never leave a terminal state', async () => {
  const house = await LedgerHouse.build();
  try {
    const ledger = await house.ledger();
    const lease = await leaseOf(ledger);
    let mails = 0;
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(anyHistory, async (events) => {
        const documents = [testDocument('d'), testDocument('e')];
        const { jobId } = await keepMail(ledger, lease, mailCommit(`${++mails}`, { documents }));
        for (const event of events) {
          const before = await ledger.job(jobId ?? 0);
          await house.clock.advance(1);
          const after = await ledger.apply(lease, jobId ?? 0, event).catch((error: unknown) => {
            expect((error as PhaserLinkError).code).toBe('job-event-refused');
            return before;
          });
          if (before && terminalJobStates.has(before.state)) expect(after).toEqual(before);
          seen.add(after?.state ?? '');
        }
      }),
      { numRuns: 60, examples: endings.map((ending): [JobEvent[]] => [[...usualWay, ending]]) },
    );
    // Every state was reached, or this has shown nothing.
    expect(seen).toEqual(
      new Set([
        ...['pending', 'pending-held', 'processing', 'processing-stopped'],
        ...['completed', 'aborted', 'canceled'],
      ]),
    );
    expect(await ledger.check()).toEqual([]);
  } finally {
    await house.takeDown();
  }
});
