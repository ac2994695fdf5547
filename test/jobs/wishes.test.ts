/** What people may want of a job in each of its phases, what is said when it cannot be, and which job is next. */
import { describe, expect, it } from 'vitest';
import type { JobState, JobStateReason } from '#vocab/job-states.js';
import type { Wish } from '#vocab/wishes.js';
import { blockerOf, chooseNext, type InLine } from '../../src/jobs/choose.js';
import { changeJob, unchangedFacts } from '../../src/jobs/job-machine.js';
import { wishEvent } from '../../src/jobs/wishes.js';

const asker = { by: 'user', who: 'alice@example.com' } as const;
const again: Wish = { wish: 'again', from: 1, copies: 1 };

function jobThat(state: JobState, ...reasons: JobStateReason[]) {
  return {
    id: 7,
    ...unchangedFacts(),
    state,
    reasons,
    documents: [],
    pages: { expected: 12, confirmed: null },
  };
}

const jobs = {
  incoming: jobThat('pending-held', 'job-incoming'),
  waiting: jobThat('pending'),
  held: jobThat('pending-held', 'job-hold-until-specified'),
  unknown: jobThat('pending-held', 'outcome-unknown'),
  transforming: jobThat('processing', 'job-transforming'),
  ready: jobThat('processing'),
  printing: jobThat('processing', 'job-printing'),
  stopped: jobThat('processing-stopped', 'printer-stopped'),
  canceling: jobThat('processing', 'processing-to-stop-point', 'job-canceled-by-user'),
  ended: jobThat('completed', 'job-completed-successfully'),
};

/** The event of each wish, or null where it is refused. */
const table: Record<keyof typeof jobs, Record<Wish['wish'], string | null>> = {
  incoming: { cancel: 'canceled', hold: null, release: null, done: null, again: null },
  waiting: { cancel: 'canceled', hold: 'held', release: 'released', done: null, again: 'again' },
  held: { cancel: 'canceled', hold: null, release: 'released', done: null, again: 'again' },
  unknown: { cancel: 'canceled', hold: null, release: null, done: 'settled', again: 'again' },
  transforming: { cancel: 'canceled', hold: 'held', release: null, done: null, again: null },
  ready: { cancel: 'canceled', hold: 'held', release: null, done: null, again: null },
  printing: { cancel: 'cancel-asked', hold: null, release: null, done: null, again: null },
  stopped: { cancel: 'cancel-asked', hold: null, release: null, done: null, again: null },
  canceling: { cancel: null, hold: null, release: null, done: null, again: null },
  ended: { cancel: null, hold: null, release: null, done: null, again: 'reprint' },
};

describe('a wish', () => {
  for (const [phase, row] of Object.entries(table)) {
    for (const [word, event] of Object.entries(row)) {
      it(`${word} of a job that is ${phase} -> ${event ?? 'refused'}`, () => {
        const job = jobs[phase as keyof typeof jobs];
        const wish = word === 'again' ? again : ({ wish: word } as Wish);
        if (event === null) {
          const refusal = { code: 'wish-refused', message: expect.stringMatching(/^job 7 \w/) };
          expect(() => wishEvent(job, wish, asker)).toThrow(expect.objectContaining(refusal));
          return;
        }
        const asked = wishEvent(job, wish, asker);
        expect(asked).toMatchObject({ type: event, ...asker });
        // What is promised here, the machine keeps.
        if (event !== 'reprint') expect(() => changeJob(job, asked)).not.toThrow();
      });
    }
  }

  it.each([
    [{ from: 13, copies: 1 }, 'there is no page 13: job 7 has 12 pages'],
    [{ from: 0, copies: 1 }, 'there is no page 0: job 7 has 12 pages'],
    [{ from: 1, copies: 100 }, 'give from 1 to 99 copies'],
  ])('for %o is refused with what there is', (part, text) => {
    expect(() => wishEvent(jobs.unknown, { wish: 'again', ...part }, asker)).toThrow(text);
  });

  it('for a page of the whole is understood also when only a part was printed last', () => {
    const rest = { ...jobs.unknown, part: { from: 8, copies: 2 }, pages: { expected: 10, confirmed: 2 } };
    expect(wishEvent(rest, { ...again, from: 12 } as Wish, asker)).toMatchObject({ from: 12 });
    expect(() => wishEvent(rest, { ...again, from: 13 } as Wish, asker)).toThrow('job 7 has 12 pages');
  });
});

describe('the next job', () => {
  const unknown: Partial<InLine> = { state: 'pending-held', reasons: ['outcome-unknown'] };
  const failed: Partial<InLine> = {
    state: 'pending-held',
    reasons: ['job-hold-until-specified', 'errors-detected'],
  };
  const held: Partial<InLine> = { state: 'pending-held', reasons: ['job-hold-until-specified'] };
  const job = (id: number, sender: string, more: Partial<InLine> = {}): InLine => ({
    ...{ id, sender, state: 'pending', reasons: [], mayPass: false },
    ...more,
  });
  const next = (line: InLine[], onTrouble: 'hold-job' | 'hold-line' = 'hold-job') =>
    chooseNext(line, onTrouble)?.id ?? null;

  it('is the oldest that waits, whatever the order in which they are told', () => {
    const processing = job(2, 'b', { state: 'processing' });
    const incoming = job(3, 'c', { state: 'pending-held', reasons: ['job-incoming'] });
    expect(next([job(9, 'a'), processing, incoming, job(4, 'a'), job(1, 'a', held)])).toBe(4);
    expect(next([processing, job(1, 'a', held)])).toBeNull();
  });

  it.each([
    ['of unknown outcome', unknown],
    ['that could not be printed', failed],
  ])('passes a job %s only when it is of somebody else', (_what, trouble) => {
    const line = [job(1, 'alice', trouble), job(2, 'alice'), job(3, 'bob')];
    expect(next(line)).toBe(3);
    expect(next(line, 'hold-line')).toBeNull();
    expect(blockerOf(line[1] as InLine, line, 'hold-job')?.id).toBe(1);
    expect(next([job(1, 'alice', trouble), job(2, 'alice', { mayPass: true })], 'hold-line')).toBe(2);
  });

  it('does not wait for what somebody wants held, nor for trouble behind it', () => {
    expect(next([job(1, 'alice', held), job(2, 'alice')], 'hold-line')).toBe(2);
    expect(next([job(1, 'alice'), job(2, 'alice', unknown)], 'hold-line')).toBe(1);
  });
});
