/** Which pages come out when only a part of a job is wanted, or more than one copy; on a real interpreter. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { formatPageSkipper } from '#wire/postscript-job.js';
import { choosePart } from '../../src/convert/print-part.js';
import { missing } from '../support/peers.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describe('a part of a job', () => {
  const parts = (counts: (number | null)[], from: number, copies = 1) => {
    const { documents, pagesExpected } = choosePart(
      counts.map((_, place) => 'abc'[place]),
      counts,
      { from, copies },
    );
    return [documents.map(({ document, skipPages }) => `${document}${skipPages}`).join(' '), pagesExpected];
  };

  it.each([
    ['all of it', [3, 2], 1, 1, 'a0 b0', 5],
    ['from within the first document', [3, 2], 2, 1, 'a1 b0', 4],
    ['from the beginning of the second', [3, 2], 4, 1, 'b0', 2],
    ['from within the second', [3, 2], 5, 1, 'b1', 1],
    ['in copies, one after the other', [3, 2], 5, 2, 'b1 b1', 2],
    ['of unknown length', [null], 8, 1, 'a7', null],
    ['with a last document of unknown length', [3, null], 5, 1, 'b1', null],
    ['all of it, whatever its length', [null, 2], 1, 2, 'a0 b0 a0 b0', null],
  ])('can be %s', (_what, counts, from, copies, documents, pages) => {
    expect(parts(counts, from, copies)).toEqual([documents, pages]);
  });

  it.each([
    ['behind the end', [3, 2], 6, 'there is no page 6: the document has 5'],
    ['behind a document of unknown length', [null, 2], 2, 'document 1 does not say how many pages it has'],
  ])('cannot be %s', (_what, counts, from, text) => {
    const refusal = { code: 'no-such-page', publicText: expect.stringContaining(text) };
    expect(() => parts(counts, from)).toThrow(expect.objectContaining(refusal));
  });
});

describe.skipIf(missing('gs'))('the program that swallows pages', () => {
  /** The pictures of the pages that come out. */
  async function pagesOf(program: string): Promise<Buffer[]> {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'part.ps'), `%!PS\n${program}\n`);
    const args = [
      '-q',
      '-dSAFER',
      '-dBATCH',
      '-dNOPAUSE',
      '-sDEVICE=pnggray',
      '-r18',
      '-o',
      'page%03d.png',
      'part.ps',
    ];
    await promisify(execFile)('gs', args, { cwd: folder, timeout: 60_000 });
    const pictures = readdirSync(folder).filter((name) => name.endsWith('.png'));
    return pictures.sort().map((name) => readFileSync(join(folder, name)));
  }
  const show = (text: string) => `/Courier findfont 90 scalefont setfont 72 600 moveto (${text}) show`;

  it.each([
    ['plainly', (page: string) => `${show(page)} showpage`],
    ['between save and restore', (page: string) => `save ${show(page)} showpage restore`],
    ['by the system dictionary', (page: string) => `${show(page)} systemdict /showpage get exec`],
    [
      'on a page device of its own',
      (page: string) => `<< /PageSize [612 792] >> setpagedevice ${show(page)} showpage`,
    ],
  ])('counts pages that are put out %s', async (_how, put) => {
    const program = ['one', 'two', 'three', 'four'].map(put).join('\n');
    expect(await pagesOf(`${formatPageSkipper(2)}${program}`)).toEqual((await pagesOf(program)).slice(2));
  });

  it('counts beyond a byte', async () => {
    const pages = Array.from({ length: 260 }, (_, page) => `${show(`p${page + 1}`)} showpage`);
    const last = await pagesOf(pages.slice(-2).join('\n'));
    expect(await pagesOf(formatPageSkipper(258) + pages.join('\n'))).toEqual(last);
  });
});
