/** The commands `phaserlink jobs cancel`, `hold`, `release`, `again` and `done`: beside a running server, which notices, or without one. */
import { userInfo } from 'node:os';
import type { Job } from '#vocab/line.js';
import type { Wish } from '#vocab/wishes.js';
import { withLine } from './beside-server.js';
import { isReleaseCode } from './jobs/job-changes.js';
import type { JobEvent } from './jobs/job-machine.js';
import type { Granted } from './jobs/wish-changes.js';
import { type JobReport, noSuchJob, reportJob } from './jobs-report.js';
import type { Line } from './line.js';
import { holdMailboxPatiently, type Patience } from './patience.js';
import { composeNotices } from './report/compose-notice.js';
import { partWords } from './report/notice-words.js';

/** What came of a wish, as `--json` gives it: the job, or the new one that prints it once more. */
export interface WishReport extends JobReport {
  event: JobEvent['type'];
}

/** `key`: a job's number, or the code that releases it. Throws `no-such-job` or `wish-refused`. */
export async function changeJob(
  config: string,
  key: string,
  wish: Wish,
  patience: Patience,
): Promise<WishReport> {
  return withLine(config, async (line) => {
    const job = await findJob(line, key);
    const { job: changed, event } = await grant(line, job, wish, patience);
    return { ...reportJob(changed, await line.ledger.openSets()), event: event.type };
  });
}

async function findJob({ ledger }: Line, key: string): Promise<Job> {
  const code = key.toUpperCase();
  const job = isReleaseCode(code)
    ? await ledger.jobByCode(code)
    : /^\d{1,15}$/.test(key)
      ? await ledger.job(Number(key))
      : null;
  if (job === null) throw noSuchJob(key);
  return job;
}

async function grant(line: Line, { id }: Job, wish: Wish, patience: Patience): Promise<Granted> {
  const { ledger, contents, policy } = line;
  const granted = () =>
    ledger.grant(
      id,
      wish,
      { by: 'operator', who: userInfo().username },
      {
        isThere: (content) => contents.has(content),
        compose: (job, event) => composeNotices(job, event, policy),
      },
    );
  if (wish.wish !== 'again') return granted();
  // Of a job that has ended a new one is made, and nobody may clear the documents away meanwhile.
  let made: Granted | null = null;
  await holdMailboxPatiently(line, patience, async () => {
    made = await granted();
  });
  if (made === null) throw new Error('the mailbox was held, and nothing was done');
  return made;
}

export function formatWish({ id, event, againOf, part }: WishReport): string {
  const said: Partial<Record<JobEvent['type'], string>> = {
    canceled: `Job ${id} is canceled.`,
    'cancel-asked': `Job ${id} is being stopped; what came out of it is counted then.`,
    held: `Job ${id} is held until it is released.`,
    released: `Job ${id} is released.`,
    again: `Job ${id} waits to be printed${partWords(part)}.`,
    reprint: `Job ${id} prints job ${againOf} once more${partWords(part)}.`,
    settled: `Job ${id} counts as printed.`,
  };
  return `${said[event] ?? `Job ${id}: ${event}`}\n`;
}
