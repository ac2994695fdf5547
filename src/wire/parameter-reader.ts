/** Reads a header value of the form `value; name=value; …` from left to right (RFC 2045 §5.1), as leniently as mail needs it. */

const whiteSpace: ReadonlySet<string> = new Set([' ', '\t', '\r', '\n', '\f', '\v']);

export class ParameterReader {
  readonly #text: string;
  #at = 0;
  /** A parenthesis that never closes has come: none is a comment's any longer. */
  #withoutComments = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** What stands before the first semicolon. */
  readMainValue(): string {
    return this.#readValue(false);
  }

  /** The next parameter, its name in lower case; null at the end. One without `=` has an empty value. */
  readParameter(): { name: string; value: string } | null {
    while (this.#at < this.#text.length) {
      const name = this.#readName();
      const value = this.#text[this.#at++] === '=' ? this.#readValue(true) : '';
      if (name !== '') return { name, value };
    }
    return null;
  }

  #readName(): string {
    let name = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at];
      if (character === '=' || character === ';') break;
      if (character === '(' && this.#skipComment()) continue;
      name += character;
    }
    return name.trim().toLowerCase();
  }

  /** Up to the semicolon, which is read, too. */
  #readValue(isParameter: boolean): string {
    let value = '';
    let hasBegun = false;
    // Right behind `=` and within a word, a parenthesis is part of it: `filename=report(1).ps`.
    let inWord = isParameter;
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] ?? '';
      if (character === ';') break;
      if (character === '"' && !hasBegun) return this.#readQuoted();
      if (character === '(' && !inWord && this.#skipComment()) continue;
      const isWhiteSpace = whiteSpace.has(character);
      hasBegun ||= !isWhiteSpace;
      inWord = isParameter && !isWhiteSpace;
      value += character;
    }
    this.#at++;
    return value.trim();
  }

  /** What stands between the closing quote and the semicolon is nothing's. Without a closing quote all the rest is quoted. */
  #readQuoted(): string {
    let value = '';
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at];
      if (character === '"') break;
      const next = this.#text[this.#at + 1];
      // Only these two need a backslash; one in front of anything else is a separator in a path of Windows.
      if (character === '\\' && (next === '"' || next === '\\')) this.#at++;
      value += this.#text[this.#at];
    }
    for (; this.#at < this.#text.length && this.#text[this.#at] !== ';'; this.#at++) {
      if (this.#text[this.#at] === '(') this.#skipComment();
    }
    this.#at++;
    return value;
  }

  /** Goes to the parenthesis that closes the comment here (RFC 5322 §3.2.2); false when there is no comment. */
  #skipComment(): boolean {
    if (this.#withoutComments) return false;
    const end = commentEnd(this.#text, this.#at);
    if (end < this.#text.length) {
      this.#at = end;
      return true;
    }
    // An unclosed comment must not hide the parameters behind it.
    this.#withoutComments = this.#text.includes(';', this.#at);
    if (!this.#withoutComments) this.#at = end;
    return !this.#withoutComments;
  }
}

/** Where the comment that begins at `start` is closed; the text's length when it is not. */
function commentEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return at;
  }
  return text.length;
}
