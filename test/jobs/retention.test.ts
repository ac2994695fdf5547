/** What the ledger forgets and what it must not; what it does when the disk is full or read-only; how it comes of age. */
import { CompiledQuery, Kysely, type SqliteDatabase, SqliteDialect } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobEvent } from '../../src/jobs/job-machine.js';
import { jobResource, type Lease } from '../../src/jobs/leases.js';
import { Ledger } from '../../src/jobs/ledger.js';
import { ledgerFile } from '../../src/jobs/ledger-file.js';
import { steps } from '../../src/jobs/migrations.js';
import { bestSqlite } from '../../src/jobs/sqlite-driver.js';
import {
  digestOf,
  keepMail,
  LedgerHouse,
  leaseOf,
  mailCommit,
  testDocument,
} from '../support/ledger-house.js';

const day = 24 * 3_600_000;
const canceled: JobEvent = { type: 'canceled', by: 'user' };
const nothingListed = () => false;

let house: LedgerHouse;
let ledger: Ledger;
let lease: Lease;

beforeEach(async () => {
  house = await LedgerHouse.build();
  ledger = await house.ledger();
  lease = await leaseOf(ledger);
});
afterEach(() => house.takeDown());

const mailOf = (to: string) => [
  { to, subject: 's', text: 't', inReplyTo: null, autoSubmitted: 'auto-replied' as const },
];
const jobIds = async () => (await ledger.jobs()).map(({ id }) => id);

describe('retention', () => {
  it('keeps the documents of an ended job for its time, and those of all others', async () => {
    await keepMail(ledger, lease, mailCommit('1', { documents: [testDocument('1')] }));
    await keepMail(ledger, lease, mailCommit('2', { documents: [testDocument('2')] }));
    await ledger.apply(lease, 1, canceled);
    const ended = house.clock.now();
    expect([...(await ledger.liveDigests(ended - 1))].sort()).toEqual(['1', '2'].map(digestOf));
    expect(await ledger.liveDigests(ended)).toEqual(new Set([digestOf('2')]));
  });

  it('forgets what is old, and nothing that is told of, waited for, or may come again', async () => {
    for (const id of ['ended', 'untold', 'listed', 'waiting']) {
      await keepMail(ledger, lease, mailCommit(id, { rawLetter: id.slice(0, 1) }));
    }
    for (const id of [1, 2, 3]) await ledger.apply(lease, id, canceled, () => mailOf('alice@example.com'));
    for (const mail of await ledger.dueMails(house.clock.now()))
      if (mail.jobId !== 2) await ledger.mailSent(mail.id);
    const refusal = { refusedFor: { code: 'no', text: 'no' } };
    await keepMail(ledger, lease, mailCommit('told', { ...refusal, rawLetter: '5' }));
    const [refused] = await ledger.unreportedRefusals();
    await ledger.markRefusalsReported([refused?.id ?? 0], mailOf('admin@example.com'));
    await keepMail(ledger, lease, mailCommit('unreported', { ...refusal, rawLetter: '6' }));
    await house.clock.advance(day);
    await keepMail(ledger, lease, mailCommit('young', { ...refusal, rawLetter: '7' }));

    await ledger.forget(house.clock.now() - day - 1, nothingListed);
    expect(await jobIds()).toEqual([1, 2, 3, 4]);
    await ledger.forget(house.clock.now() - day, ({ uniqueId }) => uniqueId === 'listed');
    expect(await jobIds()).toEqual([2, 3, 4]);
    const known = await ledger.knownMessages('printer@mail.example.com:995', [
      ...['ended', 'untold', 'listed', 'waiting', 'told', 'unreported', 'young'],
    ]);
    expect(known.map(({ uniqueId }) => uniqueId)).toEqual([
      'untold',
      'listed',
      'waiting',
      'unreported',
      'young',
    ]);
    // A number is never given again.
    await keepMail(ledger, lease, mailCommit('new', { rawLetter: 'e' }));
    expect(await jobIds()).toEqual([2, 3, 4, 5]);
  });

  it('forgets more than one transaction takes', async () => {
    for (let count = 0; count < 55; count++) {
      await keepMail(ledger, lease, mailCommit(`${count}`, { messageId: null, rawLetter: 'f' }));
      await ledger.apply(lease, count + 1, canceled);
    }
    for (const id of [1, 41]) await leaseOf(ledger, jobResource(id));
    await ledger.forget(house.clock.now(), ({ uniqueId }) => uniqueId === '40');
    expect(await jobIds()).toEqual([41]);
    // Who worked on it is forgotten, too.
    expect(await leaseOf(ledger, jobResource(1))).toMatchObject({ fence: 1 });
    expect(await leaseOf(ledger, jobResource(41))).toMatchObject({ fence: 2 });
  });
});

describe('a disk that takes nothing', () => {
  let database: SqliteDatabase;
  const pragma = (text: string) => database.prepare(`pragma ${text}`).all([]);
  const long = [{ stage: 'judge', decision: 'accept', text: 'x'.repeat(100_000), at: 0 }];

  beforeEach(async () => {
    const sqlite = await bestSqlite();
    ledger = await house.ledger({
      sqlite: (path) => {
        database = sqlite(path);
        return database;
      },
    });
    await keepMail(ledger, lease, mailCommit('before', { rawLetter: '0' }));
  });

  it.each([
    ['is full', 'max_page_count = 1', 'max_page_count = 1073741823'],
    ['is read-only', 'query_only = on', 'query_only = off'],
  ])(
    'because it %s costs nothing that was kept, and takes the mail when that is over',
    async (_what, trouble, end) => {
      pragma(trouble);
      const commit = { ...mailCommit('1'), trail: long };
      await expect(keepMail(ledger, lease, commit)).rejects.toMatchObject({
        code: 'ledger-failed',
        retry: 'temporary',
      });
      const jam: JobEvent = { type: 'printer-unavailable', text: 'x'.repeat(100_000) };
      await expect(ledger.apply(lease, 1, jam)).rejects.toMatchObject({ retry: 'temporary' });
      expect(await ledger.job(1)).toMatchObject({ state: 'pending' });
      expect(await ledger.check()).toEqual([]);
      pragma(end);
      expect(await keepMail(ledger, lease, commit)).toMatchObject({ jobId: 2 });
    },
  );
});

it('a ledger from before people could hold jobs goes on with those that were held', async () => {
  const dataDir = `${house.dataDir}/older`;
  await (await Ledger.open({ dataDir, clock: house.clock })).close();
  const sqlite = await bestSqlite();
  const database = new Kysely<unknown>({
    dialect: new SqliteDialect({ database: sqlite(ledgerFile(dataDir)) }),
  });
  const tables = await database.introspection.getTables();
  const before = steps.findIndex((step) => step.some((line) => line.includes('release_code')));
  const notPrinted = { type: 'not-printed', text: 'no page came out' };
  const attempt = [
    { type: 'transforming-started' },
    { type: 'transformed', pagesExpected: 1, notPrinted: [] },
    { type: 'attempt-started', counterBefore: 7 },
  ];
  const histories: [reasons: string[], attempts: number, events: object[]][] = [
    [['job-hold-until-specified'], 0, [{ type: 'received', held: true }]],
    [
      ['job-hold-until-specified'],
      3,
      [{ type: 'received', held: false }, ...[1, 2, 3].flatMap(() => [...attempt, notPrinted])],
    ],
    [
      ['outcome-unknown'],
      1,
      [{ type: 'received', held: false }, ...attempt, { type: 'outcome-unknown', text: '?', pages: 1 }],
    ],
  ];
  const rows = histories.flatMap(([reasons, attempts, events], index) => {
    const id = index + 1;
    const counts = attempts === 0 ? 'null, null' : `1, ${reasons[0] === 'outcome-unknown' ? 1 : 'null'}`;
    return [
      `insert into jobs (id, state, reasons, description, sender, notify, pages_expected, pages_confirmed, attempts, counter_before,
        conditions_told, created_at, left_out) values (${id}, 'pending-held', '${JSON.stringify(reasons)}', 'd', 'a@b', '[]',
        ${counts}, ${attempts}, ${attempts === 0 ? 'null' : 7}, '[]', 5, '[]')`,
      `insert into job_documents values (${id}, 0, 'a', 'application/postscript', '${digestOf('d')}', 9, null)`,
      `insert into messages (mailbox, unique_id, octets, raw_digest, raw_bytes, description, readable, decision, reasons, trail,
        job_id, received_at) values ('m', '${id}', 1, '${digestOf(String(id))}', 9, 'd', 1, 'accept', '[]', '[]', ${id}, 5)`,
      ...events.map(
        (event, n) =>
          `insert into job_events values (${id}, ${n + 1}, ${10 + n}, '${JSON.stringify(event)}')`,
      ),
    ];
  });
  for (const statement of [
    'pragma foreign_keys = off',
    ...tables.map(({ name }) => `drop table ${name}`),
    ...steps.slice(0, before).flat(),
    ...rows,
    `pragma user_version = ${before}`,
  ]) {
    await database.executeQuery(CompiledQuery.raw(statement));
  }
  await database.destroy();
  const opened = await house.ledger({ dataDir });
  expect(await opened.check()).toEqual([]);
  const code = expect.stringMatching(/^[B-Z]{6}$/);
  const jobs = await opened.jobs();
  expect(jobs).toMatchObject([
    { releaseCode: code, reasons: ['job-hold-until-specified'] },
    { releaseCode: code, reasons: ['job-hold-until-specified', 'errors-detected'] },
    { releaseCode: null, reasons: ['outcome-unknown'] },
  ]);
  // Nobody could release them until now: the time that they are kept begins here.
  for (const { heldSince } of jobs) expect(heldSince).toBeGreaterThan(Date.now() - 60_000);
});
