/** Writes a PNG row by row, with memory for one band of rows. */
import { type FileHandle, open } from 'node:fs/promises';
import { constants, crc32, createDeflate, type Deflate } from 'node:zlib';
import { writeAll } from '#base/durable-files.js';
import { type PageHeader, pngSignature } from './png.js';

const pixelsPerMetre = (dpi: number) => Math.round(dpi * 39.37);

/** Pages are large, mostly white, and written while somebody waits: the fastest level is a tenth of the work of the usual one. */
const compression = { level: constants.Z_BEST_SPEED, memLevel: 9 };

export class PngWriter {
  readonly #file: FileHandle;
  readonly #deflate: Deflate;
  #compressed: Buffer[] = [];

  private constructor(file: FileHandle) {
    this.#file = file;
    this.#deflate = createDeflate(compression);
    this.#deflate.on('data', (data: Buffer) => this.#compressed.push(data));
  }

  static async create(path: string, header: PageHeader, dpi: number): Promise<PngWriter> {
    const file = await open(path, 'w', 0o644);
    const size = Buffer.alloc(13);
    size.writeUInt32BE(header.width, 0);
    size.writeUInt32BE(header.height, 4);
    // PNG §11.2.2: depth, colour type, then the only methods that there are.
    size.set([8, header.samples === 1 ? 0 : 2, 0, 0, 0], 8);
    const physical = Buffer.alloc(9);
    physical.writeUInt32BE(pixelsPerMetre(dpi), 0);
    physical.writeUInt32BE(pixelsPerMetre(dpi), 4);
    physical[8] = 1;
    await writeAll(file, Buffer.concat([pngSignature, pngChunk('IHDR', size), pngChunk('pHYs', physical)]));
    return new PngWriter(file);
  }

  /** Whole rows, each with its filter byte in front. */
  async write(rows: Uint8Array): Promise<void> {
    if (rows.length > 0) {
      await new Promise<void>((resolve, reject) => {
        this.#deflate.write(rows, (error) => (error ? reject(error) : resolve()));
      });
    }
    await this.#drain();
  }

  /** The picture is whole and synced, and still open. */
  async end(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#deflate.on('error', reject).on('end', resolve).end();
    });
    await this.#drain();
    await writeAll(this.#file, pngChunk('IEND', Buffer.alloc(0)));
    await this.#file.sync();
  }

  async close(): Promise<void> {
    this.#deflate.destroy();
    await this.#file.close();
  }

  async #drain(): Promise<void> {
    if (this.#compressed.length === 0) return;
    const data = Buffer.concat(this.#compressed);
    this.#compressed = [];
    await writeAll(this.#file, pngChunk('IDAT', data));
  }
}

function pngChunk(name: string, data: Uint8Array): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(name, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}
