/** Job accounting: one record for each job that ended, the newest as many as the machine keeps; in memory, or on its disk. */
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { writeFileDurably } from '#base/durable-files.js';
import { errorText, systemErrorCode } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { type JobState, terminalJobStates } from '#vocab/job-states.js';
import { type MediaSizeName, type MediaType, mediaSizeNames, mediaTypes } from '#vocab/media.js';
import { colorants } from '../device/device.js';
import type { Machine } from '../machine/machine.js';
import type { PageRequest } from '../machine/state.js';
import type { ChannelId, PrinterJob } from './job.js';
import type { JobQueue } from './job-queue.js';

const usage = v.strictObject(Object.fromEntries(colorants.map((colorant) => [colorant, v.number()])));
const recordSchema = v.strictObject({
  job: v.number(),
  channel: v.custom<ChannelId>((value) => typeof value === 'string'),
  user: v.string(),
  host: v.string(),
  name: v.string(),
  state: v.custom<JobState>((value) => terminalJobStates.has(value as JobState)),
  sheets: v.number(),
  sides: v.number(),
  /** Epoch milliseconds; null for a job that ended before its turn came. */
  startedAt: v.nullable(v.number()),
  endedAt: v.number(),
  /** Of its last page; null for a job without pages. */
  mediaType: v.nullable(v.picklist(Object.keys(mediaTypes) as MediaType[])),
  mediaSize: v.nullable(v.picklist(mediaSizeNames)),
  /** Whole pages' worth of each colorant: two pages covered by half are 1. */
  usage,
});
export type AccountingRecord = v.InferOutput<typeof recordSchema>;

/** What a job has put out so far. */
interface Printed {
  sheets: number;
  sides: number;
  mediaType: MediaType | null;
  mediaSize: MediaSizeName | null;
  usage: Record<string, number>;
}

export interface AccountingOptions {
  machine: Machine;
  queue: Pick<JobQueue, 'subscribe'>;
  dataDir: string;
  /** Begin with none, whatever was kept. */
  fresh: boolean;
  log: Log;
}

export class Accounting {
  readonly #options: AccountingOptions;
  readonly #file: string;
  /** Of the jobs that have not ended. */
  readonly #printed = new Map<number, Printed>();
  #records: AccountingRecord[];
  #linesOnDisk: number;
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: AccountingOptions, file: string, kept: AccountingRecord[], lines: number) {
    const { machine, queue } = options;
    this.#options = options;
    this.#file = file;
    this.#records = kept;
    this.#linesOnDisk = lines;
    machine.subscribe(({ before, state, effects }) => {
      for (const effect of effects) if (effect.type === 'page-out') this.#count(effect.page);
      // FACTS 9: without a disk the log is lost at a reset.
      if (before.phase !== 'off' && state.phase === 'off' && !machine.device.disk) this.#records = [];
    });
    queue.subscribe((job) => {
      if (terminalJobStates.has(job.state)) this.#record(job);
    });
  }

  static async open(options: AccountingOptions): Promise<Accounting> {
    const file = join(options.dataDir, 'jobacct.jsonl');
    const { disk, accountingRecords } = options.machine.device;
    if (disk && options.fresh) await writeFileDurably(file, '');
    const lines = disk ? await linesOf(file) : [];
    // A line that was cut by a power cut is no record.
    const kept = lines.map(parseRecord).filter((record) => record !== null);
    // Nothing may be put behind such a line: with the next record the file is made anew.
    const linesOnDisk = kept.length === lines.length ? lines.length : Number.POSITIVE_INFINITY;
    return new Accounting(options, file, kept.slice(-accountingRecords), linesOnDisk);
  }

  /** The oldest first. */
  get records(): readonly AccountingRecord[] {
    return this.#records;
  }

  /** Resolves when all records are where they are kept. */
  close(): Promise<void> {
    return this.#writing;
  }

  #count({ job, side, medium, coverage }: PageRequest): void {
    const printed = this.#printed.get(job) ?? nothingPrinted();
    this.#printed.set(job, printed);
    printed.sides++;
    if (side === 'front') printed.sheets++;
    printed.mediaType = medium.type;
    printed.mediaSize = medium.size;
    for (const colorant of colorants)
      printed.usage[colorant] = (printed.usage[colorant] ?? 0) + (coverage[colorant] ?? 0);
  }

  #record({ number, ticket, state, startedAt, endedAt }: PrinterJob): void {
    const { channel, user, host, name } = ticket;
    const printed = this.#printed.get(number) ?? nothingPrinted();
    this.#printed.delete(number);
    const record = {
      job: number,
      channel,
      user,
      host,
      name,
      state,
      startedAt,
      endedAt: endedAt ?? 0,
      ...printed,
    };
    const { disk, accountingRecords } = this.#options.machine.device;
    this.#records.push(record);
    if (this.#records.length > accountingRecords) this.#records.shift();
    if (disk) {
      this.#writing = this.#writing
        .then(() => this.#write(record))
        .catch((error: unknown) => {
          this.#options.log.error(
            { event: 'accounting-not-kept', job: number },
            `the accounting record of job ${number} could not be kept: ${errorText(error)}`,
          );
        });
    }
  }

  async #write(record: AccountingRecord): Promise<void> {
    const at = this.#records.indexOf(record);
    // It is kept no more: newer ones have come faster than the disk turns.
    if (at === -1) return;
    // The file is made anew when half of it is of records that are kept no more; those behind this one come by themselves.
    if (this.#linesOnDisk >= 2 * this.#options.machine.device.accountingRecords) {
      const upToThis = this.#records.slice(0, at + 1);
      await writeFileDurably(this.#file, upToThis.map(formatLine).join(''));
      this.#linesOnDisk = upToThis.length;
    } else {
      await appendFile(this.#file, formatLine(record), { mode: 0o600 });
      this.#linesOnDisk++;
    }
  }
}

function nothingPrinted(): Printed {
  return {
    sheets: 0,
    sides: 0,
    mediaType: null,
    mediaSize: null,
    usage: Object.fromEntries(colorants.map((colorant) => [colorant, 0])),
  };
}

function formatLine(record: AccountingRecord): string {
  return `${JSON.stringify(record)}\n`;
}

async function linesOf(file: string): Promise<string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function parseRecord(line: string): AccountingRecord | null {
  try {
    return v.parse(recordSchema, JSON.parse(line));
  } catch {
    return null;
  }
}
