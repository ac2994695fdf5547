/** Reads page pictures back: their chunks, their image data as it stands, and their pixels. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createInflate } from 'node:zlib';
import { LimitError, PhaserLinkError } from '#base/errors.js';
import { maxPagePixels } from './raster-stream.js';

/** One page's file. */
const maxPageBytes = 512 * 2 ** 20;
/** We write a band at a time; this is far beyond, and kept in memory. */
const maxChunkBytes = 4 * 2 ** 20;

// PNG Specification, section 5.2 and 5.3.
export const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const chunkHeadBytes = 8;
const checksumBytes = 4;
const imageHeaderBytes = 13;

export interface PageHeader {
  width: number;
  height: number;
  /** 1 for grey, 3 for red, green and blue; 8 bits each. */
  samples: 1 | 3;
}

export type PngEvent = { chunk: string; data: Buffer; bytes: Buffer };

function badPicture(what: string): PhaserLinkError {
  const text = `not a page picture of ours: ${what}`;
  return new PhaserLinkError({ code: 'page-picture-bad', retry: 'permanent', text });
}

/**
 * A stream of PNGs one after the other, chunk by chunk: `bytes` is the chunk as it stood (the first one with the
 * signature), `data` what is in it. IHDR begins a picture, IEND ends it.
 */
export async function* pngChunks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<PngEvent> {
  let waiting: Buffer = Buffer.alloc(0);
  let inPicture = false;
  let pictureBytes = 0;
  for await (const more of stream) {
    waiting = waiting.length === 0 ? Buffer.from(more) : Buffer.concat([waiting, more]);
    for (;;) {
      const start = inPicture ? 0 : pngSignature.length;
      if (waiting.length < start + chunkHeadBytes) break;
      if (!inPicture && !waiting.subarray(0, start).equals(pngSignature))
        throw badPicture('no PNG signature');
      const length = waiting.readUInt32BE(start);
      if (length > maxChunkBytes) throw new LimitError('a part of a page picture', maxChunkBytes, 'bytes');
      const end = start + chunkHeadBytes + length + checksumBytes;
      if (waiting.length < end) break;
      const chunk = waiting.toString('latin1', start + 4, start + chunkHeadBytes);
      if (!inPicture && chunk !== 'IHDR') throw badPicture('no IHDR');
      pictureBytes = inPicture ? pictureBytes + end : end;
      if (pictureBytes > maxPageBytes) throw new LimitError('a page picture', maxPageBytes, 'bytes');
      inPicture = chunk !== 'IEND';
      const data = waiting.subarray(start + chunkHeadBytes, end - checksumBytes);
      yield { chunk, data, bytes: waiting.subarray(0, end) };
      waiting = waiting.subarray(end);
    }
  }
}

/** Reads IHDR; throws when this is no page that a Phaser 740 could print. */
export function parsePageHeader(data: Buffer): PageHeader {
  if (data.length !== imageHeaderBytes) throw badPicture('IHDR of a wrong size');
  const width = data.readUInt32BE(0);
  const height = data.readUInt32BE(4);
  if (width === 0 || height === 0) throw badPicture('no pixels');
  if (width * height > maxPagePixels) throw new LimitError('a page', maxPagePixels, 'pixels');
  const [depth, colourType, , , interlace] = data.subarray(8);
  if (depth !== 8 || interlace !== 0) throw badPicture('unexpected depth or interlacing');
  if (colourType === 0) return { width, height, samples: 1 };
  if (colourType === 2) return { width, height, samples: 3 };
  throw badPicture(`colour type ${colourType}`);
}

/** The compressed image data of one picture on disk, as it stands in its IDAT chunks. */
export async function* readImageData(path: string): AsyncGenerator<Buffer> {
  for await (const { chunk, data } of pngChunks(createReadStream(path))) {
    if (chunk === 'IDAT') yield data;
  }
}

/** The rows of pixels of one picture on disk, from the top, unfiltered. A row is overwritten after the next two. */
export async function* readRows(path: string, header: PageHeader): AsyncGenerator<Buffer> {
  const rowBytes = header.width * header.samples;
  const inflated = Readable.from(readImageData(path)).pipe(createInflate());
  let previous = Buffer.alloc(rowBytes);
  let current = Buffer.alloc(rowBytes);
  /** -1: the row's filter byte comes next. */
  let filled = -1;
  let filter = 0;
  for await (const piece of inflated as AsyncIterable<Buffer>) {
    let at = 0;
    while (at < piece.length) {
      if (filled < 0) {
        filter = piece[at++] ?? 0;
        filled = 0;
        continue;
      }
      const taken = piece.copy(current, filled, at, at + rowBytes - filled);
      filled += taken;
      at += taken;
      if (filled < rowBytes) continue;
      unfilter(filter, current, previous, header.samples);
      yield current;
      [previous, current] = [current, previous];
      filled = -1;
    }
  }
}

/** PNG Specification, section 9.2: each byte was written as its difference from what its neighbours predict. */
function unfilter(filter: number, row: Buffer, above: Buffer, step: number): void {
  for (let at = 0; filter !== 0 && at < row.length; at++) {
    const left = at >= step ? (row[at - step] ?? 0) : 0;
    const up = above[at] ?? 0;
    const corner = at >= step ? (above[at - step] ?? 0) : 0;
    row[at] = (row[at] ?? 0) + predict(filter, left, up, corner);
  }
}

function predict(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter !== 4) throw badPicture(`filter ${filter}`);
  const estimate = left + up - corner;
  const fromLeft = Math.abs(estimate - left);
  const fromUp = Math.abs(estimate - up);
  const fromCorner = Math.abs(estimate - corner);
  if (fromLeft <= fromUp && fromLeft <= fromCorner) return left;
  return fromUp <= fromCorner ? up : corner;
}
