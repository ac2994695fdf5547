/** What the printer remembers when it is switched off: its life page counter and its job number. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { makeFolderDurably, writeFileDurably } from '#base/durable-files.js';
import { PhaserLinkError, systemErrorCode } from '#base/errors.js';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const countersSchema = v.strictObject({ pageCount: count, jobNumber: count });
export type CounterValues = v.InferOutput<typeof countersSchema>;

export class Counters {
  readonly #file: string;
  #values: CounterValues;

  private constructor(file: string, values: CounterValues) {
    this.#file = file;
    this.#values = values;
  }

  static async open(folder: string): Promise<Counters> {
    await makeFolderDurably(folder);
    const file = join(folder, 'counters.json');
    try {
      return new Counters(file, v.parse(countersSchema, JSON.parse(await readFile(file, 'utf8'))));
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return new Counters(file, { pageCount: 0, jobNumber: 0 });
      throw new PhaserLinkError({
        code: 'counters-unreadable',
        retry: 'permanent',
        text: `${file} cannot be read as the printer's counters; correct it, or remove it to begin at 0`,
        cause: error,
      });
    }
  }

  get pageCount(): number {
    return this.#values.pageCount;
  }

  /** The number of the next job, greater than `atLeast`; remembered before it is used. */
  async nextJob(atLeast: number): Promise<number> {
    const jobNumber = Math.max(this.#values.jobNumber, atLeast) + 1;
    await this.#remember({ ...this.#values, jobNumber });
    return jobNumber;
  }

  /** Counts one page; it is on disk when this resolves. */
  async countPage(): Promise<number> {
    await this.#remember({ ...this.#values, pageCount: this.#values.pageCount + 1 });
    return this.#values.pageCount;
  }

  async #remember(values: CounterValues): Promise<void> {
    await writeFileDurably(this.#file, `${JSON.stringify(values)}\n`);
    this.#values = values;
  }
}
