/** The output tray: what has been printed, as page pictures and one PDF a job, and its rasters where they are wanted. */
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { renameDurably, syncFolder, writeAll } from '#base/durable-files.js';
import { type Device, hasColour, type QualityMode } from '../device/device.js';
import { imageableBox, type PageSize } from './imageable.js';
import { markPage, type PageInk, type RowSink } from './page-rows.js';
import { PictureSink, pictureSize, ScalingSink } from './picture.js';
import type { PageHeader } from './png.js';
import { PngWriter } from './png-writer.js';
import { PwgSink } from './pwg-raster.js';
import { type RasterPage as PictureOfPage, writeRasterPdf } from './raster-pdf.js';
import { bytesPerPixel, type RasterPage } from './raster-stream.js';
import { SeparationSink } from './separations.js';

const jobFolderName = /^job-(\d+)$/;

/** What is kept of a page beside its picture. */
export const rasterKinds = ['separations', 'pwg'] as const;
export type RasterKind = (typeof rasterKinds)[number];

export interface OutputTrayOptions {
  folder: string;
  device: Device;
  /** Of the page pictures. */
  resolutionDpi: number;
  /** Kept at the resolution of the raster. */
  rasters: readonly RasterKind[];
}

/** A page that comes out of the interpreter. */
export interface IncomingPage extends RasterPage {
  /** What the page asks for; may be known only after its data was taken. */
  asked(): Promise<PageSize & { colorModel: QualityMode['colorModel'] }>;
}

/** A page that the engine marks at this moment: on disk, but not in the tray yet. */
export interface PageInWork extends PageInk {
  header: PageHeader;
  /** The picture. */
  file: string;
  /** Files of its rasters, by the ending that they get. */
  rasters: ReadonlyMap<string, string>;
}

export class OutputTray {
  readonly #options: OutputTrayOptions;

  constructor(options: OutputTrayOptions) {
    this.#options = options;
  }

  /** The highest job number that lies in the tray, 0 when it is empty. Creates the tray. */
  async open(): Promise<number> {
    const { folder } = this.#options;
    await mkdir(folder, { recursive: true });
    const names = await readdir(folder);
    return names.reduce((highest, name) => Math.max(highest, Number(jobFolderName.exec(name)?.[1] ?? 0)), 0);
  }

  startJob(job: number): TrayJob {
    return new TrayJob(this.#jobFolder(job), this.#options);
  }

  /** The picture of a page by its place among those of its job that came out; there may be none. */
  pageFile(job: number, page: number): string {
    return pageFile(this.#jobFolder(job), page);
  }

  #jobFolder(job: number): string {
    return join(this.#options.folder, `job-${number(job, 4)}`);
  }
}

export class TrayJob {
  readonly #folder: string;
  readonly #options: OutputTrayOptions;
  readonly #pages: PictureOfPage[] = [];
  /** Files of pages that are not in the tray yet. */
  readonly #unfinished = new Set<string>();
  #received = 0;
  /** Pages come into the tray one after the other. */
  #laying: Promise<unknown> = Promise.resolve();

  constructor(folder: string, options: OutputTrayOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** Takes one page; its files are synced when it resolves. Null when the page did not come whole: nothing of it comes out. */
  async receivePage(page: IncomingPage): Promise<PageInWork | null> {
    this.#received++;
    await mkdir(this.#folder, { recursive: true });
    const before = new Set(this.#unfinished);
    const spool = await open(this.#reserve('cmyk'), 'w+', 0o600);
    try {
      const expected = page.header.width * page.header.height * bytesPerPixel;
      let bytes = 0;
      for await (const data of page.data) {
        await writeAll(spool, data);
        bytes += data.length;
      }
      if (bytes === expected) return await this.#mark(spool, page);
    } finally {
      await spool.close();
      await this.#drop([this.#part('cmyk')]);
    }
    await this.#drop([...this.#unfinished].filter((file) => !before.has(file)));
    return null;
  }

  /** Puts the finished page into the tray and resolves with the path of its picture. */
  lay(page: PageInWork): Promise<string> {
    const laid = this.#laying.then(() => this.#layNow(page));
    this.#laying = laid.catch(() => {});
    return laid;
  }

  async #layNow(page: PageInWork): Promise<string> {
    const file = pageFile(this.#folder, this.#pages.length + 1);
    const path = file.slice(0, -'.png'.length);
    for (const [ending, part] of page.rasters) await renameDurably(part, `${path}.${ending}`);
    await renameDurably(page.file, file);
    for (const part of filesOf(page)) this.#unfinished.delete(part);
    this.#pages.push({ header: page.header, file });
    return file;
  }

  /** The page never came out. */
  async discard(page: PageInWork): Promise<void> {
    await this.#drop(filesOf(page));
  }

  /** Ends the job; resolves with the path of its PDF, or null when no page came out. */
  async end(): Promise<string | null> {
    await this.#drop([...this.#unfinished]);
    if (this.#pages.length === 0) {
      await rm(this.#folder, { recursive: true, force: true });
      return null;
    }
    const pdf = `${this.#folder}.pdf`;
    await writeRasterPdf(`${pdf}.part`, this.#pages, this.#options.resolutionDpi);
    await renameDurably(`${pdf}.part`, pdf);
    await syncFolder(this.#folder);
    return pdf;
  }

  async #mark(spool: FileHandle, { header: raster, asked }: IncomingPage): Promise<PageInWork> {
    const { device, resolutionDpi } = this.#options;
    const request = await asked();
    const samples = hasColour(device) ? 3 : 1;
    const header = { ...pictureSize(raster, resolutionDpi), samples } as const;
    const file = this.#reserve('part');
    const outputs: { close(): Promise<void> }[] = [];
    const png = async (path: string, size: PageHeader, dpi: number) => {
      const writer = await PngWriter.create(path, size, dpi);
      outputs.push(writer);
      return writer;
    };
    try {
      const picture = new PictureSink(await png(file, header, resolutionDpi), samples);
      const isSmaller = header.width !== raster.width || header.height !== raster.height;
      const sinks: RowSink[] = [isSmaller ? new ScalingSink(picture, raster, header) : picture];
      const rasters = new Map<string, string>();
      if (this.#options.rasters.includes('separations')) {
        const size = { width: raster.width, height: raster.height, samples: 1 } as const;
        for (const colorant of device.colorants) {
          const ending = `${colorant}.png`;
          rasters.set(ending, this.#reserve(ending));
          sinks.push(new SeparationSink(await png(this.#part(ending), size, raster.xDpi), colorant));
        }
      }
      if (this.#options.rasters.includes('pwg')) {
        rasters.set('pwg', this.#reserve('pwg'));
        const pwg = await open(this.#part('pwg'), 'w', 0o644);
        outputs.push(pwg);
        sinks.push(new PwgSink(pwg, { raster, ...request }));
      }
      const imageable = imageableBox(device, request, raster);
      const shape = { header: raster, imageable, colorModel: request.colorModel };
      return { header, file, rasters, ...(await markPage(spool, shape, sinks)) };
    } finally {
      for (const output of outputs) await output.close();
    }
  }

  #reserve(ending: string): string {
    const part = this.#part(ending);
    this.#unfinished.add(part);
    return part;
  }

  #part(ending: string): string {
    return join(this.#folder, `.page-${number(this.#received, 3)}.${ending}`);
  }

  async #drop(files: readonly string[]): Promise<void> {
    for (const file of files) {
      this.#unfinished.delete(file);
      await rm(file, { force: true });
    }
  }
}

function filesOf({ file, rasters }: PageInWork): string[] {
  return [file, ...rasters.values()];
}

function pageFile(jobFolder: string, page: number): string {
  return join(jobFolder, `page-${number(page, 3)}.png`);
}

function number(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
