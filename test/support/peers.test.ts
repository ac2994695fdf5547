/** The peers' installer, where it may not install: it names what is missing, and in CI it stops. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

/** With an empty PATH nothing is found, apt-get neither. */
function setUpWithoutPeers(env: Record<string, string>) {
  const module = pathToFileURL(join(import.meta.dirname, 'peers.js'));
  const program = `import(${JSON.stringify(module)}).then(({ setup }) => setup())`;
  return spawnSync(process.execPath, ['-e', program], { env: { PATH: '', ...env }, encoding: 'utf8' });
}

it('says of each missing program what is skipped and how to get it', () => {
  const { status, stdout } = setUpWithoutPeers({});
  expect(status).toBe(0);
  expect(stdout).toContain(
    'peers: gs is missing, tests with native Ghostscript are skipped; to get it: apt-get install ghostscript\n',
  );
});

it('skips nothing in CI', () => {
  const { status, stderr } = setUpWithoutPeers({ CI: 'true' });
  expect(status).not.toBe(0);
  expect(stderr).toContain('in CI no test is skipped');
});
