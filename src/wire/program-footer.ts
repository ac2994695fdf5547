/** Takes away what mail systems write behind a PostScript program that came as the text of a mail. */
import { exitLanguage, readFrontWrapping, startsWith } from './printer-wrapping.js';

/** Longer than this, what follows is no footer. */
const maxFooterBytes = 65_536;
/** So much of a line is looked at; a longer one is not the last comment of a program, with blanks behind it. */
const maxCommentBytes = 80;

const lineFeed = 0x0a;
const percent = 0x25;
const programMark = Buffer.from('%!');
/** Ctrl-D, by which programs end a PostScript job. */
const endOfJob = '\u0004';
/** What a comment, Ctrl-D, a printer's command and PJL begin with. */
const lookedAt: ReadonlySet<number | undefined> = new Set([percent, 0x04, 0x1b, 0x40]);
const nothing = Buffer.alloc(0);

/**
 * The program's bytes come out of `push` and `end`. What follows its last `%%EOF` (DSC 3.0, section 5.2) is a footer when
 * as many have come as programs have begun, for there may be others inside of it; and when no line in the footer begins
 * with `%` or, behind a printer's commands, another program.
 */
export class ProgramFooterCutter {
  /** The beginning of a line that is to be looked at and whose end has not come. */
  #held: Buffer = nothing;
  /** Inside of a line that was looked at. */
  #midLine = false;
  /** What has come since the last comment; null while none has come. */
  #footer: Buffer[] | null = null;
  #footerBytes = 0;
  #program: Buffer[] = [];
  #begun = 0;
  #ended = 0;

  push(bytes: Buffer): Buffer {
    this.#consume(this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]), false);
    return this.#takeProgram();
  }

  /** What is left of the program, and how many bytes of footer were taken away. */
  end(): { program: Buffer; footerBytes: number } {
    this.#consume(this.#held, true);
    const footer = Buffer.concat(this.#footer ?? []);
    if (footer.toString('latin1').replaceAll(endOfJob, '').trim() !== '') {
      return { program: this.#takeProgram(), footerBytes: footer.length };
    }
    return { program: Buffer.concat([this.#takeProgram(), footer]), footerBytes: 0 };
  }

  #consume(data: Buffer, final: boolean): void {
    let at = 0;
    while (at < data.length) {
      const found = data.indexOf(lineFeed, at);
      const end = found < 0 ? data.length : found + 1;
      const undecided = found < 0 && !final && !this.#midLine && end - at <= maxCommentBytes;
      if (undecided) break;
      this.#takeLine(data.subarray(at, end));
      this.#midLine = found < 0;
      at = end;
    }
    this.#held = Buffer.from(data.subarray(at));
  }

  #takeLine(line: Buffer): void {
    if (!this.#midLine && lookedAt.has(line[0])) this.#look(line.subarray(0, maxCommentBytes));
    if (this.#footer === null) this.#program.push(line);
    else {
      this.#footer.push(Buffer.from(line));
      this.#footerBytes += line.length;
      if (this.#footerBytes > maxFooterBytes) this.#goOn();
    }
    if (this.#midLine || !isLastComment(line)) return;
    this.#ended++;
    if (this.#ended >= this.#begun) this.#footer = [];
  }

  #look(line: Buffer): void {
    if (goesOn(line)) this.#goOn();
    if (isHeader(line)) this.#begun++;
  }

  /** What seemed to be a footer belongs to the program. */
  #goOn(): void {
    this.#program.push(...(this.#footer ?? []));
    this.#footer = null;
    this.#footerBytes = 0;
  }

  #takeProgram(): Buffer {
    const program = Buffer.concat(this.#program);
    this.#program = [];
    return program;
  }
}

/** Padding and a printer's commands at the beginning of a line; PJL goes on for several lines. */
function wrappingOf(line: Buffer): { end: number; language: string | null } {
  const { end, language } = readFrontWrapping(Buffer.concat([exitLanguage, line]));
  return { end: end - exitLanguage.length, language };
}

/** No line of a footer. */
function goesOn(line: Buffer): boolean {
  const { end, language } = wrappingOf(line);
  return line[0] === percent || language !== null || startsWith(line, end, programMark);
}

/** DSC 3.0, section 5.1; a font's header, `%!PS-AdobeFont-`, has no `%%EOF` of its own. */
function isHeader(line: Buffer): boolean {
  return /^%!(?:PS-Adobe-\d|(?:PS)?\s*$)/.test(line.toString('latin1', wrappingOf(line).end));
}

function isLastComment(line: Buffer): boolean {
  return line.length <= maxCommentBytes && /^%%EOF\s*$/.test(line.toString('latin1'));
}
