/** Recognises bodies in encodings that are not undone here, BinHex and yEnc, so that they can be refused with words. */

/** As many first bytes of a body as are looked at; both may have a text in front. */
const lookedBytes = 1024;

export type OldEncoding = 'binhex' | 'yenc';

/** What a file in it is, in words for people. */
export const oldEncodingWords: Readonly<Record<OldEncoding, string>> = {
  binhex: 'a file in BinHex, an old encoding of Macintosh mail',
  yenc: 'a file in yEnc, an encoding of newsgroups',
};

/** RFC 1741 §4: the sentence that precedes the data, whatever its version; yEnc draft 1.3: the line that begins it. */
const beginnings: readonly [encoding: OldEncoding, form: RegExp][] = [
  ['binhex', /^\(This file must be converted with BinHex/im],
  ['yenc', /^=ybegin (?:line|part|total)=\d/m],
];

/** Null for a body in neither. */
export function detectOldEncoding(firstBytes: Uint8Array): OldEncoding | null {
  const { buffer, byteOffset, byteLength } = firstBytes;
  const text = Buffer.from(buffer, byteOffset, Math.min(byteLength, lookedBytes)).toString('latin1');
  return beginnings.find(([, form]) => form.test(text))?.[0] ?? null;
}
