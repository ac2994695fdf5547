/** What others have made, not ours to keep in the repository: it lies in `shared/corpus` beside the checkout. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface CorpusMail {
  /** From the corpus's own folder, for example `legacy/000.eml`. */
  name: string;
  path: string;
  read(): Buffer;
}

/** What each of them is. */
const corpora = {
  mail: 'mails of many programs, as files',
  mibs: 'the MIBs themselves',
  walks: "recorded walks through printers, such as those in LibreNMS's tests/snmpsim",
} as const;

const checkout = join(import.meta.dirname, '../../..');

/** All of them in the order of their names; none, with a printed word, where there is no corpus. */
export function corpusMails(): CorpusMail[] {
  const folder = corpusFolder('mail');
  if (folder === null) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.eml'))
    .sort()
    .map((name) => {
      const path = join(folder, name);
      return { name, path, read: () => readFileSync(path) };
    });
}

/** Beside the checkout, or beside a folder that it lies in; null, with a printed word, where it is not. */
export function corpusFolder(name: keyof typeof corpora): string | null {
  for (let folder = dirname(checkout); ; folder = dirname(folder)) {
    const corpus = join(folder, 'shared/corpus', name);
    if (existsSync(corpus)) return corpus;
    if (folder !== dirname(folder)) continue;
    console.warn(
      `skipped: the corpus ${name} (${corpora[name]}), because there is no shared/corpus/${name} beside ${checkout}`,
    );
    return null;
  }
}
