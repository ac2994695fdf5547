/** The command `serve --once`: one round, and a status that a script can rely on. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findProgram } from '#runtime/cage.js';
import { freePort } from '../support/free-port.js';
import { composeDocument, password, RealHouse } from '../support/real-house.js';
import { RealServer } from '../support/real-server.js';
import { temporaryFile } from '../support/temporary-folder.js';

it('prints and answers all that is in the mailbox, and ends with status 0', async () => {
  const house = await RealHouse.build();
  await house.mail(composeDocument(2), 'the first');
  await house.mail(composeDocument(3), 'the second');
  const server = house.serve({ once: true });
  expect(await server.ended).toMatchObject({ status: 0, stderr: '' });

  expect(await house.jobs()).toMatchObject([
    { description: 'the first', state: 'completed', pages: { expected: 2, confirmed: 2 } },
    { description: 'the second', state: 'completed', pages: { expected: 3, confirmed: 3 } },
  ]);
  expect(house.pageCount).toBe(5);
  expect(house.maildrop('printer')).toEqual([]);
  expect(house.maildrop('alice')).toHaveLength(2);
  expect(JSON.stringify(server.log.all)).not.toContain(password);
});

it('ends with status 0 when there is nothing to do', async () => {
  const house = await RealHouse.build();
  expect(await house.serve({ once: true }).ended).toMatchObject({ status: 0, stderr: '' });
});

it('ends with status 1 and says that the mailbox is away; later it is as if nothing had been', async () => {
  const house = await RealHouse.build();
  await house.mail(composeDocument(1));
  const port = await freePort();
  const mailbox = `host: 127.0.0.1, port: ${port}, security: none, user: printer, password: x`;
  const { status, stderr } = await house.serve({ once: true, settings: { mailbox } }).ended;
  expect(status).toBe(1);
  expect(stderr).toMatch(
    new RegExp(`^phaserlink: cannot reach the mail server 127\\.0\\.0\\.1:${port}: .*check mailbox\\.host`),
  );
  expect(stderr.trim().split('\n')).toHaveLength(1);

  expect(await house.serve({ once: true }).ended).toMatchObject({ status: 0 });
  expect(house.pageCount).toBe(1);
});

it('ends with status 1 and says that the printer is away; the job waits for it', async () => {
  const house = await RealHouse.build();
  await house.mail(composeDocument(1));
  const port = await freePort();
  const away = { printer: `socket://127.0.0.1:${port}` };
  const { status, stderr } = await house.serve({ once: true, settings: away }).ended;
  expect(status).toBe(1);
  expect(stderr).toMatch(new RegExp(`^phaserlink: the printer at 127\\.0\\.0\\.1:${port} cannot be reached`));
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(await house.jobs()).toMatchObject([{ state: 'pending' }]);
  expect(house.maildrop('printer')).toEqual([]);

  expect(await house.serve({ once: true }).ended).toMatchObject({ status: 0 });
  expect(await house.jobs()).toMatchObject([{ state: 'completed', pages: { confirmed: 1 } }]);
  expect(house.pageCount).toBe(1);
});

it('prints what is kept already while the mailbox is away', async () => {
  const house = await RealHouse.build();
  await house.mail(composeDocument(1));
  const away = { printer: `socket://127.0.0.1:${await freePort()}` };
  expect(await house.serve({ once: true, settings: away }).ended).toMatchObject({ status: 1 });

  const mailbox = `host: 127.0.0.1, port: ${await freePort()}, security: none, user: printer, password: x`;
  const { status, stderr } = await house.serve({ once: true, settings: { mailbox } }).ended;
  expect(status).toBe(1);
  expect(stderr).toContain('cannot reach the mail server');
  expect(await house.jobs()).toMatchObject([{ state: 'completed' }]);
  expect(house.maildrop('alice')).toHaveLength(1);
});

it('asked to stop in the middle of a page, it ends the job first', async () => {
  const house = await RealHouse.build();
  await house.mail(composeDocument(2));
  const held = house.raw.withhold({ from: 'client', at: '% after page 1' });
  const server = house.serve({ once: true });
  await held;
  server.signal('SIGTERM');
  house.raw.release();
  expect(await server.ended).toMatchObject({ status: 0 });
  expect(await house.jobs()).toMatchObject([{ state: 'completed', pages: { confirmed: 2 } }]);
});

it('prints without Ghostscript on the path, by the WASM build', async () => {
  const house = await RealHouse.build();
  const bin = join(house.folder, 'bin');
  mkdirSync(bin);
  for (const program of ['sh', 'unshare']) {
    const path = await findProgram(program);
    if (path !== null) symlinkSync(path, join(bin, program));
  }
  const env = { PATH: bin, TMPDIR: house.folder };
  const config = temporaryFile('phaser740.yaml', 'resolutionDpi: 72\nraw: { port: 0 }\n');
  const printer = new RealServer('phaser740', ['--config', config], env);
  const { port } = await printer.log.until('listening');
  expect(printer.log.of('ghostscript')).toMatchObject([{ kind: 'wasm' }]);

  await house.mail(composeDocument(2));
  const settings = { printer: `socket://127.0.0.1:${port}` };
  const server = house.serve({ once: true, settings, env });
  expect(await server.ended).toMatchObject({ status: 0, stderr: '' });
  expect(await house.jobs()).toMatchObject([{ state: 'completed', pages: { confirmed: 2 } }]);
  expect(printer.log.of('page')).toHaveLength(2);
  expect(await printer.end('SIGTERM')).toMatchObject({ status: 0, stderr: '' });
});
