/** Page pictures compared by their pixels, and what Ghostscript itself makes of a document. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type PageHeader, parsePageHeader, pngChunks, readRows } from '../../firmware-sim/rasters/png.js';
import { temporaryFolder } from './temporary-folder.js';

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

/** The pages that Ghostscript makes of these documents by itself, one run each. */
export async function ghostscriptPages(documents: readonly string[], dpi: number): Promise<string[]> {
  const pages: string[] = [];
  for (const document of documents) {
    const folder = temporaryFolder();
    const device = ['-sDEVICE=png16m', `-r${dpi}`, '-sPAPERSIZE=letter', '-dFIXEDRESOLUTION'];
    const output = `-sOutputFile=${join(folder, '%03d.png')}`;
    execFileSync('gs', ['-q', '-dSAFER', '-dNOPAUSE', '-dBATCH', ...device, output, document], {
      stdio: 'ignore',
    });
    const files = readdirSync(folder).sort();
    pages.push(...(await pixelsOf(files.map((name) => join(folder, name)))));
  }
  return pages;
}

async function readHeader(file: string): Promise<PageHeader> {
  for await (const { data } of pngChunks(createReadStream(file))) return parsePageHeader(data);
  throw new Error(`${file} holds no picture`);
}
