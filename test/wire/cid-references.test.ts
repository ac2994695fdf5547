/** Which Content-IDs a text refers to, as mail programs write them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CidReferenceFinder } from '#wire/cid-references.js';
import { assertLinear } from '../support/assert-linear.js';
import { anyCuts, cutAt, singleBytes } from '../support/pieces.js';

function idsIn(...chunks: Buffer[]): string[] {
  const finder = new CidReferenceFinder();
  for (const chunk of chunks) finder.push(chunk);
  return [...finder.end()];
}

describe('references (RFC 2392)', () => {
  it.each<[string, string[]]>([
    ['<img src="cid:image001.png@01DB.5C0">', ['image001.png@01DB.5C0']],
    ["<IMG SRC='CID:a@b'><img src=cid:c@d>", ['a@b', 'c@d']],
    ['<td background="cid:a@b"><img src="cid:a@b">', ['a@b']],
    ['<p style="background: url(cid:a@b)">', ['a@b']],
    ['[cid:image001.png@01DB]', ['image001.png@01DB']],
    ['<img src="cid:foo4%25foo1@bar&amp;net">', ['foo4%foo1@bar&net']],
    ['<img src="cid:50%@b">', ['50%@b']],
    ['cid:cid:cid', ['cid:cid']],
    ['ccid:a@b', ['a@b']],
    ['cid:at-the-end', ['at-the-end']],
    ['"cid:" cid: <cid:>', []],
    ['no acid here', []],
    [`cid:${'x'.repeat(998)} cid:${'y'.repeat(999)}`, ['x'.repeat(998)]],
  ])('%j', (text, ids) => {
    expect(idsIn(Buffer.from(text))).toEqual(ids);
    expect(idsIn(...singleBytes(Buffer.from(text)))).toEqual(ids);
  });

  it('are the same however the text is cut', () => {
    const words = fc.constantFrom(
      'cid:',
      'ci',
      'd:',
      'CID',
      ':',
      'a@b',
      ' ',
      '"',
      '%4',
      '1',
      '&amp;',
      'x'.repeat(600),
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 30 }), anyCuts, (parts, cuts) => {
        const text = Buffer.from(parts.join(''));
        expect(idsIn(...cutAt(text, cuts))).toEqual(idsIn(text));
      }),
    );
  });

  it('are kept up to a number', () => {
    const text = Array.from({ length: 1200 }, (_, index) => `cid:${index} `).join('');
    expect(idsIn(Buffer.from(text))).toHaveLength(1000);
  });

  it.each(['cid:', 'cid:x ', 'cid', 'x', 'c%'])('cost no more than the text, of %j over and over', (unit) => {
    // The same piece again and again: to make a long text costs more than to look through it.
    const piece = Buffer.from(unit.repeat(300));
    assertLinear(200, (count) => {
      const finder = new CidReferenceFinder();
      for (let pushed = 0; pushed < count; pushed++) finder.push(piece);
      finder.end();
    });
  });
});
