/** What is taken away below a PostScript program, and what must stay. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProgramFooterCutter } from '#wire/program-footer.js';
import { assertLinear } from '../support/assert-linear.js';
import { anyCuts, cutAt, lend, singleBytes } from '../support/pieces.js';

function cut(...chunks: Buffer[]): { program: string; footerBytes: number } {
  const cutter = new ProgramFooterCutter();
  const pieces: Buffer[] = [];
  lend(chunks, (chunk) => pieces.push(Buffer.from(cutter.push(chunk))));
  const { program, footerBytes } = cutter.end();
  return { program: Buffer.concat([...pieces, program]).toString('latin1'), footerBytes };
}

const uel = '\u001b%-12345X';
const program = '%!PS-Adobe-3.0\r\nshowpage\r\n%%EOF\r\n';

describe('below a program', () => {
  it.each<[string, string, string]>([
    ['the footer of a mailing list', `${program}____________\r\nprinters mailing list\r\n`, program],
    ['a disclaimer behind an empty line', `${program}\r\nThis mail is confidential.`, program],
    ['a signature', `${program}-- \r\nAlice`, program],
    [
      'what follows the end of the program around another',
      '%!PS-Adobe-3.0\nsave\n%!PS-Adobe-3.0 EPSF-3.0\n%%EOF\nrestore\n%%EOF\nbye',
      '%!PS-Adobe-3.0\nsave\n%!PS-Adobe-3.0 EPSF-3.0\n%%EOF\nrestore\n%%EOF\n',
    ],
    [
      'what follows a program with a font in it',
      '%!PS-Adobe-3.0\n%!PS-AdobeFont-1.0: CMR10\n%%EOF\nbye',
      '%!PS-Adobe-3.0\n%!PS-AdobeFont-1.0: CMR10\n%%EOF\n',
    ],
    ['a footer behind a printer’s command', `${program}\n${uel}\nbye`, program],
    ['what follows the second of two programs', `${program}%!PS\n%%EOF\nbye`, `${program}%!PS\n%%EOF\n`],
    [
      'what follows a program without a header behind PJL',
      `${uel}@PJL ENTER LANGUAGE=POSTSCRIPT\r\nshowpage\n%%EOF\nbye`,
      `${uel}@PJL ENTER LANGUAGE=POSTSCRIPT\r\nshowpage\n%%EOF\n`,
    ],
    ['what follows blanks', '%!PS\n%%EOF \t\nbye', '%!PS\n%%EOF \t\n'],
  ])('%s is taken away', (_what, text, left) => {
    expect(cut(Buffer.from(text))).toEqual({ program: left, footerBytes: text.length - left.length });
    expect(cut(...singleBytes(Buffer.from(text))).program).toBe(left);
  });

  it.each<[string, string]>([
    ['nothing', program],
    ['white space and Ctrl-D', `${program}\r\n\u0004\r\n`],
    ['an end without a line end', '%!PS\nshowpage\n%%EOF'],
    ['a program without an end', '%!PS\nshowpage\nbye'],
    [
      'the end of a document inside of it',
      `%!PS\n%%BeginDocument: a\n%!PS\n%%EOF\n%%EndDocument\nshowpage\n`,
    ],
    ['another program', `${program}%!PS\nshowpage\n`],
    ['another program behind Ctrl-D', `${program}\u0004%!PS\nshowpage\n`],
    ['another program behind Ctrl-D and an empty line', `${program}\u0004\r\n\r\n\u0004%!PS\nshowpage\n`],
    ['another program behind PJL', `${program}${uel}@PJL ENTER LANGUAGE=POSTSCRIPT\n/x showpage\n`],
    ['another program behind a command of PJL', `${program}${uel}%!PS\nshowpage\n`],
    [
      'what goes on behind a program inside of it',
      '%!PS\nsave\n%!PS-Adobe-3.0 EPSF-3.0\nshowpage\n%%EOF\nrestore\nshowpage\n',
    ],
    [
      'what goes on behind two programs inside of it',
      `%!PS\n${'%!PS-Adobe-3.0 EPSF-3.0\n%%EOF\nrestore\n'.repeat(2)}showpage\n`,
    ],
    ['what only looks like an end', `%!PS\n (%%EOF) show\n %%EOF\n%%EOFs\nshowpage\n`],
    ['more than a footer', `${program}${'showpage\n'.repeat(8000)}`],
  ])('stays: %s', (_what, text) => {
    expect(cut(Buffer.from(text))).toEqual({ program: text, footerBytes: 0 });
    expect(cut(...singleBytes(Buffer.from(text)))).toEqual({ program: text, footerBytes: 0 });
  });

  it('nothing is lost but the footer, however the text is cut', () => {
    const words = fc.constantFrom(
      '%%EOF',
      '%!PS',
      uel,
      '@PJL ENTER LANGUAGE=POSTSCRIPT',
      '\n',
      '\r\n',
      '%',
      ' ',
      'x',
      '\u0004',
      'y'.repeat(90),
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 20 }), anyCuts, (parts, cuts) => {
        const text = Buffer.from(parts.join(''), 'latin1');
        const whole = cut(text);
        expect(cut(...cutAt(text, cuts))).toEqual(whole);
        expect(text.toString('latin1').startsWith(whole.program)).toBe(true);
        expect(whole.program.length + whole.footerBytes).toBe(text.length);
      }),
    );
  });

  it.each(['%!PS\n%%EOF\n', `${uel}@PJL\n`, '%%EOF\n', '\n', '%%EOF\nx\n', 'x'])(
    'costs no more than the text, of %j over and over',
    (unit) => {
      assertLinear(20_000, (count) => {
        const text = Buffer.from(unit.repeat(count));
        const cutter = new ProgramFooterCutter();
        for (let at = 0; at < text.length; at += 1000) cutter.push(text.subarray(at, at + 1000));
        cutter.end();
      });
    },
  );
});
