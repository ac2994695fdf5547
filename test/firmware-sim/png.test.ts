/** Page pictures as a stream: cut anywhere, with limits, and no other kind of bytes. */
import { Readable } from 'node:stream';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parsePageHeader, pngChunks, readRows } from '../../firmware-sim/rasters/png.js';
import { temporaryFile } from '../support/temporary-folder.js';

const signature = Buffer.from('89504e470d0a1a0a', 'hex');

function part(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

function header(width: number, height: number, rest = '0802000000'): Buffer {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  return Buffer.concat([size, Buffer.from(rest, 'hex')]);
}

/** One filter byte and the row's bytes, for each row. */
function picture(width: number, rows: number[][]): Buffer {
  const data = deflateSync(Buffer.from(rows.flat()));
  const half = data.length >> 1;
  return Buffer.concat([
    signature,
    part('IHDR', header(width, rows.length)),
    part('IDAT', data.subarray(0, half)),
    part('IDAT', data.subarray(half)),
    part('IEND', Buffer.alloc(0)),
  ]);
}

/** Every filter of the standard; all rows come out as 10 20 30 40 50 60, the first with other values. */
const filtered = picture(2, [
  [0, 1, 2, 3, 4, 5, 6],
  [1, 10, 20, 30, 30, 30, 30],
  [2, 0, 0, 0, 0, 0, 0],
  [3, 5, 10, 15, 15, 15, 15],
  [4, 0, 0, 0, 0, 0, 0],
]);

async function chunksOf(stream: Iterable<Uint8Array>): Promise<{ names: string[]; bytes: Buffer }> {
  const names: string[] = [];
  const parts: Buffer[] = [];
  for await (const { chunk, bytes } of pngChunks(Readable.from(stream))) {
    names.push(chunk);
    parts.push(Buffer.from(bytes));
  }
  return { names, bytes: Buffer.concat(parts) };
}

describe('a stream of page pictures', () => {
  it('comes apart in the same way wherever it is cut', async () => {
    const two = Buffer.concat([filtered, filtered]);
    const names = ['IHDR', 'IDAT', 'IDAT', 'IEND', 'IHDR', 'IDAT', 'IDAT', 'IEND'];
    for (let cut = 0; cut <= two.length; cut++) {
      const taken = await chunksOf([two.subarray(0, cut), two.subarray(cut)]);
      expect(taken).toEqual({ names, bytes: two });
    }
    expect(await chunksOf(Array.from(two, (byte) => Buffer.of(byte)))).toEqual({ names, bytes: two });
  });

  it('leaves out what was cut off', async () => {
    expect((await chunksOf([filtered.subarray(0, -1)])).names).toEqual(['IHDR', 'IDAT', 'IDAT']);
  });

  it.each([
    ['other bytes', Buffer.from('%PDF-1.4 and so on'), /no PNG signature/],
    ['a picture without header', Buffer.concat([signature, part('IDAT', Buffer.alloc(3))]), /no IHDR/],
    [
      'an endless part',
      Buffer.concat([signature, Buffer.from('ffffffff49484452', 'hex')]),
      /exceeds the limit/,
    ],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(chunksOf([bytes])).rejects.toThrow(message);
  });

  it.each([
    ['too many pixels', header(100_000, 100_000), /exceeds the limit of 200000000 pixels/],
    ['none', header(0, 10), /no pixels/],
    ['16 bits a sample', header(1, 1, '1002000000'), /depth/],
    ['a palette', header(1, 1, '0803000000'), /colour type 3/],
    ['interlacing', header(1, 1, '0802000001'), /interlacing/],
  ])('refuses a page with %s', (_, data, message) => {
    expect(() => parsePageHeader(data)).toThrow(message);
  });
});

describe('the pixels of a picture', () => {
  it('come out of every filter', async () => {
    const file = temporaryFile('page.png', filtered);
    const rows: number[][] = [];
    for await (const row of readRows(file, { width: 2, height: 5, samples: 3 })) rows.push([...row]);
    const same = [10, 20, 30, 40, 50, 60];
    expect(rows).toEqual([[1, 2, 3, 4, 5, 6], same, same, same, same]);
  });
});
