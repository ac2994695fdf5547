/** Finds which parts of its mail a text shows in itself: the `cid:` references in HTML (RFC 2392). */

/** RFC 5322 §2.1.1: an id is within a line. */
const maxIdLength = 998;
const maxIds = 1000;

const scheme = 'cid:';
const schemeForm = /cid:/gi;
/** Quotes in an attribute, brackets in a style sheet or, as Outlook writes it, in plain text. */
const stopForm = /[\s"'<>()[\]]/g;

/** Keeps a bounded number of ids, of bounded length; more are passed over. */
export class CidReferenceFinder {
  readonly #ids = new Set<string>();
  /** The id whose end has not come; null outside of one. */
  #id: string | null = null;
  /** The beginning of a word that may turn out to be the scheme. */
  #held = '';

  push(bytes: Buffer): void {
    const text = this.#held + bytes.toString('latin1');
    this.#held = '';
    for (let at = 0; at < text.length; ) {
      at = this.#id === null ? this.#readOutside(text, at) : this.#readId(this.#id, text, at);
    }
  }

  /** The Content-IDs, without angle brackets. */
  end(): ReadonlySet<string> {
    if (this.#id !== null) this.#keep(this.#id);
    this.#id = null;
    return this.#ids;
  }

  #readOutside(text: string, start: number): number {
    schemeForm.lastIndex = start;
    if (schemeForm.test(text)) {
      this.#id = '';
      return schemeForm.lastIndex;
    }
    this.#held = /c(id?)?$/i.exec(text.slice(-scheme.length + 1))?.[0] ?? '';
    return text.length;
  }

  #readId(id: string, text: string, start: number): number {
    stopForm.lastIndex = start;
    const end = stopForm.exec(text)?.index ?? text.length;
    // One character too many is enough to know that it is none.
    this.#id = id + text.slice(start, Math.min(end, start + maxIdLength + 1 - id.length));
    if (end === text.length) return end;
    this.#keep(this.#id);
    this.#id = null;
    return end;
  }

  #keep(id: string): void {
    if (id !== '' && id.length <= maxIdLength && this.#ids.size < maxIds) this.#ids.add(decodeId(id));
  }
}

/** RFC 2392: in a URL, characters of the id may be percent-encoded; in HTML, `&` may stand as `&amp;`. */
function decodeId(id: string): string {
  const text = id.replaceAll('&amp;', '&');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
