/** The verdict on an attempt follows from its evidence and from nothing else. */
import { describe, expect, it } from 'vitest';
import type { BackChannelMessage, Delivery } from '#vocab/line.js';
import {
  weighDelivery as weigh,
  weighFragment,
  weighInterrupted,
  weighTaken,
  weighUntold,
} from '../../src/engine/weigh-delivery.js';

const finished = { end: 'finished', error: null } as const;
const unknown = { end: 'unknown', error: null } as const;

function weighDelivery(evidence: Delivery, expected: number | null = 3) {
  return weigh(evidence, expected);
}

function delivery(facts: Partial<Delivery>): Delivery {
  return {
    counterBefore: 100,
    counterAfter: 103,
    pagesTold: null,
    begun: true,
    end: 'confirmed',
    documents: [finished],
    bytesSent: 1000,
    messages: [],
    broken: null,
    ...facts,
  };
}

function errorMessage(error: string, offendingcommand: string): BackChannelMessage {
  return { text: '', fields: { error, offendingcommand } };
}

describe('a delivery that came to the end-of-job marker', () => {
  it('was printed, with the pages that the counter went up by', () => {
    expect(weighDelivery(delivery({}))).toEqual({
      type: 'printed',
      pages: 3,
      by: 'counter',
      warnings: [],
    });
  });

  it('was printed with an unknown number of pages where the printer has no counter', () => {
    expect(weighDelivery(delivery({ counterBefore: null }))).toEqual({
      type: 'printed',
      pages: null,
      by: 'end',
      warnings: [],
    });
  });

  it("takes the printer's word for the job where its counter is not known, and tells when the two differ", () => {
    const told = { pagesTold: 4 };
    expect(weighDelivery(delivery({ ...told, counterBefore: null }))).toMatchObject({ pages: 4, by: 'job' });
    expect(weighDelivery(delivery(told))).toMatchObject({
      pages: 3,
      by: 'counter',
      warnings: [expect.stringMatching(/gone up by 3.*says 4/)],
    });
    expect(weighDelivery(delivery({ pagesTold: 3 }))).toMatchObject({ by: 'counter', warnings: [] });
  });

  it('that never came whole has not been printed when no page came out, and is unknown otherwise', () => {
    const ended = { counterAfter: 100, counterBefore: 100 };
    expect(weighFragment(delivery(ended))).toMatchObject({ type: 'not-printed' });
    expect(weighFragment(delivery({ ...ended, counterAfter: 101 }))).toMatchObject({
      type: 'outcome-unknown',
      pages: 1,
    });
    expect(weighFragment(delivery({ counterBefore: null }))).toMatchObject({
      type: 'outcome-unknown',
      pages: null,
    });
  });

  it('that was never begun has not been printed', () => {
    expect(weighDelivery(delivery({ begun: false, end: 'unknown', broken: 'refused' }))).toEqual({
      type: 'not-printed',
      text: 'refused',
    });
  });

  it('was handed over, and no more, where the printer only takes it', () => {
    const taken = delivery({ end: 'accepted', counterBefore: null });
    expect(weighDelivery(taken)).toEqual({ type: 'printed', pages: null, by: 'acceptance', warnings: [] });
  });

  it('has no page count when the counter went backwards', () => {
    expect(weighDelivery(delivery({ counterAfter: 5 }))).toMatchObject({ pages: null });
  });

  it('failed when the guard reported an error, and says in which document', () => {
    const documents = [finished, { end: 'error', error: { name: 'undefined', command: 'foo' } } as const];
    expect(weighDelivery(delivery({ documents }))).toEqual({
      type: 'document-failed',
      pages: 3,
      errors: [{ document: 1, name: 'undefined', command: 'foo' }],
    });
  });

  it('does not believe error lines of a document that finished', () => {
    const messages = [errorMessage('fake', 'fake')];
    expect(weighDelivery(delivery({ messages }))).toMatchObject({ type: 'printed', warnings: [] });
  });

  it('believes the last error line where the interpreter was stopped from outside', () => {
    const messages = [errorMessage('fake', 'fake'), errorMessage('timeout', 'timeout')];
    expect(weighDelivery(delivery({ documents: [unknown], messages }))).toEqual({
      type: 'document-failed',
      pages: 3,
      errors: [{ document: 0, name: 'timeout', command: 'timeout' }],
    });
  });

  it('warns of a document that stopped itself, and of one whose end nobody told', () => {
    const documents = [{ end: 'stopped', error: null } as const, unknown];
    const outcome = weighDelivery(delivery({ documents }));
    expect(outcome?.type === 'printed' && outcome.warnings).toEqual([
      'document 1 ended itself before its last line (stop or quit)',
      'the printer did not say how document 2 ended',
    ]);
  });
});

describe('a document whose end the printer did not tell', () => {
  it('is believed to be printed only when the pages are exactly those it should have', () => {
    const documents = [unknown];
    expect(weighDelivery(delivery({ documents }), 3)?.type).toBe('printed');
    for (const expected of [2, 20, null]) {
      expect(weighDelivery(delivery({ documents }), expected)).toEqual({
        type: 'outcome-unknown',
        pages: 3,
        text: 'the printer did not say how document 1 ended',
      });
    }
  });
});

it('gives no verdict on a delivery whose end nobody saw', () => {
  expect(weighDelivery(delivery({ end: 'unknown', broken: 'reset' }))).toBeNull();
});

describe('an attempt whose end nobody saw', () => {
  it.each([
    ['no page since', { before: 10, now: 10, expected: 3 }, 'not-printed'],
    ['exactly the pages it should have', { before: 10, now: 13, expected: 3 }, 'printed'],
    ['fewer pages', { before: 10, now: 12, expected: 3 }, 'outcome-unknown'],
    ['more pages, perhaps of others', { before: 10, now: 20, expected: 3 }, 'outcome-unknown'],
    [
      'some pages of a document that does not say how many it has',
      { before: 10, now: 13, expected: null },
      'outcome-unknown',
    ],
    ['a counter that was not known before', { before: null, now: 13, expected: 3 }, 'outcome-unknown'],
    ['a counter that is not known now', { before: 10, now: null, expected: 3 }, 'outcome-unknown'],
    ['a counter that was set back', { before: 10, now: 2, expected: 3 }, 'outcome-unknown'],
  ])('%s', (_what, counters, type) => {
    expect(weighInterrupted(counters).type).toBe(type);
  });
});

describe('what the watch has counted beside', () => {
  const own = { counterBefore: null, counterAfter: null };
  const seen = (after: number | null, isShared = false, isAlive = true) => ({
    before: isShared ? null : 500,
    after,
    isShared,
    isAlive,
  });

  it.each<[string, Partial<Delivery>, object]>([
    [
      'stands for a counter of its own',
      { ...own, watched: seen(503) },
      { pages: 3, by: 'counter', warnings: [] },
    ],
    ['tells of fewer pages', { ...own, watched: seen(502) }, { pages: 2, by: 'counter', warnings: [] }],
    [
      'may be of others when it is more',
      { ...own, watched: seen(507) },
      {
        pages: null,
        by: 'end',
        warnings: [expect.stringMatching(/up by 7 .* 3 were expected: somebody else/)],
      },
    ],
    [
      'proves nothing when somebody else was being printed for',
      { ...own, end: 'accepted', watched: seen(null, true) },
      { pages: null, by: 'acceptance', warnings: [expect.stringContaining("somebody else's pages")] },
    ],
    [
      'says that no page came out',
      { ...own, end: 'accepted', watched: seen(500) },
      { pages: 0, by: 'counter', warnings: [] },
    ],
    [
      'says nothing by standing still when it was never seen to move',
      { ...own, end: 'accepted', watched: seen(500, false, false) },
      { pages: null, by: 'acceptance', warnings: [expect.stringContaining('never seen to move')] },
    ],
    [
      'is not held against the counter on the way of the job when it was never seen to move',
      { watched: seen(500, false, false) },
      { pages: 3, by: 'counter', warnings: [] },
    ],
    [
      'is unknown when it was not read to the end',
      { ...own, watched: seen(null) },
      { pages: null, by: 'end', warnings: [] },
    ],
    [
      'confirms what the printer says of the job',
      { ...own, pagesTold: 3, watched: seen(503) },
      { pages: 3, by: 'counter', warnings: [] },
    ],
    [
      'does not overrule what the printer says of the job',
      { ...own, pagesTold: 3, watched: seen(504) },
      { pages: 3, by: 'job', warnings: [expect.stringMatching(/up by 4, .* says 3/)] },
    ],
    [
      'agrees with the counter on the way of the job',
      { watched: seen(503) },
      { pages: 3, by: 'counter', warnings: [] },
    ],
    [
      'or does not, and both are told',
      { watched: seen(504) },
      {
        pages: 3,
        by: 'counter',
        warnings: [expect.stringMatching(/up by 3 as the job .* by 4 as the watch/)],
      },
    ],
  ])('%s', (_what, facts, outcome) => {
    expect(weighDelivery(delivery(facts))).toEqual({ type: 'printed', ...outcome });
  });

  it.each([
    ['none', 500],
    ['just those of the job', 503],
    ['not to be read', null],
  ])('decides nothing about a job whose end was not heard: pages since, %s', (_what, now) => {
    expect(weighUntold(500, now)).toMatchObject({ type: 'outcome-unknown', pages: null });
  });

  it('is all that is known of a job that was taken before a crash', () => {
    expect(weighTaken(seen(503), 3)).toMatchObject({ type: 'printed', pages: 3, by: 'counter' });
    expect(weighTaken(seen(null), 3)).toMatchObject({ type: 'printed', pages: null, by: 'acceptance' });
    expect(weighTaken(seen(500), 3)).toMatchObject({ type: 'printed', pages: 0, by: 'counter' });
  });
});
