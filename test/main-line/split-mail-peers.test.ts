/** Split mail of other programs: mpack's `message/partial`, and the sender in shell that docs/split-mail.md gives. */
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { checkout } from '../support/generated-docs.js';
import { alice, buildHouse, printerAddress } from '../support/house.js';
import { missing } from '../support/peers.js';
import { textDocument } from '../support/postscript-samples.js';
import { sha256 } from '../support/split-mails.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const document = textDocument(20, 'Tiger');

describe.skipIf(missing('gs'))('the whole document comes out of', () => {
  it.skipIf(missing('mpack'))('the five parts that mpack makes of it', async () => {
    const house = await buildHouse();
    const folder = temporaryFolder();
    const file = join(folder, 'tiger.ps');
    writeFileSync(file, document);
    const size = String(Math.ceil((document.length * 1.4) / 5));
    const options = ['-s', 'a tiger', '-m', size, '-c', 'application/postscript', '-d', '/dev/null'];
    execFileSync('mpack', [...options, '-o', join(folder, 'part'), file]);
    const parts = readdirSync(folder).filter((name) => name.startsWith('part'));
    expect(parts).toHaveLength(5);
    for (const part of parts.reverse()) {
      await house.mailRaw(`From: ${alice}\n${readFileSync(join(folder, part), 'latin1')}`);
    }
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({
      state: 'completed',
      description: 'a tiger',
      pages: { confirmed: 20 },
      documents: [{ name: 'tiger.ps', content: { digest: sha256(Buffer.from(document)) } }],
    });
    expect(await house.ledger((ledger) => ledger.jobs())).toHaveLength(1);
    expect(await house.letters()).toEqual([]);
  });

  it.skipIf(missing('curl') || missing('openssl'))('the sender in shell of docs/split-mail.md', async () => {
    const [, script = ''] =
      /```sh\n(#!\/bin\/sh\n.*?)```/s.exec(readFileSync(join(checkout, 'docs/split-mail.md'), 'utf8')) ?? [];
    expect(script.split('\n').length).toBeLessThan(40);
    const house = await buildHouse();
    const folder = temporaryFolder();
    const file = join(folder, 'my tiger.ps');
    writeFileSync(file, document);
    writeFileSync(join(folder, 'split-mail.sh'), script);
    const server = `127.0.0.1:${house.smtpPort}`;
    const words = [join(folder, 'split-mail.sh'), file, printerAddress, alice, server, '20000'];
    expect(await promisify(execFile)('sh', words)).toEqual({ stdout: '', stderr: '' });
    expect(await house.waiting('printer')).toBe(Math.ceil(document.length / 20_000));
    await house.runOnce();
    expect(await house.job(1)).toMatchObject({
      state: 'completed',
      description: 'my_tiger.ps',
      pages: { confirmed: 20 },
      documents: [{ name: 'my_tiger.ps', content: { digest: sha256(Buffer.from(document)) } }],
    });
  });
});
