/** What is there again after a power cut: all that somebody has acted on, on each SQLite driver. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '#vocab/line.js';
import type { Lease } from '../../src/jobs/leases.js';
import type { Ledger } from '../../src/jobs/ledger.js';
import { soonMs } from '../../src/jobs/log-sync.js';
import { libsqlSqlite, nodeSqlite, type OpenSqlite } from '../../src/jobs/sqlite-driver.js';
import { CutDisk } from '../support/cut-disk.js';
import { keepMail, LedgerHouse, leaseOf, mailCommit, testOwner } from '../support/ledger-house.js';

const builtIn = nodeSqlite();
const drivers: [string, OpenSqlite][] = [
  ...(builtIn === null ? [] : [['node:sqlite', builtIn] satisfies [string, OpenSqlite]]),
  ['libsql', await libsqlSqlite()],
];

const mail = {
  ...{ to: 'alice@example.com', subject: 'Job Printed', text: 'printed\n' },
  ...{ inReplyTo: null, autoSubmitted: 'auto-replied' as const },
};

for (const [name, sqlite] of drivers) {
  describe(`after a power cut, ${name}`, () => {
    let house: LedgerHouse;
    let disk: CutDisk;
    let ledger: Ledger;
    let mailbox: Lease;
    beforeEach(async () => {
      house = await LedgerHouse.build();
      disk = new CutDisk(house.dataDir);
      ledger = await house.ledger({ sqlite, openLog: disk.openLog });
      mailbox = await leaseOf(ledger);
    });
    afterEach(() => house.takeDown());

    async function jobsAfterCut(): Promise<Pick<Job, 'state' | 'attempts'>[]> {
      const left = await house.ledger({ sqlite, dataDir: await disk.left() });
      return (await left.jobs()).map(({ state, attempts }) => ({ state, attempts }));
    }

    /** Takes the next job as far as the moment before its first byte. */
    async function begin(counterBefore: number): Promise<{ id: number; lease: Lease }> {
      const taken = await ledger.takeJob({
        ...{ owner: testOwner, ttlMs: 60_000, onTrouble: 'hold-job', begin: true },
      });
      if (taken === null) throw new Error('no job waits');
      const { job, lease } = taken;
      await ledger.apply(lease, job.id, [
        { type: 'transformed', pagesExpected: 1, notPrinted: [] },
        { type: 'attempt-started', counterBefore },
      ]);
      return { id: job.id, lease };
    }

    it('a mail that may be deleted on the server is a job', async () => {
      await keepMail(ledger, mailbox, mailCommit('1'));
      expect(await jobsAfterCut()).toEqual([{ state: 'pending', attempts: 0 }]);
    });

    it('a job of which bytes may have gone out is known to have been begun', async () => {
      for (const uniqueId of ['1', '2']) await keepMail(ledger, mailbox, mailCommit(uniqueId));
      const first = await begin(740);
      expect(await jobsAfterCut()).toMatchObject([
        { state: 'processing', attempts: 1 },
        { state: 'pending' },
      ]);
      await ledger.apply(first.lease, first.id, { type: 'printed', pages: 1, warnings: [] });
      // Its end may not be there yet, its attempt is: what came out is found out by the counter.
      expect(await jobsAfterCut()).toMatchObject([
        { state: 'processing', attempts: 1 },
        { state: 'pending' },
      ]);
      await begin(741);
      expect(await jobsAfterCut()).toMatchObject([
        { state: 'completed', attempts: 1 },
        { state: 'processing', attempts: 1 },
      ]);
    });

    it('the end of a job is there a moment later, when nothing else is printed', async () => {
      await keepMail(ledger, mailbox, mailCommit('1'));
      const { id, lease } = await begin(740);
      await ledger.apply(lease, id, { type: 'printed', pages: 1, warnings: [] });
      await house.clock.advance(soonMs);
      await expect.poll(jobsAfterCut).toMatchObject([{ state: 'completed' }]);
    });

    it('a job whose documents may have been removed has ended', async () => {
      await keepMail(ledger, mailbox, mailCommit('1'));
      const { id, lease } = await begin(740);
      await ledger.apply(lease, id, { type: 'printed', pages: 1, warnings: [] });
      expect(await ledger.liveDigests()).toEqual(new Set());
      expect(await jobsAfterCut()).toMatchObject([{ state: 'completed' }]);
    });

    it('a job whose mail may have been sent has ended', async () => {
      await keepMail(ledger, mailbox, mailCommit('1'));
      const { id, lease } = await begin(740);
      await ledger.apply(lease, id, { type: 'printed', pages: 1, warnings: [] }, () => [mail]);
      expect(await ledger.dueMails(house.clock.now())).toHaveLength(1);
      expect(await jobsAfterCut()).toMatchObject([{ state: 'completed' }]);
    });
  });
}
