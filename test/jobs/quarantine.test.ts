/** Quarantine in the ledger: what is known of a mail that could not be read, its bytes, and the way out. */
import { join } from 'node:path';
import { CompiledQuery, Kysely, SqliteDialect } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MessageCommit } from '../../src/jobs/desk.js';
import type { Lease } from '../../src/jobs/leases.js';
import { Ledger } from '../../src/jobs/ledger.js';
import { ledgerFile } from '../../src/jobs/ledger-file.js';
import { steps } from '../../src/jobs/migrations.js';
import { maxQuarantineBytes, maxQuarantineMails } from '../../src/jobs/quarantine.js';
import { bestSqlite } from '../../src/jobs/sqlite-driver.js';
import { digestOf, keepMail, LedgerHouse, leaseOf, mailCommit } from '../support/ledger-house.js';

let house: LedgerHouse;
let ledger: Ledger;
let lease: Lease;

beforeEach(async () => {
  house = await LedgerHouse.build();
  ledger = await house.ledger();
  lease = await leaseOf(ledger);
});
afterEach(() => house.takeDown());

const reason = { code: 'unreadable', text: 'nested too deep' };
const header = [
  { name: 'from', value: 'Eve <eve@example.net>' },
  { name: 'message-id', value: '<bad@example.net>' },
];

function badMail(uniqueId: string, rawLetter: string, bytes = 1400): MessageCommit {
  const commit = mailCommit(uniqueId, { refusedFor: reason, unreadable: true, rawLetter });
  commit.message.content.bytes = bytes;
  return { ...commit, unreadable: { error: 'nested too deep', header } };
}

/** The commit of a mail that is tried again: it can be read, or cannot. */
function again(id: number, rawLetter: string, unreadable: MessageCommit['unreadable']): MessageCommit {
  const commit = unreadable === null ? mailCommit('1', { rawLetter }) : badMail('1', rawLetter);
  return { ...commit, unreadable, message: { ...commit.message, quarantined: id } };
}

describe('a mail that could not be read', () => {
  it('is in quarantine with its error, what was seen of its header, and its bytes', async () => {
    const { id } = await keepMail(ledger, lease, badMail('1', 'b'));
    const expected = {
      id,
      message: { uniqueId: '1', octets: 1400, content: { digest: digestOf('b') }, quarantined: id },
      messageId: '<bad@example.net>',
      receivedAt: house.clock.now(),
      header,
      error: 'nested too deep',
      tries: 1,
      toldAt: null,
      closed: null,
    };
    expect(await ledger.quarantine.list()).toMatchObject([expected]);
    expect(await ledger.quarantine.find(id)).toMatchObject(expected);
    expect(await ledger.liveDigests()).toEqual(new Set([digestOf('b')]));
    expect(await ledger.messageById('bad@example.net')).toMatchObject({ id, readable: false });
    expect(await ledger.unreportedRefusals()).toEqual([]);
  });

  it('becomes a job when it is tried again, and keeps its history', async () => {
    const { id } = await keepMail(ledger, lease, badMail('1', 'b'));
    await house.clock.advance(5000);
    const { jobId } = await keepMail(ledger, lease, again(id, 'b', null));
    expect(jobId).toBe(1);
    expect(await ledger.messageById(id)).toMatchObject({
      readable: true,
      decision: 'accept',
      jobId: 1,
      sender: 'alice@example.com',
      trail: [{ decision: 'refuse' }, { decision: 'accept' }, { decision: 'read' }],
    });
    expect(await ledger.quarantine.list()).toEqual([]);
    expect(await ledger.quarantine.find(id)).toMatchObject({
      closed: { as: 'read', at: house.clock.now(), jobId: 1 },
    });
    await expect(keepMail(ledger, lease, again(id, 'b', null))).rejects.toMatchObject({
      code: 'not-in-quarantine',
      message: expect.stringContaining('became job 1'),
    });
    expect(await ledger.jobs()).toHaveLength(1);
  });

  it('is back with one more try when it cannot be read again', async () => {
    const { id } = await keepMail(ledger, lease, badMail('1', 'b'));
    await house.clock.advance(5000);
    await keepMail(ledger, lease, again(id, 'b', { error: 'it hung', header: [] }));
    expect(await ledger.quarantine.list()).toMatchObject([
      { id, tries: 2, error: 'it hung', header, triedAt: house.clock.now() },
    ]);
    expect((await ledger.messageById(id))?.trail).toHaveLength(2);
  });

  it('is gone when it is dropped, but for what is known of it', async () => {
    const { id } = await keepMail(ledger, lease, badMail('1', 'b'));
    expect(await ledger.quarantine.drop(lease, id)).toEqual({ digest: digestOf('b'), needed: false });
    expect(await ledger.quarantine.list()).toEqual([]);
    expect(await ledger.liveDigests()).toEqual(new Set());
    expect((await ledger.messageById(id))?.trail.at(-1)).toMatchObject({ decision: 'dropped' });
    for (const wish of [ledger.quarantine.drop(lease, id), ledger.quarantine.demand(id)]) {
      await expect(wish).rejects.toMatchObject({ message: expect.stringContaining('was dropped') });
    }
    await expect(ledger.quarantine.demand(77)).rejects.toMatchObject({ code: 'not-in-quarantine' });
  });

  it('is only dropped and tried again by who holds the mailbox', async () => {
    const { id } = await keepMail(ledger, lease, badMail('1', 'b'));
    await leaseOf(ledger);
    await expect(ledger.quarantine.drop(lease, id)).rejects.toMatchObject({ code: 'lease-lost' });
    expect(await ledger.quarantine.list()).toHaveLength(1);
  });

  it('shares its bytes with the very same mail: they stay as long as one needs them', async () => {
    const { id } = await keepMail(ledger, lease, badMail('1', 'b'));
    const { id: twin } = await keepMail(ledger, lease, badMail('2', 'b'));
    expect(await ledger.quarantine.drop(lease, id)).toMatchObject({ needed: true });
    expect(await ledger.quarantine.drop(lease, twin)).toMatchObject({ needed: false });
  });

  it('is no reason to take the same mail for a known one', async () => {
    await keepMail(ledger, lease, badMail('1', 'b'));
    const mail = { rawDigest: digestOf('b'), messageId: null, contentDigest: '' };
    expect(await ledger.findEarlier(mail)).toBeNull();
  });

  it('gives way to newer ones when there are too many bytes, and says so', async () => {
    const third = Math.ceil(maxQuarantineBytes / 3);
    const ids: number[] = [];
    for (const [n, letter] of ['b', 'c', 'd', 'e'].entries()) {
      ids.push((await keepMail(ledger, lease, badMail(String(n), letter, third))).id);
    }
    expect((await ledger.quarantine.list()).map(({ id }) => id)).toEqual(ids.slice(2));
    expect(await ledger.liveDigests()).toEqual(new Set(['d', 'e'].map(digestOf)));
    await expect(ledger.quarantine.demand(ids[0] ?? 0)).rejects.toMatchObject({
      code: 'not-in-quarantine',
      message: expect.stringContaining('must be sent again'),
    });
    expect((await ledger.messageById(ids[0] ?? 0))?.trail.at(-1)).toMatchObject({ decision: 'displaced' });
    // The administrator hears of those, too.
    expect(await ledger.quarantine.untold()).toMatchObject({
      mails: [{ id: ids[2] }, { id: ids[3] }],
      count: 4,
    });
  });

  it('is not kept with ever so many others', async () => {
    await ledger.receive(lease, async (desk) => {
      for (let n = 0; n < maxQuarantineMails + 5; n++) await desk.keep(badMail(String(n), 'b'));
    });
    const kept = await ledger.quarantine.list();
    expect(kept).toHaveLength(maxQuarantineMails);
    expect(kept[0]?.id).toBe(6);
    const { mails, count } = await ledger.quarantine.untold();
    expect({ mails: mails.length, count }).toEqual({ mails: 50, count: maxQuarantineMails + 5 });
  });

  it('is told of once', async () => {
    await keepMail(ledger, lease, badMail('1', 'b'));
    expect(await ledger.quarantine.lastToldAt()).toBeNull();
    const { newest } = await ledger.quarantine.untold();
    expect(newest).toBe(1);
    expect(await ledger.hasNews()).toBe(true);
    const notice = { to: 'admin@x', subject: 's', text: 't', inReplyTo: null } as const;
    await ledger.quarantine.markTold(newest, [{ ...notice, autoSubmitted: 'auto-generated' }]);
    expect(await ledger.quarantine.untold()).toMatchObject({ mails: [], count: 0 });
    expect(await ledger.quarantine.lastToldAt()).toBe(house.clock.now());
    expect(await ledger.dueMails(house.clock.now())).toMatchObject([{ to: 'admin@x' }]);
    await ledger.mailSent(1);
    expect(await ledger.hasNews()).toBe(false);
  });
});

async function openSqlite(dataDir: string) {
  const sqlite = await bestSqlite();
  return new Kysely({ dialect: new SqliteDialect({ database: sqlite(ledgerFile(dataDir)) }) });
}

it.each([
  ['a mail that is nowhere', 'delete from quarantine', 'message 1: unreadable, and not in quarantine'],
  [
    'a mail out of it that was not read',
    `update quarantine set closed_as = 'read', closed_at = 1`,
    'closed as read, readable 0',
  ],
  ['a way out without a date', `update quarantine set closed_as = 'dropped'`, 'closed as dropped at null'],
  ['no try', 'update quarantine set tries = 0', 'was never tried'],
  ['too many bytes', 'update messages set raw_bytes = 1000000000', 'keeps 1000000000 bytes'],
])('the proof of the ledger finds %s', async (_what, damage, fault) => {
  await keepMail(ledger, lease, badMail('1', 'b'));
  const database = await openSqlite(house.dataDir);
  await database.executeQuery(CompiledQuery.raw(damage));
  expect((await ledger.check()).join('\n')).toContain(fault);
  await database.executeQuery(CompiledQuery.raw('delete from quarantine'));
  await database.executeQuery(CompiledQuery.raw('delete from messages'));
  await database.destroy();
});

it('a ledger from before keeps what was put aside, as far as its bytes are still there', async () => {
  const dataDir = join(house.dataDir, 'older');
  await (await Ledger.open({ dataDir, clock: house.clock })).close();
  const database = await openSqlite(dataDir);
  const tables = await database.introspection.getTables();
  const before = steps.findIndex((step) => step.some((line) => line.includes('create table quarantine')));
  const mails = [200, 100, 100].map(
    (
      megabytes,
      n,
    ) => `insert into messages (mailbox, unique_id, octets, raw_digest, raw_bytes, description, readable, decision,
      reasons, trail, received_at) values ('m', '${n}', 1, '${digestOf(String(n))}', ${megabytes * 1e6}, '', 0, 'refuse',
      '[{"code":"unreadable","text":"too deep ${n}"}]', '[]', ${n})`,
  );
  for (const statement of [
    'pragma foreign_keys = off',
    ...tables.map(({ name }) => `drop table ${name}`),
    ...steps.slice(0, before).flat(),
    ...mails,
    `pragma user_version = ${before}`,
  ]) {
    await database.executeQuery(CompiledQuery.raw(statement));
  }
  await database.destroy();
  const opened = await house.ledger({ dataDir });
  expect(await opened.quarantine.list()).toMatchObject([
    { error: 'too deep 1', receivedAt: 1, tries: 1, toldAt: null },
    { error: 'too deep 2' },
  ]);
  expect(await opened.quarantine.find(1)).toMatchObject({ error: 'too deep 0', closed: { as: 'displaced' } });
});
