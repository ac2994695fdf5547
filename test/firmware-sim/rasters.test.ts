/** The rasters of a page: exact coverage, the imageable area, separations and PWG raster beside Ghostscript's own, bounded reading. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RecordReader } from '../../firmware-sim/interpreter/hidden-records.js';
import { parsePageHeader, pngChunks, readRows } from '../../firmware-sim/rasters/png.js';
import { packRow } from '../../firmware-sim/rasters/pwg-raster.js';
import { parseRasterHeader, RasterStream } from '../../firmware-sim/rasters/raster-stream.js';
import { assertLinear } from '../support/assert-linear.js';
import { interpret } from '../support/interpret.js';
import { missing } from '../support/peers.js';
import { temporaryFile } from '../support/temporary-folder.js';

const noGhostscript = missing('gs');
const small = '%!PS\n<< /PageSize [200 100] >> setpagedevice\n';
const art = `${small}1 0 0 setrgbcolor 20 20 40 40 rectfill 0 setgray 100 0 100 50 rectfill 0.2 0.3 0.4 0.1 setcmykcolor
/Times-Roman findfont 30 scalefont setfont 60 60 moveto (Phaser) show 0.1 0.9 100 { setgray } pop showpage\n`;

/** PWG 5102.4 §4.4: a whole page of one file, rows of pixels. */
function decodePwg(file: Buffer): { header: Buffer; pixels: Buffer } {
  const header = file.subarray(4, 1800);
  const [width, height] = [header.readUInt32BE(372), header.readUInt32BE(376)];
  const rows: Buffer[] = [];
  let at = 1800;
  while (rows.length < height) {
    const repeats = (file[at++] ?? 0) + 1;
    const row = Buffer.alloc(width * 4);
    for (let filled = 0; filled < row.length; ) {
      const count = file[at++] ?? 0;
      const bytes = count < 128 ? file.subarray(at, at + 4) : file.subarray(at, at + (257 - count) * 4);
      at += bytes.length;
      const times = count < 128 ? count + 1 : 1;
      for (let time = 0; time < times; time++) filled += bytes.copy(row, filled);
    }
    for (let each = 0; each < repeats; each++) rows.push(row);
  }
  expect(at).toBe(file.length);
  return { header, pixels: Buffer.concat(rows) };
}

async function greyOf(file: string): Promise<Buffer> {
  const rows: Buffer[] = [];
  for await (const { data } of pngChunks((await import('node:fs')).createReadStream(file))) {
    for await (const row of readRows(file, parsePageHeader(data))) rows.push(Buffer.from(row));
    return Buffer.concat(rows);
  }
  throw new Error('no picture');
}

describe.skipIf(noGhostscript)('the rasters of a page', () => {
  it('tell exactly how much of it each colorant covers, and whether it is in colour', async () => {
    const page = (program: string) => `<< /PageSize [200 100] >> setpagedevice ${program} showpage\n`;
    const { setups } = await interpret(
      `%!PS\n${page('0 setgray 0 0 100 50 rectfill')}${page('1 0 0 setrgbcolor 0 0 50 100 rectfill')}${page('0.5 0 0 0.2 setcmykcolor 0 0 200 100 rectfill')}${page('')}
<< /ProcessColorModel /DeviceGray >> setpagedevice ${page('1 0 0 setrgbcolor 0 0 200 100 rectfill')}
<< /ProcessColorModel /DeviceCMY >> setpagedevice ${page('0 setgray 0 0 200 50 rectfill')}`,
    );
    const of = (black: number, cyan: number, magenta: number, yellow: number) => ({
      black,
      cyan,
      magenta,
      yellow,
    });
    expect(setups.map(({ coverage }) => coverage)).toEqual([
      of(0.25, 0, 0, 0),
      of(0, 0, 0.25, 0.25),
      of(51 / 255, 127 / 255, 0, 0),
      of(0, 0, 0, 0),
      // PLRM 7.2.2: red has 0.3 of the light of white.
      of(expect.closeTo(0.7, 2) as unknown as number, 0, 0, 0),
      of(0, 0.5, 0.5, 0.5),
    ]);
    expect(setups.map(({ colour }) => colour)).toEqual([false, true, true, false, false, true]);
  });

  it('are white where the machine cannot print, in either orientation', async () => {
    const job =
      '%!PS\n0 0 1000 1000 rectfill showpage << /PageSize [792 612] >> setpagedevice 0 0 1000 1000 rectfill showpage\n';
    const { setups, files } = await interpret(job);
    const across = 612 - 10 - 10;
    const down = 792 - 16 - 16;
    const covered = (across * down) / (612 * 792);
    expect(setups.map(({ coverage }) => coverage.black)).toEqual([covered, covered]);
    const [upright, landscape] = await Promise.all(files.map(greyOf));
    const isBlack = (picture: Buffer | undefined, width: number, x: number, y: number) =>
      picture?.[(y * width + x) * 3] === 0;
    expect([
      isBlack(upright, 612, 10, 16),
      isBlack(upright, 612, 9, 16),
      isBlack(upright, 612, 10, 15),
    ]).toEqual([true, false, false]);
    expect([
      isBlack(landscape, 792, 16, 10),
      isBlack(landscape, 792, 15, 10),
      isBlack(landscape, 792, 16, 9),
    ]).toEqual([true, false, false]);
  });

  it('are those of Ghostscript at the mode’s resolution, as PWG raster and as separations', async () => {
    const { folder, files } = await interpret(art, { rasters: ['separations', 'pwg'] });
    expect(readdirSync(folder).sort()).toEqual(
      ['black.png', 'cyan.png', 'magenta.png', 'png', 'pwg', 'yellow.png']
        .map((ending) => `page-001.${ending}`)
        .sort(),
    );
    const own = temporaryFile(
      'art.ps',
      art.replace('%!PS', '%!PS\n{ } setblackgeneration { } setundercolorremoval'),
    );
    const device = [
      '-sDEVICE=pwgraster',
      '-dcupsColorSpace=6',
      '-dcupsBitsPerColor=8',
      '-r600',
      '-dUseFastColor',
    ];
    const output = ['-sOutputFile=%stdout', '-sstdout=%stderr'];
    const theirs = execFileSync('gs', ['-q', '-dSAFER', '-dNOPAUSE', '-dBATCH', ...device, ...output, own], {
      maxBuffer: 2 ** 26,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ours = decodePwg(readFileSync(join(folder, 'page-001.pwg')));
    const reference = decodePwg(theirs);
    expect(ours.pixels.equals(reference.pixels)).toBe(true);
    for (const [from, to] of [
      [0, 10],
      [276, 284],
      [340, 344],
      [352, 360],
      [372, 380],
      [384, 404],
      [420, 424],
    ]) {
      expect(ours.header.subarray(from, to)).toEqual(reference.header.subarray(from, to));
    }
    for (const [at, name] of ['cyan', 'magenta', 'yellow', 'black'].entries()) {
      const plane = await greyOf(join(folder, `page-001.${name}.png`));
      expect(plane.every((grey, pixel) => grey === 255 - (reference.pixels[pixel * 4 + at] ?? 0))).toBe(true);
    }
    const picture = await greyOf(files[0] ?? '');
    expect(picture).toHaveLength(200 * 100 * 3);
    // The middle of the red area, where nothing is mixed.
    expect([...picture.subarray((60 * 200 + 30) * 3, (60 * 200 + 30) * 3 + 3)]).toEqual([255, 0, 0]);
  });

  it('follow the mode that the page asks for', async () => {
    const { folder } = await interpret(
      `${small}showpage << /HWResolution [1200 600] >> setpagedevice showpage << /ProcessColorModel /DeviceGray >> setpagedevice showpage\n`,
      { rasters: ['pwg'] },
    );
    const sizes = [1, 2, 3].map((page) => {
      const header = readFileSync(join(folder, `page-00${page}.pwg`)).subarray(4);
      return [276, 280, 372, 376].map((at) => header.readUInt32BE(at));
    });
    expect(sizes).toEqual([
      [600, 600, 1667, 833],
      [1200, 600, 3333, 833],
      [1200, 600, 3333, 833],
    ]);
  });
});

describe('the stream of raster pages', () => {
  const header = (width: number, height: number, depth = 32): Buffer => {
    const head = Buffer.alloc(54);
    head.write('BM');
    head.writeUInt32LE(54, 10);
    head.writeInt32LE(width, 18);
    head.writeInt32LE(height, 22);
    head.writeUInt16LE(depth, 28);
    head.writeInt32LE(23_622, 38);
    head.writeInt32LE(23_622, 42);
    return head;
  };
  const pagesOf = async (chunks: Uint8Array[]) => {
    const stream = new RasterStream(
      (async function* () {
        yield* chunks;
      })(),
    );
    const pages: string[] = [];
    for (let page = await stream.next(); page !== null; page = await stream.next()) {
      const parts: Buffer[] = [];
      for await (const data of page.data) parts.push(Buffer.from(data));
      pages.push(
        `${page.header.width}x${page.header.height}@${page.header.xDpi} ${Buffer.concat(parts).toString('hex')}`,
      );
    }
    return pages;
  };
  const pixels = (count: number, start: number) =>
    Buffer.from(Array.from({ length: count * 4 }, (_, at) => start + at));

  it('comes apart in the same way wherever it is cut', async () => {
    const whole = Buffer.concat([header(2, 1), pixels(2, 1), header(1, 2), pixels(2, 66)]);
    const expected = [`2x1@600 ${pixels(2, 1).toString('hex')}`, `1x2@600 ${pixels(2, 66).toString('hex')}`];
    for (let cut = 0; cut <= whole.length; cut++) {
      expect(await pagesOf([whole.subarray(0, cut), whole.subarray(cut)])).toEqual(expected);
    }
    expect(await pagesOf(Array.from(whole, (byte) => Buffer.of(byte)))).toEqual(expected);
    expect(await pagesOf([whole.subarray(0, -1)])).toEqual([expected[0], expected[1]?.slice(0, -2)]);
  });

  it.each([
    ['other bytes', Buffer.alloc(54, 'x'), /no header/],
    ['no pixels', header(0, 5), /no pixels/],
    ['another depth', header(1, 1, 24), /24 bits/],
    ['a page as large as a house', header(100_000, 100_000), /exceeds the limit of 200000000 pixels/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseRasterHeader(bytes)).toThrow(message);
  });

  it('packs rows of runs and of single pixels', () => {
    const row = Uint32Array.of(1, 1, 1, 2, 3, 4, 4, 5);
    expect(packRow(row).toString('hex')).toBe('0201000000ff0200000003000000' + '0104000000' + '0005000000');
    expect(packRow(new Uint32Array(300)).toString('hex')).toBe('7f000000007f000000002b00000000');
  });
});

describe('what the job server tells unseen', () => {
  const nonce = '\x1esecret';
  const said = `GPL warning${nonce}begin ${nonce}one${nonce}page 0 612.0 792 2 -1 1 true false true 3 ${nonce}two${nonce}error a\nb; OffendingCommand: c${nonce}\x1esec${nonce}page nonsense${nonce}end`;
  const read = (chunks: string[]) => {
    const reader = new RecordReader(nonce);
    const parts = chunks.map((chunk) => reader.push(Buffer.from(chunk, 'latin1')));
    return { text: parts.map(({ text }) => text).join(''), records: parts.flatMap(({ records }) => records) };
  };

  it('is taken out of what the job prints, wherever it is cut', () => {
    const whole = read([said]);
    expect(whole.text).toBe('onetwo\x1esecend');
    const page = {
      first: 0,
      widthPoints: 612,
      heightPoints: 792,
      mode: 2,
      mediaPosition: null,
      mediaType: 'transparency',
    };
    expect(whole.records).toEqual([
      { type: 'begin' },
      { type: 'page', page: { ...page, manualFeed: true, duplex: false, outputFaceUp: true, copies: 3 } },
      { type: 'error', name: 'a\nb', command: 'c' },
    ]);
    for (let cut = 0; cut <= said.length; cut++)
      expect(read([said.slice(0, cut), said.slice(cut)])).toEqual(whole);
    expect(read([...said])).toEqual(whole);
  });

  it('costs in proportion to what is printed, also when a nonce is never closed', () => {
    assertLinear(200_000, (size) => {
      const reader = new RecordReader(nonce);
      for (let at = 0; at < size; at += 50) reader.push(Buffer.from(`${nonce.slice(0, 3)}${'x'.repeat(47)}`));
      reader.push(Buffer.from(nonce));
      for (let at = 0; at < size; at += 50) reader.push(Buffer.alloc(50, 'y'));
    });
  });

  it('holds nothing back of what is no record', () => {
    expect(read([`${nonce}begin ${nonce}`, 'question?']).text).toBe('question?');
  });
});
