/** A ledger's write-ahead log on a disk that answers when the test says so. */
import type { SyncedFile } from '../../src/jobs/log-sync.js';

export class HeldLog implements SyncedFile {
  /** How many syncs were asked for. */
  syncs = 0;
  readonly #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  datasync(): Promise<void> {
    this.syncs += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** The oldest sync that waits is done, or fails. */
  answer(error?: Error): void {
    const oldest = this.#waiting.shift();
    if (oldest === undefined) throw new Error('no sync waits');
    if (error === undefined) oldest.resolve();
    else oldest.reject(error);
  }

  close = async () => {};
}
