/** Documents that wait for the printer, as files in its data folder: on disk before their face says that it has them. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolderDurably, writeAll } from '#base/durable-files.js';
import { LimitError } from '#base/errors.js';

/** One document. */
const maxDocumentBytes = 2 * 2 ** 30;

export interface SpooledDocument {
  file: string;
  /** The media type that its sender named; null for one that is to be found out. */
  format: string | null;
  bytes: number;
}

export class JobSpool {
  readonly #folder: string;
  /** Open all the time, to be synced. */
  readonly #folderHandle: FileHandle;

  private constructor(folder: string, folderHandle: FileHandle) {
    this.#folder = folder;
    this.#folderHandle = folderHandle;
  }

  /** What lay in it is thrown away: a printer that was switched off has no jobs. */
  static async open(dataDir: string): Promise<JobSpool> {
    const folder = join(dataDir, 'spool');
    await makeFolderDurably(folder);
    for (const name of await readdir(folder)) await rm(join(folder, name), { force: true });
    return new JobSpool(folder, await open(folder, 'r'));
  }

  async begin(job: number, document: number, format: string | null): Promise<DocumentWriter> {
    const file = join(this.#folder, `job-${job}.${document}`);
    return new DocumentWriter(await open(file, 'wx', 0o600), file, format, this.#folderHandle);
  }

  read({ file }: SpooledDocument): AsyncIterable<Uint8Array> {
    return createReadStream(file);
  }

  async remove(documents: readonly SpooledDocument[]): Promise<void> {
    for (const { file } of documents) await rm(file, { force: true });
  }

  async close(): Promise<void> {
    await this.#folderHandle.close();
  }

  /** Bytes in the spool, for those who watch it. */
  async size(): Promise<number> {
    const names = await readdir(this.#folder);
    const sizes = await Promise.all(
      names.map((name) => stat(join(this.#folder, name)).catch(() => ({ size: 0 }))),
    );
    return sizes.reduce((sum, { size }) => sum + size, 0);
  }
}

export class DocumentWriter {
  readonly #handle: FileHandle;
  readonly #file: string;
  readonly #format: string | null;
  readonly #folder: FileHandle;
  #bytes = 0;

  constructor(handle: FileHandle, file: string, format: string | null, folder: FileHandle) {
    this.#handle = handle;
    this.#file = file;
    this.#format = format;
    this.#folder = folder;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#bytes += chunk.length;
    if (this.#bytes > maxDocumentBytes) throw new LimitError('a document', maxDocumentBytes, 'bytes');
    await writeAll(this.#handle, chunk);
  }

  /** The document is on disk when this resolves. */
  async end(): Promise<SpooledDocument> {
    // Its bytes and its name: either may be on the disk first.
    await Promise.all([this.#syncAndClose(), this.#folder.sync()]);
    return { file: this.#file, format: this.#format, bytes: this.#bytes };
  }

  async #syncAndClose(): Promise<void> {
    await this.#handle.datasync();
    await this.#handle.close();
  }

  /** Nothing of it is kept. */
  async discard(): Promise<void> {
    await this.#handle.close();
    await rm(this.#file, { force: true });
  }
}
