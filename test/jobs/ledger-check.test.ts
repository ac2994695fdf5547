/** The ledger's proof of itself finds each kind of damage, and a broken file is told, not hidden. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/jobs/ledger.js';
import { keepMail, LedgerHouse, leaseOf, mailCommit } from '../support/ledger-house.js';

let house: LedgerHouse;
let ledger: Ledger;

beforeEach(async () => {
  house = await LedgerHouse.build();
  ledger = await house.ledger();
  const lease = await leaseOf(ledger);
  await keepMail(ledger, lease, mailCommit('1'));
  await ledger.apply(lease, 1, { type: 'canceled', by: 'user' });
  await keepMail(ledger, lease, mailCommit('2'));
});
afterEach(() => house.takeDown());

const tamper = (...statements: string[]) => house.tamper(...statements);

describe('the check', () => {
  it.each([
    ['a job without documents', 'delete from job_documents where job_id = 2', 'job 2 has no document'],
    [
      'a reason of another state',
      `update jobs set reasons = '["job-printing"]' where id = 2`,
      'job 2 is pending with the reason job-printing',
    ],
    [
      'an end without a reason',
      `update jobs set reasons = '[]' where id = 1`,
      'job 1 is canceled without a reason',
    ],
    [
      'an end without a date',
      'update jobs set completed_at = null where id = 1',
      'job 1 is canceled with completedAt null',
    ],
    [
      'a date of another end',
      'update jobs set completed_at = 1 where id = 1',
      'job 1 ended at another time than its last event',
    ],
    [
      'a state that was never reached',
      `update jobs set attempts = 5 where id = 2`,
      'job 2 is {"state":"pending"',
    ],
    [
      'a hold that is none',
      'update jobs set held_since = 5 where id = 2',
      'job 2 is waiting with heldSince 5',
    ],
    [
      'a code of a job that is not held',
      `update jobs set release_code = 'BCDFGH' where id = 2`,
      'job 2 is waiting with the code BCDFGH',
    ],
    [
      'copies that nobody asked for',
      'update jobs set copies = 9 where id = 2',
      '"part":{"from":1,"copies":9}',
    ],
    [
      'a job that prints a later one once more',
      'update jobs set again_of = 9 where id = 2',
      'job 2 prints job 9 once more, which is no earlier one',
    ],
    [
      'a gap in the history',
      'delete from job_events where job_id = 1 and n = 1',
      'job 1 has a gap in its history',
    ],
    ['a lost history', 'delete from job_events where job_id = 2', 'job 2 has a history without a beginning'],
    [
      'an impossible event',
      `insert into job_events values (2, 2, 0, '{"type":"condition-cleared"}')`,
      'job 2 has an event 2 that could not happen',
    ],
    [
      'an accepted mail without a job',
      'update messages set job_id = null where id = 2',
      'message 2: accept with job null',
    ],
    ['a job without a mail', 'delete from messages where id = 2', 'job 2 came from no message'],
    [
      'a reference to nothing',
      'update messages set job_id = 77 where id = 2',
      'a row of messages refers to one that is missing',
    ],
  ])('finds %s', async (_name, damage, fault) => {
    await tamper(damage);
    expect((await ledger.check()).join('\n')).toContain(fault);
    await house.forgetEverything();
  });

  it('finds nothing where nothing is wrong', async () => {
    expect(await ledger.check()).toEqual([]);
  });
});

it('an error of the database is told as one that may pass, and what to look at', async () => {
  await tamper('drop table leases');
  await expect(leaseOf(ledger)).rejects.toMatchObject({ code: 'ledger-failed', retry: 'temporary' });
});

it('a file that is no ledger is left as it is', async () => {
  const dataDir = join(house.dataDir, 'other');
  await mkdir(dataDir);
  await writeFile(join(dataDir, 'ledger.sqlite'), 'a letter, not a ledger. '.repeat(100));
  await expect(house.ledger({ dataDir })).rejects.toMatchObject({ code: 'ledger-unreadable' });
  expect(await readFile(join(dataDir, 'ledger.sqlite'), 'utf8')).toMatch(/^a letter/);
});
