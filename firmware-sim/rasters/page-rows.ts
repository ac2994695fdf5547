/** Reads a spooled page back from the top, as the machine marks it: within its imageable area, in its mode's colours. */
import type { FileHandle } from 'node:fs/promises';
import type { Colorant, QualityMode } from '../device/device.js';
import { bytesPerPixel, type RasterHeader } from './raster-stream.js';

/** Bytes of a page in memory at a time, or one row. */
const bandBytes = 2 ** 20;

/** Pixels; `right` and `bottom` are the first ones outside. */
export interface PixelBox {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface PageShape {
  header: RasterHeader;
  /** Where the machine can print; white around it. */
  imageable: PixelBox;
  colorModel: QualityMode['colorModel'];
}

/** A row of the page: a pixel each, cyan in the lowest byte, then magenta, yellow, black. Only valid during the call. */
export type Row = Uint32Array;

export interface RowSink {
  /** `blank` means that every pixel is white. */
  row(row: Row, blank: boolean): void;
  /** Called between bands: takes what the rows left to the disk. */
  flush(): Promise<void>;
  /** After the last row. */
  end(): Promise<void>;
}

/** The ink of one page. */
export interface PageInk {
  colour: boolean;
  /** Fraction of the page that each colorant covers, 0 to 1. */
  coverage: Readonly<Record<Colorant, number>>;
}

/** Reads the page once and gives each row to every sink. */
export async function markPage(
  file: FileHandle,
  shape: PageShape,
  sinks: readonly RowSink[],
): Promise<PageInk> {
  const { width, height } = shape.header;
  const rowBytes = width * bytesPerPixel;
  const rowsInBand = Math.max(1, Math.min(height, Math.floor(bandBytes / rowBytes)));
  const band = Buffer.from(new ArrayBuffer(rowsInBand * rowBytes));
  const white = Buffer.alloc(rowBytes);
  const ink = new InkMeter();
  let y = 0;
  while (y < height) {
    const rows = Math.min(rowsInBand, height - y);
    // The file's first row is the page's last.
    await readWhole(file, band.subarray(0, rows * rowBytes), (height - y - rows) * rowBytes);
    for (let at = rows - 1; at >= 0; at--, y++) {
      const bytes = band.subarray(at * rowBytes, (at + 1) * rowBytes);
      const row = new Uint32Array(bytes.buffer, bytes.byteOffset, width);
      let blank = bytes.equals(white);
      if (!blank) {
        clip(row, y, shape.imageable);
        recolour(row, shape.colorModel);
        blank = bytes.equals(white);
      }
      if (!blank) ink.measure(row);
      for (const sink of sinks) sink.row(row, blank);
    }
    for (const sink of sinks) await sink.flush();
  }
  for (const sink of sinks) await sink.end();
  return ink.of(width * height);
}

async function readWhole(file: FileHandle, into: Buffer, position: number): Promise<void> {
  let filled = 0;
  while (filled < into.length) {
    const { bytesRead } = await file.read(into, filled, into.length - filled, position + filled);
    if (bytesRead === 0) throw new Error('a spooled page is shorter than its header says');
    filled += bytesRead;
  }
}

function clip(row: Row, y: number, { left, top, right, bottom }: PixelBox): void {
  if (y < top || y >= bottom) {
    row.fill(0);
    return;
  }
  row.fill(0, 0, left);
  row.fill(0, right);
}

function recolour(row: Row, model: QualityMode['colorModel']): void {
  if (model === 'DeviceCMYK') return;
  const pixel = model === 'DeviceGray' ? toGray : toCmy;
  for (let x = 0; x < row.length; x++) {
    const value = row[x] ?? 0;
    if (value !== 0) row[x] = pixel(value);
  }
}

/** PLRM 7.2.2: the weights of the three colours in a grey, here of their complements. */
function toGray(pixel: number): number {
  const colour = 77 * (pixel & 255) + 151 * ((pixel >>> 8) & 255) + 28 * ((pixel >>> 16) & 255);
  return (Math.min(255, (colour >>> 8) + (pixel >>> 24)) << 24) >>> 0;
}

/** PLRM 7.2.4: without a black colorant, black is all three. */
function toCmy(pixel: number): number {
  const black = pixel >>> 24;
  const cyan = Math.min(255, (pixel & 255) + black);
  const magenta = Math.min(255, ((pixel >>> 8) & 255) + black);
  const yellow = Math.min(255, ((pixel >>> 16) & 255) + black);
  return cyan | (magenta << 8) | (yellow << 16);
}

class InkMeter {
  #cyan = 0;
  #magenta = 0;
  #yellow = 0;
  #black = 0;
  #colour = false;

  measure(row: Row): void {
    let [cyan, magenta, yellow, black] = [0, 0, 0, 0];
    for (let x = 0; x < row.length; x++) {
      const pixel = row[x] ?? 0;
      if (pixel === 0) continue;
      black += pixel >>> 24;
      if ((pixel & 0xffffff) === 0) continue;
      cyan += pixel & 255;
      magenta += (pixel >>> 8) & 255;
      yellow += (pixel >>> 16) & 255;
    }
    this.#colour ||= cyan + magenta + yellow > 0;
    this.#cyan += cyan;
    this.#magenta += magenta;
    this.#yellow += yellow;
    this.#black += black;
  }

  of(pixels: number): PageInk {
    const fraction = (sum: number) => sum / (255 * pixels);
    return {
      colour: this.#colour,
      coverage: {
        black: fraction(this.#black),
        cyan: fraction(this.#cyan),
        magenta: fraction(this.#magenta),
        yellow: fraction(this.#yellow),
      },
    };
  }
}
