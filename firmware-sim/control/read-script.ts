/** A script as a file. */
import { readFileSync } from 'node:fs';
import { errorText, PhaserLinkError } from '#base/errors.js';

export function readScript(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const text = `cannot read the script: ${errorText(cause)}`;
    throw new PhaserLinkError({ code: 'script-unreadable', retry: 'permanent', text, cause });
  }
}
