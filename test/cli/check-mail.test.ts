/**
 * `phaserlink check --mail`: what would become of a mail, and why; nothing is changed and nothing is left. As processes, which read
 * the mail apart, run a mail that would be printed, one that would not, one that is hostile, and no mail; the others are read here.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLog } from '#base/log.js';
import { forecastMail, formatForecast } from '../../src/check-mail.js';
import { Spool } from '../../src/jobs/spool.js';
import { type MailReader, ReadApart } from '../../src/read-apart.js';
import { type CliHouse, openCliHouse } from '../support/cli-house.js';
import { ManualClock } from '../support/manual-clock.js';
import { readHere } from '../support/read-here.js';
import { hasBegun, hostileReader, readersOf } from '../support/reader-house.js';
import { runCli, stackTrace } from '../support/run-cli.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const page = '%!PS-Adobe-3.0\n%%Pages: 2\n%%EndComments\nshowpage showpage\n';
const fromAlice = 'From: alice@example.com\nTo: printer@example.com\nMessage-ID: <tiger@example.com>\n';
const accepted = `${fromAlice}Subject: Tiger\n\n${page}`;

/** A mail bomb: multipart in multipart in multipart. */
const nested = Array.from(
  { length: 100 },
  (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\n\n--b${level}\n`,
).join('');

/** What it says to people and to programs. */
async function forecast({ folder, config }: CliHouse, mail: string) {
  const file = join(folder, 'mail.eml');
  writeFileSync(file, mail.replaceAll(/\r?\n/g, '\r\n'), 'latin1');
  const reader = (dataDir: string): MailReader => ({
    read: async (message, pack, signal) =>
      readHere(await Spool.open({ dataDir })).read(message, pack, signal),
    close: async () => undefined,
  });
  const json = await forecastMail(config, file, reader);
  return { text: formatForecast(json), json };
}

/** The same by the command, run twice, in a temporary folder that has to stay empty. */
async function runForecast({ folder, config }: CliHouse, mail: string) {
  const file = join(folder, 'mail.eml');
  writeFileSync(file, mail.replaceAll(/\r?\n/g, '\r\n'), 'latin1');
  const TMPDIR = temporaryFolder();
  const args = ['check', '--config', config, '--mail', file];
  const [text, json] = await Promise.all([
    runCli('phaserlink', args, { env: { TMPDIR } }),
    runCli('phaserlink', [...args, '--json'], { env: { TMPDIR } }),
  ]);
  expect(text.stderr + json.stderr).toBe('');
  expect(text.stdout + json.stdout).not.toMatch(stackTrace);
  expect(readdirSync(TMPDIR)).toEqual([]);
  expect([text.status, json.status]).toEqual([0, 0]);
  return { text: text.stdout, json: JSON.parse(json.stdout) };
}

describe('phaserlink check --mail', () => {
  it('tells that a mail would be printed, stage by stage', async () => {
    const house = await openCliHouse({ without: ['mailroom', 'printer'] });
    const { text, json } = await runForecast(house, accepted);
    expect(text).toBe(`read     from alice@example.com, "Tiger"
read     document document 1: application/postscript, ${page.length + 4} bytes
judge    accept: alice@example.com may print: the access list has "alice@example.com".
convert  document 1: goes to the printer
convert  2 pages expected
tell     the sender is answered
`);
    expect(json).toEqual({
      decision: 'accept',
      reasons: [{ code: 'sender-allowed', text: expect.any(String) }],
      reply: true,
      unreadable: null,
      assembly: null,
      sender: 'alice@example.com',
      description: 'Tiger',
      documents: [
        { name: 'document 1', format: 'application/postscript', bytes: page.length + 4, notPrinted: null },
      ],
      leftOut: [],
      tooMuch: null,
      pagesExpected: 2,
    });
    expect(existsSync(join(house.folder, 'data'))).toBe(false);
  });

  it.each([
    [
      'a stranger',
      accepted.replace('alice', 'mallory'),
      'sender-not-allowed',
      /mallory@example.com may not print/,
    ],
    [
      'the printer itself',
      accepted.replace('alice', 'printer'),
      'own-mail',
      /never answers or prints its own mail/,
    ],
    ['nobody', accepted.replace(/^From.*\n/, ''), 'sender-unclear', /Who sent the mail is not clear/],
    ['no document', `${fromAlice}Subject: hi\n\nHello\n`, 'no-document', /holds no document/],
    ['a nesting bomb', `${fromAlice}${nested}`, 'too-much', /nest.* exceeds the limit of/],
    [
      'a header bomb',
      `${'X: y\n'.repeat(2000)}${fromAlice}\nHello\n`,
      'unreadable',
      /header exceeds the limit of/,
    ],
  ])('tells that %s would not be printed', async (_what, mail, code, words) => {
    const house = await openCliHouse({ without: ['mailroom', 'printer'] });
    const { text, json } = await (code === 'unreadable' ? runForecast : forecast)(house, mail);
    expect(json).toMatchObject({
      decision: 'refuse',
      reasons: [{ code, text: expect.stringMatching(words) }],
    });
    expect(text).toMatch(/^judge +refuse: /m);
    expect(text).not.toContain('goes to the printer');
  });

  it('tells to which job the piece of a split mail would belong', async () => {
    const house = await openCliHouse({ without: ['printer'] });
    const piece = readFileSync(new URL('../../../fixtures/mail/split-mail.eml', import.meta.url), 'latin1');
    const first = await forecast(house, piece);
    expect(first.json).toMatchObject({
      decision: 'accept',
      assembly: { action: 'take', reason: { code: 'set-begun' } },
      documents: [],
    });
    expect(first.text).toMatch(/^assemble take: Piece 2 of 3 begins a job; 2 missing\.$/m);
    expect(first.text).not.toContain('goes to the printer');

    await house.mail(piece);
    // There is no printer.
    await house.serveOnce().catch(() => undefined);
    const other = piece.replace('number=2', 'number=3').replace('<1@', '<2@');
    expect((await forecast(house, other)).text).toContain('Piece 3 of 3 belongs to job 1; 1 missing.');
    const again = piece.replace('<1@', '<3@');
    expect((await forecast(house, again)).json).toMatchObject({
      decision: 'refuse',
      reply: false,
      assembly: { action: 'refuse', reason: { code: 'piece-repeated' } },
    });
  });

  it('tells what of a mail cannot be printed', async () => {
    const house = await openCliHouse({ without: ['mailroom', 'printer'] });
    const { text, json } = await forecast(house, accepted.replace('%!PS-Adobe-3.0', '%PDF-1.4'));
    expect(json.documents).toMatchObject([
      { format: 'application/pdf', notPrinted: expect.stringContaining('this printer accepts PostScript') },
    ]);
    expect(text).toMatch(/^convert +document 1: not printed, it is a PDF/m);
    expect(text).not.toContain('goes to the printer');
  });

  it('tells every part that stays off the paper, and why (ask 33)', async () => {
    const house = await openCliHouse({ without: ['mailroom', 'printer'] });
    const mail = readFileSync(new URL('../../../fixtures/mail/signed.eml', import.meta.url), 'latin1');
    const { text, json } = await forecast(house, mail);
    expect(json.leftOut).toEqual([
      {
        name: 'signature.asc',
        mediaType: 'application/pgp-signature',
        bytes: 60,
        kind: 'signature',
        reason: 'it is a signature',
      },
    ]);
    expect(text).toMatch(/^read +left out signature\.asc: it is a signature$/m);
    expect((await forecast(house, `${fromAlice}${nested}`)).text).toMatch(/^read +not read on: the nesting/m);
  });

  it('recognises a mail that has been received', async () => {
    const house = await openCliHouse();
    await house.mail(accepted);
    // Both in processes of their own, which take all that belongs to their connection to the ledger with them.
    expect((await runCli('phaserlink', ['serve', '--once', '--config', house.config])).status).toBe(0);
    const before = await house.snapshot('data');
    const { text, json } = await runForecast(house, accepted);
    expect(json).toMatchObject({ decision: 'refuse', reasons: [{ code: 'already-received' }], reply: false });
    expect(text).toMatch(/received before, as job 1/);
    expect(await house.snapshot('data')).toBe(before);
  });

  it('lets nothing of a hostile mail steer the terminal', async () => {
    const house = await openCliHouse({ without: ['mailroom', 'printer'] });
    const hostile = `From: alice@example.com
Subject: =?utf-8?B?${Buffer.from('\x1b]0;owned\x07\x1b[2J\u202eoops\r\nline').toString('base64')}?=
MIME-Version: 1.0
Content-Type: application/postscript; name="\x1b[31mred.ps"
Content-Disposition: attachment; filename="\x1b[31m\x9bred\x00.ps"

${page}`;
    const { text, json } = await runForecast(house, hostile);
    expect(text).toContain('red');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(JSON.stringify(json)).not.toMatch(/[\p{Cc}\p{Bidi_Control}]|\\u00/u);
  });

  it.each([
    ['none.eml', /none\.eml.*ENOENT|none\.eml does not exist/],
    ['.', /is no file; give a mail as a file/],
  ])('says that %s is no mail', async (name, words) => {
    const house = await openCliHouse({ without: ['mailroom', 'printer'] });
    const path = join(house.folder, name);
    const { status, stdout, stderr } = await runCli('phaserlink', [
      'check',
      '--config',
      house.config,
      '--mail',
      path,
    ]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(stackTrace);
  });
});

it('tells that a mail over which the reader hangs would be put aside (ask 49)', async () => {
  const house = await openCliHouse({ without: ['mailroom', 'printer'] });
  const file = join(house.folder, 'mail.eml');
  writeFileSync(file, accepted.replace('Tiger', 'hang'));
  const clock = new ManualClock();
  const folders: string[] = [];
  const forecast = forecastMail(house.config, file, (dataDir) => {
    folders.push(dataDir);
    return new ReadApart({ dataDir, clock, log: silentLog, program: hostileReader });
  });
  await expect.poll(() => folders).toHaveLength(1);
  const [folder = ''] = folders;
  for (let attempt = 1; attempt <= 2; attempt++) {
    await hasBegun(folder);
    await clock.advance(60_000);
  }
  const { decision, reply, unreadable } = await forecast;
  expect({ decision, reply }).toEqual({ decision: 'refuse', reply: false });
  expect(unreadable).toContain('did not come to an end within');
  expect(formatForecast(await forecast)).toMatch(/^judge +refuse: .* it goes into quarantine$/m);
  expect(readersOf(folder)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
});
