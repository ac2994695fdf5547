/** Brings what was committed to the disk, and waits for it; several commits share one wait. */
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
  #tellFailure: (failure: unknown) => void = () => {};
  /** Resolves when a sync has failed. */
  readonly failed: Promise<unknown>;

  constructor(file: SyncedFile) {
    this.#file = file;
    this.failed = new Promise((resolve) => {
      this.#tellFailure = resolve;
    });
  }

  /** To be called at every commit, and for what another process may have committed. */
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
    if (this.#running === null) return this.#dirty ? this.#begin() : undefined;
    // What runs may have begun before the commit; those who come meanwhile wait together for one that has not.
    if (!this.#dirty) return this.#running;
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      return this.onDisk();
    });
    return this.#next;
  }

  /** Without waiting: a failure shows at the next use. */
  begin(): void {
    this.onDisk().catch(() => undefined);
  }

  /** Everything is on the disk, or `failure` says why not. */
  async close(): Promise<void> {
    try {
      await this.onDisk().catch(() => undefined);
    } finally {
      await this.#file.close();
    }
  }

  #begin(): Promise<void> {
    this.#running = this.#sync();
    return this.#running;
  }

  async #sync(): Promise<void> {
    this.#dirty = false;
    try {
      await this.#file.datasync();
    } catch (error) {
      this.#failure = error;
      this.#tellFailure(error);
      throw error;
    } finally {
      this.#running = null;
    }
  }
}
