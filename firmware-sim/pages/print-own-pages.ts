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
  /** As it is when a page is composed. */
  identity: () => PrinterIdentity;
  clock: Clock;
  log: Log;
}

export class OwnPages {
  readonly #options: OwnPagesOptions;

  constructor(options: OwnPagesOptions) {
    this.#options = options;
  }

  /** Resolves with the job that prints it, as soon as that waits for its turn. */
  print(name: OwnPageName): Promise<PrinterJob> {
    return this.#printText(name, ownPages[name](this.#facts()));
  }

  /** The printer was switched on just before. The returned function ends it. */
  printUnasked(unasked: readonly UnaskedPage[]): () => void {
    const { machine, queue } = this.#options.printer;
    const ends: (() => void)[] = [];
    if (unasked.includes('error')) ends.push(queue.subscribe((job) => this.#printError(job)));
    if (unasked.includes('start-up')) {
      const start = () => this.#unheard(this.print('start-up'));
      ends.push(
        machine.subscribe(({ event, before }) => {
          if (event.type === 'power-on' && before.phase === 'off') start();
        }),
      );
      start();
    }
    return () => {
      for (const end of ends) end();
    };
  }

  #facts(): OwnPageFacts {
    const { printer, identity, clock } = this.#options;
    const { device, state } = printer.machine;
    return { device, state, identity: identity(), now: clock.now() };
  }

  #printError(job: PrinterJob): void {
    const { number, pages, error } = job;
    // A page of its own that fails would end in a page about it.
    if (error === null || job.ticket.channel === 'panel' || !terminalJobStates.has(job.state)) return;
    const { name, user } = job.ticket;
    const page = composeErrorPage(this.#facts(), { number, name, user, pages, error });
    this.#unheard(this.#printText('error', page));
  }

  async #printText(name: string, text: string): Promise<PrinterJob> {
    const { queue } = this.#options.printer;
    const open = queue.open({ channel: 'panel', name, user: '', host: '', options: {} });
    try {
      const writer = await open.addDocument('application/postscript');
      await writer.write(Buffer.from(text, 'latin1'));
      open.keep(await writer.end());
      open.close();
      return open.job;
    } catch (error) {
      open.abandon();
      throw error;
    }
  }

  /** Nobody waits for it. */
  #unheard(printing: Promise<PrinterJob>): void {
    printing.catch((error: unknown) =>
      this.#options.log.error(
        { event: 'own-page-failed' },
        `the printer's own page is not printed: ${errorText(error)}`,
      ),
    );
  }
}
