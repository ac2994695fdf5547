/** Makes a text that was sent as `format=flowed` (RFC 3676) the text that its writer had, as its bytes arrive. */

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quoteMark = 0x3e;
const nothing = Buffer.alloc(0);
const oneSpace = Buffer.from(' ');

/** RFC 3676 §4.3: this line alone ends with a blank and is no soft line break. */
const signature = Buffer.from('-- ');
/** As many bytes of a line tell whether it is a signature separator: stuffing, separator and line end. */
const decisiveBytes = 1 + signature.length + 2;

/** Quoted lines stay as they are, line ends are those that came, and the result is never longer than what was pushed. */
export class FlowedDecoder {
  readonly #delSp: boolean;
  /** What the next bytes decide: the beginning of a line, or a blank and CR that may end it. */
  #held: Buffer = nothing;
  #atLineStart = true;
  /** The current line has no soft line break, whatever it ends with. */
  #isFixed = false;
  /** The blank and the line end of the last line, removed if the next line goes on from it; empty when it was fixed. */
  #softBreak: Buffer = nothing;

  /** `delSp`: whether the part's DelSp parameter is `yes`. */
  constructor(delSp: boolean) {
    this.#delSp = delSp;
  }

  push(chunk: Uint8Array): Buffer {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    return this.#decode(this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]), false);
  }

  end(): Buffer {
    return Buffer.concat([this.#decode(this.#held, true), this.#softBreak]);
  }

  #decode(input: Buffer, final: boolean): Buffer {
    const output: Buffer[] = [];
    let position = 0;
    while (position < input.length) {
      if (this.#atLineStart) {
        if (!final && !isDecided(input, position)) break;
        position = this.#startLine(input, position, output);
        continue;
      }
      const end = input.indexOf(lineFeed, position);
      if (end < 0) {
        const certain = final ? input.length : withoutLineEnd(input, position);
        output.push(input.subarray(position, certain));
        position = certain;
        break;
      }
      this.#endLine(input, position, end, output);
      position = end + 1;
    }
    this.#held = Buffer.from(input.subarray(position));
    return Buffer.concat(output);
  }

  /** Decides how the last line ended, and returns where the content of this one begins. */
  #startLine(input: Buffer, position: number, output: Buffer[]): number {
    const isQuoted = input[position] === quoteMark;
    // RFC 3676 §4.4: one blank in front of a line is stuffing.
    const start = input[position] === space ? position + 1 : position;
    this.#isFixed = isQuoted || isSignature(input, start);
    // RFC 3676 §4.5: a line of another quote depth does not continue the one before it.
    if (this.#isFixed) output.push(this.#softBreak);
    else if (this.#softBreak.length > 0 && !this.#delSp) output.push(oneSpace);
    this.#softBreak = nothing;
    this.#atLineStart = false;
    return start;
  }

  #endLine(input: Buffer, start: number, lineEnd: number, output: Buffer[]): void {
    const contentEnd = input[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd;
    const isSoft = !this.#isFixed && contentEnd > start && input[contentEnd - 1] === space;
    output.push(input.subarray(start, isSoft ? contentEnd - 1 : lineEnd + 1));
    if (isSoft) this.#softBreak = Buffer.from(input.subarray(contentEnd - 1, lineEnd + 1));
    this.#atLineStart = true;
  }
}

function isDecided(input: Buffer, position: number): boolean {
  return input.length - position >= decisiveBytes || input.includes(lineFeed, position);
}

function isSignature(input: Buffer, start: number): boolean {
  if (!input.subarray(start, start + signature.length).equals(signature)) return false;
  const rest = input.toString('latin1', start + signature.length, start + signature.length + 2);
  return rest === '' || rest.startsWith('\n') || rest === '\r\n';
}

/** Where the bytes begin at the end of `input` that may turn out to belong to a line end. */
function withoutLineEnd(input: Buffer, start: number): number {
  let end = input.length;
  if (end > start && input[end - 1] === carriageReturn) end--;
  if (end > start && input[end - 1] === space) end--;
  return end;
}
