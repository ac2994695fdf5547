/** The judge of a soak sees what must not be: pages twice, pages that are missing, and mails that are untrue or come twice. */
import { expect, it } from 'vitest';
import type { JobState, JobStateReason } from '#vocab/job-states.js';
import { judgeSoak } from '../soak/judge-soak.js';
import type { PlannedJob } from '../soak/planned-jobs.js';
import type { Letter } from '../soak/post-office.js';

const job: PlannedJob = {
  ...{ number: 7, description: 'job-7', sender: 'user-1@example.com', documents: [2, 1], paddingBytes: 0 },
  ...{ pieces: 1, notify: ['printed', 'error'], heldReply: null, answersUnknown: true },
};
const letter: Letter = {
  ...{ to: job.sender, messageId: '<1@example.com>', subject: 'Job Printed', text: '', event: 'printed' },
  ...{ state: 'completed', description: job.description, pagesConfirmed: 3 },
};
const asked: Letter = { ...letter, event: 'outcome-unknown', state: 'pending-held', pagesConfirmed: 1 };
const unknown: JobStateReason[] = ['outcome-unknown'];

/** What is judged of the job with these pages in the tray. */
function judged(pages: number[], letters: Letter[], reasons: JobStateReason[] = []) {
  const state: JobState = reasons.length > 0 ? 'pending-held' : 'completed';
  const ledger = [{ description: job.description, state, reasons }];
  return judgeSoak({ jobs: [job], tray: new Map([[7, pages]]), letters, replies: new Map(), ledger });
}

it('all is well with each page once and a true mail, also when it comes again', () => {
  const verdict = judged([1, 1, 1], [letter, letter]);
  expect(verdict).toMatchObject({ faults: [], printedOnce: 1, duplicates: 0, losses: 0, lettersAgain: 1 });
});

it('all is well with some pages when it is held as unknown and its sender was asked', () => {
  expect(judged([1], [asked], unknown)).toMatchObject({ faults: [], outcomeUnknown: 1, unknownSome: 1 });
});

it.each<[string, ReturnType<typeof judged>, object]>([
  ['a page twice', judged([1, 2, 1], [letter]), { duplicates: 1, printedOnce: 0 }],
  ['a page twice of an unknown outcome', judged([2], [asked], unknown), { duplicates: 1, outcomeUnknown: 0 }],
  ['a page that it does not have', judged([1, 1, 1, 1], [letter]), { duplicates: 1 }],
  ['a page that is missing', judged([1, 1], [letter]), { losses: 1 }],
  ['no mail', judged([1, 1, 1], []), {}],
  ['a mail of fewer pages', judged([1, 1, 1], [{ ...letter, pagesConfirmed: 2 }]), {}],
  ['a mail of what was not asked', judged([1], [letter], unknown), {}],
  ['two mails of one event', judged([1, 1, 1], [letter, { ...letter, messageId: '<2@x>' }]), {}],
  ['a mail to somebody else', judged([1, 1, 1], [{ ...letter, to: 'user-2@example.com' }]), {}],
])('%s is a fault', (_, verdict, counts) => {
  expect(verdict.faults).toHaveLength(1);
  expect(verdict).toMatchObject(counts);
});
