/**
 * What becomes of a job when something goes wrong while it prints: docs/reliability.md is written out of these rows, and
 * test/main-line/reliability.test.ts has a test for each that holds it to the row's own values.
 */
import type { JobState, JobStateReason } from '#vocab/job-states.js';
import type { NoticeKind } from '#vocab/notices.js';

export interface FaultRow {
  fault: string;
  /** While it lasts; null where the job stays as it was. */
  meanwhile: Standing | null;
  end: Standing & { confirmed: number | null };
  /** Pages in the tray at the end, of a job of three. */
  paper: number;
  mails: { to: 'sender' | 'administrator'; event: string; words: string }[];
  /** What happens by itself, and what people can do. */
  next: string;
}

export interface Standing {
  state: JobState;
  reasons: JobStateReason[];
}

export const notify: readonly NoticeKind[] = ['printed', 'error'];

const stopped: Standing = { state: 'processing-stopped', reasons: ['printer-stopped'] };
const waiting: Standing = { state: 'pending', reasons: ['printer-stopped'] };
const printing: Standing = { state: 'processing', reasons: ['job-printing'] };
const unknown: Standing = { state: 'pending-held', reasons: ['outcome-unknown'] };
const printed = { state: 'completed', reasons: ['job-completed-successfully'], confirmed: 3 } as const;
const printedWithDoubt = { ...printed, reasons: ['job-completed-with-warnings'] } as const;

const goesOn =
  'The printer holds the job, and it goes on as soon as that is put right, after an hour as well.';
const toldPrinted = {
  to: 'sender',
  event: 'printed',
  words: "printed: 3 pages, confirmed by the printer's counter",
} as const;
const condition = (words: string) => ({ to: 'sender', event: 'printer-condition', words }) as const;
const asked = (words: string) => ({ to: 'sender', event: 'outcome-unknown', words }) as const;

export const faultTable = {
  paper: {
    fault: 'out of paper before the second page',
    meanwhile: stopped,
    end: { ...printed, reasons: [...printed.reasons] },
    paper: 3,
    mails: [condition('paper'), toldPrinted],
    next: `${goesOn} Lay paper in.`,
  },
  cover: {
    fault: 'a cover is open when the job comes to the printer',
    meanwhile: stopped,
    end: { ...printed, reasons: [...printed.reasons] },
    paper: 3,
    mails: [condition('cover'), toldPrinted],
    next: `${goesOn} Close it.`,
  },
  coverMoving: {
    fault: 'a cover is opened over moving sheets',
    meanwhile: stopped,
    end: { ...printed, reasons: [...printed.reasons] },
    paper: 3,
    mails: [condition('jammed'), toldPrinted],
    next: `${goesOn} Sheets that were moving are jammed: take them out, and close it.`,
  },
  jam: {
    fault: 'the second page jams',
    meanwhile: stopped,
    end: { ...printed, reasons: [...printed.reasons] },
    paper: 3,
    mails: [condition('jam'), toldPrinted],
    next: `${goesOn} The printer prints the page anew that it has jammed. Take the sheet out.`,
  },
  powerEarly: {
    fault: 'power cut before the first page',
    meanwhile: printing,
    end: { ...printed, reasons: [...printed.reasons] },
    paper: 3,
    mails: [toldPrinted],
    next: 'When the power is back, the counter proves that nothing came out: it is printed again by itself, three times at the most; then it is held, and its sender told.',
  },
  power: {
    fault: 'power cut before the second page, for an hour',
    meanwhile: stopped,
    end: { ...unknown, confirmed: 1 },
    paper: 1,
    mails: [condition('was broken off'), asked('1 page came out for certain')],
    next: 'Nothing more by itself. Whoever has looked into the tray replies `from 2`, `again`, `done` or `cancel`. After two weeks it ends, unprinted.',
  },
  reset: {
    fault: 'connection reset, the document half sent',
    meanwhile: null,
    end: { ...unknown, confirmed: 1 },
    paper: 1,
    mails: [asked('1 page came out for certain')],
    next: 'As after a power cut.',
  },
  resetAtEnd: {
    fault: 'connection reset with all pages out, before the printer confirms the end',
    meanwhile: null,
    end: { ...printedWithDoubt, reasons: [...printedWithDoubt.reasons] },
    paper: 3,
    mails: [{ ...toldPrinted, words: 'the end of the job was not heard' }],
    next: 'Nothing to do: the counter has gone up by just the pages of the job.',
  },
  resetAndOthers: {
    fault: "connection reset with all pages out, and somebody else's pages before we can ask",
    meanwhile: null,
    end: { ...unknown, confirmed: 5 },
    paper: 5,
    mails: [asked('the counter has gone up by 5')],
    next: 'As after a power cut: whose pages they are nobody can know.',
  },
  gone: {
    fault: 'the printer cannot be reached for an hour',
    meanwhile: waiting,
    end: { ...printed, reasons: [...printed.reasons] },
    paper: 3,
    mails: [{ to: 'sender', event: 'printer-unavailable', words: 'waits for the printer' }, toldPrinted],
    next: 'It is asked every 2 to 30 seconds, and the job printed when it answers. Its sender is told once, after a minute.',
  },
  neverReads: {
    fault: 'the printer takes the connection and never reads, or a byte a second',
    meanwhile: { state: 'pending', reasons: [] },
    end: { ...printed, reasons: [...printed.reasons] },
    paper: 3,
    mails: [toldPrinted],
    next: 'Before it has answered the question for its counter, nothing of the job is sent. After 90 seconds it counts as away.',
  },
  stopsReading: {
    fault: 'the printer stops reading in mid-document, for an hour',
    meanwhile: printing,
    end: { ...printed, reasons: [...printed.reasons] },
    paper: 3,
    mails: [toldPrinted],
    next: 'The rest is sent when it reads again: that is no error but what a printer does that waits for paper.',
  },
  garbage: {
    fault: 'the printer answers garbage from the first page on, for an hour',
    meanwhile: stopped,
    end: { ...printedWithDoubt, reasons: [...printedWithDoubt.reasons] },
    paper: 3,
    mails: [condition('was broken off'), { ...toldPrinted, words: 'the end of the job was not heard' }],
    next: 'What cannot be understood proves nothing. When it speaks clearly again, its counter decides.',
  },
  counterBack: {
    fault: 'the page counter goes back',
    meanwhile: null,
    end: { state: 'completed', reasons: ['job-completed-successfully'], confirmed: null },
    paper: 3,
    mails: [{ ...toldPrinted, words: 'How many pages came out it does not say' }],
    next: 'The printer has confirmed the end of the job; the number of pages is told as unknown.',
  },
  counterStill: {
    fault: 'the page counter stands still',
    meanwhile: null,
    end: { state: 'completed', reasons: ['job-completed-with-warnings'], confirmed: 0 },
    paper: 3,
    mails: [{ ...toldPrinted, words: "no page was printed: the printer's counter has not moved" }],
    next: 'It is not printed again by itself. Who finds nothing in the tray replies `again`.',
  },
  counterJumps: {
    fault: "the page counter jumps by five of somebody else's pages",
    meanwhile: null,
    end: { state: 'completed', reasons: ['job-completed-with-warnings'], confirmed: 8 },
    paper: 3,
    mails: [
      { ...toldPrinted, words: "printed: 8 pages, confirmed by the printer's counter. 3 were expected" },
    ],
    next: 'Nothing to do; the mail says both numbers.',
  },
  smtp: {
    fault: 'the mail server for our own mails is away for a day',
    meanwhile: null,
    end: { ...printed, reasons: [...printed.reasons] },
    paper: 3,
    mails: [toldPrinted],
    next: 'Printing goes on. Mails wait in the ledger and are tried after 1, 2, 4 … 60 minutes, for five days.',
  },
  diskFull: {
    fault: 'the disk is full when the job has been printed',
    meanwhile: printing,
    end: { ...printedWithDoubt, reasons: [...printedWithDoubt.reasons] },
    paper: 3,
    mails: [{ ...toldPrinted, words: 'the end of the job was not heard' }],
    next: 'What came out is found out by the counter, as after a crash, as soon as there is room. Until then nothing is printed that could not be written down.',
  },
  diskReadOnly: {
    fault: "the ledger's disk is read-only when the job's turn comes",
    meanwhile: { state: 'pending', reasons: [] },
    end: { ...printed, reasons: [...printed.reasons] },
    paper: 3,
    mails: [toldPrinted],
    next: 'Nothing is sent to the printer, and no mail is deleted on its server. It goes on as soon as the ledger can be written.',
  },
  noRoom: {
    fault:
      'there is no room for a job that comes by mail (`jobs.maxSpoolBytes`, or `jobs.minFreeBytes` of the disk)',
    meanwhile: null,
    end: { ...printed, reasons: [...printed.reasons] },
    paper: 3,
    mails: [{ to: 'administrator', event: '', words: 'make room' }, toldPrinted],
    next: 'The mail waits on its server. Documents of jobs that have ended make room first; then it is fetched and printed.',
  },
  clock: {
    fault: 'the clock is set back by a day while the job prints',
    meanwhile: stopped,
    end: { ...printed, reasons: [...printed.reasons] },
    paper: 3,
    mails: [condition('paper'), toldPrinted],
    next: 'Nothing to do: nothing that is decided while a job prints asks for the date.',
  },
} satisfies Record<string, FaultRow>;

export type FaultName = keyof typeof faultTable;
