/** Documents that wait for the printer, as files in its data folder: on disk before their face says that it has them. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolderDurably, writeAll } from '#base/durable-files.js';
import { LimitError, PhaserLinkError } from '#base/errors.js';

/** One document. */
const maxDocumentBytes = 2 * 2 ** 30;
/** All that wait. */
const maxSpoolBytes = 8 * 2 ** 30;

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
  readonly #room: SpoolRoom;

  private constructor(folder: string, folderHandle: FileHandle, maxBytes: number) {
    this.#folder = folder;
    this.#folderHandle = folderHandle;
    this.#room = new SpoolRoom(maxBytes);
  }

  /** What lay in it is thrown away: a printer that was switched off has no jobs. */
  static async open(dataDir: string, maxBytes = maxSpoolBytes): Promise<JobSpool> {
    const folder = join(dataDir, 'spool');
    await makeFolderDurably(folder);
    for (const name of await readdir(folder)) await rm(join(folder, name), { force: true });
    return new JobSpool(folder, await open(folder, 'r'), maxBytes);
  }

  async begin(job: number, document: number, format: string | null): Promise<DocumentWriter> {
    const file = join(this.#folder, `job-${job}.${document}`);
    return new DocumentWriter(await open(file, 'wx', 0o600), file, format, this.#folderHandle, this.#room);
  }

  read({ file }: SpooledDocument): AsyncIterable<Uint8Array> {
    return createReadStream(file);
  }

  async remove(documents: readonly SpooledDocument[]): Promise<void> {
    for (const { file } of documents) {
      await rm(file, { force: true });
      this.#room.free(file);
    }
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

/** How much of the spool is taken, and by which file. */
class SpoolRoom {
  readonly #maxBytes: number;
  readonly #taken = new Map<string, number>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Throws `printer-disk-full`. */
  take(file: string, bytes: number): void {
    if (this.#bytes + bytes > this.#maxBytes) throw printerDiskFull();
    this.#bytes += bytes;
    this.#taken.set(file, (this.#taken.get(file) ?? 0) + bytes);
  }

  free(file: string): void {
    this.#bytes -= this.#taken.get(file) ?? 0;
    this.#taken.delete(file);
  }
}

export class DocumentWriter {
  readonly #handle: FileHandle;
  readonly #file: string;
  readonly #format: string | null;
  readonly #folder: FileHandle;
  readonly #room: SpoolRoom;
  #bytes = 0;

  constructor(handle: FileHandle, file: string, format: string | null, folder: FileHandle, room: SpoolRoom) {
    this.#handle = handle;
    this.#file = file;
    this.#format = format;
    this.#folder = folder;
    this.#room = room;
  }

  /** Throws LimitError and `printer-disk-full`. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#bytes += chunk.length;
    if (this.#bytes > maxDocumentBytes) throw new LimitError('a document', maxDocumentBytes, 'bytes');
    this.#room.take(this.#file, chunk.length);
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
    this.#room.free(this.#file);
  }
}

export function printerDiskFull(): PhaserLinkError {
  return new PhaserLinkError({
    code: 'printer-disk-full',
    retry: 'temporary',
    text: "the printer's disk is full",
  });
}
