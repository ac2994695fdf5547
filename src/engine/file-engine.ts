/** "Prints" into a folder: each document becomes a file there, for a hot folder or to keep instead of paper. */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolderDurably, renameDurably, writeAll } from '#base/durable-files.js';
import { errorText } from '#base/errors.js';
import type { ContentStore, Delivery, DocumentFormat, PrintReady } from '#vocab/line.js';
import { documentBytes } from './document-bytes.js';
import { brokenBy, newDelivery } from './evidence.js';
import { ippFormats } from './formats.js';
import type { DeliveryWatch, PrintEngine, PrinterAnswer } from './print-engine.js';
import { printerAway } from './printer-errors.js';

const endings: Partial<Record<DocumentFormat, string>> = {
  'application/postscript': 'ps',
  'application/pdf': 'pdf',
  'image/jpeg': 'jpg',
  'image/png': 'png',
};

export class FileEngine implements PrintEngine {
  readonly uri: string;
  readonly formats = ippFormats;
  readonly #folder: string;
  readonly #content: ContentStore;

  constructor(folder: string, content: ContentStore) {
    this.uri = `file://${folder}`;
    this.#folder = folder;
    this.#content = content;
  }

  async accepts(): Promise<ReadonlySet<DocumentFormat>> {
    return this.formats;
  }

  async probe(): Promise<PrinterAnswer> {
    await this.#demandFolder();
    return { pageCounter: null, product: 'a folder' };
  }

  async deliver(job: PrintReady, watch: DeliveryWatch, signal: AbortSignal): Promise<Delivery> {
    await this.#demandFolder();
    await watch.attempt(null);
    const delivery = newDelivery(job, {});
    try {
      for (const [n, document] of job.documents.entries()) {
        const name = `job-${job.jobId}-${n + 1}.${endings[document.format] ?? 'bin'}`;
        delivery.begun ||= n > 0;
        delivery.bytesSent += await this.#write(name, documentBytes(document, this.#content), signal);
      }
      delivery.begun = true;
      delivery.end = 'accepted';
    } catch (error) {
      delivery.broken = brokenBy(error, signal);
    }
    return delivery;
  }

  /** What was begun has no name of its own: the same files are written again. */
  async resume(): Promise<null> {
    return null;
  }

  async cancel(): Promise<void> {}

  /** Whole or not at all, and on disk when it resolves with its size. */
  async #write(name: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
    const path = join(this.#folder, name);
    const temporary = join(this.#folder, `.${name}.part`);
    const file = await open(temporary, 'w', 0o644);
    let written = 0;
    try {
      for await (const chunk of bytes) {
        signal.throwIfAborted();
        await writeAll(file, chunk);
        written += chunk.length;
      }
      await file.sync();
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    await renameDurably(temporary, path);
    return written;
  }

  async #demandFolder(): Promise<void> {
    await makeFolderDurably(this.#folder, 0o755).catch((error: unknown) => {
      throw printerAway(`the folder ${this.#folder} cannot be written: ${errorText(error)}`, error);
    });
  }
}
