#!/usr/bin/env node
/** The command `phaserlink`: its subcommands, what they take and how they end. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '#base/clock.js';
import { errorText } from '#base/errors.js';
import { SettingsError } from '#base/settings-error.js';
import { listenForStop } from '#base/stop-signals.js';
import { isNoticeKind, type NoticeKind, noticeKinds } from '#vocab/notices.js';
import { maxCopies, maxFromPage, type Part, type Wish, wholeOnce, wishWords } from '#vocab/wishes.js';
import { defaultPieceSize, parsePieceSize, pieceSizeForm } from './redirect/split-plan.js';

const program = new Command('phaserlink')
  .description('The PhaserLink Printing Server: a printer you can mail to.')
  .version(readVersion())
  .showHelpAfterError('(add --help for what it takes)');

const config = ['--config <file>', 'the settings file', 'phaserlink.yaml'] as const;
const json = ['--json', 'answer in JSON'] as const;

program
  .command('serve')
  .description(
    'fetch mail, print it, answer it; until SIGTERM or Ctrl-C (SIGUSR1: look into the mailbox now)',
  )
  .option(...config)
  .option('--once', 'empty the mailbox once, print, answer, and end', false)
  .option('--json', 'log in JSON, one line an event', false)
  .action(async (options) => (await import('./serve.js')).serve(options));

program
  .command('send')
  .description('mail documents to a printer')
  .requiredOption('--to <address>', "the printer's address")
  .requiredOption('--from <address>', 'your address: answers go there')
  .requiredOption('--smtp <host:port>', 'the mail server that takes the mail', parseHostPort)
  .option(
    '--description <text>',
    'names the job in every answer; at most 80 characters (default: the file names)',
  )
  .option('--notify <kinds>', `which answers you want: ${Object.keys(noticeKinds).join(', ')}`, parseNotify)
  .option('--hold', 'keep the job at the printer until you release it')
  .addOption(
    new Option('--split [size]', `as split mail: each file a job of its own, in pieces of ${pieceSizeForm}`)
      .preset(defaultPieceSize)
      .argParser(parseSplit),
  )
  .option('--resume <job>', 'with --split: go on with a job that broke off, by the id that was told then')
  .option('--dry-run', 'only tell what would be mailed')
  .option(...json)
  .argument('<file...>', 'the documents')
  .action(async (files, options, command: Command) => {
    if (options.resume !== undefined && options.split === undefined) {
      command.error('error: --resume belongs to --split');
    }
    return (await import('./send.js')).send(files, options);
  });

const jobs = program
  .command('jobs')
  .description('show the jobs, or say what is to become of one')
  .option(...config)
  .option(...json)
  .argument('[job]', 'only this one', parseJobNumber)
  .action(async (job: number | undefined, options) => {
    const { formatJob, formatJobTable, jobReports } = await import('./jobs-report.js');
    const reports = await jobReports(options.config, job ?? null);
    const [only] = reports;
    if (options.json) print(toJson(job !== undefined ? only : reports));
    else print(job !== undefined && only ? formatJob(only) : formatJobTable(reports));
  });

for (const wish of ['cancel', 'hold', 'release', 'done'] as const) {
  jobs
    .command(wish)
    .description(wishWords[wish])
    .option(...config)
    .option(...json)
    .argument('<job>', wish === 'release' ? "the job's number, or its code" : "the job's number")
    .action((job: string, _options, command: Command) => changeJob(job, { wish }, command));
}

jobs
  .command('again')
  .description(`${wishWords.again} or in part; of one that has ended a new job is made`)
  .option(...config)
  .option(...json)
  .option('--from <page>', 'only from this page on', parseWithin(1, maxFromPage), wholeOnce.from)
  .option('--copies <number>', 'so many times', parseWithin(1, maxCopies), wholeOnce.copies)
  .argument('<job>', "the job's number")
  .action((job: string, { from, copies }: Part, command: Command) =>
    changeJob(job, { wish: 'again', from, copies }, command),
  );

/** The options of `jobs` itself are its subcommands' options, too. */
async function changeJob(job: string, wish: Wish, command: Command): Promise<void> {
  const options = command.optsWithGlobals();
  const { changeJob, formatWish } = await import('./jobs-change.js');
  const report = await changeJob(options.config, job, wish, patience());
  print(options.json ? toJson(report) : formatWish(report));
}

program
  .command('check')
  .description(
    'try the settings, mailbox, mail server, printer and rasterizer; with --mail: tell what would happen to a mail',
  )
  .option(...config)
  .option('--mail <file>', 'a mail as a file (.eml)')
  .option(...json)
  .action(async (options) => {
    if (options.mail === undefined) return checkParts(options);
    const { forecastMail, formatForecast } = await import('./check-mail.js');
    const forecast = await forecastMail(options.config, options.mail);
    print(options.json ? toJson(forecast) : formatForecast(forecast));
  });

program
  .command('printer')
  .description('how the printer is: state, conditions, supplies, trays, counters (see docs/printer-watch.md)')
  .option(...config)
  .option('--now', 'ask the printer, also when the server has asked it lately', false)
  .option(...json)
  .action(async (options) => {
    const { formatPrinter, printerJson, printerStatus } = await import('./printer-report.js');
    const answer = await printerStatus(options.config, options.now);
    print(options.json ? toJson(printerJson(answer)) : formatPrinter(answer));
  });

program
  .command('authorize')
  .description('sign in for the mailbox by OAuth 2.0, and keep the sign-in (see docs/oauth.md)')
  .option(...config)
  .option('--json', 'tell what happens in JSON, one line an event', false)
  .action(async (options) => {
    const { authorize, formatAuthorizeEvent } = await import('./authorize.js');
    const tell = (event: Parameters<typeof formatAuthorizeEvent>[0]) =>
      print(options.json ? `${JSON.stringify(event)}\n` : formatAuthorizeEvent(event));
    if (!(await authorize(options.config, tell, listenForStop().stop))) process.exitCode = 1;
  });

program
  .command('why')
  .description('tell what did happen to a mail or a job, and why')
  .option(...config)
  .option(...json)
  .argument('<message-id|job>', "a mail's Message-ID, a job's number, or a mail's number in quarantine")
  .action(async (key: string, options) => {
    const { why } = await import('./why.js');
    const { lines, data } = await why(options.config, key);
    print(options.json ? toJson(data) : `${lines.join('\n')}\n`);
  });

const quarantine = program
  .command('quarantine')
  .description('the mails that could not be read: list them, show one, try it again, drop it');

quarantine
  .command('list')
  .description('all mails in quarantine')
  .option(...config)
  .option(...json)
  .action(async (options) => {
    const { listQuarantine } = await import('./quarantine.js');
    const { formatQuarantine } = await import('./quarantine-report.js');
    const mails = await listQuarantine(options.config);
    print(options.json ? toJson(mails) : formatQuarantine(mails));
  });

quarantine
  .command('show')
  .description('what can be seen of a mail, why it could not be read, and where its bytes are')
  .option(...config)
  .option(...json)
  .option('--raw', 'write the mail itself, byte for byte: show 17 --raw > mail.eml', false)
  .argument('<mail>', 'its number in quarantine', parseMailNumber)
  .action(async (mail: number, options) => {
    const { rawQuarantined, showQuarantined } = await import('./quarantine.js');
    if (options.raw) return writeAll(rawQuarantined(options.config, mail));
    const { formatQuarantined } = await import('./quarantine-report.js');
    const details = await showQuarantined(options.config, mail);
    print(options.json ? toJson(details) : formatQuarantined(details));
  });

quarantine
  .command('retry')
  .description('read and judge a mail anew, as if it had just come; status 1 when it still cannot be read')
  .option(...config)
  .option(...json)
  .argument('<mail>', 'its number in quarantine', parseMailNumber)
  .action(async (mail: number, options) => {
    const { retryMail } = await import('./quarantine-change.js');
    const { formatRetry } = await import('./quarantine-report.js');
    const report = await retryMail(options.config, mail, patience());
    print(options.json ? toJson(report) : formatRetry(report));
    if (report.state === 'in quarantine') process.exitCode = 1;
  });

quarantine
  .command('drop')
  .description("remove a mail's bytes for good; what is known of it stays")
  .option(...config)
  .option(...json)
  .argument('<mail>', 'its number in quarantine', parseMailNumber)
  .action(async (mail: number, options) => {
    const { dropMail } = await import('./quarantine-change.js');
    const report = await dropMail(options.config, mail, patience());
    print(options.json ? toJson(report) : `Mail ${report.mail} is dropped; its bytes are gone.\n`);
  });

program
  .command('mailroom')
  .description('a small mail server for demos, tests and small places: SMTP in, POP3 out')
  .option('--config <file>', 'the settings file', 'mailroom.yaml')
  .option('--json', 'log in JSON, one line an event', false)
  .action(async (options) => (await import('./mailroom.js')).runMailroom(options));

program
  .command('demo')
  .description('mail room, simulated Phaser 740 and Printing Server at work on one document, until Ctrl-C')
  .option('--once', 'end after the first job', false)
  .option('--out <dir>', 'where pages, mails and everything else go (default: a new temporary folder)')
  .argument('[file...]', 'your own documents instead of the sample')
  .action(async (files: string[], options) => {
    const { runDemo } = await import('./demo.js');
    const write = (line: string) => print(`${line}\n`);
    const { stop } = listenForStop();
    await runDemo({ ...options, files, clock: systemClock, write, stop });
  });

async function checkParts(options: { config: string; json?: true }): Promise<void> {
  const { checkEverything, formatChecks } = await import('./check.js');
  const results = await checkEverything(options.config);
  print(options.json ? toJson(results) : formatChecks(results));
  if (results.some(({ result }) => result === 'failed')) process.exitCode = 1;
}

function parseHostPort(value: string): { host: string; port: number } {
  const form = /^(?:\[(?<ipv6>[^\s[\]]+)\]|(?<name>[^\s[\]:]+)):(?<port>\d{1,5})$/;
  const { ipv6, name, port = '' } = form.exec(value)?.groups ?? {};
  const host = ipv6 ?? name ?? '';
  if (host === '' || Number(port) < 1 || Number(port) > 65_535)
    throw new InvalidArgumentError('give HOST:PORT.');
  return { host, port: Number(port) };
}

function parseSplit(value: string): number {
  const bytes = parsePieceSize(value);
  if (bytes !== null) return bytes;
  throw new InvalidArgumentError(`give ${pieceSizeForm}; or none, with --split behind the files.`);
}

function parseNotify(value: string): NoticeKind[] {
  return value.split(',').map((word) => {
    const kind = word.trim();
    if (isNoticeKind(kind)) return kind;
    throw new InvalidArgumentError(
      `give some of ${Object.keys(noticeKinds).join(', ')}, with commas between.`,
    );
  });
}

function parseJobNumber(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError("give a job's number.");
  return Number(value);
}

function parseWithin(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`give a number from ${min} to ${max}.`);
  };
}

function parseMailNumber(value: string): number {
  if (!/^\d{1,15}$/.test(value))
    throw new InvalidArgumentError('give its number, as "quarantine list" shows it.');
  return Number(value);
}

/** While the server is looking into the mailbox, until Ctrl-C. */
function patience() {
  const text = 'the Printing Server is looking into the mailbox; waiting until it is done';
  return {
    onWait: () =>
      process.stderr.write(`phaserlink: ${text}
`),
    signal: listenForStop().stop,
  };
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return version;
}

function print(text: string): void {
  process.stdout.write(text);
}

/** With back-pressure; whoever reads us may leave first. */
async function writeAll(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes) {
    if (!process.stdout.write(chunk))
      await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]);
    if (!process.stdout.writable) return;
  }
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

// Whoever reads us may leave first, as in `| head`; the work goes on.
process.stdout.on('error', () => undefined);
try {
  await program.parseAsync();
} catch (error) {
  const wantsJson = process.argv.includes('--json');
  if (wantsJson && error instanceof SettingsError)
    print(toJson({ error: error.code, mistakes: error.mistakes }));
  process.stderr.write(`phaserlink: ${errorText(error)}\n`);
  process.exitCode = 1;
}
