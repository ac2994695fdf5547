/** "Prints" into a folder: each document becomes a file there, for a hot folder or to keep instead of paper. */
import { join } from 'node:path';
import { makeFolderDurably, writeFileDurably } from '#base/durable-files.js';
import { errorText } from '#base/errors.js';
import type { ContentStore, Delivery, DocumentFormat, PrintReady, PrintReadyDocument } from '#vocab/line.js';
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
        await writeFileDurably(join(this.#folder, name), this.#counted(document, delivery, signal), 0o644);
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

  async *#counted(document: PrintReadyDocument, delivery: Delivery, signal: AbortSignal) {
    for await (const chunk of documentBytes(document, this.#content)) {
      signal.throwIfAborted();
      yield chunk;
      delivery.bytesSent += chunk.length;
    }
  }

  async #demandFolder(): Promise<void> {
    await makeFolderDurably(this.#folder, 0o755).catch((error: unknown) => {
      throw printerAway(`the folder ${this.#folder} cannot be written: ${errorText(error)}`, error);
    });
  }
}
