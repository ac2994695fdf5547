/** Finds where a PostScript program ends as it streams by: in front of the padding and the printer's commands behind it. */
import { hasChannelControl, isChannelControl } from './postscript-channel.js';
import { exitLanguage, isPadding, pclReset, pjlPrefix } from './printer-wrapping.js';

const lineFeed = 0x0a;
const escapeByte = 0x1b;

export class ProgramEnd {
  #offset = 0;
  /** Where the wrapping began that goes on until now, if it does. */
  #wrappingStart = 0;
  #inWrapping = false;
  readonly #wrapping = new BackWrapping();
  #hasControlBytes = false;
  /** There are some in the wrapping: they count if the program goes on after it. */
  #wrappingHasControlBytes = false;

  push(bytes: Buffer): void {
    let at = this.#inWrapping ? this.#follow(bytes, 0) : 0;
    while (at < bytes.length) {
      const start = findWrapping(bytes, at);
      this.#hasControlBytes ||= hasChannelControl(bytes.subarray(at, start));
      at = this.#follow(bytes, start);
    }
    this.#offset += bytes.length;
  }

  /** The program's length in bytes, and whether it holds bytes that a serial channel takes for control characters. */
  end(): { length: number; hasControlBytes: boolean } {
    if (!this.#inWrapping) return { length: this.#offset, hasControlBytes: this.#hasControlBytes };
    if (this.#wrapping.isComplete)
      return { length: this.#wrappingStart, hasControlBytes: this.#hasControlBytes };
    return { length: this.#offset, hasControlBytes: this.#hasControlBytes || this.#wrappingHasControlBytes };
  }

  /** Returns the place of the first byte from `from` on that is no wrapping, or the end. */
  #follow(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (this.#inWrapping && this.#goOn(byte)) continue;
      if (!startsWrapping(byte)) return at;
      this.#inWrapping = true;
      this.#wrappingStart = this.#offset + at;
      this.#wrappingHasControlBytes = isChannelControl(byte);
      this.#wrapping.start(byte);
    }
    return bytes.length;
  }

  /** False when the wrapping was part of the program after all. */
  #goOn(byte: number): boolean {
    if (this.#wrapping.take(byte)) {
      this.#wrappingHasControlBytes ||= isChannelControl(byte);
      return true;
    }
    this.#inWrapping = false;
    this.#hasControlBytes ||= this.#wrappingHasControlBytes;
    return false;
  }
}

/**
 * Where wrapping starts that may last to the end of `bytes`: a command with the padding in front of it, or the padding at the
 * end. Between other bytes of the program, padding is none.
 */
function findWrapping(bytes: Buffer, from: number): number {
  const command = bytes.indexOf(escapeByte, from);
  let start = command < 0 ? bytes.length : command;
  while (start > from && isPadding(bytes[start - 1] as number)) start--;
  return start;
}

function startsWrapping(byte: number): boolean {
  return isPadding(byte) || byte === escapeByte;
}

/** Follows padding, PCL's reset, PJL's exit command, and behind that PJL lines. */
class BackWrapping {
  /** The command that has begun, and how many of its bytes have come; 0 between commands. */
  #command: Buffer = exitLanguage;
  #matched = 0;
  #exited = false;
  #inPjlLine = false;

  /** No command is broken off. */
  get isComplete(): boolean {
    return this.#matched === 0;
  }

  start(byte: number): void {
    this.#matched = 0;
    this.#exited = false;
    this.#inPjlLine = false;
    this.take(byte);
  }

  /** False when the byte cannot belong to it. */
  take(byte: number): boolean {
    if (this.#inPjlLine) {
      this.#inPjlLine = byte !== lineFeed;
      return true;
    }
    if (this.#matched > 0) return this.#goOn(byte);
    if (isPadding(byte)) return true;
    if (byte !== escapeByte && !this.#exited) return false;
    this.#command = byte === escapeByte ? exitLanguage : pjlPrefix;
    return this.#goOn(byte);
  }

  #goOn(byte: number): boolean {
    // Both commands begin with ESC; what comes next tells them apart.
    if (this.#matched === 1 && this.#command === exitLanguage && byte === pclReset[1]) {
      this.#command = pclReset;
    }
    if (byte !== this.#command[this.#matched]) return false;
    this.#matched++;
    if (this.#matched < this.#command.length) return true;
    this.#matched = 0;
    this.#exited ||= this.#command === exitLanguage;
    this.#inPjlLine = this.#command === pjlPrefix;
    return true;
  }
}
