/** The status messages: their exact words, whom they go to, and that no job can break their form. */
import { describe, expect, it } from 'vitest';
import type { LeftOutKind } from '#vocab/left-out.js';
import type { Job, LeftOutPart } from '#vocab/line.js';
import type { NoticeKind } from '#vocab/notices.js';
import type { JobEvent } from '../../src/jobs/job-machine.js';
import { composeNotices } from '../../src/report/compose-notice.js';
import { sampleJob } from '../support/sample-job.js';

const facts = {
  printerName: 'Phaser 740 second floor',
  from: 'Printer@example.com',
  contact: 'admin@example.com',
  holdFor: 3_600_000,
};

const printed: JobEvent = { type: 'printed', pages: 3, warnings: [] };
const failed: JobEvent = {
  type: 'document-failed',
  pages: 0,
  errors: [{ document: 0, name: 'undefined', command: 'foo' }],
};

function textOf(job: Job, event: JobEvent): string {
  const [mail] = composeNotices(job, event, facts);
  if (!mail) throw new Error('no mail was composed');
  return mail.text;
}

function sentenceOf(job: Job, event: JobEvent): string {
  return textOf(job, event).split('\n')[0] ?? '';
}

describe('Job Printed', () => {
  it('says what the counter confirmed, to people and to programs', () => {
    expect(composeNotices(sampleJob(), printed, facts)).toEqual([
      {
        to: 'alice@example.com',
        subject: '[Phaser 740 second floor] Job Printed: Tiger for the wall',
        text: `Your document "Tiger for the wall" was printed: 3 pages, confirmed by the printer's counter.

Job: 7
Description: Tiger for the wall
Event: printed
Printer: Phaser 740 second floor
State: completed
State-Reasons: job-completed-successfully
Pages-Expected: 3
Pages-Confirmed: 3
Document: tiger.ps (application/postscript, 68000 bytes)
Received: 2026-01-02T03:04:05.000Z
Completed: 2026-01-02T03:05:00.000Z
Message-ID: <tiger@example.com>
Contact: admin@example.com
`,
        inReplyTo: '<tiger@example.com>',
        autoSubmitted: 'auto-replied',
      },
    ]);
  });

  it.each([
    [1, 1, 'Your document "x" was printed: 1 page, confirmed by the printer\'s counter.'],
    [2, 3, 'Your document "x" was printed: 2 pages, confirmed by the printer\'s counter. 3 were expected.'],
    [
      0,
      3,
      'Your document "x" came to its end, but no page was printed: the printer\'s counter has not moved.',
    ],
    [
      null,
      3,
      'Your document "x" was sent and the printer came to its end. How many pages came out it does not say.',
    ],
  ])('never claims more than the counter: %s of %s pages', (pages, expected, words) => {
    const job = sampleJob({ description: 'x', pages: { expected, confirmed: pages } });
    expect(sentenceOf(job, { type: 'printed', pages, warnings: [] })).toBe(words);
  });
});

describe('On Error', () => {
  it("says the interpreter's own words", () => {
    const job = sampleJob({
      state: 'aborted',
      reasons: ['document-format-error', 'aborted-by-system'],
      pages: { expected: null, confirmed: 0 },
    });
    const [mail] = composeNotices(job, failed, { ...facts, contact: null });
    expect(mail?.subject).toBe('[Phaser 740 second floor] On Error: Tiger for the wall');
    expect(
      mail?.text,
    ).toBe(`Your document "Tiger for the wall" was not printed. The printer's interpreter said: undefined in foo.

Job: 7
Description: Tiger for the wall
Event: document-failed
Printer: Phaser 740 second floor
State: aborted
State-Reasons: document-format-error, aborted-by-system
Pages-Expected: unknown
Pages-Confirmed: 0
Document: tiger.ps (application/postscript, 68000 bytes)
Error: undefined in foo (tiger.ps)
Received: 2026-01-02T03:04:05.000Z
Completed: 2026-01-02T03:05:00.000Z
Message-ID: <tiger@example.com>
`);
  });

  it('asks the sender to look when nobody can know', () => {
    const job = sampleJob({ state: 'pending-held', reasons: ['outcome-unknown'], completedAt: null });
    const event: JobEvent = { type: 'outcome-unknown', text: 'the connection broke', pages: 2 };
    const text = textOf(job, event);
    expect(text).toMatch(
      /^Nobody can know whether your document "Tiger for the wall" was printed: the connection broke\. 2 pages came out for certain\. Please look into the output tray\. The job is held and is not printed again by itself\. Reply to this mail with "done" .* with "from 3" .*\n/,
    );
    expect(text).toContain('\nReason: the connection broke\n');
    expect(text).not.toContain('Completed:');
  });

  it('names the condition that keeps the job from the paper', () => {
    const job = sampleJob({ state: 'processing-stopped', reasons: ['printer-stopped'], completedAt: null });
    const event: JobEvent = { type: 'printer-condition', condition: 'media-empty', text: 'tray 1 is empty' };
    expect(sentenceOf(job, event)).toBe(
      'While your document "Tiger for the wall" was being printed, the printer or the document itself said: tray 1 is empty. If it was the printer, the job goes on when this is put right.',
    );
  });

  it('gives warnings and the documents left off one line each', () => {
    const [document] = sampleJob().documents;
    if (!document) throw new Error('the sample has no document');
    const job = sampleJob({
      documents: [document, { ...document, name: 'film.mov', notPrinted: 'not a document' }],
    });
    const text = textOf(job, { type: 'printed', pages: 3, warnings: ['toner low', 'tray 2 nearly empty'] });
    expect(text).toContain(
      'Document: film.mov (application/postscript, 68000 bytes) not printed: not a document\nReason: toner low\nReason: tray 2 nearly empty\n',
    );
  });
});

describe('split mail', () => {
  const job = sampleJob({ description: 'x', documents: [] });

  it.each<[JobEvent, string]>([
    [
      { type: 'piece-received', number: 2, total: 5, missing: 3 },
      'Piece 2 of 5 of your document "x" was received; 3 missing.',
    ],
    [
      { type: 'piece-received', number: 2, total: null, missing: null },
      'Piece 2 of your document "x" was received; how many are missing is not known yet.',
    ],
    [
      { type: 'set-complete', held: true, pieces: 1, findings: [] },
      'Your document "x" has come whole, in 1 piece, as job 7. It is held, and not printed for now.',
    ],
    [
      { type: 'pieces-missing', numbers: [2], total: 5 },
      'Your document "x" was not printed: piece 2 of 5 did not come in time. What has come of it is discarded; please send it again.',
    ],
    [
      { type: 'pieces-missing', numbers: [], total: null },
      'Your document "x" was not printed: the last piece, which tells how many there are, did not come in time. What has come of it is discarded; please send it again.',
    ],
  ])('of %j is told in a sentence', (event, words) => {
    expect(sentenceOf(job, event)).toBe(words);
  });

  it('names every missing piece, however many there are', () => {
    const numbers = Array.from({ length: 500 }, (_, index) => 2 * index + 1);
    const text = textOf(job, { type: 'pieces-missing', numbers, total: 999 });
    expect(text.split('\n')[0]).toContain(
      'pieces 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, … of 999 did not come in time',
    );
    const named = text.match(/(?<=^Missing-Numbers: ).*$/gm)?.flatMap((line) => line.split(', '));
    expect(named).toEqual(numbers.map(String));
  });

  it('gives programs number and total of a piece', () => {
    const event: JobEvent = { type: 'piece-received', number: 2, total: 5, missing: 3 };
    expect(textOf(job, event)).toContain('\nPiece: 2/5\nMissing: 3\n');
    expect(textOf(job, { ...event, total: null, missing: null })).toContain('\nPiece: 2\nMissing: unknown\n');
  });
});

describe('the parts of a mail that stayed off the paper', () => {
  const left = (name: string, kind: LeftOutKind): LeftOutPart => ({
    name,
    mediaType: 'image/png',
    bytes: 10,
    kind,
    reason: 'it is so',
  });
  const letter = left('letter', 'letter');
  const logo = left('logo.png', 'decoration');

  it('are listed as far as the sender would miss them (ask 29)', () => {
    const job = sampleJob({
      leftOut: [letter, logo, left('photo.png', 'picture'), left('a.hqx', 'unsupported')],
    });
    const text = textOf(job, printed);
    expect(text).toMatch(/confirmed by the printer's counter\. 1 part of your mail could not be printed\.\n/);
    expect(text.match(/^Left-Out: .*$/gm)).toEqual([
      'Left-Out: photo.png (image/png, 10 bytes): it is so',
      'Left-Out: a.hqx (image/png, 10 bytes): it is so',
    ]);
  });

  it.each<[LeftOutKind, boolean]>([
    ['letter', false],
    ['decoration', false],
    ['picture', false],
    ['copy', false],
    ['envelope', false],
    ['encrypted', true],
    ['damaged', true],
    ['empty', true],
    ['nested', true],
  ])('of the kind %s make an error: %s', (kind, isError) => {
    const job = sampleJob({ notify: ['error'], leftOut: [left('x', kind)] });
    expect(composeNotices(job, printed, facts)).toHaveLength(isError ? 1 : 0);
  });

  it('are not without end in one mail', () => {
    const job = sampleJob({ leftOut: Array.from({ length: 70 }, (_, n) => left(`${n}`, 'empty')) });
    expect(textOf(job, printed).match(/^Left-Out: .*$/gm)).toHaveLength(51);
    expect(textOf(job, printed)).toContain('\nLeft-Out: and 20 more\n');
  });
});

describe('the wishes', () => {
  const held = sampleJob({ state: 'pending-held', reasons: ['job-hold-until-specified'] });
  const waiting = sampleJob({ state: 'pending', reasons: [] });
  const incoming = sampleJob({ state: 'pending-held', reasons: ['job-incoming'], documents: [] });
  const condition: JobEvent = { type: 'printer-condition', condition: 'jam', text: 'jam' };
  const notPrinted: JobEvent = { type: 'not-printed', text: 'reset' };
  const P = 'Job Printed';
  const E = 'On Error';
  const T = 'Trace Job';

  // For each event: what is heard by one who asked for printed, for error, for trace, for all three.
  it.each<[string, Job, JobEvent, (string | null)[]]>([
    ['received', waiting, { type: 'received', held: false }, [null, null, T, T]],
    [
      'coming in pieces',
      incoming,
      { type: 'piece-received', number: 2, total: 5, missing: 3 },
      [null, null, T, T],
    ],
    [
      'come whole',
      waiting,
      { type: 'set-complete', held: false, pieces: 5, findings: [] },
      [null, null, T, T],
    ],
    ['not to be joined', sampleJob(), { type: 'set-failed', text: 'no' }, [null, E, T, E]],
    ['given up', sampleJob(), { type: 'pieces-missing', numbers: [2], total: 5 }, [null, E, T, E]],
    ['made ready', waiting, { type: 'transforming-started' }, [null, null, null, null]],
    ['printing', waiting, { type: 'attempt-started', counterBefore: 1 }, [null, null, T, T]],
    ['waiting for the printer', waiting, { type: 'printer-unavailable', text: 'off' }, [null, E, T, E]],
    ['stopped', waiting, condition, [null, E, T, E]],
    ['going on', waiting, { type: 'condition-cleared' }, [null, null, T, T]],
    ['printed', sampleJob(), printed, [P, null, T, P]],
    ['printed, but no page', sampleJob(), { type: 'printed', pages: 0, warnings: [] }, [P, E, T, E]],
    ['refused by the interpreter', sampleJob(), failed, [null, E, T, E]],
    ['tried again', waiting, notPrinted, [null, null, T, T]],
    ['canceled by the owner', sampleJob(), { type: 'canceled', by: 'user' }, [null, null, T, T]],
    ['canceled by others', sampleJob(), { type: 'canceled', by: 'operator' }, [null, E, T, E]],
  ])('are answered when a job is %s', (_name, job, event, answers) => {
    const wishes: NoticeKind[][] = [['printed'], ['error'], ['trace'], ['printed', 'error', 'trace']];
    const heard = wishes.map((notify) => {
      const mails = composeNotices({ ...job, notify }, event, facts);
      expect(mails.length).toBeLessThanOrEqual(1);
      return /\] (.+): Tiger/.exec(mails[0]?.subject ?? '')?.[1] ?? null;
    });
    expect(heard).toEqual(answers);
    expect(composeNotices({ ...job, notify: [] }, event, facts)).toEqual([]);
  });

  it.each([
    ['given up', notPrinted],
    ['unknown', { type: 'outcome-unknown', text: 'cut', pages: null } as const],
  ])(
    'leave nobody out when a job is %s: whom its sender does not want to hear, the printer’s people do',
    (_name, event) => {
      for (const [notify, to] of [
        [['error'], 'alice@example.com'],
        [['printed'], 'admin@example.com'],
        [[], 'admin@example.com'],
      ] as const) {
        const [mail] = composeNotices({ ...held, notify: [...notify] }, event, {
          ...facts,
          contact: 'admin@example.com',
        });
        expect(mail?.to).toBe(to);
      }
      expect(composeNotices({ ...held, notify: [] }, event, { ...facts, contact: null })).toEqual([]);
    },
  );

  it('of our own address are never answered', () => {
    expect(composeNotices(sampleJob({ sender: 'printer@example.com' }), printed, facts)).toEqual([]);
  });
});

describe('a hostile job', () => {
  const hostile = 'x\r\nState: completed\u2028Bcc: all@example.com\u001b[2J\u202Egpj';
  const job = sampleJob({ description: hostile, messageIds: ['<a@b>\r\nBcc: all@example.com'] });
  const [mail] = composeNotices(
    job,
    { ...failed, errors: [{ document: 9, name: hostile, command: hostile }] },
    facts,
  );

  it('cannot add a line to the block or a field to the head', () => {
    expect(mail?.subject).toBe(
      '[Phaser 740 second floor] On Error: x State: completed Bcc: all@example.com [2J gpj',
    );
    expect(mail?.text.match(/^State: .*/gm)).toEqual(['State: completed']);
    expect(mail?.text).not.toMatch(/^Bcc/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(mail?.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
  });

  it('cannot make the mail long', () => {
    const [long] = composeNotices(
      sampleJob({
        description: 'y'.repeat(1e6),
        documents: Array.from({ length: 2000 }, () => ({
          ...sampleJob().documents[0],
          name: 'z'.repeat(10_000),
        })) as Job['documents'],
      }),
      printed,
      facts,
    );
    expect(long?.subject.length).toBeLessThanOrEqual(200);
    expect(long?.text.length).toBeLessThan(50 * 520 + 3000);
    expect(long?.text).toContain('\nDocument: and 1950 more\n');
  });
});
