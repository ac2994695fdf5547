/** Scripts: statements one after the other, in a text, so that a test or a demo is a file. */
import { LimitError, PhaserLinkError } from '#base/errors.js';
import type { Device } from '../device/device.js';
import { parseStatement, type Statement } from './fault-words.js';

/** Of a script, in characters and statements. */
export const maxScriptLength = 100_000;
const maxStatements = 5000;

export interface ScriptLine {
  /** From 1. */
  line: number;
  /** As it was written. */
  text: string;
  statement: Statement;
}

/** One statement a line, or more between semicolons; `#` begins a comment. Throws with the line of every mistake. */
export function parseScript(text: string, device: Device, name = 'script'): ScriptLine[] {
  if (text.length > maxScriptLength) throw new LimitError('a script', maxScriptLength, 'characters');
  const found: ScriptLine[] = [];
  const mistakes: string[] = [];
  for (const [n, whole] of text.split(/\r?\n/).entries()) {
    for (const words of splitLine(whole)) {
      try {
        found.push({ line: n + 1, text: words, statement: parseStatement(words, device) });
      } catch (error) {
        if (!(error instanceof PhaserLinkError)) throw error;
        mistakes.push(`${name}:${n + 1}: ${error.message}`);
      }
    }
  }
  if (found.length > maxStatements) throw new LimitError('a script', maxStatements, 'statements');
  if (mistakes.length === 0) return found;
  throw new PhaserLinkError({
    code: 'words-not-understood',
    retry: 'permanent',
    text: mistakes.slice(0, 20).join('\n'),
  });
}

/** In quotes, `;` and `#` are text. */
function splitLine(line: string): string[] {
  const [code = ''] = /^(?:"[^"]*"|[^"#]|"(?=[^"]*$))*/.exec(line) ?? [];
  const statements = code.match(/(?:"[^"]*"|[^;])+/g) ?? [];
  return statements.map((words) => words.trim()).filter((words) => words !== '');
}
