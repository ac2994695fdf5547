/** Prints the printer's own pages like any other job: when somebody asks for one, and by itself where the settings say so. */
import type { Clock } from '#base/clock.js';
import { errorText } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { terminalJobStates } from '#vocab/job-states.js';
import type { PrinterJob } from '../jobs/job.js';
import type { Printer } from '../printer.js';
import { composeErrorPage, type OwnPageFacts, type OwnPageName, ownPages } from './own-pages.js';
import type { PrinterIdentity } from './page-writer.js';

/** What the printer prints without being asked: a page when it is switched on, a page for a job that an error has ended. */
export const unaskedPages = ['start-up', 'error'] as const;
export type UnaskedPage = (typeof unaskedPages)[number];

export interface OwnPagesOptions {
  printer: Printer;
  identity: PrinterIdentity;
  unasked: readonly UnaskedPage[];
  clock: Clock;
  log: Log;
}

export interface OwnPages {
  /** Resolves with the number of the job that prints it. */
  print(name: OwnPageName): Promise<number>;
  stop(): void;
}

/** The printer was switched on just before. */
export function startOwnPages({ printer, identity, unasked, clock, log }: OwnPagesOptions): OwnPages {
  const { machine, queue } = printer;
  const facts = (): OwnPageFacts => ({
    device: machine.device,
    state: machine.state,
    identity,
    now: clock.now(),
  });
  const printText = async (name: string, text: string): Promise<number> => {
    const job = queue.open({ channel: 'panel', name, user: '', host: '', options: {} });
    try {
      const writer = await job.addDocument('application/postscript');
      await writer.write(Buffer.from(text, 'latin1'));
      job.keep(await writer.end());
      job.close();
      return job.job.number;
    } catch (error) {
      job.abandon();
      throw error;
    }
  };
  const print = (name: OwnPageName) => printText(name, ownPages[name](facts()));
  const printUnasked = (printing: Promise<number>) =>
    printing.catch((error: unknown) =>
      log.error({ event: 'own-page-failed' }, `the printer's own page is not printed: ${errorText(error)}`),
    );
  const printError = (job: PrinterJob) => {
    const { number, pages, error } = job;
    // A page of its own that fails would end in a page about it.
    if (error === null || job.ticket.channel === 'panel' || !terminalJobStates.has(job.state)) return;
    const { name, user } = job.ticket;
    printUnasked(printText('error', composeErrorPage(facts(), { number, name, user, pages, error })));
  };
  const unsubscribe: (() => void)[] = [];
  if (unasked.includes('error')) unsubscribe.push(queue.subscribe(printError));
  if (unasked.includes('start-up')) {
    unsubscribe.push(
      machine.subscribe(({ event, before }) => {
        if (event.type === 'power-on' && before.phase === 'off') printUnasked(print('start-up'));
      }),
    );
    printUnasked(print('start-up'));
  }
  return {
    print,
    stop() {
      for (const end of unsubscribe) end();
    },
  };
}
