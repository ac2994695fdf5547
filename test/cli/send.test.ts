/** `phaserlink send`: documents on their way to the printer's mailbox, and what the sender reads when they are not. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jobReports } from '../../src/jobs-report.js';
import { openCliHouse } from '../support/cli-house.js';
import { freePort } from '../support/free-port.js';
import { runCli, stackTrace } from '../support/run-cli.js';
import { startSmtpSink } from '../support/smtp-sink.js';
import { temporaryFile, temporaryFolder } from '../support/temporary-folder.js';

function send(port: number, ...more: string[]) {
  const addresses = ['--to', 'printer@example.com', '--from', 'alice@example.com'];
  return runCli('phaserlink', ['send', ...addresses, '--smtp', `127.0.0.1:${port}`, ...more]);
}

const page = '%!\nshowpage\n';

describe('phaserlink send', () => {
  it('mails documents and says what it has done, to a person and to a program', async () => {
    const { smtpPort, snapshot } = await openCliHouse({ without: ['printer'] });
    const [one, two] = [temporaryFile('one.ps', page), temporaryFile('two.ps', page)];
    const text = await send(smtpPort, one, two);
    expect(text).toMatchObject({ status: 0, stderr: '' });
    expect(text.stdout).toMatch(
      /^Mailed .*one\.ps, .*two\.ps to printer@example\.com \(24 bytes\), Message-ID <\S+>\n$/,
    );

    const json = await send(
      smtpPort,
      one,
      '--json',
      '--description',
      'Eine Seite',
      '--notify',
      'printed, trace',
    );
    expect(json).toMatchObject({ status: 0, stderr: '' });
    const { messageId, ...rest } = JSON.parse(json.stdout);
    expect(rest).toEqual({ bytes: 12, accepted: ['printer@example.com'] });
    const mails = (await snapshot('mailroom'))
      .split('\n')
      .map((line) => Buffer.from(line.split(': ')[1] ?? '', 'base64').toString());
    const mail = mails.find((text) => text.includes(messageId));
    expect(mail).toContain('Subject: Eine Seite');
    expect(mail).toMatch(/^X-PhaserLink-Notify: printed,trace\r$/im);
  });

  it.each([
    ['--notify', 'printed,faxed', 'give some of printed, error, trace'],
    ['--smtp', 'mail.example.com', 'give HOST:PORT'],
    ['--smtp', 'mail.example.com:99999', 'give HOST:PORT'],
    ['--to', 'printer', '"printer" is not a mail address'],
    ['--description', 'x'.repeat(81), 'the description has 81 characters; shorten it to 80'],
  ])('refuses %s %s', async (option, value, words) => {
    const { status, stdout, stderr } = await send(
      await freePort(),
      temporaryFile('a.ps', page),
      option,
      value,
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(stackTrace);
  });

  it.each([
    ['nothing.ps', 'does not exist'],
    ['folder', 'is a folder; name the files in it'],
    ['empty.ps', 'is empty'],
  ])('has nothing to send in %s', async (name, words) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'folder'));
    writeFileSync(join(folder, 'empty.ps'), '');
    const { status, stdout, stderr } = await send(await freePort(), join(folder, name));
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe(`phaserlink: ${join(folder, name)} ${words}\n`);
  });

  it('says that no mail server answers, and what to look at', async () => {
    const port = await freePort();
    const { status, stderr } = await send(port, temporaryFile('a.ps', page));
    expect(status).toBe(1);
    expect(stderr).toContain(`phaserlink: the mail server 127.0.0.1:${port} cannot be reached`);
    expect(stderr).toContain('check its name and port');
    expect(stderr).not.toMatch(stackTrace);
  });

  it('repeats the words of a server that refuses the recipient', async () => {
    const refuse = Object.assign(new Error('no such printer here'), { responseCode: 550 });
    const { smtp } = await startSmtpSink({ onRcptTo: (_address, _session, done) => done(refuse) });
    const { status, stdout, stderr } = await send(smtp.port, temporaryFile('a.ps', page));
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('refused the recipient printer@example.com: 550 no such printer here');
  });

  it('with --split mails each file as a job of its own, and says which', async () => {
    const { smtpPort, config, serveOnce } = await openCliHouse();
    const one = temporaryFile('one.ps', `${page}${'% more\n'.repeat(20_000)}`);
    const two = temporaryFile('two.ps', page);
    const text = await send(smtpPort, one, two, '--split', '64KiB', '--notify', 'printed');
    expect(text).toMatchObject({ status: 0, stderr: '' });
    expect(text.stdout).toMatch(
      /^Mailed .*one\.ps to printer@example\.com \(140012 bytes\) in 3 pieces, job \S+, Message-ID of the first <\S+>\nMailed .*two\.ps .* in 1 piece, job \S+, .*\n$/,
    );
    const json = JSON.parse((await send(smtpPort, one, '--json', '--split', '100KB')).stdout);
    expect(json).toEqual([
      {
        file: one,
        job: expect.any(String),
        bytes: 140_012,
        pieces: [
          { number: 1, bytes: 100_000, messageId: expect.stringMatching(/^<.+>$/) },
          { number: 2, bytes: 40_012, messageId: expect.stringMatching(/^<.+>$/) },
        ],
        accepted: ['printer@example.com'],
      },
    ]);
    await serveOnce();
    expect(await jobReports(config, null)).toMatchObject([
      { state: 'completed', description: 'one.ps', documents: [{ name: 'one.ps', bytes: 140_012 }] },
      { state: 'completed', description: 'two.ps' },
      { state: 'completed', description: 'one.ps' },
    ]);
  });

  it('with --dry-run tells what it would mail, and asks nobody', async () => {
    const port = await freePort();
    const file = temporaryFile('one.ps', `${page}${'% more\n'.repeat(20_000)}`);
    const whole = await send(port, file, '--dry-run');
    expect(whole).toMatchObject({ status: 0, stderr: '' });
    expect(whole.stdout).toBe(`Would mail ${file} to printer@example.com (140012 bytes) in one mail\n`);
    // The size of a piece may be left out where no file name follows.
    const split = await send(port, '--dry-run', file, '--split');
    expect(split.stdout).toBe(`Would mail ${file} to printer@example.com (140012 bytes) in 1 piece\n`);
    const json = await send(port, '--dry-run', file, '--split', '64KiB', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject([
      { file, bytes: 140_012, pieces: [{ number: 1, from: 0, bytes: 65_536 }, { number: 2 }, { number: 3 }] },
    ]);
  });

  it.each([
    [
      ['--split', 'big'],
      'give a size such as 1MiB, 500KB or 300000, from 64KiB to 25MiB; or none, with --split behind',
    ],
    [['--split', '1KB'], 'give a size such as 1MiB'],
    [['--split', '26MiB'], 'give a size such as 1MiB'],
    [['--resume', 'x'], '--resume belongs to --split'],
    [['--split', '1MiB', '--resume', 'a b'], '"a b" is no job id'],
  ])('refuses %j', async (options, words) => {
    const { status, stdout, stderr } = await send(await freePort(), temporaryFile('a.ps', page), ...options);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(stackTrace);
  });
});
