/**
 * `phaserlink quarantine`: with and without a server beside it, for people and for programs (ask 4, ask 48). Every command runs as a
 * process at least once, well and badly; what only lies before and behind it is asked of its functions.
 */
import { execFile } from 'node:child_process';
import { chownSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#base/clock.js';
import { checkEverything, formatChecks } from '../../src/check.js';
import { loadPhaserLinkSettings } from '../../src/config/load.js';
import { Ledger } from '../../src/jobs/ledger.js';
import { jobReports } from '../../src/jobs-report.js';
import { showQuarantined } from '../../src/quarantine.js';
import { dropMail, retryMail } from '../../src/quarantine-change.js';
import { formatQuarantined } from '../../src/quarantine-report.js';
import { why } from '../../src/why.js';
import { type CliHouse, openCliHouse } from '../support/cli-house.js';
import { neverAborted } from '../support/reader-house.js';
import { type CliResult, runCli, stackTrace, startCli } from '../support/run-cli.js';

const page = '%!PS-Adobe-3.0\n%%Pages: 1\n%%EndComments\nshowpage\n';
const crash = `From: Alice <alice@example.com>\nMessage-ID: <tiger@example.com>\nSubject: crash\n\n${page}`;
const hostileSubject = `=?utf-8?B?${Buffer.from('\x1b]0;owned\x07\u202eboom').toString('base64')}?=`;
/** More header than can be read. */
const bomb = `From: eve@example.net\nX-Odd: \xff\xfe\nMessage-ID: <bomb@example.net>\nSubject: ${hostileSubject}\n${'X-Line: again\n'.repeat(1100)}\n${page}`;

function ask({ config }: CliHouse, command: string, ...args: string[]) {
  return runCli('phaserlink', ['quarantine', command, '--config', config, ...args]);
}

/** As `show --raw > FILE` writes it. */
async function rawBytes({ config }: CliHouse): Promise<Buffer> {
  const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
  const args = [cli, 'quarantine', 'show', '1', '--raw', '--config', config];
  return (await promisify(execFile)(process.execPath, args, { encoding: 'buffer' })).stdout;
}

const patience = { onWait: () => undefined, signal: neverAborted };
const maildrop = (house: CliHouse) => join(house.folder, 'mailroom', 'maildrops', 'printer');
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** A place whose server has put this mail aside; the mail's bytes as they lay in the maildrop. */
async function withBomb(): Promise<{ house: CliHouse; bytes: Buffer }> {
  const house = await openCliHouse();
  await house.mail(bomb);
  const [file = ''] = readdirSync(maildrop(house));
  const bytes = readFileSync(join(maildrop(house), file));
  await house.serveOnce();
  return { house, bytes };
}

/** A place whose server's reader did not survive this mail; the reader of the commands does. */
async function withCrash(...more: Parameters<typeof openCliHouse>): Promise<CliHouse> {
  const house = await openCliHouse(...more);
  await house.mail(crash);
  await house.serveOnce('crash');
  return house;
}

describe('phaserlink quarantine', () => {
  it('lists and shows what could not be read, and hands out its bytes', async () => {
    const { house, bytes } = await withBomb();
    const [list, listJson, show, showJson, raw] = await Promise.all([
      ask(house, 'list'),
      ask(house, 'list', '--json'),
      ask(house, 'show', '1'),
      ask(house, 'show', '1', '--json'),
      rawBytes(house),
    ]);
    expect(list).toMatchObject({ status: 0, stderr: '' });
    const [titles, row] = list.stdout.split('\n');
    expect(titles).toMatch(/^Mail {2}Received \(UTC\) +Bytes +From +Subject +Error$/);
    expect(row).toMatch(
      /^1 +\d{4}-\d\d-\d\d \d\d:\d\d +\d+ +eve@example\.net +\]0;owned boom +.*exceeds the limit/,
    );

    const report = {
      mail: 1,
      state: 'in quarantine',
      receivedAt: isoTime,
      bytes: bytes.length,
      from: 'eve@example.net',
      subject: expect.stringContaining('boom'),
      messageId: '<bomb@example.net>',
      error: expect.stringContaining('exceeds the limit'),
      tries: 1,
      lastTriedAt: isoTime,
      closedAt: null,
      job: null,
    };
    expect(JSON.parse(listJson.stdout)).toEqual([report]);
    expect(show).toMatchObject({ status: 0, stderr: '' });
    expect(show.stdout).toMatch(/^State +in quarantine: "phaserlink quarantine retry 1" tries it again$/m);
    expect(show.stdout).toMatch(/^ {2}from: eve@example\.net$/m);
    expect(show.stdout).toMatch(/judge: refuse\. the mail cannot be read/);
    for (const text of [list.stdout, show.stdout]) {
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    }
    const details = JSON.parse(showJson.stdout);
    expect(details).toMatchObject(report);
    expect(readFileSync(details.file)).toEqual(bytes);
    expect(raw).toEqual(bytes);
  });

  it('tries one again that still cannot be read, says so, and fails', async () => {
    const { house } = await withBomb();
    const retry = await ask(house, 'retry', '1');
    expect(retry).toMatchObject({ status: 1, stderr: '' });
    expect(retry.stdout).toMatch(/^Mail 1 is still in quarantine, tried 2 times: .*exceeds the limit/);
    expect(await retryMail(house.config, 1, patience)).toMatchObject({
      state: 'in quarantine',
      tries: 3,
      decision: 'refuse',
      reasons: [{ code: 'unreadable' }],
    });
  });

  it('drops one: its bytes are gone, what is known of it stays', async () => {
    const { house } = await withBomb();
    const file = String((await showQuarantined(house.config, 1)).file);
    expect(await ask(house, 'drop', '1')).toMatchObject({
      status: 0,
      stdout: 'Mail 1 is dropped; its bytes are gone.\n',
      stderr: '',
    });
    expect(() => readFileSync(file)).toThrow('ENOENT');
    expect((await ask(house, 'list')).stdout).toBe('No mail is in quarantine.\n');
    expect(formatQuarantined(await showQuarantined(house.config, 1))).toMatch(/^State +dropped, /m);
    const { lines } = await why(house.config, 'bomb@example.net');
    expect(lines.join('\n')).toMatch(/quarantine: dropped\. by hand; its bytes are gone$/m);
    for (const tooLate of [retryMail, dropMail]) {
      await expect(tooLate(house.config, 1, patience)).rejects.toThrow('mail 1 was dropped from quarantine');
    }
  });

  it('is named by why, by Message-ID and by number, and by check', async () => {
    const { house } = await withBomb();
    for (const key of ['bomb@example.net', '1']) {
      const { lines, data } = await why(house.config, key);
      expect(lines.join('\n')).toContain(
        'Now in quarantine as mail 1, tried 1 time: see "phaserlink quarantine show 1"',
      );
      expect(data).toMatchObject({ quarantine: { mail: 1, state: 'in quarantine' } });
    }
    expect(formatChecks(await checkEverything(house.config))).toMatch(
      /^warning +quarantine +1 mail could not be read: see "phaserlink quarantine list"$/m,
    );
  });

  it('fails with words for a number that it does not have', async () => {
    const { house } = await withBomb();
    const noMail = /there is no mail 7 in quarantine; "phaserlink quarantine list" lists them all/;
    const cases: [command: string, number: string, words: RegExp][] = [
      ['show', '7', noMail],
      ['retry', '7', noMail],
      ['drop', '7', noMail],
      ['retry', 'seven', /give its number, as "quarantine list" shows it/],
    ];
    const answers = await Promise.all(cases.map(([command, number]) => ask(house, command, number)));
    for (const [index, [command, , words]] of cases.entries()) {
      const { status, stdout, stderr } = answers[index] as CliResult;
      expect({ status, stdout }, command).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(words);
      expect(stderr).not.toMatch(stackTrace);
    }
  });

  it('before the server has run says that there is nothing yet', async () => {
    const house = await openCliHouse({ without: ['mailroom', 'printer'] });
    for (const args of [['list'], ['retry', '1']]) {
      const { status, stderr } = await ask(house, ...(args as [string, ...string[]]));
      expect(status).toBe(1);
      expect(stderr).toContain('the server has not run with this dataDir');
    }
  });

  it.skipIf(process.getuid?.() !== 0)('writes nothing as another user than the server', async () => {
    const { house } = await withBomb();
    chownSync(join(house.folder, 'data', 'ledger.sqlite'), 12_345, 12_345);
    await expect(retryMail(house.config, 1, patience)).rejects.toThrow(
      /belongs to user 12345, and this command runs as user 0: run it as the user of/,
    );
  });
});

describe('phaserlink quarantine retry', () => {
  it('without a server makes the job, which is printed when the server runs', async () => {
    const house = await withCrash();
    expect(await ask(house, 'retry', '1')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Mail 1 is job 1: alice@example\.com may print/),
      stderr: '',
    });
    await house.serveOnce();
    expect(await jobReports(house.config, null)).toMatchObject([
      { state: 'completed', pages: { confirmed: 1 } },
    ]);
    const told = (await why(house.config, '1')).lines.join('\n');
    expect(told).toMatch(/read: unreadable\.[\s\S]*quarantine: tried again\.[\s\S]*judge: accept\./);
    expect(told).toMatch(/quarantine: read\. read at last$/m);
  });

  it('beside a running server has the mail printed at once, long before the next look into the mailbox', async () => {
    const house = await withCrash({
      change: (settings) => settings.replace('user: printer', 'user: printer, pollIntervalSeconds: 86400'),
    });
    const server = startCli('phaserlink', ['serve', '--config', house.config, '--json']);
    await server.line(/"event":"started"/);
    expect(await ask(house, 'retry', '1', '--json')).toMatchObject({ status: 0 });
    await server.line(/"event":"settled".*"state":"completed"/);
    server.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ status: 0, stderr: '' });
  });

  it('by two people at once prints once', async () => {
    const house = await withCrash();
    const tries = await Promise.all([ask(house, 'retry', '1'), ask(house, 'retry', '1')]);
    const [done, late] = tries.sort((a, b) => (a.status ?? 9) - (b.status ?? 9));
    expect(done).toMatchObject({ status: 0, stdout: expect.stringContaining('is job 1') });
    expect(late).toMatchObject({ status: 1, stderr: expect.stringContaining('became job 1') });
    expect(await jobReports(house.config, null)).toHaveLength(1);
  });

  it.each(['retry', 'drop'])(
    'as well as drop waits while the server is looking into the mailbox: %s',
    async (command) => {
      const house = await withCrash();
      const { settings } = loadPhaserLinkSettings(house.config, {});
      const ledger = await Ledger.open({ dataDir: settings.dataDir, clock: systemClock });
      const owner = { host: 'elsewhere', pid: 1, nonce: 'test' };
      const resource = `mailbox:printer@127.0.0.1:${house.pop3Port}`;
      const lease = await ledger.acquireLease(resource, owner, 60_000);
      const waiting = startCli('phaserlink', ['quarantine', command, '1', '--config', house.config]);
      await waiting.errorLine(/is looking into the mailbox; waiting/);
      expect(await ledger.quarantine.list()).toHaveLength(1);
      await ledger.releaseLease(lease);
      expect(await waiting.ended).toMatchObject({ status: 0 });
      expect(await ledger.quarantine.list()).toEqual([]);
      await ledger.close();
    },
  );
});
