/**
 * `phaserlink jobs` and `phaserlink why`: what the ledger knows, beside a running server, fit for a terminal. Each form of an answer
 * comes once from a process; what the others say is asked of the same functions in this one.
 */
import { describe, expect, it } from 'vitest';
import { formatJob, formatJobTable, jobReports } from '../../src/jobs-report.js';
import { why } from '../../src/why.js';
import { type CliHouse, openCliHouse } from '../support/cli-house.js';
import { type CliResult, runCli, stackTrace, startCli } from '../support/run-cli.js';
import { ownPieces } from '../support/split-mails.js';

const page = '%!PS-Adobe-3.0\n%%Pages: 1\n%%EndComments\nshowpage\n';
const head = (id: string) =>
  `From: alice@example.com\nTo: printer@example.com\nMessage-ID: <${id}@example.com>\n`;
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

const tiger = `${head('tiger')}X-PhaserLink-Notify: printed\nSubject: Tiger\n\n${page}`;
const stranger = `${head('spam').replace('alice', 'mallory')}Subject: Spam\n\n${page}`;
const bomb =
  head('bomb') +
  Array.from(
    { length: 30 },
    (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\n\n--b${level}\n`,
  ).join('');
const withFiles = `${head('files')}Subject: Files
Content-Type: multipart/mixed; boundary=b

--b

Please print.
--b
Content-Disposition: attachment; filename=tiger.ps

${page}
--b
Content-Disposition: attachment; filename=empty.ps

--b--
`;
const evil = '\x1b]0;owned\x07\x1b[2J\u202eevil';
const hostile = `${head('evil')}Subject: =?utf-8?B?${Buffer.from(evil).toString('base64')}?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: application/pdf
Content-Disposition: attachment; filename="=?utf-8?B?${Buffer.from(`${evil}.pdf`).toString('base64')}?="

%PDF-1.4
--b
Content-Disposition: attachment; filename="error.ps"

%!
(\x1b[31m) cvn load
--b--
`;

function ask({ config }: CliHouse, command: 'jobs' | 'why', ...args: string[]): Promise<CliResult> {
  return runCli('phaserlink', [command, '--config', config, ...args]);
}

function harmless(text: string): string {
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  expect(text).not.toMatch(stackTrace);
  return text;
}

/** A place whose server has seen these mails and stopped. */
async function openUsedHouse(...mails: string[]): Promise<CliHouse> {
  const house = await openCliHouse();
  for (const mail of mails) await house.mail(mail);
  await house.serveOnce();
  return house;
}

/** What `jobs 1` and `jobs 1 --json` say. */
async function askForJob({ config }: CliHouse) {
  const [report] = await jobReports(config, 1);
  if (report === undefined) throw new Error('there is no job 1');
  return { text: formatJob(report), report };
}

const whyText = async ({ config }: CliHouse, key: string) => `${(await why(config, key)).lines.join('\n')}\n`;

const expectedJob = {
  id: 1,
  state: 'completed',
  reasons: ['job-completed-successfully'],
  description: 'Tiger',
  sender: 'alice@example.com',
  messageIds: ['<tiger@example.com>'],
  documents: [
    { name: 'document 1', format: 'application/postscript', bytes: page.length + 4, notPrinted: null },
  ],
  pieces: null,
  leftOut: [],
  pages: { expected: 1, confirmed: 1 },
  part: { from: 1, copies: 1 },
  againOf: null,
  heldSince: null,
  releaseCode: null,
  createdAt: isoTime,
  completedAt: isoTime,
};

describe('phaserlink jobs', () => {
  it('before the server has run says that there is nothing yet', async () => {
    const house = await openCliHouse({ without: ['mailroom', 'printer'] });
    const { status, stdout, stderr } = await ask(house, 'jobs');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('the server has not run with this dataDir');
  });

  it('of an empty ledger says so', async () => {
    const house = await openUsedHouse();
    expect(await ask(house, 'jobs')).toMatchObject({
      status: 0,
      stdout: 'No job has come yet.\n',
      stderr: '',
    });
    expect(await ask(house, 'jobs', '--json')).toMatchObject({ status: 0, stdout: '[]\n', stderr: '' });
  });

  it('shows all jobs and one, for people and for programs, beside a running server', async () => {
    const house = await openCliHouse({
      change: (settings) => settings.replace('user: printer', 'user: printer, pollIntervalSeconds: 1'),
    });
    const server = startCli('phaserlink', ['serve', '--config', house.config, '--json']);
    await house.mail(tiger);
    await server.line(/"event":"settled"/);
    const all = await ask(house, 'jobs');
    expect(all).toMatchObject({ status: 0, stderr: '' });
    const [titles, row] = all.stdout.split('\n');
    expect(titles).toBe('Job  State      Pages   Received (UTC)    Sender             Description');
    expect(row).toMatch(
      /^1 {4}completed {2}1 of 1 {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}alice@example.com {2}Tiger$/,
    );
    expect(JSON.parse((await ask(house, 'jobs', '--json')).stdout)).toEqual([expectedJob]);
    expect(JSON.parse((await ask(house, 'jobs', '1', '--json')).stdout)).toEqual(expectedJob);
    const one = await ask(house, 'jobs', '1');
    expect(one.stdout).toMatch(/^State +completed \(.+\)$/m);
    expect(one.stdout).toMatch(/^Pages +1 of 1$/m);
    expect(one.stdout).toMatch(/^Message-ID +<tiger@example\.com>$/m);

    const unknown = await ask(house, 'jobs', '2', '--json');
    expect(unknown.status).toBe(1);
    expect(unknown.stderr).toBe('phaserlink: there is no job 2; "phaserlink jobs" lists them all\n');
    server.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('phaserlink why', () => {
  it('tells what happened to a job, by its number and by its Message-ID', async () => {
    const house = await openUsedHouse(tiger);
    const byNumber = await ask(house, 'why', '1');
    expect(byNumber).toMatchObject({ status: 0, stderr: '' });
    const text = byNumber.stdout;
    expect(text).toContain('Mail <tiger@example.com> from alice@example.com');
    expect(text).toMatch(/judge: accept\. alice@example\.com may print/);
    expect(text).toMatch(/the printer came to the end, 1 page confirmed$/m);
    expect(text).toMatch(/^mailed: ".*Job Printed: Tiger" to alice@example\.com$/m);
    for (const key of ['<tiger@example.com>', 'tiger@example.com']) {
      expect(await whyText(house, key)).toBe(text);
    }

    const { messages, job, events, mails } = JSON.parse((await ask(house, 'why', '1', '--json')).stdout);
    expect(job).toEqual(expectedJob);
    expect(messages).toMatchObject([
      { messageId: '<tiger@example.com>', decision: 'accept', receivedAt: isoTime },
    ]);
    expect(events.map(({ event }: { event: { type: string } }) => event.type)).toEqual([
      'received',
      'transforming-started',
      'transformed',
      'attempt-started',
      'printed',
    ]);
    expect(mails).toMatchObject([{ to: 'alice@example.com', sentAt: isoTime }]);
  });

  it('and jobs tell what of a mail stayed off the paper (ask 33)', async () => {
    const house = await openUsedHouse(withFiles);
    const { text, report } = await askForJob(house);
    expect(report.leftOut).toMatchObject([
      { name: 'letter', kind: 'letter', bytes: 13 },
      { name: 'empty.ps', kind: 'empty', reason: 'it is empty' },
    ]);
    const lines = text.split('\n').filter((line) => line.startsWith('Left out'));
    expect(lines).toEqual(['Left out     empty.ps, text/plain, 0 bytes: it is empty']);
    const told = await whyText(house, '1');
    expect(told).toContain('read: left out. letter: it is the text of the mail, which is not printed');
    expect(told).toContain('read: left out. empty.ps: it is empty');
    expect(told).toMatch(/^mailed: ".*On Error: Files" to alice@example\.com$/m);
  });

  it('tells why a mail was refused', async () => {
    const house = await openUsedHouse(stranger, bomb);
    const { lines, data } = await why(house.config, 'spam@example.com');
    expect(lines.join('\n')).toContain('mallory@example.com may not print');
    expect(lines.join('\n')).toContain('(sender-not-allowed)');
    expect(data).toMatchObject({
      job: null,
      messages: [{ decision: 'refuse', reasons: [{ code: 'sender-not-allowed' }] }],
    });
    expect(await jobReports(house.config, null)).toEqual([]);
  });

  it('knows nothing of what has not come', async () => {
    const house = await openUsedHouse();
    const { status, stdout, stderr } = await ask(house, 'why', 'nobody@example.com');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/no mail with the Message-ID nobody@example\.com has come/);
    await expect(why(house.config, '7')).rejects.toThrow('there is no job 7');
  });
});

it('a split mail that is still arriving shows which pieces have come', async () => {
  const [, second, , fourth] = ownPieces(page, { total: 5 });
  const house = await openUsedHouse(`${fourth}\n`, `${second}\n`);
  const { text: one, report } = await askForJob(house);
  expect(one).toMatch(/^State +pending-held \(pieces of the job are still arriving\)$/m);
  expect(one).toMatch(/^Pieces +2 of 5; missing: 1, 3, 5$/m);
  expect(one).toMatch(/^Message-ID +<job-1-4@example\.com>\nMessage-ID +<job-1-2@example\.com>$/m);
  expect(report).toMatchObject({
    documents: [],
    pieces: { received: 2, total: 5, missing: [1, 3, 5] },
  });

  const told = await whyText(house, 'job-1-2@example.com');
  expect(told).toMatch(/assemble: take\. Piece 4 of 5 begins a job; 4 missing\. \(set-begun\)$/m);
  expect(told).toMatch(/assemble: take\. Piece 2 of 5 belongs to job 1; 3 missing\. \(piece-added\)$/m);
  expect(told).toMatch(/ {2}piece 4 of 5 received, 4 missing\n.* {2}piece 2 of 5 received, 3 missing$/m);
  expect(told).toMatch(/^Now pending-held: pieces of the job are still arriving \(job-incoming\)$/m);
});

it('nothing that a mail or a document says steers the terminal', async () => {
  const house = await openCliHouse();
  await house.mail(hostile);
  const served = await runCli('phaserlink', ['serve', '--once', '--config', house.config]);
  expect(served).toMatchObject({ status: 0, stderr: '' });
  const { text, report } = await askForJob(house);
  const answers = [
    (await ask(house, 'why', '1')).stdout,
    (await ask(house, 'why', '1', '--json')).stdout,
    formatJobTable([report]),
    text,
  ];
  for (const answer of answers) expect(harmless(answer)).toContain('evil');
  harmless(served.stdout);
});
