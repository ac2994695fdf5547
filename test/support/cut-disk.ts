/** What a power cut would leave of a ledger: its files as they were when they were synced last. */
import { copyFile, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '#base/errors.js';
import type { SyncedFile } from '../../src/jobs/log-sync.js';

const files = ['ledger.sqlite', 'ledger.sqlite-wal'];

export class CutDisk {
  readonly #dataDir: string;
  #syncs = 0;
  #cuts = 0;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  readonly openLog = async (path: string): Promise<SyncedFile> => {
    const log = await open(`${path}-wal`, 'r+');
    await this.#keep();
    return {
      datasync: async () => {
        await log.datasync();
        await this.#keep();
      },
      close: () => log.close(),
    };
  };

  /** A folder with a ledger as the machine would find it when it is switched on again. */
  async left(): Promise<string> {
    this.#cuts += 1;
    const folder = join(this.#dataDir, `left-${this.#cuts}`);
    await this.#copy(this.#kept, folder);
    return folder;
  }

  get #kept(): string {
    return join(this.#dataDir, `synced-${this.#syncs}`);
  }

  async #keep(): Promise<void> {
    this.#syncs += 1;
    await this.#copy(this.#dataDir, this.#kept);
  }

  async #copy(from: string, to: string): Promise<void> {
    await mkdir(to, { recursive: true });
    for (const file of files) {
      try {
        await copyFile(join(from, file), join(to, file));
      } catch (error) {
        if (systemErrorCode(error) !== 'ENOENT') throw error;
      }
    }
  }
}
