/** A PostScript document mailed to the printer comes out as the pages that Ghostscript itself makes of it. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { blockOf, buildHouse, dpi } from '../support/house.js';
import { ghostscriptPages, pixelsOf } from '../support/page-pictures.js';
import { missing } from '../support/peers.js';
import { binaryPicture, textDocument } from '../support/postscript-samples.js';
import { temporaryFile } from '../support/temporary-folder.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const welcome = join(root, 'fixtures/ps/welcome.ps');
const corpus = join(root, '../shared/corpus/ps');
const pictures = existsSync(corpus)
  ? readdirSync(corpus)
      .filter((name) => /\.e?ps$/.test(name))
      .map((name) => join(corpus, name))
  : [];
if (pictures.length === 0) process.stderr.write(`skipped: the pictures of ${corpus} are not here\n`);

describe.skipIf(missing('gs'))('a mailed PostScript document', () => {
  it('comes out page by page, is confirmed, answered, and leaves nothing behind', async () => {
    const house = await buildHouse();
    const { messageId } = await house.mail([welcome], { notify: ['printed'], description: 'Welcome' });
    await house.runOnce();

    expect(await pixelsOf(house.pages())).toEqual(await ghostscriptPages([welcome], dpi));
    expect(await house.job(1)).toMatchObject({
      state: 'completed',
      reasons: ['job-completed-successfully'],
      pages: { expected: 3, confirmed: 3 },
      attempts: 1,
      counterBefore: 0,
    });

    const [letter, ...others] = await house.letters();
    expect(others).toEqual([]);
    expect(letter?.subject).toBe('[Phaser 740] Job Printed: Welcome');
    expect(letter?.inReplyTo).toBe(messageId);
    expect(letter?.headers.get('auto-submitted')).toBe('auto-replied');
    expect(letter?.headerLines.find(({ key }) => key === 'return-path')?.line).toBe('Return-Path: <>');
    expect(letter?.text).toContain('"Welcome" was printed: 3 pages');
    expect(blockOf(letter)).toMatchObject({
      Job: ['1'],
      Event: ['printed'],
      State: ['completed'],
      'Pages-Expected': ['3'],
      'Pages-Confirmed': ['3'],
      'Message-ID': [messageId],
    });

    expect(await house.waiting()).toBe(0);
    await house.runOnce();
    expect(await house.spooled()).toEqual([]);
    expect(house.pages()).toHaveLength(3);
    expect(await house.letters()).toEqual([]);
  });

  it('that went well is not answered when nothing was asked for', async () => {
    const house = await buildHouse();
    await house.mail([welcome]);
    await house.runOnce();
    expect((await house.job(1)).state).toBe('completed');
    expect(await house.letters()).toEqual([]);
  });

  it('may have twenty pages of text', async () => {
    const house = await buildHouse();
    const text = temporaryFile('report.ps', textDocument(20));
    await house.mail([text]);
    await house.runOnce();
    const pages = await pixelsOf(house.pages());
    expect(pages).toEqual(await ghostscriptPages([text], dpi));
    expect(new Set(pages).size).toBe(20);
    expect((await house.job(1)).pages).toEqual({ expected: 20, confirmed: 20 });
  });

  it('may hold bytes that a printer’s channel takes for its own', async () => {
    const house = await buildHouse();
    const picture = temporaryFile('picture.ps', binaryPicture());
    const next = temporaryFile('next.ps', textDocument(1));
    await house.mail([picture, next]);
    await house.runOnce();
    expect(await pixelsOf(house.pages())).toEqual(await ghostscriptPages([picture, next], dpi));
    expect((await house.job(1)).reasons).toEqual(['job-completed-successfully']);
  });

  it('may be an encapsulated one that leaves the page to others', async () => {
    const house = await buildHouse();
    const shape = '20 20 moveto 300 500 lineto 500 20 lineto closepath 0.4 setgray fill';
    const eps = (end: string) =>
      temporaryFile('shape.eps', `%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 20 20 500 500\n${shape}\n${end}\n`);
    const files = [eps(''), eps('showpage'), temporaryFile('plain.ps', `%!PS\n${shape}\n`)];
    await house.mail(files);
    await house.runOnce();
    expect(await pixelsOf(house.pages())).toEqual(await ghostscriptPages(files, dpi));
    expect(house.pages()).toHaveLength(2);
  });

  it('may stand between the commands of a printer driver, behind junk or a preview (ask 21)', async () => {
    const house = await buildHouse();
    const [plain, other] = [textDocument(1), textDocument(2, 'other')];
    const exit = '\x1b%-12345X';
    const pjl = `${exit}@PJL JOB NAME="report"\r\n@PJL ENTER LANGUAGE=POSTSCRIPT\r\n${plain}\x04${exit}@PJL EOJ\r\n${exit}`;
    const junk = `HTTP/1.1 200 OK\r\nContent-Type: application/postscript\r\n\r\n${other}`;
    const header = Buffer.alloc(30);
    header.write('c5d0d3c6', 'hex');
    header.writeUInt32LE(header.length + 500, 4);
    header.writeUInt32LE(plain.length, 8);
    const eps = Buffer.concat([header, Buffer.alloc(500, 'preview'), Buffer.from(plain)]);
    await house.mail([
      temporaryFile('report.prn', pjl),
      temporaryFile('download.bin', junk),
      temporaryFile('drawing.eps', eps),
    ]);
    await house.runOnce();
    const programs = [plain, other, plain].map((text) => temporaryFile('program.ps', text));
    expect(await pixelsOf(house.pages())).toEqual(await ghostscriptPages(programs, dpi));
    expect(await house.job(1)).toMatchObject({
      reasons: ['job-completed-successfully'],
      pages: { expected: 4, confirmed: 4 },
    });
  });

  it('may do without the comment that PostScript begins with, when it is named as PostScript', async () => {
    const house = await buildHouse();
    const bare = temporaryFile('bare.ps', '% A program\n100 100 200 200 rectfill showpage\n');
    await house.mail([bare]);
    await house.runOnce();
    expect(await pixelsOf(house.pages())).toEqual(await ghostscriptPages([bare], dpi));
  });

  it('may come with others, which are printed in their order as one job', async () => {
    const house = await buildHouse();
    const files = [3, 1, 2].map((count) =>
      temporaryFile(`part-${count}.ps`, textDocument(count, `part of ${count}`)),
    );
    await house.mail(files, { notify: ['printed'] });
    await house.runOnce();
    expect(await pixelsOf(house.pages())).toEqual(await ghostscriptPages(files, dpi));
    expect(await house.job(1)).toMatchObject({ pages: { expected: 6, confirmed: 6 }, state: 'completed' });
    const [letter] = await house.letters();
    expect(blockOf(letter).Document).toHaveLength(3);
  });

  it('may be one of the classic pictures', { skip: pictures.length === 0, timeout: 60_000 }, async () => {
    const house = await buildHouse();
    await house.mail(pictures);
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({ state: 'completed' });
    expect(await pixelsOf(house.pages())).toEqual(await ghostscriptPages(pictures, dpi));
  });
});
