/** A printer's PJL channel: commands and data come apart however the stream is split, as CUPS and HP's reference write them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxPjlCommandBytes, PjlChannel } from '#wire/pjl-channel.js';
import { assertLinear } from '../support/assert-linear.js';
import { anyCuts, cutAt } from '../support/pieces.js';

const uel = '\x1b%-12345X';
/** What CUPS 2.4's pstops made of a page, for a printer whose PPD file has JCL keywords. */
const cups = readFileSync(join(import.meta.dirname, '../../../fixtures/pjl/cups-pstops.prn'));

/** The channel's events in words; data that lies together is one. */
function heard(chunks: readonly Uint8Array[]): string[] {
  const channel = new PjlChannel();
  const words: string[] = [];
  let isData = false;
  for (const event of [...chunks.flatMap((chunk) => channel.push(chunk)), ...channel.end()]) {
    if ('data' in event) {
      const text = Buffer.from(event.data).toString('latin1');
      if (isData) words[words.length - 1] += text;
      else words.push(`data ${text}`);
    } else words.push('exit' in event ? 'exit' : `${event.command.verb}|${event.command.text}`);
    isData = 'data' in event;
  }
  return words;
}

const hear = (text: string) => heard([Buffer.from(text, 'latin1')]);

describe('a PJL channel', () => {
  it("takes CUPS's job apart: its commands, its document, its end", () => {
    const words = heard([cups]);
    expect(words.slice(0, 4)).toEqual([
      'exit',
      '|',
      'JOB|JOB NAME = "Monthly report" DISPLAY = "1 alice Monthly report"',
      'SET|SET USERNAME = "alice"',
    ]);
    expect(words.at(-3)).toBe('ENTER|ENTER LANGUAGE = POSTSCRIPT');
    expect(words.at(-2)).toMatch(/^data %!PS-Adobe-3\.0\n[\s\S]*%%EOF\n$/);
    expect(words.at(-1)).toBe('exit');
    fc.assert(
      fc.property(anyCuts, (cuts) => {
        expect(heard(cutAt(cups, cuts))).toEqual(words);
      }),
    );
  });

  it('reads options with and without quotes and spaces', () => {
    const channel = new PjlChannel();
    const events = channel.push(
      Buffer.from(`${uel}@PJL JOB NAME="a = b" START=25 END = 75\r\n@pjl info  status\n`),
    );
    const commands = events.flatMap((event) => ('command' in event ? [event.command] : []));
    expect(commands[0]?.options).toEqual({ NAME: 'a = b', START: '25', END: '75' });
    // 2-5: the prefix in capital letters.
    expect(commands).toHaveLength(1);
  });

  it('is data before the first UEL, and after one what is no command', () => {
    expect(hear('%!PS\n@PJL ECHO a\n\x1b%-1\x1b')).toEqual(['data %!PS\n@PJL ECHO a\n\x1b%-1\x1b']);
    expect(hear(`${uel}\r\n%!PS\n@PJL x\n`)).toEqual(['exit', 'data %!PS\n@PJL x\n']);
    expect(hear(`${uel}@PJL ENTER LANGUAGE=PCL\n@PJL ECHO a\n${uel}@PJL ECHO b\n`)).toEqual([
      'exit',
      'ENTER|ENTER LANGUAGE=PCL',
      'data @PJL ECHO a\n',
      'exit',
      'ECHO|ECHO b',
    ]);
    expect(hear(`a${uel}${uel}b`)).toEqual(['data a', 'exit', 'exit', 'data b']);
  });

  it('cuts a command that is longer than any, and goes on behind it', () => {
    const long = `@PJL COMMENT ${'x'.repeat(3 * maxPjlCommandBytes)}\n@PJL ECHO a\n`;
    for (const cut of [0, 100, maxPjlCommandBytes + 500]) {
      const bytes = Buffer.from(uel + long);
      const words = heard([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect([words.length, words[1]?.startsWith('COMMENT'), words[2]]).toEqual([3, true, 'ECHO|ECHO a']);
      expect(words[1]?.length).toBeLessThan(maxPjlCommandBytes + 20);
    }
  });

  it.each(['x', '\x1b', uel, '@PJL ECHO a\n', '@PJL A=', '@PJL A ', `${uel}@PJL\n`, `${uel}@P`])(
    'costs what it is long: %j',
    (unit) => {
      assertLinear(5000, (size) => {
        const bytes = Buffer.from(uel + unit.repeat(size), 'latin1');
        const channel = new PjlChannel();
        for (let at = 0; at < bytes.length; at += 500) channel.push(bytes.subarray(at, at + 500));
      });
    },
  );
});
