/** When split mails are joined and when they are given up: with a real ledger and spool, and a maildrop in memory. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PhaserLinkError } from '#base/errors.js';
import type { LogFields } from '#base/log.js';
import type { ContentRef } from '#vocab/line.js';
import { postScriptAlone } from '../../src/engine/formats.js';
import { Contents } from '../../src/jobs/contents.js';
import type { Ledger } from '../../src/jobs/ledger.js';
import { Spool } from '../../src/jobs/spool.js';
import { emptyMemory, type Line } from '../../src/line.js';
import type { ListedMessage } from '../../src/mail/mailbox.js';
import { receive, retry } from '../../src/pipeline.js';
import { LedgerHouse, leaseOf, testOwner } from '../support/ledger-house.js';
import { readHere } from '../support/read-here.js';
import { hostileReader, neverAborted, ReaderHouse } from '../support/reader-house.js';
import { ownPieces, partialPieces } from '../support/split-mails.js';

const hour = 3_600_000;
const tiger = `%!PS\n${'% stripes\n'.repeat(50)}showpage\n`;

let house: LedgerHouse;
let ledger: Ledger;
let spool: Spool;
let logged: LogFields[];
/** What lies in the maildrop. */
let maildrop: string[];
let trouble: { open?: Error; retrieve?: Error; quit?: Error };

beforeEach(async () => {
  house = await LedgerHouse.build();
  ledger = await house.ledger();
  spool = await Spool.open({ dataDir: house.dataDir });
  logged = [];
  maildrop = [];
  trouble = {};
});
afterEach(() => house.takeDown());

function lost(code: string): PhaserLinkError {
  return new PhaserLinkError({ code, retry: 'temporary', text: 'the mail server is away' });
}

async function open() {
  if (trouble.open) throw trouble.open;
  const mails = maildrop;
  return {
    list: async () =>
      mails.map((text, place) => ({ number: place + 1, uniqueId: text.slice(0, 200), octets: 1 })),
    top: async () => null,
    async *retrieve({ number }: ListedMessage) {
      if (trouble.retrieve) throw trouble.retrieve;
      // As over POP3, the last line has an end, too.
      yield Buffer.from(`${mails[number - 1] ?? ''}\n`.replaceAll('\n', '\r\n'), 'latin1');
    },
    delete: async () => undefined,
    async quit() {
      if (trouble.quit) throw trouble.quit;
      maildrop = [];
    },
    close: () => undefined,
  };
}

function lineOf(parts: Partial<Line> = {}): Line {
  const note = (fields: LogFields) => void logged.push(fields);
  return {
    ledger,
    spool,
    contents: new Contents(ledger, parts.spool ?? spool),
    reader: readHere(spool),
    mailbox: { name: 'printer@test', open },
    memory: emptyMemory(),
    deliveries: new Map(),
    wakeUp: () => undefined,
    mailWaits: () => undefined,
    owner: testOwner,
    clock: house.clock,
    log: { debug: note, info: note, warn: note, error: note },
    engine: { formats: postScriptAlone },
    policy: {
      fetch: {
        maxMessageBytes: 100_000,
        tooLarge: 'delete',
        keepMs: 0,
        minFreeBytes: 0,
        maxSpoolBytes: null,
      },
      splitMail: {
        maxPieces: 9,
        maxJobBytes: 100_000,
        waitForMissing: 24 * hour,
        maxUnfinishedPerSender: 8,
        maxUnfinished: 8,
      },
      allow: ['alice@example.com'],
      hold: [],
      holdFor: 24 * hour,
      keepContent: 0,
      keepRecords: 90 * 24 * hour,
      from: 'printer@test',
      printerName: 'P',
      contact: 'a@b',
    },
    ...parts,
  } as unknown as Line;
}

/** One look into the maildrop with these mails in it. */
function look(
  mails: readonly (string | undefined)[] = [],
  parts: Partial<Line> = {},
  signal = neverAborted,
): Promise<number> {
  maildrop.push(...mails.map((mail) => mail ?? ''));
  return receive(lineOf(parts), signal);
}

async function states(): Promise<string[]> {
  return (await ledger.jobs()).map(({ state, reasons }) => [state, ...reasons].join(' '));
}

it('missing pieces are given up after they were waited for, and their sender is told', async () => {
  await look([ownPieces(tiger)[0]]);
  await house.clock.advance(24 * hour - 1);
  await look();
  expect(await states()).toEqual(['pending-held job-incoming']);
  await house.clock.advance(1);
  await look();
  expect(await states()).toEqual(['aborted submission-interrupted aborted-by-system']);
  expect((await ledger.mailsOf(1)).map(({ text }) => /^Event: .*$/m.exec(text)?.[0])).toEqual([
    'Event: pieces-missing',
  ]);
});

it('what has come can be printed while the rest of a full maildrop is still fetched', async () => {
  const jobsThere: number[] = [];
  const wakeUp = async () => void jobsThere.push((await ledger.jobs()).length);
  const mails = Array.from(
    { length: 40 },
    (_, n) => `Subject: ${n}\nFrom: alice@example.com\n\n${tiger}% ${n}\n`,
  );
  await look(mails, { wakeUp: () => void wakeUp() });
  expect(await states()).toHaveLength(40);
  expect(jobsThere.length).toBeGreaterThan(1);
  expect(jobsThere[0]).toBeLessThan(40);
});

it('a job whose pieces ask for it is held once it is whole', async () => {
  await look(ownPieces(tiger, { headers: { 'X-PhaserLink-Hold': 'yes' } }));
  await look(partialPieces(`From: alice@example.com\nSubject: secret [hold]\n\n${tiger}`));
  expect(await states()).toEqual([
    'pending-held job-hold-until-specified',
    'pending-held job-hold-until-specified',
  ]);
});

it('pieces that lie in the mailbox are not missing, however long the mail server was away', async () => {
  const [first, ...rest] = ownPieces(tiger);
  await look([first]);
  await house.clock.advance(48 * hour);
  trouble.open = lost('pop3-unreachable');
  await expect(look(rest)).rejects.toMatchObject({ code: 'pop3-unreachable' });
  expect(await states()).toEqual(['pending-held job-incoming']);
  trouble = {};
  await look();
  expect(await states()).toEqual(['pending']);
});

it('a look that was broken off, by the mail server or by a stop, gives nothing up', async () => {
  const [first, ...rest] = ownPieces(tiger);
  await look([first]);
  await house.clock.advance(48 * hour);
  trouble.retrieve = lost('pop3-connection-lost');
  await expect(look(rest)).rejects.toMatchObject({ code: 'pop3-connection-lost' });
  expect(await states()).toEqual(['pending-held job-incoming']);
  trouble = {};
  await look([], {}, AbortSignal.abort());
  expect(await states()).toEqual(['pending-held job-incoming']);
  await look();
  expect(await states()).toEqual(['pending']);
});

it('a job whose pieces are all there is joined though the session broke at its end, and only once', async () => {
  trouble.quit = lost('pop3-quit-unconfirmed');
  await expect(look(ownPieces(tiger))).rejects.toMatchObject({ code: 'pop3-quit-unconfirmed' });
  expect(await states()).toEqual(['pending']);
  trouble = {};
  await look();
  expect(await states()).toEqual(['pending']);
  expect((await ledger.job(1))?.messageIds).toHaveLength(5);
});

it('jobs whose pieces are all there do not count as incomplete, however many come in one look', async () => {
  const jobs = Array.from({ length: 9 }, (_, n) => ownPieces(tiger, { job: `job-${n}`, total: 2 }));
  await look(jobs.flat());
  expect(await states()).toEqual(jobs.map(() => 'pending'));
  expect(await ledger.openSets()).toEqual([]);
});

it('jobs with missing pieces count as incomplete, also those that do not say yet how many there are', async () => {
  const own = Array.from({ length: 4 }, (_, n) => ownPieces(tiger, { job: `job-${n}`, total: 2 })[0]);
  const partial = Array.from({ length: 4 }, (_, n) => partialPieces(tiger, { job: `partial-${n}` })[0]);
  await look([...own, ...partial, ...ownPieces(tiger, { job: 'one-more', total: 2 })]);
  const waiting = [...own, ...partial].map(() => 'pending-held job-incoming');
  expect(await states()).toEqual([...waiting, 'aborted aborted-by-system']);
  expect((await ledger.mailsOf(9))[0]?.text).toContain('8 other split mails of yours are incomplete');
});

it('a job that cannot be joined now waits, tells why, and stops no other', async () => {
  const jobs = ['a', 'b'].map((job) => ownPieces(tiger, { job, total: 2 }));
  await look(jobs.map(([first]) => first));
  const full = Object.assign(new Error('ENOSPC: no space left on device'), {
    syscall: 'write',
    code: 'ENOSPC',
  });
  const create = vi.spyOn(spool, 'create');
  const { create: really } = Spool.prototype;
  // The pieces of two mails are written before the first job is joined.
  const joining = 3;
  create.mockImplementation(async () => {
    if (create.mock.calls.length === joining) throw full;
    return really.call(spool);
  });
  await look(jobs.map(([, second]) => second));
  create.mockRestore();
  expect(await states()).toEqual(['pending-held job-incoming', 'pending']);
  expect(logged.find(({ event }) => event === 'not-joined')).toMatchObject({ job: 1 });

  // It is not given up either, however long that takes.
  await house.clock.advance(48 * hour);
  await look();
  expect(await states()).toEqual(['pending', 'pending']);
});

it('a job waits for room on the disk', async () => {
  const room = vi.spyOn(spool, 'room').mockResolvedValue({ folder: '/spool', freeBytes: 400 });
  await look(ownPieces(tiger, { total: 1 }));
  expect(await states()).toEqual(['pending-held job-incoming']);
  expect(logged.find(({ event }) => event === 'not-joined')).toMatchObject({ job: 1 });
  room.mockRestore();
  await look();
  expect(await states()).toEqual(['pending']);
});

it('a job whose pieces are gone from the disk fails with words for its sender', async () => {
  await look(ownPieces(tiger, { total: 2 }).slice(0, 1));
  expect(await spool.packs.sweep(new Set())).toBe(1);
  await look(ownPieces(tiger, { total: 2 }).slice(1));
  expect(await states()).toEqual(['aborted aborted-by-system']);
  expect((await ledger.mailsOf(1))[0]?.text).toContain(
    'the document is no longer here; please send it again',
  );
});

it('a job that is canceled lets its pieces go, and takes no more', async () => {
  const [first, ...rest] = ownPieces(tiger, { total: 3 });
  await look([first]);
  await ledger.apply(await leaseOf(ledger, 'job:1'), 1, { type: 'canceled', by: 'user' });
  expect(await ledger.liveDigests()).toEqual(new Set());
  await look(rest);
  expect(await states()).toEqual(['canceled job-canceled-by-user']);
  expect(await ledger.unreportedRefusals()).toMatchObject([
    { reasons: [{ code: 'set-ended' }] },
    { reasons: [{ code: 'set-ended' }] },
  ]);
});

it('a mail in pieces is read when it is whole, and what was found in it is kept for `why`', async () => {
  await look(partialPieces(`Subject: s\n\n${tiger}`));
  expect(await ledger.job(1)).toMatchObject({ description: 's', documents: [{ name: 'document 1' }] });
  const last = (await ledger.jobEvents(1)).at(-1);
  expect(last?.event).toMatchObject({
    type: 'set-complete',
    findings: [
      'read: from alice@example.com; "s"',
      expect.stringContaining('document: document 1: application/postscript'),
    ],
  });
});

describe('a joined mail that its reader does not survive', () => {
  it.each(['crash', 'swell in Buffers', 'throw'])(
    'by its "%s" is put aside with its bytes, its job fails naming it, and others go on',
    async (deed) => {
      const inner = `Subject: ${deed}\n\n${tiger}`;
      const { reader, spool } = await ReaderHouse.open({ program: hostileReader });
      await look([...partialPieces(inner), ...ownPieces(tiger, { total: 1 })], { reader, spool });
      expect(await states()).toEqual(['aborted aborted-by-system', 'pending']);
      const [mail, ...others] = await ledger.quarantine.list();
      if (mail === undefined) throw new Error('it is not in quarantine');
      expect(others).toEqual([]);
      expect(mail.header).toContainEqual({ name: 'subject', value: deed });
      expect((await ledger.mailsOf(1))[0]?.text).toContain(`it is in quarantine as mail ${mail.id}`);
      expect(await ledger.quarantine.untold()).toMatchObject({ count: 1 });

      // The sweep of the next look leaves its bytes alone.
      await look([], { reader, spool });
      const bytes = await bytesOf(spool, mail.message.content);
      expect(bytes).toContain(`subject: ${deed}\r\n`);
      expect(bytes).toContain(tiger.trim().replaceAll('\n', '\r\n'));
      expect(await ledger.check()).toEqual([]);
    },
  );

  it('is read and judged when it is tried again, as a job of its own', async () => {
    const { reader, spool } = await ReaderHouse.open({ program: hostileReader });
    await look(partialPieces(`Subject: throw\n\n${tiger}`), { reader, spool });
    const [mail] = await ledger.quarantine.list();
    const patience = { onWait: () => undefined, signal: neverAborted };
    await retry(lineOf({ spool, reader: readHere(spool) }), mail?.id ?? 0, patience);
    expect(await ledger.quarantine.list()).toEqual([]);
    expect(await ledger.job(2)).toMatchObject({ state: 'pending', sender: 'alice@example.com' });
    expect(await ledger.check()).toEqual([]);
  });

  it('is put aside once, though the process was killed before its job failed', async () => {
    const { reader, spool } = await ReaderHouse.open({ program: hostileReader });
    const apply = vi.spyOn(ledger, 'apply').mockRejectedValueOnce(lost('ledger-failed'));
    await look(partialPieces(`Subject: throw\n\n${tiger}`), { reader, spool });
    apply.mockRestore();
    expect(await states()).toEqual(['pending-held job-incoming']);
    await look([], { reader, spool });
    expect(await states()).toEqual(['aborted aborted-by-system']);
    expect(await ledger.quarantine.list()).toMatchObject([{ tries: 1 }]);
    expect(await ledger.check()).toEqual([]);
  });

  it('keeps its bytes although the same mail is joined and read later', async () => {
    const { reader, spool } = await ReaderHouse.open({ program: hostileReader });
    const inner = `Subject: throw\n\n${tiger}`;
    await look(partialPieces(inner), { reader, spool });
    await look(partialPieces(inner, { job: 'partial-2' }), { reader: readHere(spool), spool });
    expect(await states()).toEqual(['aborted aborted-by-system', 'pending']);
    const [mail] = await ledger.quarantine.list();
    expect(await bytesOf(spool, mail?.message.content ?? { digest: '', bytes: 0 })).toContain(
      tiger.slice(0, 4),
    );
  });
});

async function bytesOf(from: Spool, content: ContentRef): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of from.read(content)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}
