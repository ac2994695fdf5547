/** `phaserlink check`: every part tried and told, nothing changed. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#base/clock.js';
import { checkEverything } from '../../src/check.js';
import { Ledger } from '../../src/jobs/ledger.js';
import { type CliHouse, openCliHouse, password } from '../support/cli-house.js';
import { keepMail, leaseOf, mailCommit } from '../support/ledger-house.js';
import { missing } from '../support/peers.js';
import { runCli, stackTrace } from '../support/run-cli.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Result {
  part: string;
  result: string;
  text: string;
}

/** What the parts came to, with their texts by part. */
async function check({ config }: CliHouse, env: Record<string, string> = {}) {
  const { status, stdout, stderr } = await runCli('phaserlink', ['check', '--config', config, '--json'], {
    env,
  });
  expect(stderr).toBe('');
  expect(stdout).not.toMatch(stackTrace);
  expect(stdout).not.toContain(password);
  const results = JSON.parse(stdout) as Result[];
  for (const result of results) expect(Object.keys(result)).toEqual(['part', 'result', 'text']);
  const by = (key: 'result' | 'text') => Object.fromEntries(results.map((entry) => [entry.part, entry[key]]));
  return { status, results: by('result'), texts: by('text') };
}

const allOk = {
  settings: 'ok',
  access: 'ok',
  ledger: 'ok',
  mailbox: 'ok',
  'mail server': 'ok',
  printer: 'ok',
  rasterizer: 'ok',
};

describe('phaserlink check', () => {
  it('finds everything in order, and leaves it as it was', async () => {
    const house = await openCliHouse();
    await house.mail('From: alice@example.com\nSubject: waiting\n\n%!\nshowpage\n');
    const before = await house.snapshot('mailroom');
    const { status, results, texts } = await check(house);
    expect({ status, results }).toEqual({ status: 0, results: allOk });
    expect(texts).toMatchObject({
      access: 'alice@example.com may print',
      mailbox: expect.stringContaining('printer at 127.0.0.1'),
      printer: expect.stringContaining('Phaser 740'),
      rasterizer: expect.stringMatching(/^Ghostscript \S+/),
    });
    expect(texts.mailbox).toMatch(
      /without TLS, login by PLAIN: 1 mail, .*; the server has unique-ids, TOP, pipelining/,
    );

    const text = await runCli('phaserlink', ['check', '--config', house.config]);
    expect(text).toMatchObject({ status: 0, stderr: '' });
    for (const part of Object.keys(allOk)) expect(text.stdout).toMatch(new RegExp(`^ok +${part} +\\S`, 'm'));
    // Asking the page counter is a job without a page.
    expect(text.stdout).toContain(': 0 pages so far');
    expect(await house.snapshot('mailroom')).toBe(before);
    expect(await house.snapshot('output-tray')).toBe('');
    expect(existsSync(join(house.folder, 'data'))).toBe(false);
  });

  it('names the jobs whose documents are gone', async () => {
    const house = await openCliHouse({ without: ['printer', 'mailroom'] });
    const ledger = await Ledger.open({ dataDir: join(house.folder, 'data'), clock: systemClock });
    await keepMail(ledger, await leaseOf(ledger), mailCommit('1'));
    await ledger.close();
    const { results, texts } = await check(house);
    expect(results.ledger).toBe('failed');
    expect(texts.ledger).toContain('documents of job 1 are gone from the spool');
  });

  it('without a mail room says so of both its sides, and tries the rest', async () => {
    const house = await openCliHouse({ without: ['mailroom'] });
    const { status, results, texts } = await check(house);
    expect({ status, results }).toEqual({
      status: 1,
      results: { ...allOk, mailbox: 'failed', 'mail server': 'failed' },
    });
    expect(texts.mailbox).toContain(`127.0.0.1:${house.pop3Port}`);
    expect(texts.mailbox).toContain('ECONNREFUSED');
    expect(texts['mail server']).toContain(`127.0.0.1:${house.smtpPort}`);
    expect(texts['mail server']).toContain('ECONNREFUSED');
  });

  it('without a printer says so, and tries the rest', async () => {
    const house = await openCliHouse({ without: ['printer'] });
    const { status, results, texts } = await check(house);
    expect({ status, results }).toEqual({ status: 1, results: { ...allOk, printer: 'failed' } });
    expect(texts.printer).toContain(`127.0.0.1:${house.rawPort} cannot be reached`);
    expect(texts.printer).toContain('check that it is on and that printer.uri is right');
  });

  it('with a wrong password says that the mailbox does not let it in', async () => {
    const wrong = 'not-the-password';
    const house = await openCliHouse({
      without: ['printer'],
      change: (settings) => settings.replace(password, wrong),
    });
    const { results, texts } = await check(house);
    expect(results).toMatchObject({ mailbox: 'failed', 'mail server': 'ok' });
    expect(texts.mailbox).toContain('mailbox.password');
    expect(JSON.stringify(texts)).not.toContain(wrong);
  });

  it('warns when nobody may print', async () => {
    const house = await openCliHouse({
      without: ['printer', 'mailroom'],
      change: (settings) => settings.replace(/^access:.*\n/m, ''),
    });
    const { results, texts } = await check(house);
    expect(results.access).toBe('warning');
    expect(texts.access).toContain('nobody may print: access.allow is empty');
  });

  it.skipIf(missing('gs'))('names the Ghostscript that draws, native or WASM', async () => {
    const house = await openCliHouse({ without: ['printer', 'mailroom'] });
    const [rasterizer] = (await checkEverything(house.config)).filter(({ part }) => part === 'rasterizer');
    expect(rasterizer?.text).toMatch(/^Ghostscript [\d.]+, \/\S*gs /);
    const { results, texts } = await check(house, { PATH: temporaryFolder() });
    expect(results.rasterizer).toBe('ok');
    expect(texts.rasterizer).toContain('WebAssembly');
  });

  it('tells of a mail server that is something else', async () => {
    const house = await openCliHouse({ without: ['printer', 'mailroom'] });
    const stranger = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    await new Promise<void>((resolve) => stranger.listen(house.pop3Port, '127.0.0.1', resolve));
    try {
      const { results, texts } = await check(house);
      expect(results.mailbox).toBe('failed');
      expect(texts.mailbox).toContain('SSH-2.0-OpenSSH_9.2');
    } finally {
      stranger.close();
    }
  });
});
