/** The page picture for people: the machine's CMYK as red, green and blue, at the picture's own resolution. */

import type { Row, RowSink } from './page-rows.js';
import type { PngWriter } from './png-writer.js';
import type { RasterHeader } from './raster-stream.js';

/** The size of the picture of a page. */
export function pictureSize(raster: RasterHeader, dpi: number): { width: number; height: number } {
  return {
    width: Math.max(1, Math.round((raster.width * dpi) / raster.xDpi)),
    height: Math.max(1, Math.round((raster.height * dpi) / raster.yDpi)),
  };
}

/** A picture with one pixel for each of the raster. */
export class PictureSink implements RowSink {
  readonly #writer: PngWriter;
  readonly #samples: 1 | 3;
  #rows: Buffer[] = [];

  constructor(writer: PngWriter, samples: 1 | 3) {
    this.#writer = writer;
    this.#samples = samples;
  }

  row(row: Row, blank: boolean): void {
    const bytes = Buffer.alloc(1 + row.length * this.#samples, 255);
    bytes[0] = noFilter;
    if (!blank) {
      if (this.#samples === 1) writeGrey(row, bytes);
      else writeColour(row, bytes);
    }
    this.#rows.push(bytes);
  }

  async flush(): Promise<void> {
    const rows = Buffer.concat(this.#rows);
    this.#rows = [];
    await this.#writer.write(rows);
  }

  async end(): Promise<void> {
    await this.flush();
    await this.#writer.end();
  }
}

/** PNG §9.2: pages of text and areas compress as well without. */
const noFilter = 0;

/** PLRM 7.2.5: black is added to the complement of each colour. */
function writeColour(row: Row, bytes: Buffer): void {
  for (let x = 0, at = 1; x < row.length; x++, at += 3) {
    const pixel = row[x] ?? 0;
    if (pixel === 0) continue;
    const light = 255 - (pixel >>> 24);
    bytes[at] = Math.max(0, light - (pixel & 255));
    bytes[at + 1] = Math.max(0, light - ((pixel >>> 8) & 255));
    bytes[at + 2] = Math.max(0, light - ((pixel >>> 16) & 255));
  }
}

/** Of a machine that has no colour: all is black. */
function writeGrey(row: Row, bytes: Buffer): void {
  for (let x = 0; x < row.length; x++) bytes[x + 1] = 255 - ((row[x] ?? 0) >>> 24);
}

/** Makes a raster smaller: each pixel that it gives on is the mean of those that it covers. */
export class ScalingSink implements RowSink {
  readonly #target: RowSink;
  readonly #width: number;
  readonly #height: number;
  readonly #rasterHeight: number;
  /** For each column of the raster, the column that it goes to. */
  readonly #columns: Uint32Array;
  /** How many columns of the raster go to each. */
  readonly #shares: Uint32Array;
  readonly #sums: Float64Array;
  #rows = 0;
  #inked = false;
  #y = 0;

  constructor(target: RowSink, raster: RasterHeader, { width, height }: { width: number; height: number }) {
    this.#target = target;
    this.#width = width;
    this.#height = height;
    this.#rasterHeight = raster.height;
    this.#columns = Uint32Array.from({ length: raster.width }, (_, x) =>
      Math.floor((x * width) / raster.width),
    );
    this.#shares = new Uint32Array(width);
    for (const column of this.#columns) this.#shares[column] = (this.#shares[column] ?? 0) + 1;
    this.#sums = new Float64Array(width * 4);
  }

  row(row: Row, blank: boolean): void {
    if (!blank) this.#add(row);
    this.#rows++;
    this.#y++;
    const line = Math.floor(((this.#y - 1) * this.#height) / this.#rasterHeight);
    const next = Math.floor((this.#y * this.#height) / this.#rasterHeight);
    if (next !== line) this.#emit();
  }

  flush(): Promise<void> {
    return this.#target.flush();
  }

  end(): Promise<void> {
    return this.#target.end();
  }

  #add(row: Row): void {
    const sums = this.#sums;
    this.#inked = true;
    for (let x = 0; x < row.length; x++) {
      const pixel = row[x] ?? 0;
      if (pixel === 0) continue;
      const at = (this.#columns[x] ?? 0) * 4;
      sums[at] = (sums[at] ?? 0) + (pixel & 255);
      sums[at + 1] = (sums[at + 1] ?? 0) + ((pixel >>> 8) & 255);
      sums[at + 2] = (sums[at + 2] ?? 0) + ((pixel >>> 16) & 255);
      sums[at + 3] = (sums[at + 3] ?? 0) + (pixel >>> 24);
    }
  }

  #emit(): void {
    const row = new Uint32Array(this.#width);
    if (this.#inked) {
      for (let x = 0; x < row.length; x++) {
        const share = (this.#shares[x] ?? 1) * this.#rows;
        const mean = (channel: number) => Math.round((this.#sums[x * 4 + channel] ?? 0) / share);
        row[x] = (mean(0) | (mean(1) << 8) | (mean(2) << 16) | (mean(3) << 24)) >>> 0;
      }
      this.#sums.fill(0);
    }
    this.#target.row(row, !this.#inked);
    this.#inked = false;
    this.#rows = 0;
  }
}
