/** Ghostscript's stream of raw CMYK pages, taken apart page by page; the pages are BMP files of 32 bits a pixel. */
import { LimitError, PhaserLinkError } from '#base/errors.js';

/** The largest page: Legal and then some at 1200 dpi. */
export const maxPagePixels = 200_000_000;
export const bytesPerPixel = 4;

// File header, information header (BITMAPFILEHEADER, BITMAPINFOHEADER); the pixels follow, the bottom row first.
const headBytes = 54;
const inchesPerMetre = 39.37;

export interface RasterHeader {
  width: number;
  height: number;
  xDpi: number;
  yDpi: number;
}

export interface RasterPage {
  header: RasterHeader;
  /** Cyan, magenta, yellow, black, 8 bits each; the bottom row first. Shorter than the header says when no more came. */
  data: AsyncIterable<Uint8Array>;
}

export class RasterStream {
  readonly #stream: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#stream = stream[Symbol.asyncIterator]();
  }

  /** The next page, once the data of the one before is read to its end; null when no more comes. */
  async next(): Promise<RasterPage | null> {
    let head: Buffer = Buffer.from(this.#rest);
    while (head.length < headBytes) {
      const more = await this.#stream.next();
      if (more.done) return null;
      head = Buffer.concat([head, more.value]);
    }
    const header = parseRasterHeader(head);
    this.#rest = head.subarray(headBytes);
    return { header, data: this.#data(header.width * header.height * bytesPerPixel) };
  }

  async close(): Promise<void> {
    await this.#stream.return?.(undefined);
  }

  async *#data(bytes: number): AsyncGenerator<Uint8Array> {
    let left = bytes;
    while (left > 0) {
      if (this.#rest.length === 0) {
        const more = await this.#stream.next();
        if (more.done) return;
        this.#rest = more.value;
      }
      const taken = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(taken.length);
      left -= taken.length;
      yield taken;
    }
  }
}

/** Throws when this is no page that a Phaser 740 could print. */
export function parseRasterHeader(head: Buffer): RasterHeader {
  if (head.toString('latin1', 0, 2) !== 'BM' || head.readUInt32LE(10) !== headBytes)
    throw badRaster('no header');
  const width = head.readInt32LE(18);
  const height = head.readInt32LE(22);
  if (width <= 0 || height <= 0) throw badRaster('no pixels');
  if (width * height > maxPagePixels) throw new LimitError('a page', maxPagePixels, 'pixels');
  const depth = head.readUInt16LE(28);
  if (depth !== bytesPerPixel * 8) throw badRaster(`${depth} bits a pixel`);
  const dpi = (at: number) => Math.max(1, Math.round(head.readInt32LE(at) / inchesPerMetre));
  return { width, height, xDpi: dpi(38), yDpi: dpi(42) };
}

function badRaster(what: string): PhaserLinkError {
  const text = `not a raster page of our Ghostscript: ${what}`;
  return new PhaserLinkError({ code: 'raster-page-bad', retry: 'permanent', text });
}
