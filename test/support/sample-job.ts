/** A job as the reports' tests need it. */
import type { Job } from '#vocab/line.js';

export function sampleJob(more: Partial<Job> = {}): Job {
  return {
    id: 7,
    state: 'completed',
    reasons: ['job-completed-successfully'],
    description: 'Tiger for the wall',
    sender: 'alice@example.com',
    notify: ['printed', 'error', 'trace'],
    messageIds: ['<tiger@example.com>', '<second@example.com>'],
    documents: [
      {
        name: 'tiger.ps',
        format: 'application/postscript',
        content: { digest: 'd'.repeat(64), bytes: 68_000 },
        notPrinted: null,
      },
    ],
    leftOut: [],
    pages: { expected: 3, confirmed: 3 },
    createdAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    completedAt: Date.UTC(2026, 0, 2, 3, 5, 0),
    attempts: 1,
    counterBefore: 740,
    part: { from: 1, copies: 1 },
    againOf: null,
    heldSince: null,
    releaseCode: null,
    ...more,
  };
}
