/** The output tray: what has been printed, as page pictures and one PDF a job. */
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { renameDurably, syncFolder, writeAll } from '#base/durable-files.js';
import { type PageHeader, type PngEvent, parsePageHeader } from './png.js';
import { type RasterPage, writeRasterPdf } from './raster-pdf.js';

const jobFolderName = /^job-(\d+)$/;

/** A page that the engine marks at this moment: on disk, but not in the tray yet. */
export interface PageInWork {
  header: PageHeader;
  file: string;
}

export class OutputTray {
  readonly #folder: string;
  readonly #dpi: number;

  constructor(folder: string, dpi: number) {
    this.#folder = folder;
    this.#dpi = dpi;
  }

  /** The highest job number that lies in the tray, 0 when it is empty. Creates the tray. */
  async open(): Promise<number> {
    await mkdir(this.#folder, { recursive: true });
    const names = await readdir(this.#folder);
    return names.reduce((highest, name) => Math.max(highest, Number(jobFolderName.exec(name)?.[1] ?? 0)), 0);
  }

  startJob(job: number): TrayJob {
    return new TrayJob(this.#jobFolder(job), this.#dpi);
  }

  /** The picture of a page by its place among those of its job that came out; there may be none. */
  pageFile(job: number, page: number): string {
    return pageFile(this.#jobFolder(job), page);
  }

  #jobFolder(job: number): string {
    return join(this.#folder, `job-${number(job, 4)}`);
  }
}

export class TrayJob {
  readonly #folder: string;
  readonly #dpi: number;
  readonly #pages: RasterPage[] = [];
  #unfinished: { path: string; file: FileHandle } | null = null;

  constructor(folder: string, dpi: number) {
    this.#folder = folder;
    this.#dpi = dpi;
  }

  /** Takes the chunks of one picture as they come, IHDR first; the page is synced when it resolves with it. */
  async receivePage(chunks: AsyncIterator<PngEvent>): Promise<PageInWork | null> {
    const first = await chunks.next();
    if (first.done) return null;
    const header = parsePageHeader(first.value.data);
    await mkdir(this.#folder, { recursive: true });
    const path = join(this.#folder, `.page-${number(this.#pages.length + 1, 3)}.part`);
    const file = await open(path, 'w', 0o644);
    this.#unfinished = { path, file };
    for (let next: IteratorResult<PngEvent> = first; !next.done; next = await chunks.next()) {
      await writeAll(file, next.value.bytes);
      if (next.value.chunk === 'IEND') {
        await file.sync();
        await file.close();
        return { header, file: path };
      }
    }
    // The interpreter was ended in the middle of a page: nothing of it comes out.
    await this.#dropUnfinished();
    return null;
  }

  /** Puts the finished page into the tray and resolves with its path. */
  async lay(page: PageInWork): Promise<string> {
    const file = pageFile(this.#folder, this.#pages.length + 1);
    await renameDurably(page.file, file);
    this.#unfinished = null;
    this.#pages.push({ header: page.header, file });
    return file;
  }

  /** The page never came out. */
  async discard(page: PageInWork): Promise<void> {
    this.#unfinished = null;
    await rm(page.file, { force: true });
  }

  /** Ends the job; resolves with the path of its PDF, or null when no page came out. */
  async end(): Promise<string | null> {
    await this.#dropUnfinished();
    if (this.#pages.length === 0) {
      await rm(this.#folder, { recursive: true, force: true });
      return null;
    }
    const pdf = `${this.#folder}.pdf`;
    await writeRasterPdf(`${pdf}.part`, this.#pages, this.#dpi);
    await renameDurably(`${pdf}.part`, pdf);
    await syncFolder(this.#folder);
    return pdf;
  }

  async #dropUnfinished(): Promise<void> {
    if (this.#unfinished === null) return;
    const { path, file } = this.#unfinished;
    this.#unfinished = null;
    await file.close();
    await rm(path, { force: true });
  }
}

function pageFile(jobFolder: string, page: number): string {
  return join(jobFolder, `page-${number(page, 3)}.png`);
}

function number(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
