/** Width and height out of the first bytes of pictures, ours and those of other programs. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PictureSize, PictureSizeReader } from '#wire/picture-size.js';
import { assertLinear } from '../support/assert-linear.js';
import { missing } from '../support/peers.js';
import { anyCuts, cutAt, lend, singleBytes } from '../support/pieces.js';
import { jpeg, png } from '../support/read-mail.js';

function sizeOf(...chunks: Buffer[]): PictureSize | null {
  const reader = new PictureSizeReader();
  lend(chunks, (chunk) => reader.push(chunk));
  return reader.size;
}

const gif = Buffer.from(
  'GIF89a\x40\x01\xf0\x00\xf7\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02',
  'latin1',
);
const samples: [name: string, bytes: Buffer, size: PictureSize][] = [
  ['PNG', png(70_000, 3), { width: 70_000, height: 3 }],
  ['GIF', gif, { width: 320, height: 240 }],
  ['JPEG behind 4 KB of camera data', jpeg(4032, 3024), { width: 4032, height: 3024 }],
  [
    'JPEG with fill bytes and a progressive frame',
    Buffer.from('ffd8fffffffffe0004abcdffc2000b08000a00140101110000000000', 'hex'),
    { width: 20, height: 10 },
  ],
];

describe('the size of a picture', () => {
  it.each(samples)('%s', (_what, bytes, size) => {
    expect(sizeOf(bytes)).toEqual(size);
    expect(sizeOf(...singleBytes(bytes))).toEqual(size);
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['another kind of file', Buffer.from('%!PS-Adobe-3.0 and so on, for a while')],
    ['a PNG of no width', png(0, 10)],
    ['a PNG that is cut off', png(10, 10).subarray(0, 23)],
    ['a JPEG whose pixels come before its frame', Buffer.from(`ffd8ffda${'00'.repeat(30)}`, 'hex')],
    ['a JPEG of junk', Buffer.from(`ffd80102${'ff'.repeat(30)}`, 'hex')],
    ['a JPEG segment of no length', Buffer.from(`ffd8fffe0000${'00'.repeat(30)}`, 'hex')],
    ['a JPEG that is cut off', jpeg(10, 10).subarray(0, 4000)],
  ])('is unknown of %s', (_what, bytes) => {
    expect(sizeOf(bytes)).toBeNull();
    expect(sizeOf(...singleBytes(bytes))).toBeNull();
  });

  it('is the same however the bytes are cut, whatever they are', () => {
    const jpegs = fc
      .uint8Array({ maxLength: 60 })
      .map((bytes) => Buffer.concat([Buffer.from('ffd8ff', 'hex'), bytes]));
    fc.assert(
      fc.property(
        fc.oneof(jpegs, fc.constantFrom(...samples.map(([, bytes]) => bytes))),
        anyCuts,
        (bytes, cuts) => {
          expect(sizeOf(...cutAt(bytes, cuts))).toEqual(sizeOf(bytes));
        },
      ),
    );
  });

  it.skipIf(missing('gs'))('is the one that Ghostscript has drawn', () => {
    const draw = (device: string) =>
      execFileSync('gs', [
        '-q',
        '-dSAFER',
        '-dBATCH',
        '-dNOPAUSE',
        `-sDEVICE=${device}`,
        '-g123x45',
        '-o',
        '-',
        '-c',
        'showpage',
      ]);
    expect(sizeOf(draw('png16m'))).toEqual({ width: 123, height: 45 });
    expect(sizeOf(draw('jpeg'))).toEqual({ width: 123, height: 45 });
  });

  it('is found in our own picture', () => {
    const file = new URL('../../../docs/demo-pages.png', import.meta.url);
    expect(existsSync(file)).toBe(true);
    const { width = 0, height = 0 } = sizeOf(readFileSync(file)) ?? {};
    expect(Math.min(width, height)).toBeGreaterThan(300);
  });

  it('costs no more than the bytes, of however many segments', () => {
    assertLinear(20_000, (segments) => {
      const bytes = Buffer.concat([
        Buffer.from('ffd8', 'hex'),
        Buffer.alloc(segments * 4, Buffer.from('fffe0002', 'hex')),
      ]);
      const reader = new PictureSizeReader();
      for (let at = 0; at < bytes.length; at += 50) reader.push(bytes.subarray(at, at + 50));
    });
  });
});
