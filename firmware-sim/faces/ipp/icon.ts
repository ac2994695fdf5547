/** The printer's icons (PWG 5100.13 §5.6.7): a small picture of a printer, drawn when it is asked for. */
import { crc32, deflateSync } from 'node:zlib';

export const iconSizes = [48, 128, 512] as const;

/** Rows of a picture of 16 by 16: what each sign looks like stands below. */
const drawing = [
  '................',
  '....aaaaaaaa....',
  '....awwwwwwa....',
  '....aw####wa....',
  '....awwwwwwa....',
  '..aaaaaaaaaaaa..',
  '.ammmmmmmmmmmma.',
  '.ammmmmmmmmmmma.',
  '.amcmymkmmmmgma.',
  '.ammmmmmmmmmmma.',
  '.aaaaaaaaaaaaaa.',
  '.amawwwwwwwwama.',
  '.amaw######wama.',
  '.aaawwwwwwwwaaa.',
  '...aaaaaaaaaa...',
  '................',
];
/** Red, green, blue and opacity. */
const colours: Record<string, readonly [number, number, number, number]> = {
  '.': [0, 0, 0, 0],
  a: [70, 74, 84, 255],
  m: [206, 208, 212, 255],
  w: [255, 255, 255, 255],
  '#': [150, 156, 170, 255],
  c: [0, 160, 220, 255],
  y: [250, 210, 0, 255],
  k: [220, 0, 120, 255],
  g: [0, 200, 90, 255],
};

export function drawIcon(size: number): Buffer {
  const rowBytes = size * 4;
  const pixels = Buffer.alloc(size * (rowBytes + 1));
  for (let y = 0; y < size; y++) {
    const row = drawing[Math.floor((y * drawing.length) / size)] ?? '';
    for (let x = 0; x < size; x++) {
      const sign = row.charAt(Math.floor((x * row.length) / size));
      pixels.set(colours[sign] ?? [0, 0, 0, 0], y * (rowBytes + 1) + 1 + x * 4);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // Eight bits of red, green, blue and opacity each (PNG Specification §11.2.2).
  header.set([8, 6], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}
