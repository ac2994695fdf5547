/** Text out of bytes in any charset that mail names, by libmime where it knows it; never throws. */
import { isUtf8 } from 'node:buffer';
import { createDecodeStream, decode } from 'libmime/lib/charset.js';

/** No charset of IANA's registry has a longer name or alias. */
const maxCharsetLength = 60;

/** Names that say nothing of bytes above 127. */
const saysNothing = /^(?:us[-_]?ascii|ascii|default|unknown-8bit|x-unknown)?$/i;

interface ShiftedCharset {
  name: RegExp;
  /** Marks that stand for nothing. */
  silent: RegExp;
  /** What stands between the two other marks, in its first group. */
  between: RegExp;
  /** The 8-bit charset that what is between them belongs to, without its high bits. */
  charset: string;
}

const shiftedCharsets: readonly ShiftedCharset[] = [
  // RFC 1557: a designation, then Shift Out (Ctrl-N) and Shift In (Ctrl-O).
  {
    name: /^(?:cs)?iso-?2022-?kr$/i,
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is what is looked for.
    silent: /\x1b\$\)C/g,
    between: /\cN([^\cO]*)\cO?/g,
    charset: 'euc-kr',
  },
  // RFC 1843
  {
    name: /^hz(?:-gb-2312)?$/i,
    silent: /~(?=~)|~\n/g,
    between: /~\{([\x21-\x7d]*)(?:~\})?/g,
    charset: 'gbk',
  },
];

/** What the charset does not know comes out as U+FFFD; bytes in a charset that nobody knows as `decodeUnlabelled` reads them. */
export function decodeCharset(bytes: Buffer, charset: string): string {
  const name = charset.trim();
  if (saysNothing.test(name) || name.length > maxCharsetLength) return decodeUnlabelled(bytes);
  if (/^(?:unicode-1-1-|x-unicode-2-0-)?utf-?7$/i.test(name)) return decodeUtf7(bytes);
  const known = shiftedCharsets.find((each) => each.name.test(name));
  if (known !== undefined) return decodeShifted(bytes, known);
  return createDecodeStream(name).supported ? decode(bytes, name) : decodeUnlabelled(bytes);
}

/** Bytes of which nobody says what they are: UTF-8 if they can be that, or else Windows' Western European. */
export function decodeUnlabelled(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : decode(bytes, 'windows-1252');
}

/** RFC 2152; a `+` with nothing behind it that could be base64 stays. */
function decodeUtf7(bytes: Buffer): string {
  return decodeUnlabelled(bytes).replace(/\+([A-Za-z0-9+/]*)(-?)/g, (whole, base64: string, end: string) => {
    if (base64 === '') return end === '' ? whole : '+';
    const units = Buffer.from(base64, 'base64');
    return units
      .subarray(0, units.length & ~1)
      .swap16()
      .toString('utf16le');
  });
}

function decodeShifted(bytes: Buffer, { silent, between, charset }: ShiftedCharset): string {
  const decodePairs = (_whole: string, inner: string) => {
    const pairs = Buffer.from(inner, 'latin1');
    for (const [at, byte] of pairs.entries()) pairs[at] = byte | 0x80;
    return decode(pairs, charset);
  };
  return bytes.toString('latin1').replace(between, decodePairs).replace(silent, '');
}
