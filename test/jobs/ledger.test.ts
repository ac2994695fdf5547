/** The ledger: commits, changes, duplicates, outbox and refusals, each whole or not at all. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LeftOutPart, OutgoingMail } from '#vocab/line.js';
import { contentDigestOf } from '../../src/jobs/content-digest.js';
import type { JobEvent } from '../../src/jobs/job-machine.js';
import type { Lease } from '../../src/jobs/leases.js';
import type { Ledger } from '../../src/jobs/ledger.js';
import { HeldLog } from '../support/held-log.js';
import {
  digestOf,
  keepMail,
  LedgerHouse,
  leaseOf,
  mailCommit,
  testDocument,
  testOwner,
} from '../support/ledger-house.js';

let house: LedgerHouse;
let ledger: Ledger;
let lease: Lease;

beforeEach(async () => {
  house = await LedgerHouse.build();
  ledger = await house.ledger({ mailDomain: 'example.com' });
  lease = await leaseOf(ledger);
});
afterEach(() => house.takeDown());

const mail: OutgoingMail = {
  to: 'alice@example.com',
  subject: 'hello',
  text: 'hello\n',
  inReplyTo: null,
  autoSubmitted: 'auto-replied',
};

async function newJob(uniqueId: string, options: Parameters<typeof mailCommit>[1] = {}): Promise<number> {
  const { jobId } = await keepMail(ledger, lease, mailCommit(uniqueId, options));
  if (jobId === null) throw new Error('no job was made');
  return jobId;
}

async function applyAll(jobId: number, ...events: JobEvent[]): Promise<void> {
  for (const event of events) await ledger.apply(lease, jobId, event);
}

const facts = { isThere: async () => true, compose: () => [] };

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

const toPrinting: JobEvent[] = [
  { type: 'transforming-started' },
  { type: 'transformed', pagesExpected: 3, notPrinted: [] },
  { type: 'attempt-started', counterBefore: 740 },
];

describe('a committed message', () => {
  it('keeps the job as it was asked for, and survives closing', async () => {
    const documents = [testDocument('d'), testDocument('e')];
    const leftOut: LeftOutPart[] = [
      { name: 'letter', mediaType: 'text/plain', bytes: 13, kind: 'letter', reason: 'it is the text' },
    ];
    const id = await newJob('1', { documents, leftOut, notify: ['printed', 'trace'] });
    const again = await house.ledger();
    expect(await again.job(id)).toMatchObject({
      id,
      state: 'pending',
      reasons: [],
      description: 'tiger',
      sender: 'alice@example.com',
      notify: ['printed', 'trace'],
      messageIds: ['<1@example.com>'],
      documents: documents.map((document) => ({ ...document, notPrinted: null })),
      leftOut,
      pages: { expected: null, confirmed: null },
      createdAt: house.clock.now(),
      completedAt: null,
      attempts: 0,
      counterBefore: null,
    });
  });

  it('is found by unique-id and size, by Message-ID with or without brackets, by number and by job', async () => {
    const id = await newJob('1');
    const found = await ledger.messageById('1@example.com');
    expect(found).toMatchObject({
      jobId: id,
      decision: 'accept',
      raw: { digest: digestOf('a'), bytes: 1400 },
      trail: [{ stage: 'judge', decision: 'accept', text: 'by the list', at: 0 }],
    });
    const headerDigest = digestOf('h');
    const receivedAt = house.clock.now();
    const known = { uniqueId: '1', octets: 1400, headerDigest, tooLarge: false, receivedAt };
    expect(await ledger.knownMessages('printer@mail.example.com:995', ['0', '1'])).toEqual([known]);
    expect(await ledger.knownMessages('printer@elsewhere.example.com:995', ['1'])).toEqual([]);
    expect(await ledger.messageById('<1@example.com>')).toEqual(found);
    expect(await ledger.messageById('<1@example.com>')).toEqual(found);
    expect(await ledger.messageById(found?.id ?? 0)).toEqual(found);
    expect(await ledger.messagesOf(id)).toEqual([found]);
  });

  it('is kept once: the second commit of the same message changes nothing', async () => {
    await newJob('1');
    await expect(newJob('1')).rejects.toMatchObject({ code: 'message-already-kept' });
    expect(await ledger.jobs()).toHaveLength(1);
  });

  it('makes no job without a document', async () => {
    await expect(newJob('1', { documents: [] })).rejects.toMatchObject({ code: 'job-without-documents' });
    expect(await ledger.messageById('1@example.com')).toBeNull();
  });

  it('is undone whole when its mails cannot be composed', async () => {
    const mails = () => {
      throw new Error('no words');
    };
    await expect(newJob('1', { mails })).rejects.toThrow('no words');
    expect(await ledger.jobs()).toEqual([]);
  });

  it('puts its mails into the outbox together with the job', async () => {
    await newJob('1', { mails: (job) => [{ ...mail, subject: `job ${job.id} ${job.messageIds}` }] });
    const [due] = await ledger.dueMails(house.clock.now());
    expect(due).toMatchObject({ ...mail, subject: 'job 1 <1@example.com>', jobId: 1, attempts: 0 });
    expect(due?.messageId).toMatch(/^<[0-9a-f-]{36}@example\.com>$/);
  });

  it('begins its job held when it was judged so', async () => {
    const commit = mailCommit('1');
    commit.verdict.decision = 'hold';
    await keepMail(ledger, lease, commit);
    expect(await ledger.nextJob()).toBeNull();
    expect(await ledger.job(1)).toMatchObject({ state: 'pending-held' });
  });
});

describe('a job in the ledger', () => {
  it('follows its events to the end, dates and all', async () => {
    const id = await newJob('1');
    await applyAll(id, ...toPrinting);
    await house.clock.advance(5000);
    await ledger.apply(lease, id, { type: 'printed', pages: 3, warnings: [] });
    expect(await ledger.job(id)).toMatchObject({
      state: 'completed',
      reasons: ['job-completed-successfully'],
      pages: { expected: 3, confirmed: 3 },
      attempts: 1,
      counterBefore: 740,
      completedAt: house.clock.now(),
    });
    const events = await ledger.jobEvents(id);
    expect(events.map(({ n, event }) => `${n} ${event.type}`)).toEqual([
      '1 received',
      '2 transforming-started',
      '3 transformed',
      '4 attempt-started',
      '5 printed',
    ]);
  });

  it('keeps why a document stays off the paper', async () => {
    const id = await newJob('1', { documents: [testDocument('d'), testDocument('e')] });
    const transformed: JobEvent = {
      type: 'transformed',
      pagesExpected: null,
      notPrinted: [{ document: 1, reason: 'a film' }],
    };
    await applyAll(id, { type: 'transforming-started' }, transformed);
    expect((await ledger.job(id))?.documents.map(({ notPrinted }) => notPrinted)).toEqual([null, 'a film']);
  });

  it('refuses an event that cannot happen, and an unknown job, changing nothing', async () => {
    const id = await newJob('1');
    const printed: JobEvent = { type: 'printed', pages: 1, warnings: [] };
    await expect(ledger.apply(lease, id, printed)).rejects.toMatchObject({ code: 'job-event-refused' });
    await expect(ledger.apply(lease, 99, printed)).rejects.toMatchObject({ code: 'job-unknown' });
    expect(await ledger.jobEvents(id)).toHaveLength(1);
  });

  it('has its mails composed from the state after the event, in the same transaction', async () => {
    const id = await newJob('1');
    await ledger.apply(lease, id, { type: 'transforming-started' }, (job, event) => [
      { ...mail, subject: `${event.type} ${job.state}` },
    ]);
    expect(await ledger.mailsOf(id)).toMatchObject([{ subject: 'transforming-started processing' }]);
    const failing = () => {
      throw new Error('no words');
    };
    const transformed: JobEvent = { type: 'transformed', pagesExpected: 3, notPrinted: [] };
    await expect(ledger.apply(lease, id, transformed, failing)).rejects.toThrow('no words');
    expect(await ledger.job(id)).toMatchObject({ reasons: ['job-transforming'] });
    // What was not committed is not gone on from, though the job has as many events again.
    await ledger.grant(id, { wish: 'hold' }, { by: 'operator', who: 'root' }, facts);
    const begun: JobEvent = { type: 'attempt-started', counterBefore: 740 };
    await expect(ledger.apply(lease, id, begun)).rejects.toMatchObject({ code: 'job-event-refused' });
  });

  it.each([
    ['this process', async () => ledger],
    ['another one', () => house.ledger()],
  ])('starts from what %s has made of the job since its last event', async (_who, open) => {
    const id = await newJob('1');
    const [started, transformed, begun] = toPrinting as [JobEvent, JobEvent, JobEvent];
    await applyAll(id, started, transformed);
    const beside = await open();
    await beside.grant(id, { wish: 'hold' }, { by: 'operator', who: 'root' }, facts);
    await expect(ledger.apply(lease, id, begun)).rejects.toMatchObject({ code: 'job-event-refused' });
    await beside.grant(id, { wish: 'release' }, { by: 'operator', who: 'root' }, facts);
    expect(await ledger.apply(lease, id, started)).toMatchObject({ state: 'processing' });
    expect(await ledger.job(id)).toMatchObject({ reasons: ['job-transforming'], heldSince: null });
  });

  it('tells of one condition once, however often it comes and goes', async () => {
    const id = await newJob('1');
    await applyAll(id, ...toPrinting);
    const told: string[] = [];
    const compose = (_job: unknown, event: JobEvent) => {
      told.push(event.type === 'printer-condition' ? event.condition : event.type);
      return [];
    };
    for (const condition of ['cover-open', 'cover-open', 'media-jam', 'cover-open']) {
      await ledger.apply(lease, id, { type: 'printer-condition', condition, text: 'open' }, compose);
    }
    expect(told).toEqual(['cover-open', 'media-jam']);
  });

  it('is taken before those that wait when it was interrupted, the oldest first', async () => {
    const [first, second] = [await newJob('1'), await newJob('2')];
    await newJob('3');
    await applyAll(second, ...toPrinting);
    await applyAll(first, ...toPrinting);
    const taking = { owner: testOwner, ttlMs: 1000, onTrouble: 'hold-job', begin: true } as const;
    expect(await ledger.takeJob(taking)).toMatchObject({ job: { id: first, state: 'processing' } });
  });

  it('is next strictly in order; one that waits for the printer stays first', async () => {
    const first = await newJob('1');
    const second = await newJob('2');
    await applyAll(first, { type: 'printer-unavailable', text: 'refused' });
    expect(await ledger.nextJob()).toMatchObject({ id: first, reasons: ['printer-stopped'] });
    await applyAll(first, { type: 'transforming-started' });
    expect(await ledger.nextJob()).toMatchObject({ id: second });
  });

  it('is found behind many that have to wait for one of their sender that is in trouble', async () => {
    const trouble = await newJob('1');
    await applyAll(trouble, ...toPrinting, { type: 'outcome-unknown', text: 'lost', pages: null });
    for (let n = 2; n <= 30; n++) await newJob(String(n));
    const other = mailCommit('31');
    const { jobId } = await keepMail(ledger, lease, {
      ...other,
      job: other.job && { ...other.job, sender: 'bob@example.com' },
    });
    expect(await ledger.nextJob()).toMatchObject({ id: jobId });
    expect(await ledger.nextJob('hold-line')).toBeNull();
    await applyAll(trouble, { type: 'settled', by: 'operator' });
    expect(await ledger.nextJob()).toMatchObject({ id: 2 });
  });

  it('needs its content until it ends; an unreadable mail needs its own', async () => {
    const first = await newJob('1', { documents: [testDocument('d'), testDocument('e')] });
    await newJob('2', { documents: [testDocument('e')] });
    const reason = { code: 'unreadable', text: 'nested too deep' };
    const bad = mailCommit('3', { refusedFor: reason, unreadable: true, rawLetter: 'b' });
    await keepMail(ledger, lease, bad);
    expect(await ledger.liveDigests()).toEqual(new Set(['d', 'e', 'b'].map(digestOf)));
    await applyAll(first, { type: 'canceled', by: 'user' });
    expect(await ledger.liveDigests()).toEqual(new Set(['e', 'b'].map(digestOf)));
  });
});

describe('a mail that comes again', () => {
  const contentDigest = contentDigestOf([testDocument('d')]);

  it('is recognised by its bytes, or by Message-ID and content together', async () => {
    const jobId = await newJob('1', { rawLetter: 'a', messageId: '<m@x>' });
    const known = async (rawLetter: string, messageId: string | null, content: string) =>
      (await ledger.findEarlier({ rawDigest: digestOf(rawLetter), messageId, contentDigest: content }))
        ?.jobId;
    expect(await known('a', null, 'other')).toBe(jobId);
    expect(await known('b', '<m@x>', contentDigest)).toBe(jobId);
    expect(await known('b', '<m@x>', 'other')).toBeUndefined();
    expect(await known('b', '<n@x>', contentDigest)).toBeUndefined();
    expect(await known('b', null, contentDigest)).toBeUndefined();
  });

  it('is recognised by its bytes also when it was refused', async () => {
    const refusedFor = { code: 'stranger', text: 'not on the list' };
    await keepMail(ledger, lease, mailCommit('1', { refusedFor }));
    const mail = { rawDigest: digestOf('a'), messageId: null, contentDigest };
    expect(await ledger.findEarlier(mail)).toMatchObject({ jobId: null });
  });

  it('may be sent again when it was refused, and is then another mail', async () => {
    const refusedFor = { code: 'stranger', text: 'not on the list' };
    await keepMail(ledger, lease, mailCommit('1', { refusedFor }));
    const mail = { rawDigest: digestOf('b'), messageId: '<1@example.com>', contentDigest };
    expect(await ledger.findEarlier(mail)).toBeNull();
  });

  it('has a content digest of the documents in their order', () => {
    const [d, e] = [testDocument('d'), testDocument('e')];
    expect(contentDigestOf([d, e])).not.toBe(contentDigestOf([e, d]));
    expect(contentDigestOf([{ content: d.content }])).toBe(contentDigest);
  });
});

describe('the outbox', () => {
  const minute = 60_000;
  const hour = 60 * minute;

  it('puts a mail off twice as long each time, up to an hour, and gives up after five days', async () => {
    await newJob('1', { mails: [mail] });
    const waits: number[] = [];
    let due = await ledger.nextMailDueAt();
    while (due !== null) {
      await house.clock.advance(due - house.clock.now());
      expect(await ledger.dueMails(due - 1)).toEqual([]);
      const [waiting] = await ledger.dueMails(due);
      await ledger.mailFailed(waiting?.id ?? 0, 'connection refused', 'temporary');
      const next = await ledger.nextMailDueAt();
      if (next !== null) waits.push((next - due) / minute);
      due = next;
    }
    expect(waits.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    const [fate] = await ledger.mailsOf(1);
    expect((fate?.givenUpAt ?? 0) - (await createdAt())).toBeGreaterThanOrEqual(5 * 24 * hour);
    expect(fate).toMatchObject({ sentAt: null, lastError: 'connection refused' });
  });

  it('gives a mail up at once when it can never be sent', async () => {
    await newJob('1', { mails: [mail] });
    await ledger.mailFailed(1, '550 5.1.1 no such user', 'permanent');
    expect(await ledger.nextMailDueAt()).toBeNull();
    expect(await ledger.hasNews()).toBe(false);
    expect(await ledger.mailsOf(1)).toMatchObject([{ lastError: '550 5.1.1 no such user', attempts: 1 }]);
  });

  it('keeps the Message-ID through every try and lets go of a mail that was sent', async () => {
    expect(await ledger.hasNews()).toBe(false);
    await newJob('1', { mails: [mail] });
    const [before] = await ledger.dueMails(house.clock.now());
    await ledger.mailFailed(1, 'later', 'temporary');
    expect(await ledger.hasNews()).toBe(true);
    await house.clock.advance(hour);
    const [after] = await ledger.dueMails(house.clock.now());
    expect(after?.messageId).toBe(before?.messageId);
    await ledger.mailSent(1);
    expect(await ledger.dueMails(house.clock.now() + 10 * hour)).toEqual([]);
    expect(await ledger.hasNews()).toBe(false);
  });

  it('sends what was put there before the clock was set back, in its order', async () => {
    await newJob('1', { mails: [mail] });
    house.clock.turn(-24 * hour);
    await newJob('2', { mails: [mail] });
    const due = await ledger.dueMails(house.clock.now());
    expect(due.map(({ jobId }) => jobId)).toEqual([1, 2]);
  });

  async function createdAt(): Promise<number> {
    return (await ledger.job(1))?.createdAt ?? 0;
  }
});

describe('refusals', () => {
  it('wait for the summary and are reported once, together with it', async () => {
    const refusedFor = { code: 'stranger', text: 'not on the list' };
    await keepMail(ledger, lease, mailCommit('1', { refusedFor }));
    await newJob('2');
    const [refusal, ...more] = await ledger.unreportedRefusals();
    expect(more).toEqual([]);
    expect(refusal).toMatchObject({ reasons: [refusedFor], jobId: null, reportedAt: null });
    expect(await ledger.hasNews()).toBe(true);
    await ledger.markRefusalsReported([refusal?.id ?? 0], [mail]);
    expect(await ledger.unreportedRefusals()).toEqual([]);
    expect(await ledger.dueMails(house.clock.now())).toHaveLength(1);
    await ledger.mailSent(1);
    expect(await ledger.hasNews()).toBe(false);
  });
});

describe('a commit', () => {
  it('is synced before it returns, but for what nobody has acted on', async () => {
    const disk = new HeldLog(1);
    const watched = await house.ledger({ openLog: async () => disk });
    const id = await newJob('1');
    const synced: boolean[] = [];
    const done = async <T>(run: Promise<T>): Promise<T> => {
      const before = disk.syncs;
      let ended = false;
      const end = () => {
        ended = true;
      };
      run.then(end, end);
      while (!ended && disk.syncs === before) await nextTurn();
      await nextTurn();
      synced.push(!ended);
      if (disk.syncs > before) disk.answer();
      return run;
    };
    const mine = await done(watched.acquireLease(`job:${id}`, testOwner, 1000));
    for (const event of toPrinting) await done(watched.apply(mine, id, event));
    await done(watched.renewLease(mine, 1000));
    await done(watched.apply(mine, id, { type: 'printed', pages: 3, warnings: [] }));
    await done(watched.mailSent(1));
    await done(watched.releaseLease(mine));
    expect(synced).toEqual([false, false, false, true, false, false, true, false]);
  });

  it('that was not waited for is on disk before its mails are handed out', async () => {
    const disk = new HeldLog(1);
    const watched = await house.ledger({ openLog: async () => disk });
    const id = await newJob('1');
    const mine = await watched.acquireLease(`job:${id}`, testOwner, 1000);
    await watched.apply(mine, id, { type: 'transforming-started' }, () => [mail]);
    const due = watched.dueMails(house.clock.now());
    let handedOut = false;
    due.then(() => {
      handedOut = true;
    });
    while (disk.syncs === 1) await nextTurn();
    await nextTurn();
    expect(handedOut).toBe(false);
    disk.answer();
    expect(await due).toHaveLength(1);
  });

  it('of another process is on disk before its mails are handed out', async () => {
    const disk = new HeldLog(1);
    const watched = await house.ledger({ openLog: async () => disk });
    await watched.dueMails(house.clock.now());
    expect(disk.syncs).toBe(1);
    await newJob('1', { mails: [mail] });
    const due = watched.dueMails(house.clock.now());
    while (disk.syncs === 1) await nextTurn();
    disk.answer();
    expect(await due).toHaveLength(1);
  });

  it('of another process is on disk before its mail counts as handled', async () => {
    const disk = new HeldLog(1);
    const watched = await house.ledger({ openLog: async () => disk });
    const { message } = mailCommit('1');
    expect(await watched.receivedAt([message])).toEqual([null]);
    expect(await watched.knownMessages(message.mailbox, ['1'])).toEqual([]);
    expect(disk.syncs).toBe(1);
    await newJob('1');
    const received = watched.receivedAt([message]);
    while (disk.syncs === 1) await nextTurn();
    disk.answer();
    expect(await received).toEqual([house.clock.now()]);
    const known = watched.knownMessages(message.mailbox, ['1']);
    while (disk.syncs === 2) await nextTurn();
    disk.answer();
    expect(await known).toHaveLength(1);
  });

  it('is not even asked for where the disk takes nothing when the ledger is opened; another try may help', async () => {
    const broken = { datasync: () => Promise.reject(new Error('EIO')), close: async () => {} };
    await expect(house.ledger({ openLog: async () => broken })).rejects.toMatchObject({
      code: 'ledger-failed',
      retry: 'temporary',
      message: expect.stringContaining('could not be written to the disk: EIO'),
    });
  });

  it('that the disk has not taken is the last one, until another opening', async () => {
    const disk = new HeldLog(1);
    const watched = await house.ledger({ openLog: async () => disk });
    const lost = watched.mailSent(1);
    while (disk.syncs === 1) await nextTurn();
    disk.answer(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
    const failed = {
      code: 'ledger-failed',
      retry: 'temporary',
      message: expect.stringMatching(/could not be written to the disk: EIO.*start it again/),
    };
    await expect(lost).rejects.toMatchObject(failed);
    await expect(watched.acquireLease('job:1', testOwner, 1000)).rejects.toMatchObject(failed);
    await expect(watched.jobs()).rejects.toMatchObject(failed);
    await expect(watched.changedByOthers()).rejects.toMatchObject(failed);
    expect(await watched.failed).toMatchObject(failed);
    await house.abandon(watched);
    const anew = await house.ledger();
    expect(await anew.jobs()).toEqual([]);
  });
});

describe('the files', () => {
  it.skipIf(process.platform === 'win32')('are closed to other users', async () => {
    const mode = async (path: string) => (await stat(path)).mode & 0o777;
    expect(await mode(house.dataDir)).toBe(0o700);
    expect(await mode(join(house.dataDir, 'ledger.sqlite'))).toBe(0o600);
    expect(await mode(join(house.dataDir, 'ledger.sqlite-wal'))).toBe(0o600);
  });

  it('can be read beside the writer, and not be written by a reader', async () => {
    const reader = await house.ledger({ readOnly: true });
    await newJob('1');
    expect(await reader.job(1)).toMatchObject({ state: 'pending' });
    await expect(reader.mailSent(1)).rejects.toMatchObject({ code: 'ledger-read-only' });
  });

  it('are not made by a reader', async () => {
    const missing = join(house.dataDir, 'elsewhere');
    await expect(house.ledger({ dataDir: missing, readOnly: true })).rejects.toMatchObject({
      code: 'ledger-missing',
    });
    await expect(stat(missing)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
