/** Looks a PostScript program through once, as it streams by: where it begins and ends, what its DSC comments say, its control bytes. */
import { hasControlBytes } from './postscript-channel.js';

/** The longest DSC line that is read (DSC 3.0, section 3: lines are at most 255 characters). */
const maxDscLineBytes = 255;
/** A document that claims more pages than this is not believed. */
const maxBelievedPages = 1_000_000;

/** Bytes that may stand before and after a program without belonging to it: white space, NUL, Ctrl-D. */
const padding: ReadonlySet<number> = new Set([0x00, 0x04, 0x09, 0x0a, 0x0c, 0x0d, 0x20]);
/** In front, an editor may have put a byte order mark, too. */
const leadingPadding: ReadonlySet<number> = new Set([...padding, 0xef, 0xbb, 0xbf]);

export interface PostScriptFacts {
  /** Byte offsets of the program itself, without the padding around it; `to` is exclusive. */
  from: number;
  to: number;
  /** The program holds bytes that a serial channel takes for control characters. */
  hasControlBytes: boolean;
  /** `%%Pages:` of the document itself, or null. */
  pages: number | null;
  /** Encapsulated PostScript: a picture to be set into a page, which need not put out a page of its own. */
  encapsulated: boolean;
}

export class PostScriptScanner {
  #offset = 0;
  #from = -1;
  #to = 0;
  #control = false;
  /** A control byte in the padding since `#to`: counts only if the program goes on after it. */
  #controlPending = false;
  #line = '';
  /** Null until the program's first line was read. */
  #encapsulated: boolean | null = null;
  #nesting = 0;
  #pages: number | null = null;
  #atEnd = false;

  push(chunk: Uint8Array): void {
    this.#findEdges(chunk);
    this.#findPages(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1'));
    this.#offset += chunk.length;
  }

  end(): PostScriptFacts {
    this.#readLine(this.#line);
    const from = Math.max(this.#from, 0);
    return {
      from,
      to: Math.max(this.#to, from),
      hasControlBytes: this.#control,
      pages: this.#pages,
      encapsulated: this.#encapsulated ?? false,
    };
  }

  #findEdges(chunk: Uint8Array): void {
    let first = 0;
    if (this.#from === -1) {
      while (first < chunk.length && leadingPadding.has(chunk[first] as number)) first++;
      if (first === chunk.length) return;
      this.#from = this.#offset + first;
    }
    let last = chunk.length;
    while (last > first && padding.has(chunk[last - 1] as number)) last--;
    if (last > first) {
      this.#control ||= this.#controlPending || hasControlBytes(chunk.subarray(first, last));
      this.#controlPending = false;
      this.#to = this.#offset + last;
    }
    this.#controlPending ||= hasControlBytes(chunk.subarray(last));
  }

  #findPages(text: string): void {
    const lines = text.split(/[\r\n]/);
    lines[0] = this.#line + lines[0];
    this.#line = lines.pop()?.slice(0, maxDscLineBytes) ?? '';
    for (const line of lines) this.#readLine(line);
  }

  #readLine(line: string): void {
    this.#encapsulated ??= findEncapsulated(line);
    if (line.startsWith('%%')) this.#readComment(line);
  }

  /** DSC 3.0, section 4.6: the count stands in the header, or is `(atend)` and stands in the trailer. */
  #readComment(line: string): void {
    // DSC 3.0, section 6.4: an embedded document has comments of its own.
    if (line.startsWith('%%BeginDocument')) this.#nesting++;
    else if (line.startsWith('%%EndDocument')) this.#nesting = Math.max(0, this.#nesting - 1);
    else if (this.#nesting === 0 && line.startsWith('%%Pages:'))
      this.#readPages(line.slice('%%Pages:'.length));
  }

  #readPages(value: string): void {
    if (this.#pages !== null && !this.#atEnd) return;
    if (/^\s*\(atend\)/.test(value)) this.#atEnd = true;
    const count = Number(/^\s*(\d{1,7})\b/.exec(value)?.[1]);
    if (count > 0 && count <= maxBelievedPages) this.#pages = count;
  }
}

/** EPSF 3.0, section 2: the first line says it. Null when the line holds nothing but padding. */
function findEncapsulated(line: string): boolean | null {
  const start = [...line].findIndex((character) => !leadingPadding.has(character.charCodeAt(0)));
  return start < 0 ? null : /^%!PS-Adobe-\d+\.\d+ EPSF-/.test(line.slice(start));
}
