/** PostScript goes through as it is; what else was mailed stays off the paper with a reason. */
import { describe, expect, it } from 'vitest';
import type { DocumentFormat, JobDocument } from '#vocab/line.js';
import { makePrintReady, whyNotPrintable } from '../../src/convert/make-print-ready.js';
import { postScriptAlone } from '../../src/engine/formats.js';
import { MemoryContentStore } from '../support/memory-content.js';

async function convert(...documents: [DocumentFormat, string][]) {
  const store = new MemoryContentStore();
  const kept: JobDocument[] = [];
  for (const [format, text] of documents) {
    const writer = await store.create();
    await writer.write(Buffer.from(text, 'latin1'));
    kept.push({ name: 'a', format, content: await writer.commit(), notPrinted: null });
  }
  return makePrintReady(
    { id: 7, description: 'test', documents: kept, part: { from: 1, copies: 1 } },
    store,
    postScriptAlone,
  );
}

describe('making documents ready for the printer', () => {
  it('forwards PostScript with its declared pages', async () => {
    const { ready, pagesExpected, notPrinted } = await convert([
      'application/postscript',
      '\x04%!PS\n%%Pages: 3\nshowpage\x04',
    ]);
    expect({ pagesExpected, notPrinted }).toEqual({ pagesExpected: 3, notPrinted: [] });
    expect(ready).toMatchObject({ jobId: 7, pagesExpected: 3 });
    expect(ready?.documents).toMatchObject([
      { from: 1, to: 25, hasControlBytes: false, encapsulated: false },
    ]);
  });

  it('adds the pages of several documents, and knows none when one does not say', async () => {
    const three: [DocumentFormat, string] = ['application/postscript', '%!PS\n%%Pages: 3\n'];
    expect((await convert(three, three)).pagesExpected).toBe(6);
    expect((await convert(three, ['application/postscript', '%!PS\n'])).pagesExpected).toBeNull();
  });

  it('leaves out what the printer does not take, and prints the rest', async () => {
    const { ready, notPrinted } = await convert(
      ['application/pdf', '%PDF-1.4'],
      ['application/postscript', '%!PS\n'],
    );
    expect(ready?.documents).toHaveLength(1);
    expect(notPrinted).toEqual([
      { document: 0, reason: whyNotPrintable({ format: 'application/pdf' }, postScriptAlone) },
    ]);
  });

  it('is not ready when nothing can be printed', async () => {
    const { ready, pagesExpected, notPrinted } = await convert(['image/png', 'x'], ['text/plain', 'y']);
    expect([ready, pagesExpected, notPrinted.length]).toEqual([null, null, 2]);
  });

  it('says what a document is and what is accepted', () => {
    expect(whyNotPrintable({ format: 'application/postscript' }, postScriptAlone)).toBeNull();
    expect(whyNotPrintable({ format: 'application/pdf' }, postScriptAlone)).toMatch(
      /PDF.*accepts PostScript/,
    );
  });
});
