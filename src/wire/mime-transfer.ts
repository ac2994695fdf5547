/** Undoes a body's transfer encoding (RFC 2045 §6) as its bytes arrive, holding back a bounded tail only. */

/** White space longer than a line may be (RFC 5322 §2.1.1) is content, not the padding of a line's end. */
const maxHeldBytes = 998;

export interface TransferDecoder {
  /** The result may share memory with `bytes`. */
  write(bytes: Buffer): Buffer;
  end(): Buffer;
}

/** `encoding` in lower case; anything but base64 and quoted-printable passes as it is. */
export function createTransferDecoder(encoding: string): TransferDecoder {
  if (encoding === 'base64') return new Base64Decoder();
  if (encoding === 'quoted-printable') return new QuotedPrintableDecoder();
  return identityDecoder;
}

const nothing = Buffer.alloc(0);
const identityDecoder: TransferDecoder = { write: (bytes) => bytes, end: () => nothing };

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const equalsSign = 0x3d;
const hyphen = 0x2d;
const underscore = 0x5f;

const base64Alphabet = Buffer.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  'latin1',
);
/** By byte: the character's value, or -1 outside of the alphabet. */
const base64Values = new Int8Array(256).fill(-1);
for (const [value, byte] of base64Alphabet.entries()) base64Values[byte] = value;

/** A longer text costs several times as much a byte: V8 makes room of its own for it. */
const pieceBytes = 32 * 1024;

class Base64Decoder implements TransferDecoder {
  /** The bits of the group of four that has begun, and how many characters it has. */
  #bits = 0;
  #count = 0;

  write(bytes: Buffer): Buffer {
    const output = Buffer.allocUnsafe(Math.ceil((bytes.length * 3) / 4) + 3);
    let length = 0;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      length = this.#decode(bytes.subarray(at, at + pieceBytes), output, length);
    }
    return output.subarray(0, length);
  }

  #decode(bytes: Buffer, output: Buffer, start: number): number {
    let position = 0;
    let length = start;
    while (this.#count !== 0 && position < bytes.length)
      length = this.#step(bytes[position++], output, length);
    const run = cleanRun(bytes, position);
    if (run.bytes > 0 && output.write(run.text, length, 'base64') === run.decodedBytes) {
      length += run.decodedBytes;
      position += run.bytes;
    }
    while (position < bytes.length) length = this.#step(bytes[position++], output, length);
    return length;
  }

  end(): Buffer {
    const output = Buffer.allocUnsafe(2);
    return output.subarray(0, this.#endGroup(output, 0));
  }

  /** Takes one character; returns how many bytes `output` now has. */
  #step(byte: number | undefined, output: Buffer, length: number): number {
    // RFC 2045 §6.8: padding ends the data; some senders join padded pieces, so more may follow.
    if (byte === equalsSign) return this.#endGroup(output, length);
    const value = byte === undefined ? -1 : (base64Values[byte] ?? -1);
    // RFC 2045 §6.8: characters outside of the alphabet are ignored.
    if (value < 0) return length;
    this.#bits = (this.#bits << 6) | value;
    this.#count++;
    if (this.#count < 4) return length;
    output[length] = this.#bits >> 16;
    output[length + 1] = this.#bits >> 8;
    output[length + 2] = this.#bits;
    this.#bits = 0;
    this.#count = 0;
    return length + 3;
  }

  /** A group of two or three characters holds one or two bytes; a single character holds none. */
  #endGroup(output: Buffer, length: number): number {
    const bytes = Math.max(0, this.#count - 1);
    const bits = this.#bits << (6 * (4 - this.#count));
    if (bytes > 0) output[length] = bits >> 16;
    if (bytes > 1) output[length + 1] = bits >> 8;
    this.#bits = 0;
    this.#count = 0;
    return length + bytes;
  }
}

/**
 * The longest run of whole groups from `start` that Node can decode in one call, if it holds nothing but the
 * alphabet and line ends. Whether it does is seen afterwards: junk makes the decoded length fall short.
 */
function cleanRun(bytes: Buffer, start: number): { text: string; bytes: number; decodedBytes: number } {
  let end = bytes.length;
  // Node takes base64url's two characters as well, which in RFC 2045 are junk.
  for (const stop of [equalsSign, hyphen, underscore]) {
    const found = bytes.subarray(start, end).indexOf(stop);
    if (found >= 0) end = start + found;
  }
  const characters = end - start - lineEndBytes(bytes, start, end);
  for (let odd = characters % 4; odd > 0; ) {
    end--;
    const byte = bytes[end];
    if (byte !== lineFeed && byte !== carriageReturn) odd--;
  }
  const decodedBytes = Math.floor(characters / 4) * 3;
  return { text: bytes.toString('latin1', start, end), bytes: end - start, decodedBytes };
}

/** How many bytes of line ends lie between; too few where the lines are not alike. */
function lineEndBytes(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  let width = 0;
  for (let at = bytes.indexOf(lineFeed, start); at >= 0 && at < end; ) {
    count += at > start && bytes[at - 1] === carriageReturn ? 2 : 1;
    // Lines are as long as the one before, but for the last one.
    const next = bytes[at + width] === lineFeed && width > 0 ? at + width : bytes.indexOf(lineFeed, at + 1);
    width = next - at;
    at = next;
  }
  return count;
}

/** By byte: the value of the hexadecimal digit, in either case, or -1. */
const hexValues = new Int8Array(256).fill(-1);
for (const digit of '0123456789abcdefABCDEF') hexValues[digit.charCodeAt(0)] = Number.parseInt(digit, 16);

class QuotedPrintableDecoder implements TransferDecoder {
  /** From an `=` or a blank whose meaning the next bytes decide. */
  #held: Buffer = nothing;

  write(bytes: Buffer): Buffer {
    return this.#decode(this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]), false);
  }

  end(): Buffer {
    return this.#decode(this.#held, true);
  }

  #decode(input: Buffer, final: boolean): Buffer {
    const output = Buffer.allocUnsafe(input.length);
    let length = 0;
    let position = 0;
    while (position < input.length) {
      const byte = input[position] ?? 0;
      // Only a blank that others or a line's end follow may have to go.
      const passes = isBlank(byte) ? endsBlanks(input[position + 1]) : byte !== equalsSign;
      if (passes) {
        output[length++] = byte;
        position++;
        continue;
      }
      const code = byte === equalsSign ? hexByte(input, position + 1) : -1;
      if (code >= 0) {
        output[length++] = code;
        position += 3;
        continue;
      }
      const found = lookForLineEnd(input, position, final);
      if (found === 'undecided') break;
      if (found.lineEnd) {
        // RFC 2045 §6.7 (3): blanks before a line's end are not content; (5): after `=` neither is the line's end.
        position = found.end + (byte === equalsSign ? lineEndLength(input, found.end) : 0);
      } else {
        // RFC 2045 §6.7: a malformed escape stays as it is.
        length += input.copy(output, length, position, found.end);
        position = found.end;
      }
    }
    this.#held = Buffer.from(input.subarray(position));
    return output.subarray(0, length);
  }
}

/** Whether blanks before this are content, whatever comes behind it. */
function endsBlanks(byte: number | undefined): boolean {
  return byte !== undefined && !isBlank(byte) && byte !== carriageReturn && byte !== lineFeed;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

/** The value of the two hexadecimal digits at `position`, or -1. */
function hexByte(input: Buffer, position: number): number {
  const high = hexDigit(input[position]);
  const low = hexDigit(input[position + 1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(byte: number | undefined): number {
  return byte === undefined ? -1 : (hexValues[byte] ?? -1);
}

function lineEndLength(input: Buffer, position: number): number {
  if (input[position] === lineFeed) return 1;
  return input[position] === carriageReturn && input[position + 1] === lineFeed ? 2 : 0;
}

/**
 * Looks past the `=` or blank at `start` and the blanks after it; `end` is where they end. The end of the data is
 * a line's end too: the part's last line end belongs to the boundary (RFC 2046 §5.1.1).
 */
function lookForLineEnd(
  input: Buffer,
  start: number,
  final: boolean,
): { end: number; lineEnd: boolean } | 'undecided' {
  let end = start + 1;
  while (end - start < maxHeldBytes && isBlank(input[end])) end++;
  if (end - start === maxHeldBytes) return { end, lineEnd: false };
  if (lineEndLength(input, end) > 0) return { end, lineEnd: true };
  if (final) return { end, lineEnd: end === input.length };
  const rest = input.length - end;
  const mayEndLine = rest === 0 || (rest === 1 && input[end] === carriageReturn);
  const mayBeEscape =
    input[start] === equalsSign && rest === 1 && end === start + 1 && hexDigit(input[end]) >= 0;
  return mayEndLine || mayBeEscape ? 'undecided' : { end, lineEnd: false };
}
