/** Printing by ipps:// on CUPS's own IPP printer in TLS: whom the engine trusts, and what it says of whom it does not. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '#base/clock.js';
import { parsePrinterUri } from '../../src/config/printer-uri.js';
import { makeEngine } from '../../src/make-engine.js';
import { makeCertificate } from '../support/certificate.js';
import { startIppEvePrinter } from '../support/ippeveprinter.js';
import { MemoryContentStore } from '../support/memory-content.js';
import { missing } from '../support/peers.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const never = new AbortController().signal;

describe.skipIf(missing('ippeveprinter') || missing('openssl'))('a printer at ipps://', () => {
  it('is trusted by the authority that the settings name, and refused in words without it and with another', async () => {
    const folder = temporaryFolder();
    const { certFile, keyFile } = await makeCertificate(folder);
    copyFileSync(certFile, join(folder, 'localhost.crt'));
    copyFileSync(keyFile, join(folder, 'localhost.key'));
    const printer = await startIppEvePrinter({ keyFolder: folder });
    onTestFinished(() => printer.stop());
    const other = temporaryFolder();
    await makeCertificate(other);

    const store = new MemoryContentStore();
    const ask = (host: string, caFile?: string) => {
      const uri = `ipps://${host}:${printer.port}/ipp/print`;
      expect(parsePrinterUri(uri)).toMatchObject({ way: 'ipp', tls: true });
      const settings = { name: 'p', uri, ...(caFile === undefined ? {} : { caFile }) };
      return makeEngine(settings, store, systemClock).probe(never);
    };
    expect((await ask('localhost', join(folder, 'ca.pem'))).product).not.toBe('');
    const refused = (why: RegExp) => ({
      code: 'printer-away',
      retry: 'temporary',
      message: expect.stringMatching(
        new RegExp(`^no secure connection to the printer at ipps:.*${why.source}.*printer\\.caFile$`),
      ),
    });
    await expect(ask('localhost')).rejects.toMatchObject(refused(/certificate/));
    await expect(ask('localhost', join(other, 'ca.pem'))).rejects.toMatchObject(refused(/certificate/));
  });
});
