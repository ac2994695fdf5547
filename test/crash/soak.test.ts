/** A short soak: the server is killed at durable steps and at any moment, the printer fails, and each job is printed once or asked about. */
import { expect, it } from 'vitest';
import { runSoak } from '../soak/run-soak.js';
import { missing } from '../support/peers.js';

const jobs = 8;
const minKills = 6;

it.skipIf(missing('gs') || missing('dovecot'))(
  'every job is printed exactly once or held as of unknown outcome, and nothing is left behind',
  async () => {
    const seed = Number(process.env.PHASERLINK_SEED ?? Math.floor(Math.random() * 2 ** 31));
    const { signal: enough } = new AbortController();
    const report = await runSoak({ jobs, minKills, seed, troubles: true, enough, report: () => {} });
    const told = JSON.stringify(report, null, 2);
    expect(report.faults, told).toEqual([]);
    expect(report.printedOnce + report.canceledUnprinted + report.outcomeUnknown, told).toBe(jobs);
    expect(report.kills, told).toBeGreaterThanOrEqual(minKills);
    expect(report, told).toMatchObject({ duplicates: 0, losses: 0 });
    // Or the kills would come at any moment, and never at a commit. One transaction may take in several events.
    const commits = report.steps.filter((step) => step.startsWith('commit of ')).join();
    for (const event of ['job received', 'job attempt-started', 'job printed'])
      expect(commits, told).toContain(event);
  },
  240_000,
);
