/** The refusal to a sender, the administrator's summary, and the words of `why`. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '#vocab/line.js';
import { composeQuarantine, type QuarantinedFacts } from '../../src/report/compose-quarantine.js';
import { composeRefusal } from '../../src/report/compose-refusal.js';
import { composeSummary, type RefusedMail } from '../../src/report/compose-summary.js';
import { explainJob, explainMessage } from '../../src/report/explain.js';
import { sampleJob } from '../support/sample-job.js';

describe('a refusal', () => {
  const facts = {
    printerName: 'Phaser 740',
    from: 'printer@example.com',
    contact: 'admin@example.com',
    accepted: 'PostScript documents as attachments',
  };
  const submission = {
    sender: 'alice@example.com',
    messageId: '<film@example.com>',
    description: 'holidays',
    leftOut: [
      {
        name: 'film.mov',
        mediaType: 'video/quicktime',
        bytes: 9000,
        kind: 'unsupported' as const,
        reason: 'not printable',
      },
    ],
  };
  const verdict: Verdict = {
    decision: 'refuse',
    reasons: [{ code: 'no-document', text: 'it holds no document that can be printed' }],
    mayReply: true,
  };

  it('says why, and what is accepted', () => {
    expect(composeRefusal(submission, verdict, facts)).toEqual([
      {
        to: 'alice@example.com',
        subject: '[Phaser 740] Not accepted: holidays',
        text: `Your mail "holidays" was not printed: it holds no document that can be printed. This printer takes PostScript documents as attachments.

Description: holidays
Event: refused
Printer: Phaser 740
Reason: no-document: it holds no document that can be printed
Left-Out: film.mov (video/quicktime, 9000 bytes): not printable
Accepted: PostScript documents as attachments
Message-ID: <film@example.com>
Contact: admin@example.com
`,
        inReplyTo: '<film@example.com>',
        autoSubmitted: 'auto-replied',
      },
    ]);
  });

  it('ends with one full stop, whether the reason has one or not', () => {
    const reasons = [
      { code: 'too-much', text: 'it is too large.' },
      { code: 'no-document', text: 'Make it smaller, or split it.' },
    ];
    const [mail] = composeRefusal(submission, { ...verdict, reasons }, facts);
    expect(mail?.text).toContain(
      'was not printed: it is too large; Make it smaller, or split it. This printer',
    );
    expect(mail?.text).not.toContain('..');
  });

  it('names all that was left out but the text of the mail', () => {
    const [part] = submission.leftOut;
    if (part === undefined) throw new Error('the sample has no part');
    const leftOut = [
      { ...part, name: 'letter', kind: 'letter' as const },
      { ...part, name: 'logo.png', kind: 'decoration' as const },
    ];
    const [mail] = composeRefusal({ ...submission, leftOut }, verdict, facts);
    expect(mail?.text.match(/^Left-Out: \S+/gm)).toEqual(['Left-Out: logo.png']);
  });

  it.each([
    ['a stranger', submission, { ...verdict, mayReply: false }],
    ['nobody', { ...submission, sender: null }, verdict],
    ['ourselves', { ...submission, sender: 'printer@example.com' }, verdict],
    ['one who was accepted', submission, { ...verdict, decision: 'accept' as const }],
  ])('never goes to %s', (_name, mail, decided) => {
    expect(composeRefusal(mail, decided, facts)).toEqual([]);
  });
});

describe('the summary', () => {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5);
  const refused: RefusedMail = {
    sender: 'eve@example.net',
    reasons: [{ code: 'stranger', text: 'not on the list' }],
    receivedAt: at,
  };
  const facts = { printerName: 'Phaser 740', to: 'admin@example.com' };

  it('counts the refusals of each sender', () => {
    const mails: RefusedMail[] = [
      { ...refused, sender: 'rare@example.org' },
      refused,
      { ...refused, receivedAt: at + 60_000, reasons: [{ code: 'x', text: 'again\nBcc: all' }] },
      { ...refused, sender: null, reasons: [{ code: 'y', text: 'two people' }] },
    ];
    expect(composeSummary(mails, facts)).toEqual([
      {
        to: 'admin@example.com',
        subject: '[Phaser 740] 4 mails not accepted',
        text: `4 mails to Phaser 740 got nowhere. No stranger was answered.

Refused, by sender:
  eve@example.net: 2 mails, last 2026-01-02T03:05:05.000Z, again Bcc: all
  rare@example.org: 1 mail, last 2026-01-02T03:04:05.000Z, not on the list
  no certain sender: 1 mail, last 2026-01-02T03:04:05.000Z, two people
`,
        inReplyTo: null,
        autoSubmitted: 'auto-generated',
      },
    ]);
  });

  it('is not sent when there is nothing to tell, and stays short under a flood', () => {
    expect(composeSummary([], facts)).toEqual([]);
    const flood = Array.from({ length: 500 }, (_, id) => ({
      ...refused,
      sender: `eve${id}@example.net`,
    }));
    expect(composeSummary(flood, facts)[0]?.text).toMatch(/\n {2}and 400 more\n$/);
  });
});

describe('the notice of quarantine', () => {
  const mail: QuarantinedFacts = {
    id: 17,
    receivedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    message: { octets: 1400 },
    header: [
      { name: 'from', value: 'Eve <eve@example.net>' },
      { name: 'subject', value: 'boom\u202e' },
    ],
    error: 'the reader was tried 2 times; the last time it ended with status 3',
  };
  const facts = { printerName: 'Phaser 740', to: 'admin@example.com' };

  it('names the mails, why they could not be read, and what to do', () => {
    const mails = [mail, { ...mail, id: 9, header: [], error: 'nested\nBcc: all' }];
    expect(composeQuarantine({ mails, count: 2 }, facts)).toEqual([
      {
        to: 'admin@example.com',
        subject: '[Phaser 740] 2 mails in quarantine',
        text: `2 mails to Phaser 740 could not be read and are in quarantine. Other mails go on; nobody was answered.

Mail 17, received 2026-01-02T03:04:05.000Z, 1400 octets
  From:    Eve <eve@example.net>
  Subject: boom
  Error:   the reader was tried 2 times; the last time it ended with status 3

Mail 9, received 2026-01-02T03:04:05.000Z, 1400 octets
  From:    unknown
  Subject: unknown
  Error:   nested Bcc: all

What you can do, on the machine of the Printing Server:
  phaserlink quarantine list      see all
  phaserlink quarantine show 17   see its header, and where its bytes are
  phaserlink quarantine retry 17  try it again, for example after an update
  phaserlink quarantine drop 17   remove its bytes
`,
        inReplyTo: null,
        autoSubmitted: 'auto-generated',
      },
    ]);
  });

  it('is not sent when there is nothing to tell, and stays short under a flood', () => {
    expect(composeQuarantine({ mails: [], count: 0 }, facts)).toEqual([]);
    const [notice] = composeQuarantine({ mails: [mail], count: 4711 }, facts);
    expect(notice?.subject).toContain('4711 mails');
    expect(notice?.text).toContain('\n\nand 4710 more\n\n');
  });
});

describe('why', () => {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5);

  it('follows a mail from stage to stage', () => {
    const lines = explainMessage({
      id: 1,
      mailbox: 'printer@mail.example.com:995',
      uniqueId: 'u1',
      octets: 1400,
      messageId: '<tiger@example.com>',
      raw: { digest: 'a'.repeat(64), bytes: 1400 },
      sender: 'alice@example.com',
      description: 'tiger',
      readable: true,
      decision: 'accept',
      reasons: [{ code: 'allowed', text: 'the address is on the list' }],
      trail: [{ stage: 'read', decision: 'read', text: 'one document\u001b[2J', at }],
      jobId: 7,
      receivedAt: at + 1000,
      reportedAt: null,
    });
    expect(lines).toEqual([
      'Mail <tiger@example.com> from alice@example.com, 1400 octets, in printer@mail.example.com:995 as u1',
      '2026-01-02T03:04:05.000Z  read: read. one document [2J',
      '2026-01-02T03:04:06.000Z  kept: accept, job 7',
    ]);
  });

  it('tells the whole life of a job', () => {
    const lines = explainJob(sampleJob(), [
      { n: 1, at, event: { type: 'received', held: false } },
      { n: 2, at, event: { type: 'transforming-started' } },
      {
        n: 3,
        at,
        event: { type: 'transformed', pagesExpected: 3, notPrinted: [{ document: 1, reason: 'a film' }] },
      },
      { n: 4, at, event: { type: 'attempt-started', counterBefore: null } },
      { n: 5, at, event: { type: 'printer-condition', condition: 'cover-open', text: 'cover open' } },
      { n: 6, at, event: { type: 'condition-cleared' } },
      { n: 7, at, event: { type: 'printed', pages: 3, warnings: ['toner low'] } },
    ]);
    expect(lines.map((line) => line.replace(/^2026-01-02T03:04:05.000Z /, ''))).toEqual([
      'Job 7 "Tiger for the wall" from alice@example.com',
      ' received, waiting to be printed',
      ' being made ready for the printer',
      ' ready for the printer, 3 pages expected; document 2 stays off the paper: a film',
      " printing begins, the printer's page counter is at an unknown value",
      ' the printer is said to have stopped: cover open (cover-open)',
      ' the printer goes on',
      ' the printer came to the end, 3 pages confirmed; toner low',
      'Now completed: printed (job-completed-successfully)',
    ]);
  });

  it('tells how a split mail came, and what was found in the whole', () => {
    const lines = explainJob(sampleJob(), [
      { n: 1, at, event: { type: 'piece-received', number: 2, total: null, missing: null } },
      { n: 2, at, event: { type: 'piece-received', number: 3, total: 3, missing: 1 } },
      {
        n: 3,
        at,
        event: { type: 'set-complete', held: false, pieces: 3, findings: ['a document', 'a letter'] },
      },
      { n: 4, at, event: { type: 'set-failed', text: 'piece 2 came twice' } },
      { n: 5, at, event: { type: 'pieces-missing', numbers: [1, 3, 4], total: 4 } },
    ]);
    expect(lines.map((line) => line.replace(/^2026-01-02T03:04:05.000Z /, '')).slice(1, -1)).toEqual([
      ' piece 2 received, how many are missing is not known yet',
      ' piece 3 of 3 received, 1 missing',
      ' all pieces are there and joined, waiting to be printed',
      ' in the whole: a document',
      ' in the whole: a letter',
      ' cannot be joined: piece 2 came twice',
      ' given up: pieces 1, 3-4 of 4 did not come in time',
    ]);
  });
});
