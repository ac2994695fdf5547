/** What people want of a job, and the event that it comes to now: pure; a wish that cannot be granted is refused with the way out. */
import { PhaserLinkError } from '#base/errors.js';
import type { PageCounts } from '#vocab/line.js';
import { maxCopies, maxFromPage, type Part, type Wish } from '#vocab/wishes.js';
import { type Asker, type JobEvent, type JobFacts, type JobPhase, phaseOf } from './job-machine.js';

type WishedJob = Pick<JobFacts, 'state' | 'reasons' | 'part'> & { id: number; pages: PageCounts };

/** Why a wish is of no use in a phase; what may happen in the others the job machine says. */
const refusals: { [W in Wish['wish']]: Partial<Record<JobPhase, string>> } = {
  cancel: { canceling: 'is being canceled already', ended: 'has ended' },
  release: {
    incoming: 'is still arriving',
    unknown: 'is not held to be released: nobody knows whether it was printed. Say again, done or cancel',
    transforming: 'is about to be printed',
    ready: 'is about to be printed',
    printing: 'is being printed',
    stopped: 'is being printed',
    canceling: 'is being canceled',
    ended: 'has ended. Say again to have it printed once more',
  },
  hold: {
    incoming: 'is still arriving',
    held: 'is held already',
    unknown: 'is held already: nobody knows whether it was printed. Say again, done or cancel',
    printing: 'is being printed. Say cancel to have it stopped',
    stopped: 'is being printed. Say cancel to have it stopped',
    canceling: 'is being canceled',
    ended: 'has ended',
  },
  done: {
    incoming: 'is still arriving',
    waiting: 'has not been printed yet',
    held: 'is held and not printed. Say release or cancel',
    transforming: 'has not been printed yet',
    ready: 'has not been printed yet',
    printing: 'is being printed',
    stopped: 'is being printed',
    canceling: 'is being canceled',
    ended: 'has ended',
  },
  again: {
    incoming: 'is still arriving',
    transforming: 'is about to be printed. Say it once more when it has ended',
    ready: 'is about to be printed. Say it once more when it has ended',
    printing: 'is being printed. Say it once more when it has ended',
    stopped: 'is being printed. Say it once more when it has ended',
    canceling: 'is being canceled. Say it once more when it has ended',
  },
};

/** Of a job that has ended, `again` comes to a reprint, which begins a new job. Throws `wish-refused`. */
export function wishEvent(job: WishedJob, wish: Wish, asker: Asker): JobEvent {
  const phase = phaseOf(job);
  const refusal = refusals[wish.wish][phase];
  if (refusal !== undefined) {
    const ended = refusal === 'has ended' ? `has ended: ${[job.state, ...job.reasons].join(', ')}` : refusal;
    throw wishRefused(`job ${job.id} ${ended}`);
  }
  switch (wish.wish) {
    case 'cancel': {
      const isAtPrinter = phase === 'printing' || phase === 'stopped';
      return { type: isAtPrinter ? 'cancel-asked' : 'canceled', ...asker };
    }
    case 'release':
      return { type: 'released', ...asker };
    case 'hold':
      return { type: 'held', ...asker };
    case 'done':
      return { type: 'settled', ...asker };
    case 'again': {
      const { from, copies } = wish;
      demandPart(job, { from, copies });
      return phase === 'ended'
        ? { type: 'reprint', of: job.id, from, copies, ...asker }
        : { type: 'again', from, copies, ...asker };
    }
  }
}

function demandPart(job: WishedJob, { from, copies }: Part): void {
  if (copies < 1 || copies > maxCopies) throw wishRefused(`give from 1 to ${maxCopies} copies`);
  const { expected } = job.pages;
  // Of what was expected, only the pages from some page on, and each so many times.
  const total = expected === null ? null : expected / job.part.copies + job.part.from - 1;
  if (from < 1 || from > Math.min(total ?? maxFromPage, maxFromPage)) {
    const pages = total === null ? '' : `: job ${job.id} has ${total === 1 ? 'one page' : `${total} pages`}`;
    throw wishRefused(`there is no page ${from}${pages}`);
  }
}

export function wishRefused(text: string): PhaserLinkError {
  return new PhaserLinkError({ code: 'wish-refused', retry: 'permanent', text });
}
