/** Waits until what was committed is on the disk; several commits share one wait. */
import { type FileHandle, open } from 'node:fs/promises';

/** What waits for the disk; a file handle does. */
export type SyncedFile = Pick<FileHandle, 'datasync' | 'close'>;

/** Opens SQLite's write-ahead log, which stays the same file as long as a connection is open. */
export function openWriteAheadLog(ledgerPath: string): Promise<SyncedFile> {
  return open(`${ledgerPath}-wal`, 'r+');
}

export class LogSync {
  readonly #file: SyncedFile;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  /** Something was committed since the newest sync began. */
  #dirty = false;
  #failure: unknown = null;

  constructor(file: SyncedFile) {
    this.#file = file;
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

  async close(): Promise<void> {
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
