/** What people hear of what they, or others, wanted of a job. */
import { describe, expect, it } from 'vitest';
import type { Job } from '#vocab/line.js';
import type { JobEvent } from '../../src/jobs/job-machine.js';
import { composeAnswer, composeGranted, helpText, statusText } from '../../src/report/compose-answer.js';
import { composeNotices } from '../../src/report/compose-notice.js';
import { explainJob } from '../../src/report/explain.js';
import { sampleJob } from '../support/sample-job.js';

const facts = { printerName: 'Phaser', from: 'printer@example.com', contact: null, holdFor: 24 * 3_600_000 };
const asker = { by: 'user', who: 'alice@example.com' } as const;
const held = sampleJob({
  ...{ state: 'pending-held', reasons: ['job-hold-until-specified'], completedAt: null },
  ...{ heldSince: Date.UTC(2026, 0, 2), releaseCode: 'BCDFGH', pages: { expected: null, confirmed: null } },
});
const ended = (reasons: Job['reasons']) => sampleJob({ state: 'canceled', reasons });

describe('a job that is held', () => {
  it('is told of with its code and its time, to everybody who may be answered', () => {
    const event: JobEvent = { type: 'received', held: true };
    const [mail] = composeNotices({ ...held, notify: ['error'] }, event, facts);
    expect(mail?.subject).toBe('[Phaser] On Hold: Tiger for the wall');
    expect(mail?.text).toContain(
      'Reply to this mail with "release" to have it printed, or with "cancel"; at the printer, its code is BCDFGH.',
    );
    expect(mail?.text).toContain('\nRelease-Code: BCDFGH\nHeld-Until: 2026-01-03T00:00:00.000Z\n');
    expect(composeNotices({ ...held, notify: [] }, event, facts)).toEqual([]);
  });
});

describe('the words for', () => {
  it.each<[string, Job, JobEvent, string]>([
    [
      'a wish to print from a page on',
      held,
      { type: 'again', from: 8, copies: 2, ...asker },
      'waits to be printed from page 8 on in 2 copies, as job 7.',
    ],
    [
      'a new job that prints an old one',
      sampleJob({ againOf: 3 }),
      { type: 'reprint', of: 3, from: 1, copies: 1, ...asker },
      'waits to be printed once more, as job 7; it was job 3.',
    ],
    [
      'a job that is being stopped',
      held,
      { type: 'cancel-asked', ...asker },
      'is being stopped, as asked for by its owner.',
    ],
    [
      'pages that had come out by then',
      ended(['job-canceled-by-user']),
      { type: 'outcome-unknown', text: 'cut', pages: 2 },
      'was canceled by its owner while it was being printed. 2 pages had come out',
    ],
    [
      'none that had',
      ended(['job-canceled-by-operator']),
      { type: 'not-printed', text: 'cut' },
      'was canceled by the administrator while it was being printed. No page had come out.',
    ],
    [
      'a hold that ran out',
      sampleJob({ state: 'aborted', reasons: ['aborted-by-system'] }),
      { type: 'hold-expired' },
      'was not released in time, and is not printed.',
    ],
    [
      'silence about the tray',
      sampleJob({ state: 'aborted', reasons: ['outcome-unknown', 'aborted-by-system'] }),
      { type: 'hold-expired' },
      'Nobody has said what became of your document',
    ],
    [
      'trouble that is over',
      held,
      { type: 'resumed', text: 'the printer is ready again' },
      'waits to be printed again: the printer is ready again.',
    ],
  ])('%s', (_what, job, event, words) => {
    const [mail] = composeGranted(job, event, '<reply@example.com>', facts);
    expect(mail).toMatchObject({ inReplyTo: '<reply@example.com>', autoSubmitted: 'auto-replied' });
    expect(mail?.text).toContain(words);
    expect(mail?.text).toContain(`\nEvent: ${event.type}\n`);
    expect(explainJob(job, [{ n: 1, at: 0, event }])[1]).toMatch(/^1970-\S+ {2}\w/);
  });

  it('how a job stands, and what may be replied', () => {
    expect(statusText(sampleJob(), 0)).toBe(
      'Job 7, "Tiger for the wall", is completed since 2026-01-02T03:05:00.000Z: printed. 3 of 3 pages are confirmed.',
    );
    expect(helpText(sampleJob())).toContain('  from 8    print it once more, from page 8 on\n');
  });

  it('a refusal, with its code for programs', () => {
    const reasons = [{ code: 'reply-used', text: 'It was answered.' }];
    const said = { event: 'refused', text: 'It was answered.', reasons, inReplyTo: null };
    expect(composeAnswer(held, said, facts)[0]?.text).toContain('\nReason: reply-used: It was answered.\n');
    expect(composeAnswer({ ...held, sender: facts.from }, said, facts)).toEqual([]);
  });
});
