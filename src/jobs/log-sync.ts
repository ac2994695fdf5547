/** Brings what was committed to the disk, and waits for it; several commits share one wait. */
import { type FileHandle, open } from 'node:fs/promises';
import type { Clock } from '#base/clock.js';

/** So long a commit that nobody waits for may wait for another one's sync. */
export const soonMs = 100;

/** What waits for the disk; a file handle does. */
export type SyncedFile = Pick<FileHandle, 'datasync' | 'close'>;

/** Opens SQLite's write-ahead log, which stays the same file as long as a connection is open. */
export function openWriteAheadLog(ledgerPath: string): Promise<SyncedFile> {
  return open(`${ledgerPath}-wal`, 'r+');
}

export class LogSync {
  readonly #file: SyncedFile;
  readonly #clock: Clock;
  #cancelSoon: (() => void) | null = null;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  /** Something was committed since the newest sync began. */
  #dirty = false;
  #failure: unknown = null;

  constructor(file: SyncedFile, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** To be called at every commit. */
  committed(): void {
    this.#dirty = true;
  }

  /** What a sync has failed of, ever: after that nobody knows what is on the disk (lwn.net/Articles/752063). */
  get failure(): unknown {
    return this.#failure;
  }

  /** Everything committed before the call is on the disk when it returns; throws the error of the disk. */
  async onDisk(): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#running === null) return this.#dirty ? this.#sync() : undefined;
    // What runs may have begun before the commit; those who come meanwhile wait together for one that has not.
    if (!this.#dirty) return this.#running;
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      return this.#sync();
    });
    return this.#next;
  }

  /** The same in a moment, with the next commit that somebody waits for, or alone; a failure shows at the next use. */
  soon(): void {
    this.#cancelSoon ??= this.#clock.schedule(soonMs, () => {
      this.#cancelSoon = null;
      this.onDisk().catch(() => {});
    });
  }

  /** What is still to be synced is left to SQLite, which does so when it closes the ledger. */
  async close(): Promise<void> {
    this.#cancelSoon?.();
    await Promise.allSettled([this.#running, this.#next]);
    await this.#file.close();
  }

  async #sync(): Promise<void> {
    this.#dirty = false;
    this.#running = this.#file.datasync();
    try {
      await this.#running;
    } catch (error) {
      this.#failure = error;
      throw error;
    } finally {
      this.#running = null;
    }
  }
}
