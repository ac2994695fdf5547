/** Page pictures compared by their pixels, and what Ghostscript itself makes of a document. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type PageHeader, parsePageHeader, pngChunks, readRows } from '../../firmware-sim/rasters/png.js';

/** One line for each page: its size and a digest of its pixels, so that a difference reads well. */
export async function pixelsOf(files: readonly string[]): Promise<string[]> {
  const pages: string[] = [];
  for (const file of files) {
    const header = await readHeader(file);
    const hash = createHash('sha256');
    for await (const row of readRows(file, header)) hash.update(row);
    const { width, height, samples } = header;
    pages.push(`${width}x${height}x${samples} ${hash.digest('hex')}`);
  }
  return pages;
}

/** The pages that Ghostscript makes of these documents by itself, one run each, as a machine with these margins prints them. */
export async function ghostscriptPages(documents: readonly string[], dpi: number): Promise<string[]> {
  return documents.flatMap((document) =>
    drawCmyk(document, dpi).map((page) => {
      const pixels = printed(page, dpi);
      return `${page.width}x${page.height}x3 ${createHash('sha256').update(pixels).digest('hex')}`;
    }),
  );
}

interface CmykPage {
  width: number;
  height: number;
  /** Cyan, magenta, yellow, black, from the top. */
  pixels: Buffer;
}

/** By a device that the simulated printer does not use. */
function drawCmyk(document: string, dpi: number): CmykPage[] {
  const device = [
    '-sDEVICE=pamcmyk32',
    `-r${dpi}`,
    '-sPAPERSIZE=letter',
    '-dFIXEDRESOLUTION',
    '-dUseFastColor',
  ];
  const black = ['-c', '{ } setblackgeneration { } setundercolorremoval', '-f', document];
  const output = ['-sOutputFile=%stdout', '-sstdout=%stderr'];
  const pages = execFileSync(
    'gs',
    ['-q', '-dSAFER', '-dNOPAUSE', '-dBATCH', ...device, ...output, ...black],
    { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 30 },
  );
  const found: CmykPage[] = [];
  for (let at = 0; at < pages.length; ) {
    const end = pages.indexOf('ENDHDR\n', at) + 'ENDHDR\n'.length;
    const header = pages.toString('latin1', at, end);
    const width = Number(/WIDTH (\d+)/.exec(header)?.[1]);
    const height = Number(/HEIGHT (\d+)/.exec(header)?.[1]);
    at = end + width * height * 4;
    found.push({ width, height, pixels: pages.subarray(end, at) });
  }
  return found;
}

/** The imageable areas that the printer's PPD names for portrait Letter and A4, white around them; black is added to the colours. */
function printed({ width, height, pixels }: CmykPage, dpi: number): Buffer {
  const margins = Math.abs(width - (612 * dpi) / 72) <= 1 ? [10.32, 15.9, 10.32, 15.78] : [0, 0, 0, 0];
  const [left = 0, bottom = 0, right = 0, top = 0] = margins.map((points) => Math.round((points * dpi) / 72));
  const rgb = Buffer.alloc(width * height * 3, 255);
  for (let y = top; y < height - bottom; y++) {
    for (let x = left; x < width - right; x++) {
      const at = y * width + x;
      const black = pixels[at * 4 + 3] ?? 0;
      for (let sample = 0; sample < 3; sample++) {
        rgb[at * 3 + sample] = 255 - Math.min(255, (pixels[at * 4 + sample] ?? 0) + black);
      }
    }
  }
  return rgb;
}

async function readHeader(file: string): Promise<PageHeader> {
  for await (const { data } of pngChunks(createReadStream(file))) return parsePageHeader(data);
  throw new Error(`${file} holds no picture`);
}
