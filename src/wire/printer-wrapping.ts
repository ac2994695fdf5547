/** What stands around a document that was made for a printer: padding, byte order marks, PJL and PCL's reset. */

/** PJL Technical Reference Manual, chapter 3: the Universal Exit Language command stands around a job. */
export const exitLanguage = Buffer.from('\x1b%-12345X', 'latin1');
export const pclReset = Buffer.from('\x1bE', 'latin1');
export const pjlPrefix = Buffer.from('@PJL');

const byteOrderMarks = ['efbbbf', 'feff', 'fffe'].map((hex) => Buffer.from(hex, 'hex'));
const lineFeed = 0x0a;

/** White space, NUL, and Ctrl-D, which ends the job before. */
export function isPadding(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x00 || byte === 0x04;
}

export interface FrontWrapping {
  /** Where the document begins. */
  end: number;
  /** There is a command of PJL or PCL's reset: what follows is for a printer. */
  isForPrinter: boolean;
  /** The language that PJL enters, in upper case: `POSTSCRIPT`; null when it enters none. */
  language: string | null;
}

/** `bytes`: a file's first bytes, at which a longer wrapping ends. */
export function readFrontWrapping(bytes: Buffer): FrontWrapping {
  const wrapping: FrontWrapping = { end: 0, isForPrinter: false, language: null };
  for (let length = readPiece(bytes, wrapping); length > 0; length = readPiece(bytes, wrapping)) {
    wrapping.end += length;
  }
  return wrapping;
}

/** How long the next piece of wrapping is; 0 where the document begins. */
function readPiece(bytes: Buffer, wrapping: FrontWrapping): number {
  const at = wrapping.end;
  const byte = bytes[at];
  if (byte === undefined) return 0;
  if (isPadding(byte)) return 1;
  const command = [exitLanguage, pclReset].find((each) => startsWith(bytes, at, each));
  if (command !== undefined) {
    wrapping.isForPrinter = true;
    return command.length;
  }
  if (wrapping.isForPrinter && startsWith(bytes, at, pjlPrefix)) {
    const end = bytes.indexOf(lineFeed, at) + 1 || bytes.length;
    wrapping.language = languageOf(bytes.toString('latin1', at, end)) ?? wrapping.language;
    return end - at;
  }
  return byteOrderMarks.find((mark) => startsWith(bytes, at, mark))?.length ?? 0;
}

/** Chapter 4: the ENTER command. */
function languageOf(pjlLine: string): string | undefined {
  return /^@PJL\s+ENTER\s+LANGUAGE\s*=\s*([\w-]+)/i.exec(pjlLine)?.[1]?.toUpperCase();
}

export function startsWith(bytes: Buffer, at: number, beginning: Buffer): boolean {
  return bytes.subarray(at, at + beginning.length).equals(beginning);
}
