/** A spool and a reader apart from this process, and the processes that it starts. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { systemClock } from '#base/clock.js';
import type { LogFields } from '#base/log.js';
import type { RawMessage } from '#vocab/line.js';
import { Spool } from '../../src/jobs/spool.js';
import { ReadApart, type ReadApartOptions } from '../../src/read-apart.js';
import { rawMessage } from './raw-message.js';
import { temporaryFolder } from './temporary-folder.js';

export const hostileReader = fileURLToPath(new URL('./hostile-reader.js', import.meta.url));

export const neverAborted = new AbortController().signal;

type ReaderOptions = Partial<Pick<ReadApartOptions, 'clock' | 'program' | 'tryCage'>>;

export class ReaderHouse {
  readonly dataDir: string;
  readonly spool: Spool;
  readonly reader: ReadApart;
  readonly logged: LogFields[] = [];
  /** Where small contents go. */
  readonly pack: string;

  private constructor(dataDir: string, spool: Spool, options: ReaderOptions) {
    this.dataDir = dataDir;
    this.spool = spool;
    this.pack = spool.packs.newName();
    const note = (fields: LogFields) => void this.logged.push(fields);
    const log = { debug: note, info: note, warn: note, error: note };
    this.reader = new ReadApart({ dataDir, clock: systemClock, log, ...options });
  }

  /** Ends with the running test, which fails when a process is left. */
  static async open(options: ReaderOptions = {}): Promise<ReaderHouse> {
    const dataDir = temporaryFolder();
    const house = new ReaderHouse(dataDir, await Spool.open({ dataDir }), options);
    onTestFinished(async () => {
      await house.reader.close();
      expect(house.processes()).toEqual([]);
    });
    return house;
  }

  /** Puts a mail into the spool, as *fetch* does. */
  async fetched(mail: string | Uint8Array, uniqueId = '1'): Promise<RawMessage> {
    const writer = await this.spool.create();
    await writer.write(Buffer.from(mail));
    return rawMessage(await writer.commit(), { uniqueId });
  }

  /** The reading processes of this house. */
  processes(): number[] {
    return readersOf(this.dataDir);
  }

  /** Resolves when a mail that stops there has begun; the next one can be waited for anew. */
  async begun(): Promise<void> {
    await hasBegun(this.dataDir);
  }
}

/** Waits for the mark that hostile-reader.ts leaves, and takes it away. */
export async function hasBegun(dataDir: string): Promise<void> {
  const mark = join(dataDir, 'begun');
  await expect.poll(() => existsSync(mark), { timeout: 20_000 }).toBe(true);
  rmSync(mark);
}

/** The processes that read out of the spool in this folder. */
export function readersOf(dataDir: string): number[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.filter((id) => commandLineOf(id).endsWith(`\0${dataDir}\0`)).map(Number);
}

/** Empty for a process that has ended, its parent not having asked for it yet. */
function commandLineOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
