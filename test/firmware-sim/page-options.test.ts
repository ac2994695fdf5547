/** What a ticket says of single pages, and the sheet that it may ask for before them. */
import { expect, it } from 'vitest';
import { composeCoverSheet } from '../../firmware-sim/jobs/cover-sheet.js';
import type { JobOptions, PrinterJob } from '../../firmware-sim/jobs/job.js';
import { pageOptions } from '../../firmware-sim/jobs/page-options.js';

const a4 = { size: 'a4', type: 'stationery' } as const;
const letter = { size: 'letter', type: 'stationery' } as const;

it('a page is printed when it is in one of the ranges', () => {
  const options: JobOptions = {
    pageRanges: [
      { from: 2, to: 3 },
      { from: 5, to: 5 },
    ],
  };
  const printed = [1, 2, 3, 4, 5, 6].filter((page) => pageOptions(options, 1, page).printed);
  expect(printed).toEqual([2, 3, 5]);
  expect(pageOptions({}, 7, 99)).toMatchObject({ printed: true });
});

it('an override counts for its pages of its documents, and the later one wins', () => {
  const options: JobOptions = {
    medium: letter,
    output: 'face-up',
    overrides: [
      { pages: [{ from: 1, to: 2 }], documents: null, options: { medium: a4, output: 'face-down' } },
      { pages: null, documents: [{ from: 2, to: 2 }], options: { input: 'lower', output: 'face-up' } },
    ],
  };
  expect(pageOptions(options, 1, 1)).toMatchObject({ medium: a4, output: 'face-down' });
  expect(pageOptions(options, 1, 3)).toEqual({ printed: true, output: 'face-up' });
  expect(pageOptions(options, 2, 2)).toMatchObject({ medium: a4, input: 'lower', output: 'face-up' });
});

it('a cover sheet shows what its sender wrote, and runs none of it', () => {
  const ticket = {
    channel: 'ipp',
    name: 'a) show quit (\\',
    user: 'Jürgen\n%!',
    host: 'h',
    options: {},
  } as const;
  const job: PrinterJob = {
    number: 7,
    ticket,
    state: 'pending',
    reasons: [],
    pages: 0,
    sheets: 0,
    bytes: 0,
    documents: 1,
    createdAt: 0,
    startedAt: null,
    endedAt: null,
    error: null,
  };
  const sheet = composeCoverSheet(job, 'Phaser 740');
  expect(sheet).toContain('(a\\) show quit \\(\\\\) show');
  expect(sheet).toContain('(J?rgen?%!) show');
  expect(sheet).toContain('(Job 7) show');
});
