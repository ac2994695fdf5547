/** The reader of PWG raster, against what Ghostscript writes and what nobody should. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LimitError, PhaserLinkError } from '#base/errors.js';
import { type PwgPageHeader, readPwgRaster } from '#wire/pwg-raster.js';
import { assertLinearAsync } from '../support/assert-linear.js';
import { missing } from '../support/peers.js';

interface Page {
  header: PwgPageHeader;
  pixels: Buffer;
}

async function* inPieces(bytes: Buffer, piece = bytes.length): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

async function read(bytes: Buffer, piece?: number): Promise<Page[]> {
  const pages: { header: PwgPageHeader; rows: Buffer[] }[] = [];
  for await (const event of readPwgRaster(inPieces(bytes, piece))) {
    if (event.type === 'page') pages.push({ header: event.header, rows: [] });
    else for (let time = 0; time < event.times; time++) pages.at(-1)?.rows.push(Buffer.from(event.row));
  }
  return pages.map(({ header, rows }) => ({ header, pixels: Buffer.concat(rows) }));
}

const errorOf = (bytes: Buffer) =>
  read(bytes).then(
    () => null,
    (error: unknown) => error,
  );

/** A page's header as PWG 5102.4 §4.3 lays it out. */
function header(fields: Record<number, number> = {}): Buffer {
  const bytes = Buffer.alloc(1796);
  bytes.write('PwgRaster', 'latin1');
  const sgray = { 276: 72, 280: 72, 372: 4, 376: 2, 384: 8, 388: 8, 392: 4, 400: 18, 420: 1 };
  for (const [at, value] of Object.entries({ ...sgray, ...fields })) bytes.writeUInt32BE(value, Number(at));
  return bytes;
}

const file = (...parts: (Buffer | string)[]) =>
  Buffer.concat([
    Buffer.from('RaS2'),
    ...parts.map((part) => (typeof part === 'string' ? Buffer.from(part.replaceAll(' ', ''), 'hex') : part)),
  ]);

describe('rows', () => {
  it.each([
    ['pixels that are alike', '01 03 aa', 'aaaaaaaa aaaaaaaa'],
    ['pixels that are not', '01 fd 01020304', '01020304 01020304'],
    ['both', '00 01 aa ff 0102 00 00 01 fe 010203', 'aaaa0102 01010203'],
    ['white to the end', '00 00 07 80 00 80', '07ffffff ffffffff'],
  ])('of %s', async (_, packed, pixels) => {
    const [page] = await read(file(header(), packed));
    expect(page?.pixels.toString('hex')).toBe(pixels.replaceAll(' ', ''));
  });

  it('of several pages', async () => {
    const pages = await read(
      file(header(), '01 03 01', header({ 272: 1, 368: 1, 352: 100, 356: 200 }), '01 03 02'),
    );
    expect(pages.map(({ pixels }) => pixels[0])).toEqual([1, 2]);
    expect(pages[1]?.header).toMatchObject({
      duplex: true,
      tumble: true,
      widthPoints: 100,
      heightPoints: 200,
    });
  });
});

describe('refused is', () => {
  it.each([
    ['what is no raster', Buffer.from('%!PS-Adobe-3.0')],
    ['nothing', Buffer.alloc(0)],
    ['a file without a page', file()],
    ['half a header', file(header().subarray(0, 1000))],
    ['half a page', file(header(), '00 03 aa')],
    ['half a row', file(header(), '01 00 aa')],
    ['half a pixel', file(header(), '01 03')],
    ['a row that is too long', file(header(), '01 04 aa')],
    ['pixels that are too many', file(header(), '01 fc 0102030405')],
    ['more rows than the page has', file(header(), '02 03 aa')],
    ['garbage behind the page', file(header(), '01 03 aa 00')],
    ['a colour space that nobody knows', file(header({ 400: 99 }))],
    ['two bits a colour', file(header({ 384: 2 }))],
    ['pixels in planes', file(header({ 396: 1 }))],
    ['rows of another length', file(header({ 392: 5 }))],
    ['a page without pixels', file(header({ 376: 0 }))],
    ['a page without a resolution', file(header({ 276: 0 }))],
  ])('%s', async (_, bytes) => {
    expect(await errorOf(bytes)).toMatchObject({ code: 'pwg-raster-bad' });
  });

  it.each([
    ['a page that is too large', file(header({ 372: 100_000, 376: 100_000, 392: 100_000 }))],
    ['a row that is too long', file(header({ 372: 100_000, 392: 300_000, 388: 24, 400: 19 }))],
  ])('%s, by its limit', async (_, bytes) => {
    expect(await errorOf(bytes)).toBeInstanceOf(LimitError);
  });

  it('any bytes, or they are read', async () => {
    const packed = fc.uint8Array({ maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(packed, fc.boolean(), async (bytes, withHeader) => {
        const error = await errorOf(withHeader ? file(header(), Buffer.from(bytes)) : Buffer.from(bytes));
        expect(error === null || error instanceof PhaserLinkError).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

it('costs no more than its length', async () => {
  const rows = (count: number) =>
    file(
      header({ 376: count, 372: 400, 392: 400 }),
      ...Array.from({ length: count }, () => '00 7f aa 7f bb 7f cc 0f dd'),
    );
  await assertLinearAsync(500, (count) => read(rows(count)));
  await assertLinearAsync(50, (count) => read(rows(count), 1));
});

describe.skipIf(missing('gs'))('Ghostscript and we', () => {
  const program = `<< /PageSize [72 96] >> setpagedevice
    0.2 setgray 10 10 30 50 rectfill 1 0 0 setrgbcolor 20 30 40 40 rectfill 0 0.5 0 0.3 setcmykcolor 5 80 60 10 rectfill showpage `;

  function draw(pages: number, device: string, ...options: string[]): Buffer {
    const quiet = ['-q', '-dSAFER', '-dBATCH', '-dNOPAUSE', '-r144'];
    return execFileSync(
      'gs',
      [...quiet, `-sDEVICE=${device}`, ...options, '-o', '-', '-c', program.repeat(pages)],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
  }

  it.each([
    ['pgmraw', 18, 8],
    ['ppmraw', 19, 24],
    ['pamcmyk32', 6, 32],
  ])('see the same pages as %s draws', async (device, space, pixelBits) => {
    const raster = draw(
      2,
      'pwgraster',
      `-dcupsColorSpace=${space}`,
      '-dcupsBitsPerColor=8',
      `-dcupsBitsPerPixel=${pixelBits}`,
    );
    const pages = await read(raster, 1000);
    expect(pages).toHaveLength(2);
    // Behind the head of their file stand nothing but pixels.
    const theirs = draw(1, device);
    for (const { header, pixels } of pages) {
      expect([header.width, header.height, header.widthPoints, header.xDpi]).toEqual([144, 192, 72, 144]);
      const same = theirs.subarray(theirs.length - pixels.length);
      // Its two devices round the grey of a colour differently.
      expect(pixels.findIndex((byte, at) => Math.abs(byte - (same[at] ?? 0)) > 1)).toBe(-1);
    }
  });
});
