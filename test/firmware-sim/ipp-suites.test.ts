/** CUPS's own IPP suites judge the simulated printer: nothing fails, and more passes than with CUPS's own simulated printer. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { missing } from '../support/peers.js';
import { startTestPrinter } from '../support/simulator.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const suites = '/usr/share/cups/ipptool';
const page = '%!PS\n100 100 200 200 rectfill showpage\n';
const pdf = `%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Count 1 /Kids [ 3 0 R ] >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [ 0 0 612 792 ] >> endobj
trailer << /Root 1 0 R >>
%%EOF
`;

/** The suites, with documents of ours under the names that they want; ipptool looks for them beside the suite. */
function suitesWithDocuments(): string {
  const folder = temporaryFolder();
  const names = readdirSync(suites).filter((name) => /^ipp-(1\.1|2\.0|everywhere)\.test$/.test(name));
  for (const name of names) {
    const text = readFileSync(join(suites, name), 'utf8');
    // What Everywhere prints are 432 PWG rasters, which do not come with it: only its first test stays.
    const kept = name === 'ipp-everywhere.test' ? text.slice(0, text.indexOf('\n}\n') + 3) : text;
    writeFileSync(join(folder, name), kept);
    for (const [, file = ''] of kept.matchAll(/^\s*FILE ([^$"\s]+)/gm))
      writeFileSync(join(folder, file), file.endsWith('.pdf') ? pdf : page);
  }
  writeFileSync(join(folder, 'document-letter.ps'), page);
  return folder;
}

describe.skipIf(missing('ipptool') || missing('gs'))('ipptool', () => {
  it('finds nothing wrong, and passes more than with ippeveprinter', async () => {
    const { simulator } = await startTestPrinter({
      settings: { raw: undefined, ipp: { port: 0 }, profile: 'DX' },
    });
    const address = `ipp://localhost:${simulator.ports.ipp}/ipp/print`;
    const words = ['-T', '20', '-V', '2.0', '-tIf', 'document-letter.ps', address, 'ipp-everywhere.test'];
    const cwd = suitesWithDocuments();
    const { stdout } = await promisify(execFile)('ipptool', words, { cwd, timeout: 60_000 }).catch(
      (error: { stdout?: string }) => ({ stdout: error.stdout ?? String(error) }),
    );
    const count = (word: string) => stdout.split(`[${word}]`).length - 1;
    expect(stdout.match(/.*\[FAIL\](?:\n .*)*/g)).toBeNull();
    // Of ipp-1.1.test's 66, ipp-2.0.test's one and one of Everywhere's; ippeveprinter has 44 and one of the 66 and one.
    expect({ passed: count('PASS'), skipped: count('SKIP') }).toEqual({ passed: 50, skipped: 18 });
  }, 90_000);
});
