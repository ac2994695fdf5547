/** A disk that does not take what was committed. */
import { open } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { Ledger } from '../../src/jobs/ledger.js';
import { buildHouse } from '../support/house.js';
import { textDocument } from '../support/postscript-samples.js';
import { temporaryFile } from '../support/temporary-folder.js';

it('a server whose disk fails leaves the mail where it is, and ends, for only a new start knows what is on the disk', async () => {
  let fails = false;
  const house = await buildHouse({
    printer: null,
    ledger: (dataDir, clock) =>
      Ledger.open({
        dataDir,
        clock,
        async openLog(path) {
          const log = await open(`${path}-wal`, 'r+');
          return {
            async datasync() {
              if (fails) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
              await log.datasync();
            },
            close: () => log.close(),
          };
        },
      }),
  });
  await house.mail([await temporaryFile('page.ps', textDocument(1))]);
  fails = true;
  const never = new AbortController().signal;
  await expect(house.server.run(never, never)).rejects.toMatchObject({
    code: 'ledger-failed',
    message: expect.stringContaining('could not be written to the disk: EIO'),
  });
  expect(await house.waiting('printer')).toBe(1);
});
