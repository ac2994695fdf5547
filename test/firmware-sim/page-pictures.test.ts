/** What lies in the output tray is what Ghostscript draws, pixel for pixel, in the pictures and in the PDF. */
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { enterTbcp, quoteTbcp } from '#wire/postscript-channel.js';
import { parsePageHeader, pngChunks, readRows } from '../../firmware-sim/rasters/png.js';
import { interpret } from '../support/interpret.js';
import { pixelsOf as digestsOf, ghostscriptPages } from '../support/page-pictures.js';
import { missing } from '../support/peers.js';
import { pageFiles, printRaw, startTestPrinter } from '../support/simulator.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const fixtures = fileURLToPath(new URL('../../../fixtures/ps', import.meta.url));
const corpus = fileURLToPath(new URL('../../../../shared/corpus/ps', import.meta.url));
/** An EPS that shows no page by itself. Ghostscript adds the page; a printer prints what it is told. */
const withoutShowpage = new Set(['ridt91.eps']);

const documentsIn = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /\.e?ps$/.test(name))
        .map((name) => join(folder, name))
    : [];
const documents = [...documentsIn(fixtures), ...documentsIn(corpus)];
if (!existsSync(corpus))
  process.stderr.write('no ../shared/corpus here: only our own fixtures are compared\n');

const noGhostscript = missing('gs');

/** Ghostscript alone, as anybody would call it. */
function ghostscript(args: string[], input?: Uint8Array): Buffer {
  const common = [
    '-q',
    '-dSAFER',
    '-dNOPAUSE',
    '-dBATCH',
    '-r72',
    '-sOutputFile=%stdout',
    '-sstdout=%stderr',
  ];
  return execFileSync('gs', [...common, ...args], {
    input: input ?? '',
    maxBuffer: 2 ** 28,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

/** All pixels of a page picture. */
async function pixelsOf(file: string): Promise<Buffer> {
  const rows: Buffer[] = [];
  for await (const row of readRows(file, await headerOf(file))) rows.push(Buffer.from(row));
  return Buffer.concat(rows);
}

async function headerOf(file: string) {
  for await (const { data } of pngChunks(createReadStream(file))) return parsePageHeader(data);
  throw new Error(`no picture in ${file}`);
}

/** A stream of pictures, each in a file of its own. */
async function separate(pictures: Buffer): Promise<string[]> {
  const folder = temporaryFolder();
  const files: string[] = [];
  let parts: Buffer[] = [];
  for await (const { chunk, bytes } of pngChunks(Readable.from([pictures]))) {
    parts.push(Buffer.from(bytes));
    if (chunk !== 'IEND') continue;
    const file = join(folder, `${files.length}.png`);
    writeFileSync(file, Buffer.concat(parts));
    files.push(file);
    parts = [];
  }
  return files;
}

describe.skipIf(noGhostscript)('page pictures', () => {
  it.each(documents)('equal Ghostscript’s own: %s', async (path) => {
    const { port, out } = await startTestPrinter();
    const document = readFileSync(path);
    await printRaw(port, Buffer.concat([enterTbcp, quoteTbcp(document)]));
    const pages = await pageFiles(out, 1);
    if (withoutShowpage.has(basename(path))) {
      expect(pages).toEqual([]);
      return;
    }
    expect(pages.length).toBeGreaterThan(0);
    expect(await digestsOf(pages)).toEqual(await ghostscriptPages([path], 72));
  });

  it.each([
    ['in colour', 'N', 'png16m'],
    ['in grey, by a 740L', 'L', 'pnggray'],
  ])('and the PDF show the same, %s', async (_, profile, device) => {
    const { port, out } = await startTestPrinter({ settings: { profile } });
    await printRaw(port, readFileSync(join(fixtures, 'vector-colours.ps')));
    const files = await pageFiles(out, 1);
    const drawn = await separate(ghostscript([`-sDEVICE=${device}`, join(out, 'job-0001.pdf')]));
    expect(drawn).toHaveLength(2);
    for (const [at, file] of files.entries()) {
      expect(await headerOf(file)).toEqual({ width: 612, height: 792, samples: profile === 'N' ? 3 : 1 });
      expect((await pixelsOf(file)).equals(await pixelsOf(drawn[at] ?? ''))).toBe(true);
    }
  });

  it('have the size of the paper in the PDF', async () => {
    const { folder } = await interpret('%!PS\n<< /PageSize [595 842] >> setpagedevice showpage\n', {
      dpi: 100,
    });
    const pdf = readFileSync(`${folder}.pdf`, 'latin1');
    // A whole number of pixels is the nearest that a picture can come to A4.
    const box = /\/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]/.exec(pdf);
    expect(Number(box?.[1])).toBeCloseTo(595, -0.5);
    expect(Number(box?.[2])).toBeCloseTo(842, -0.5);
  });
});
