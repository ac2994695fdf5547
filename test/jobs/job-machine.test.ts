/** The job machine: every phase against every event, and the fields that follow. */
import { describe, expect, it } from 'vitest';
import type { JobState, JobStateReason } from '#vocab/job-states.js';
import {
  bornJob,
  changeJob,
  isRepeated,
  type JobEvent,
  type JobEventType,
  type JobFacts,
  jobEventTypes,
  maxAttemptsWithoutPages,
  phaseOf,
  unchangedFacts,
} from '../../src/jobs/job-machine.js';

const events: { [T in JobEventType]: Extract<JobEvent, { type: T }> } = {
  received: { type: 'received', held: false },
  'piece-received': { type: 'piece-received', number: 2, total: 5, missing: 3 },
  'set-complete': { type: 'set-complete', held: false, pieces: 5, findings: [] },
  'set-failed': { type: 'set-failed', text: 'piece 2 came twice' },
  'pieces-missing': { type: 'pieces-missing', numbers: [3], total: 5 },
  'transforming-started': { type: 'transforming-started' },
  transformed: { type: 'transformed', pagesExpected: 3, notPrinted: [] },
  'transform-failed': { type: 'transform-failed', reason: 'unsupported-document-format', text: 'a film' },
  'attempt-started': { type: 'attempt-started', counterBefore: 740 },
  'printer-unavailable': { type: 'printer-unavailable', text: 'connection refused' },
  'printer-job': { type: 'printer-job', reference: '12 a', whole: true },
  taken: { type: 'taken' },
  'printer-condition': { type: 'printer-condition', condition: 'cover-open', text: 'cover open' },
  'condition-cleared': { type: 'condition-cleared' },
  printed: { type: 'printed', pages: 3, warnings: [] },
  'document-failed': { type: 'document-failed', pages: 0, errors: [] },
  'not-printed': { type: 'not-printed', text: 'the counter has not moved' },
  'outcome-unknown': { type: 'outcome-unknown', text: 'the connection broke', pages: 1 },
  interrupted: { type: 'interrupted' },
  canceled: { type: 'canceled', by: 'user' },
  reprint: { type: 'reprint', of: 3, from: 8, copies: 2, by: 'user', who: 'alice@example.com' },
  'cancel-asked': { type: 'cancel-asked', by: 'operator', who: 'root' },
  held: { type: 'held', by: 'operator', who: 'root' },
  released: { type: 'released', by: 'user', who: 'alice@example.com' },
  again: { type: 'again', from: 8, copies: 2, by: 'user', who: 'alice@example.com' },
  settled: { type: 'settled', by: 'user', who: 'alice@example.com' },
  'hold-expired': { type: 'hold-expired' },
  resumed: { type: 'resumed', text: 'the printer is ready again' },
};

function jobThat(state: JobState, reasons: JobStateReason[], more: Partial<JobFacts> = {}): JobFacts {
  return {
    state,
    reasons,
    ...unchangedFacts(),
    pages: { expected: 3, confirmed: null },
    attempts: 1,
    counterBefore: 700,
    documents: [{ notPrinted: null }],
    ...more,
  };
}

const cancel = { canceled: 'canceled job-canceled-by-user' };
const stops = { ...cancel, 'printer-unavailable': 'pending printer-stopped' };
const hold = { held: 'pending-held job-hold-until-specified' };
const wishes = {
  again: 'pending',
  released: 'pending',
  'hold-expired': 'aborted aborted-by-system',
  resumed: 'pending',
};
const endings = {
  ...cancel,
  'cancel-asked': 'processing processing-to-stop-point job-canceled-by-operator',
  'printer-condition': 'processing-stopped printer-stopped',
  printed: 'completed job-completed-successfully',
  'document-failed': 'aborted document-format-error aborted-by-system',
  'not-printed': 'pending',
  'outcome-unknown': 'pending-held outcome-unknown',
};

/** What each event makes of a job; every event that a row does not name is refused. */
const table: { job: JobFacts; becomes: Partial<Record<JobEventType, string>> }[] = [
  {
    job: jobThat('pending', []),
    becomes: {
      ...stops,
      ...hold,
      again: 'pending',
      released: 'pending',
      'transforming-started': 'processing job-transforming',
    },
  },
  {
    job: jobThat('pending', ['printer-stopped']),
    becomes: {
      ...stops,
      ...hold,
      again: 'pending',
      released: 'pending printer-stopped',
      'transforming-started': 'processing job-transforming',
    },
  },
  {
    job: jobThat('pending-held', ['job-incoming']),
    becomes: {
      ...cancel,
      'piece-received': 'pending-held job-incoming',
      'set-complete': 'pending',
      'set-failed': 'aborted aborted-by-system',
      'pieces-missing': 'aborted submission-interrupted aborted-by-system',
    },
  },
  {
    job: jobThat('pending-held', ['outcome-unknown']),
    becomes: {
      ...cancel,
      again: 'pending',
      settled: 'completed job-completed-with-warnings',
      'hold-expired': 'aborted outcome-unknown aborted-by-system',
    },
  },
  { job: jobThat('pending-held', ['job-hold-until-specified']), becomes: { ...cancel, ...wishes } },
  {
    job: jobThat('pending-held', ['job-hold-until-specified', 'errors-detected']),
    becomes: { ...cancel, ...wishes },
  },
  {
    job: jobThat('processing', ['job-transforming']),
    becomes: {
      ...stops,
      ...hold,
      transformed: 'processing',
      'transform-failed': 'aborted unsupported-document-format aborted-by-system',
      interrupted: 'pending',
    },
  },
  {
    job: jobThat('processing', []),
    becomes: {
      ...stops,
      ...hold,
      'transform-failed': 'aborted unsupported-document-format aborted-by-system',
      'attempt-started': 'processing job-printing',
      interrupted: 'pending',
    },
  },
  {
    job: jobThat('processing', ['job-printing']),
    becomes: { ...endings, 'printer-job': 'processing job-printing', taken: 'processing job-printing' },
  },
  {
    job: jobThat('processing-stopped', ['printer-stopped']),
    becomes: {
      ...endings,
      'printer-job': 'processing-stopped printer-stopped',
      taken: 'processing-stopped printer-stopped',
      'condition-cleared': 'processing job-printing',
    },
  },
  {
    job: jobThat('processing', ['processing-to-stop-point', 'job-canceled-by-operator']),
    becomes: {
      ...cancel,
      'printer-job': 'processing processing-to-stop-point job-canceled-by-operator',
      taken: 'processing processing-to-stop-point job-canceled-by-operator',
      'printer-condition': 'processing processing-to-stop-point job-canceled-by-operator',
      'condition-cleared': 'processing processing-to-stop-point job-canceled-by-operator',
      printed: endings.printed,
      'document-failed': endings['document-failed'],
      'not-printed': 'canceled job-canceled-by-operator',
      'outcome-unknown': 'canceled job-canceled-by-operator',
    },
  },
  { job: jobThat('canceled', ['job-canceled-by-operator']), becomes: {} },
  { job: jobThat('aborted', ['aborted-by-system']), becomes: {} },
  { job: jobThat('completed', ['job-completed-successfully']), becomes: {} },
];

describe('the job machine', () => {
  for (const { job, becomes } of table) {
    for (const type of jobEventTypes) {
      const outcome = becomes[type];
      const name = [job.state, ...job.reasons].join(' ');
      it(`${name} + ${type} -> ${outcome ?? 'refused'}`, () => {
        if (outcome === undefined) {
          const refusal = expect.objectContaining({ code: 'job-event-refused', retry: 'permanent' });
          expect(() => changeJob(job, events[type])).toThrow(refusal);
        } else {
          const { state, reasons } = changeJob(job, events[type]);
          expect([state, ...reasons].join(' ')).toBe(outcome);
        }
      });
    }
  }

  it('knows every phase by state and reasons', () => {
    expect(table.map(({ job }) => phaseOf(job))).toEqual([
      ...['waiting', 'waiting', 'incoming', 'unknown', 'held', 'held', 'transforming', 'ready'],
      ...['printing', 'stopped', 'canceling', 'ended', 'ended', 'ended'],
    ]);
  });

  it('begins a job waiting, held when it was judged so, or incoming when a piece of it has come', () => {
    const held = { state: 'pending-held', reasons: ['job-hold-until-specified'] };
    expect(bornJob(events.received)).toEqual({ state: 'pending', reasons: [] });
    expect(bornJob({ type: 'received', held: true })).toEqual(held);
    expect(bornJob(events['piece-received'])).toEqual({ state: 'pending-held', reasons: ['job-incoming'] });
    const incoming = jobThat('pending-held', ['job-incoming']);
    expect(changeJob(incoming, { ...events['set-complete'], held: true })).toEqual(held);
  });

  it('counts an attempt and forgets what an earlier one confirmed', () => {
    const ready = jobThat('processing', [], { attempts: 1, pages: { expected: 3, confirmed: 2 } });
    expect(changeJob(ready, events['attempt-started'])).toMatchObject({
      attempts: 2,
      counterBefore: 740,
      pages: { confirmed: null },
    });
  });

  it('holds a job after too many attempts of which nothing came out', () => {
    const job = jobThat('processing', ['job-printing'], { attempts: maxAttemptsWithoutPages });
    expect(changeJob(job, events['not-printed'])).toMatchObject({
      state: 'pending-held',
      reasons: ['job-hold-until-specified', 'errors-detected'],
    });
  });

  it('gives a job that somebody wants printed, or whose trouble is over, as many attempts again', () => {
    const job = jobThat('pending-held', ['job-hold-until-specified', 'errors-detected'], { attempts: 3 });
    for (const event of [events.released, events.again, events.resumed]) {
      expect(changeJob(job, event)).toMatchObject({ attemptLimit: 6 });
    }
  });

  it('does not count an attempt in which the printer itself waited for a hand', () => {
    const job = jobThat('processing-stopped', ['printer-stopped'], { attempts: maxAttemptsWithoutPages });
    expect(changeJob(job, { ...events['not-printed'], trouble: 'operator' })).toEqual({
      state: 'pending',
      reasons: ['printer-stopped'],
      attemptLimit: maxAttemptsWithoutPages + 1,
    });
    // A document can print the words of a printer in trouble, too: it is not tried for ever.
    expect(
      changeJob({ ...job, attempts: 10 }, { ...events['not-printed'], trouble: 'operator' }),
    ).toMatchObject({
      state: 'pending-held',
    });
  });

  it('says how many pages had come out of a job that was canceled while it was being printed', () => {
    const job = jobThat('processing', ['processing-to-stop-point', 'job-canceled-by-user']);
    expect(changeJob(job, events['outcome-unknown'])).toMatchObject({ pages: { confirmed: 1 } });
    expect(changeJob(job, events['not-printed'])).toMatchObject({ pages: { confirmed: 0 } });
  });

  it('prints once more what is wanted, and forgets what an earlier attempt has confirmed', () => {
    const job = jobThat('pending-held', ['outcome-unknown'], { pages: { expected: 12, confirmed: 7 } });
    const part = { from: 8, copies: 2 };
    expect(changeJob(job, events.again)).toMatchObject({ part, pages: { expected: null, confirmed: null } });
    expect(bornJob(events.reprint)).toEqual({ state: 'pending', reasons: [], part });
  });

  it.each([
    ['as many pages as expected', 3, [], {}, 'job-completed-successfully'],
    ['more pages than expected', 4, [], {}, 'job-completed-with-warnings'],
    ['no page', 0, [], { pages: { expected: null, confirmed: null } }, 'job-completed-with-warnings'],
    ['pages nobody counted', null, [], {}, 'job-completed-successfully'],
    [
      'pages nobody expected',
      5,
      [],
      { pages: { expected: null, confirmed: null } },
      'job-completed-successfully',
    ],
    ['a warning', 3, ['toner low'], {}, 'job-completed-with-warnings'],
    ['a document left off', 3, [], { documents: [{ notPrinted: 'a film' }] }, 'job-completed-with-warnings'],
  ])('ends a job with %s as it deserves', (_name, pages, warnings, more, reason) => {
    const job = jobThat('processing', ['job-printing'], more);
    expect(changeJob(job, { type: 'printed', pages, warnings }).reasons).toEqual([reason]);
  });

  it('tells a condition that was told before from a new one', () => {
    const told = jobThat('processing', ['job-printing'], { conditionsTold: ['cover-open'] });
    expect(isRepeated(told, changeJob(told, events['printer-condition']))).toBe(true);
    const jam: JobEvent = { type: 'printer-condition', condition: 'media-jam', text: 'paper jam' };
    expect(isRepeated(told, changeJob(told, jam))).toBe(false);
    expect(isRepeated(told, changeJob(told, events.printed))).toBe(false);
  });
});
