/** The pages that lie on top in each output, as far as they can be looked at. */
import type { LaidPage } from '../jobs/job.js';
import type { Printer } from '../printer.js';

/** In each output. */
const maxPages = 12;

export class PagesOut {
  readonly #pages = new Map<string, LaidPage[]>();

  /** Until the printer is stopped. */
  constructor({ machine, queue }: Pick<Printer, 'machine' | 'queue'>) {
    queue.subscribe((_, page) => {
      if (page === null) return;
      const pages = this.#pages.get(page.output) ?? [];
      this.#pages.set(page.output, [...pages, page].slice(-maxPages));
    });
    machine.subscribe(({ before, state }) => {
      for (const [output, sheets] of Object.entries(state.outputs)) {
        if (sheets < (before.outputs[output] ?? 0)) this.#pages.delete(output);
      }
    });
  }

  /** The newest last. */
  in(output: string): readonly LaidPage[] {
    return this.#pages.get(output) ?? [];
  }
}
