/** What the line makes of the watch, with an engine on whose way a printer says nothing, and a printer that does as it is told. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conditions } from '#vocab/conditions.js';
import type { Delivery } from '#vocab/line.js';
import type { PrinterReport, ReportedCondition } from '#vocab/printer-status.js';
import type { DeliveryWatch, PrintEngine } from '../../src/engine/print-engine.js';
import { heedWatch } from '../../src/heed-watch.js';
import type { Line } from '../../src/line.js';
import { print } from '../../src/pipeline.js';
import { longestMs, restMs } from '../../src/printer/count-out.js';
import { busyLookMs } from '../../src/printer/printer-watch.js';
import { broken, PrintHouse } from '../support/print-house.js';
import { reportOf } from '../support/printer-report.js';

let house: PrintHouse;
/** What the printer says of itself; an error instead of an answer when it is null. */
let answer: PrinterReport | null;
const never = new AbortController().signal;

beforeEach(async () => {
  house = await PrintHouse.build();
  answer = reportOf({ impressions: 100 });
});
afterEach(() => house.takeDown());

const taken: Delivery = { ...broken, counterBefore: null, end: 'accepted', broken: null };
const outOfPaper: ReportedCondition = {
  ...{ name: 'media-empty', keyword: 'media-empty', severity: 'error', text: 'Upper tray: out of paper' },
};
const stopped = () => reportOf({ impressions: 100, state: 'stopped', conditions: [outOfPaper] });

/** Prints on a way on which the printer only takes; `deliver` is what happens meanwhile. */
function watchedLine(
  deliver: (watch: DeliveryWatch) => Delivery | Promise<Delivery> = () => taken,
  engine: Partial<PrintEngine> = {},
): Line {
  return house.lineWith(
    {
      probe: async () => ({ pageCounter: null, product: '' }),
      async deliver(_job, watch) {
        await watch.attempt(null);
        return deliver(watch);
      },
      ...engine,
    },
    {
      uri: 'snmp://p',
      async ask() {
        if (answer === null) throw new Error('no answer');
        return answer;
      },
      close() {},
    },
  );
}

/** Prints the next job; seconds pass while the printer is waited for. */
function printNext(line: Line): Promise<boolean> {
  return house.house.clock.elapseDuring(busyLookMs, print(line, never));
}

function waitedMs(since: number): number {
  return house.house.clock.monotonic() - since;
}

async function lastEvent(type: string, job = 1) {
  const events = await house.ledger.jobEvents(job);
  return events.map(({ event }) => event).findLast((event) => event.type === type);
}

const mailTexts = async () => (await house.ledger.mailsOf(1)).map(({ text }) => text.split('\n')[0]);

describe('the page counter that the watch reads', () => {
  it('is written down before the first byte, and confirms the pages when the printer is through', async () => {
    await house.newJobs(['alice'], 3);
    const line = watchedLine(() => {
      answer = reportOf({ impressions: 103 });
      return taken;
    });
    await printNext(line);
    expect(await lastEvent('attempt-started')).toMatchObject({ counterBefore: null, watchedBefore: 100 });
    expect(await lastEvent('printed')).toMatchObject({ pages: 3, by: 'counter', warnings: [] });
  });

  it('is waited for as long as the printer prints, and stands still or moves on', async () => {
    await house.newJobs(['alice'], 3);
    const line = watchedLine(() => {
      answer = reportOf({ impressions: 101, state: 'processing' });
      house.house.clock.schedule(20_000, () => {
        answer = reportOf({ impressions: 102 });
      });
      return taken;
    });
    const begun = house.house.clock.monotonic();
    await printNext(line);
    // Fewer than expected: it might only rest between two pages.
    expect(waitedMs(begun)).toBe(20_000 + restMs);
    expect(await lastEvent('printed')).toMatchObject({ pages: 2, by: 'counter' });
  });

  it('is waited for while the printer gets hot, without a page and for however long', async () => {
    await house.newJobs(['alice']);
    const line = watchedLine(() => {
      answer = reportOf({ impressions: 100, isWarmingUp: true });
      house.house.clock.schedule(15 * 60_000, () => {
        answer = reportOf({ impressions: 101 });
      });
      return taken;
    });
    await printNext(line);
    expect(await lastEvent('printed')).toMatchObject({ pages: 1, by: 'counter' });
  });

  it.each<[string, () => void, object]>([
    [
      'counts more than the job has: somebody else may have printed',
      () => {
        answer = reportOf({ impressions: 105 });
      },
      { pages: null, by: 'acceptance', warnings: [expect.stringContaining('somebody else')] },
    ],
    [
      'is not answered any more',
      () => {
        answer = null;
      },
      { pages: null, by: 'acceptance', warnings: [] },
    ],
  ])('proves nothing when it %s', async (_what, meanwhile, printed) => {
    await house.newJobs(['alice']);
    await printNext(
      watchedLine(() => {
        meanwhile();
        return taken;
      }),
    );
    expect(await lastEvent('printed')).toMatchObject(printed);
  });

  it('proves nothing when the printer was busy before, and says so', async () => {
    await house.newJobs(['alice']);
    answer = reportOf({ impressions: 100, state: 'processing' });
    await printNext(watchedLine());
    expect(await lastEvent('attempt-started')).toMatchObject({ watchedBefore: null });
    expect(await lastEvent('printed')).toMatchObject({
      ...{ pages: null, warnings: [expect.stringContaining("somebody else's pages")] },
    });
  });

  it('is not asked for where the printer has not answered', async () => {
    await house.newJobs(['alice', 'bob']);
    answer = null;
    const line = watchedLine();
    await printNext(line);
    expect(await lastEvent('attempt-started')).toEqual({ type: 'attempt-started', counterBefore: null });
    expect(await lastEvent('printed')).toMatchObject({ pages: null, by: 'acceptance', warnings: [] });
    expect(line.printer.status).toMatchObject({
      state: 'idle',
      watch: { report: null, trouble: 'no answer' },
    });
  });

  it('is held against the one on the way of the job, and the mail says when they differ', async () => {
    await house.newJobs(['alice']);
    const own: Delivery = {
      ...taken,
      ...{
        end: 'confirmed',
        counterBefore: 7,
        counterAfter: 8,
        documents: [{ end: 'finished', error: null }],
      },
    };
    const line = watchedLine(() => own);
    // It is one that moves.
    answer = reportOf({ impressions: 99 });
    await line.printer.look(never);
    answer = reportOf({ impressions: 100 });
    await printNext(line);
    expect(await lastEvent('printed')).toMatchObject({
      ...{
        pages: 1,
        by: 'counter',
        warnings: [expect.stringMatching(/up by 1 as the job.*by 0 as the watch/)],
      },
    });
  });
});

describe('after a crash, a job on a way without answers', () => {
  /** Begun, and then nobody was there any more. */
  async function crashed(events: { isTaken: boolean }): Promise<Line> {
    await house.newJobs(['alice'], 3);
    await printNext(watchedLine(() => broken));
    if (events.isTaken) {
      const lease = await house.ledger.acquireLease('job:1', { host: 'x', pid: 1, nonce: 'x' }, 1000);
      await house.ledger.apply(lease, 1, { type: 'taken' });
      await house.ledger.releaseLease(lease);
    }
    return watchedLine(() => {
      throw new Error('it is not printed again in this test');
    });
  }

  it.each([
    ['no page', 100, '0'],
    ['just its pages', 103, '3'],
  ])('is asked about, whatever the counter says: %s', async (_what, impressions, told) => {
    const line = await crashed({ isTaken: false });
    answer = reportOf({ impressions });
    await printNext(line);
    const text = expect.stringContaining(`has gone up by ${told},`);
    expect(await lastEvent('outcome-unknown')).toMatchObject({ pages: null, text });
    expect(await house.ledger.job(1)).toMatchObject({ state: 'pending-held', reasons: ['outcome-unknown'] });
  });

  it('that the printer had taken was printed when the counter has gone up by just its pages', async () => {
    const line = await crashed({ isTaken: true });
    answer = reportOf({ impressions: 103 });
    await printNext(line);
    expect(await lastEvent('printed')).toMatchObject({ pages: 3, by: 'counter' });
  });

  it('is never printed again by itself when the printer had taken it, whatever the counter says', async () => {
    const line = await crashed({ isTaken: true });
    await printNext(line);
    expect(await lastEvent('printed')).toMatchObject({ pages: null, by: 'acceptance' });
    expect((await house.ledger.job(1))?.state).toBe('completed');
  });

  it('waits while the printer waits for paper', async () => {
    const line = await crashed({ isTaken: true });
    answer = stopped();
    house.house.clock.schedule(3_600_000, () => {
      answer = reportOf({ impressions: 103 });
    });
    await printNext(line);
    expect(await lastEvent('printer-condition')).toMatchObject({ condition: 'media-empty', source: 'watch' });
    expect(await lastEvent('condition-cleared')).toBeDefined();
    expect(await lastEvent('printed')).toMatchObject({ pages: 3 });
  });
});

describe('nobody waits for ever', () => {
  it.each<[string, () => void]>([
    [
      'the printer says on and on that it prints',
      () => {
        answer = reportOf({ impressions: 100, state: 'processing' });
      },
    ],
    [
      'the counter is gone from the answers',
      () => {
        answer = reportOf({ impressions: null });
      },
    ],
    [
      'others print on and on',
      () => {
        let impressions = 100;
        const next = () => {
          answer = reportOf({ impressions: impressions++, state: 'processing' });
          if (impressions < 10_000) house.house.clock.schedule(5000, next);
        };
        next();
      },
    ],
    [
      'the counter goes up and down',
      () => {
        let turns = 0;
        const next = () => {
          answer = reportOf({ impressions: turns++ % 2 === 0 ? 99 : 100, state: 'idle' });
          if (turns < 10_000) house.house.clock.schedule(5000, next);
        };
        next();
      },
    ],
  ])('while %s', async (_what, happens) => {
    await house.newJobs(['alice']);
    const begun = house.house.clock.monotonic();
    await printNext(
      watchedLine(() => {
        happens();
        return taken;
      }),
    );
    expect((await house.ledger.job(1))?.state).toBe('completed');
    expect(waitedMs(begun)).toBeLessThanOrEqual(longestMs);
  });

  it('and a server that is stopped leaves the count to the next one', async () => {
    await house.newJobs(['alice']);
    const stop = new AbortController();
    const line = watchedLine(() => {
      answer = stopped();
      house.house.clock.schedule(10_000, () => stop.abort());
      return taken;
    });
    const printing = house.house.clock.elapseDuring(busyLookMs, print(line, stop.signal));
    await expect(printing).rejects.toMatchObject({ name: 'AbortError' });
    expect((await house.ledger.job(1))?.state).toMatch(/^processing/);
    answer = reportOf({ impressions: 101 });
    await printNext(watchedLine());
    expect(await lastEvent('printed')).toMatchObject({ pages: 1, by: 'counter' });
  });
});

describe('a trouble that the watch sees while a job prints', () => {
  it('is told to the job’s people once and in its words, and its end as well', async () => {
    await house.newJobs(['alice']);
    const line = watchedLine(async ({ condition }) => {
      answer = stopped();
      await line.printer.look(never);
      await line.printer.look(never);
      // On the way of the job it is told again, in other words.
      condition(conditions['media-needed'], 'load paper');
      answer = reportOf({ impressions: 101 });
      await line.printer.look(never);
      return taken;
    });
    await printNext(line);
    const events = (await house.ledger.jobEvents(1)).map(({ event }) => event);
    expect(events.filter(({ type }) => type === 'printer-condition')).toEqual([
      {
        ...{ type: 'printer-condition', condition: 'media-empty', source: 'watch' },
        text: 'the printer is out of paper ("Upper tray: out of paper")',
      },
    ]);
    expect(events.filter(({ type }) => type === 'condition-cleared')).toHaveLength(1);
    expect(await lastEvent('printed')).toMatchObject({ pages: 1 });
    expect(await mailTexts()).toEqual([
      'While your document "tiger" was being printed, the printer stopped: the printer is out of paper ("Upper tray: out of paper"). The job goes on by itself when this is put right.',
    ]);
  });

  it('is ended once when the job’s own way repeats it on and on', async () => {
    await house.newJobs(['alice']);
    const line = watchedLine(async ({ condition }) => {
      for (let seconds = 0; seconds < 60; seconds++) {
        condition(conditions.jam, 'paper jam');
        await line.printer.look(never);
      }
      answer = reportOf({ impressions: 101 });
      return taken;
    });
    await printNext(line);
    const events = (await house.ledger.jobEvents(1)).map(({ event }) => event.type);
    expect(events.filter((type) => type === 'printer-condition')).toHaveLength(2);
    expect(events.filter((type) => type === 'condition-cleared')).toHaveLength(1);
  });

  it('is told as well when it was there before the job', async () => {
    await house.newJobs(['alice']);
    answer = stopped();
    const line = watchedLine(() => {
      answer = reportOf({ impressions: 101 });
      return taken;
    });
    await printNext(line);
    expect(await lastEvent('printer-condition')).toMatchObject({ condition: 'media-empty', source: 'watch' });
    // What lay in it may have been somebody else's.
    expect(await lastEvent('printed')).toMatchObject({ pages: null, by: 'acceptance' });
  });

  it('ends what only the document has said, when the printer knows nothing of it', async () => {
    await house.newJobs(['alice']);
    const line = watchedLine(async ({ condition }) => {
      condition(conditions.jam, 'paper jam');
      for (let looks = 0; looks < 3; looks++) await line.printer.look(never);
      answer = reportOf({ impressions: 101 });
      return taken;
    });
    await printNext(line);
    expect(await lastEvent('condition-cleared')).toBeDefined();
  });
});

describe('what follows of a look', () => {
  /** A printer with a counter of its own, by which nothing ever comes out. */
  const breaking: Partial<PrintEngine> = {
    probe: async () => ({ pageCounter: 100, product: '' }),
    async deliver(_job, watch) {
      await watch.attempt(100);
      return broken;
    },
  };

  async function heldForTrouble(line: Line): Promise<void> {
    await house.newJobs(['alice']);
    for (let attempts = 0; attempts < 6; attempts++) await printNext(line);
    expect(await house.ledger.job(1)).toMatchObject({
      reasons: ['job-hold-until-specified', 'errors-detected'],
    });
  }

  it('a job that was held for a trouble is back in line as soon as that is over', async () => {
    const line = watchedLine(undefined, breaking);
    await heldForTrouble(line);
    answer = stopped();
    await line.printer.look(never);
    const before = line.printer.status;
    expect(await heedWatch(line, { before, after: before })).toBe(false);
    answer = reportOf();
    await line.printer.look(never);
    expect(await heedWatch(line, { before, after: line.printer.status })).toBe(true);
    expect(await house.ledger.job(1)).toMatchObject({ state: 'pending', reasons: [] });
    expect(house.logged.filter(({ event }) => event === 'resumed')).toHaveLength(1);
  });

  it('a server that begins anew does so only when an earlier one has noted the trouble', async () => {
    const broke = watchedLine(undefined, breaking);
    await heldForTrouble(broke);
    const begin = async () => {
      const line = watchedLine(() => broken);
      const before = line.printer.status;
      await line.printer.look(never);
      return heedWatch(line, { before, after: line.printer.status });
    };
    expect([await begin(), await begin()]).toEqual([false, false]);
    answer = stopped();
    expect(await begin()).toBe(false);
    answer = null;
    expect(await begin()).toBe(false);
    answer = reportOf();
    expect(await begin()).toBe(true);
    expect(await house.ledger.job(1)).toMatchObject({ state: 'pending' });
    expect(await begin()).toBe(false);
  });

  it('the status is kept for others when it changes, and its numbers now and then', async () => {
    const line = watchedLine();
    const kept = async () => (await house.ledger.printerStatus('test:'))?.status;
    let before = line.printer.status;
    const look = async (next: PrinterReport) => {
      answer = next;
      await line.printer.look(never);
      const after = line.printer.status;
      await heedWatch(line, { before, after });
      before = after;
    };
    await look(reportOf({ impressions: 1 }));
    expect(await kept()).toMatchObject({
      state: 'idle',
      watch: { report: { counters: { impressions: 1 } } },
    });
    await look(reportOf({ impressions: 2 }));
    expect((await kept())?.watch?.report?.counters.impressions).toBe(1);
    await look({ ...stopped(), conditions: [outOfPaper] });
    expect(await kept()).toMatchObject({ state: 'stopped', conditions: [outOfPaper] });
    await house.house.clock.advance(10_000);
    await look({ ...stopped(), panelText: ['Load paper'] });
    expect((await kept())?.watch?.report?.panelText).toEqual(['Load paper']);
  });
});
