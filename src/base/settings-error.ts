/** What is wrong with a settings file: every mistake at its place. */
import { PhaserLinkError } from './errors.js';

export interface SettingsMistake {
  file: string;
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 units. */
  column: number;
  /** `mailbox.port`, `access.allow[2]`; empty where the file as a whole is meant. */
  setting: string;
  /** The value in words; `(secret)` for one that must not be shown. */
  found: string;
  /** As it follows "should be". */
  expected: string;
}

/** The code is `settings-invalid`; `mistakes` says the same as the text, for programs. */
export class SettingsError extends PhaserLinkError {
  readonly mistakes: readonly SettingsMistake[];

  constructor(file: string, mistakes: readonly SettingsMistake[], cause?: unknown) {
    const count = mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`;
    const lines = mistakes.map(formatMistake).join('\n');
    const text = `${file} has ${count}; correct and start again:\n${lines}`;
    super({ code: 'settings-invalid', retry: 'permanent', text, cause });
    this.name = 'SettingsError';
    this.mistakes = mistakes;
  }
}

export function formatMistake({ file, line, column, setting, found, expected }: SettingsMistake): string {
  const where = setting === '' ? '' : `${setting}: `;
  return `${file}:${line}:${column}: ${where}found ${found}, should be ${expected}`;
}
