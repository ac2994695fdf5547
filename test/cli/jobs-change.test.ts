/** `phaserlink jobs cancel`, `hold`, `release`, `again` and `done`: beside a running server, for people and for programs. */
import { expect, it } from 'vitest';
import { type CliHouse, openCliHouse } from '../support/cli-house.js';
import { runCli, stackTrace, startCli } from '../support/run-cli.js';

const tiger = '%!PS-Adobe-3.0\n%%Pages: 1\n%%EndComments\nshowpage\n';
const mail = (id: string, more = '') =>
  `From: alice@example.com\nMessage-ID: <${id}@example.com>\nSubject: Tiger\n${more}\n${tiger}`;

function ask({ config }: CliHouse, ...args: string[]) {
  return runCli('phaserlink', ['jobs', ...args, '--config', config]);
}

async function jobOf(house: CliHouse, id: number): Promise<Record<string, unknown>> {
  return JSON.parse((await ask(house, String(id), '--json')).stdout);
}

it('a held job is released by its code while the server runs, printed once more, and refused what cannot be', async () => {
  const house = await openCliHouse();
  await house.mail(mail('held', 'X-PhaserLink-Hold: yes\n'));
  expect(await runCli('phaserlink', ['serve', '--once', '--config', house.config])).toMatchObject({
    status: 0,
  });
  const held = await jobOf(house, 1);
  expect(held).toMatchObject({ state: 'pending-held', releaseCode: expect.stringMatching(/^[B-Z]{6}$/) });
  expect((await ask(house, '1')).stdout).toContain(`code ${held.releaseCode}`);
  const missing = await ask(house, 'release', 'BBBBBB');
  expect(missing).toMatchObject({ status: 1, stdout: '' });
  expect(missing.stderr).toBe('phaserlink: there is no job BBBBBB; "phaserlink jobs" lists them all\n');
  const refused = await ask(house, 'done', '1', '--json');
  expect(refused).toMatchObject({ status: 1, stdout: '' });
  expect(refused.stderr).toContain('job 1 is held and not printed. Say release or cancel');
  expect(refused.stderr).not.toMatch(stackTrace);

  const server = startCli('phaserlink', ['serve', '--json', '--config', house.config]);
  const released = await ask(house, 'release', String(held.releaseCode).toLowerCase());
  expect(released).toMatchObject({ status: 0, stdout: 'Job 1 is released.\n', stderr: '' });
  await server.line(/"event":"settled","job":1/);
  const again = await ask(house, 'again', '1', '--copies', '2', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({
    id: 2,
    againOf: 1,
    event: 'reprint',
    part: { from: 1, copies: 2 },
  });
  await server.line(/"event":"settled","job":2/);
  expect(await jobOf(house, 2)).toMatchObject({ state: 'completed', pages: { expected: 2, confirmed: 2 } });
  server.kill('SIGTERM');
  expect((await server.ended).status).toBe(0);
}, 60_000);
