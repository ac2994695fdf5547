/** However the server ends, the process that reads its mails ends with it; and however that ends, the server goes on. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { missing } from '../support/peers.js';
import { hasBegun, readersOf } from '../support/reader-house.js';
import { composeDocument, RealHouse } from '../support/real-house.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const gone = { timeout: 20_000 };

it('the server killed, its reader with nothing to do goes, too', async () => {
  const house = await RealHouse.build();
  await house.mail(composeDocument(1));
  const server = house.serve();
  await server.log.until('kept');
  expect(readersOf(house.dataDir)).toHaveLength(1);
  await house.kill(server);
  await expect.poll(() => readersOf(house.dataDir), gone).toEqual([]);
});

it.skipIf(missing('setpriv'))('the server killed, its reader in the middle of a mail goes, too', async () => {
  const dataDir = temporaryFolder();
  const program = fileURLToPath(new URL('../support/hanging-host.js', import.meta.url));
  const host = spawn(process.execPath, [program, dataDir], { stdio: 'inherit' });
  onTestFinished(() => void host.kill('SIGKILL'));
  await hasBegun(dataDir);
  const readers = () => readersOf(dataDir).filter((id) => id !== host.pid);
  expect(readers()).toHaveLength(1);
  host.kill('SIGKILL');
  await expect.poll(readers, gone).toEqual([]);
});

it('the server stopped leaves no reader, and is not held up by one', async () => {
  const house = await RealHouse.build();
  await house.mail(composeDocument(1));
  const server = house.serve();
  await server.log.until('told');
  expect(await server.end('SIGTERM')).toMatchObject({ status: 0, stderr: '' });
  expect(readersOf(house.dataDir)).toEqual([]);
});

it('the reader killed again and again, every mail is printed once', async () => {
  const house = await RealHouse.build();
  const server = house.serve({ settings: { pollIntervalSeconds: 86_400 } });
  await house.pop3.passed('server', 'bye', 1);
  for (let mail = 1; mail <= 3; mail++) {
    await house.mail(composeDocument(1, 200 + mail), String(mail));
    server.signal('SIGUSR1');
    await server.log.until('kept', mail);
    for (const id of readersOf(house.dataDir)) process.kill(id, 'SIGKILL');
  }
  await server.log.until('told', 3);
  expect(house.pageCount).toBe(3);
  expect(await server.end('SIGTERM')).toMatchObject({ status: 0, stderr: '' });
});
