/** Writes a page as PWG raster (PWG 5102.4) in CMYK, 8 bits each, row by row. */
import type { FileHandle } from 'node:fs/promises';
import { writeAll } from '#base/durable-files.js';
import { findMediaSize, mediaSizes } from '#vocab/media.js';
import type { Row, RowSink } from './page-rows.js';
import type { RasterHeader } from './raster-stream.js';

const pageHeaderBytes = 1796;
/** PWG 5102.4 §4.3.3.2: the colour space, and that the colours of a pixel stand together. */
const cmykColorSpace = 6;
const maxRun = 128;
const maxEqualRows = 256;

export interface PwgPage {
  raster: RasterHeader;
  widthPoints: number;
  heightPoints: number;
}

/** PWG 5102.4 §4.1, §4.3: the synchronization word and the header of the file's only page. */
export function composePwgStart({ raster, widthPoints, heightPoints }: PwgPage): Buffer {
  const header = Buffer.alloc(pageHeaderBytes);
  const numbers: [at: number, ...values: number[]][] = [
    [276, raster.xDpi, raster.yDpi],
    [340, 1],
    [352, Math.round(widthPoints), Math.round(heightPoints)],
    [372, raster.width, raster.height],
    [384, 8, 32, raster.width * 4, 0, cmykColorSpace],
    [420, 4],
    [452, 1, 1, 1],
  ];
  for (const [at, ...values] of numbers) {
    for (const [index, value] of values.entries()) header.writeUInt32BE(value, at + 4 * index);
  }
  header.write('PwgRaster', 0, 'latin1');
  const size = findMediaSize(widthPoints, heightPoints);
  if (size !== undefined) header.write(mediaSizes[size].pwg, 1732, 'latin1');
  return Buffer.concat([Buffer.from('RaS2', 'latin1'), header]);
}

/** PWG 5102.4 §4.4: the row, pixels alike as a count and a pixel, others as a count and all of them. */
export function packRow(row: Row): Buffer {
  const packed = Buffer.alloc(row.length * 5 + 1);
  let at = 0;
  const put = (x: number) => {
    at = packed.writeUInt32LE(row[x] ?? 0, at);
  };
  for (let x = 0; x < row.length; ) {
    const limit = Math.min(row.length, x + maxRun);
    let end = x + 1;
    while (end < limit && row[end] === row[x]) end++;
    if (end - x > 1 || end === row.length) {
      packed[at++] = end - x - 1;
      put(x);
    } else {
      while (end < limit && row[end] !== row[end - 1]) end++;
      // The last one may begin a run.
      if (end < row.length && end - x > 1 && row[end] === row[end - 1]) end--;
      if (end - x === 1) {
        packed[at++] = 0;
        put(x);
      } else {
        packed[at++] = 257 - (end - x);
        for (let each = x; each < end; each++) put(each);
      }
    }
    x = end;
  }
  return packed.subarray(0, at);
}

export class PwgSink implements RowSink {
  readonly #file: FileHandle;
  #parts: Buffer[];
  #last: Buffer | null = null;
  #equal = 0;

  constructor(file: FileHandle, page: PwgPage) {
    this.#file = file;
    this.#parts = [composePwgStart(page)];
  }

  row(row: Row): void {
    const packed = packRow(row);
    if (this.#last?.equals(packed) && this.#equal < maxEqualRows) {
      this.#equal++;
      return;
    }
    this.#emit();
    this.#last = packed;
    this.#equal = 1;
  }

  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    await writeAll(this.#file, bytes);
  }

  async end(): Promise<void> {
    this.#emit();
    await this.flush();
    await this.#file.sync();
  }

  #emit(): void {
    if (this.#last !== null) this.#parts.push(Buffer.of(this.#equal - 1), this.#last);
  }
}
