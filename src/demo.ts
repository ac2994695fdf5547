/** The demo: mail room, simulated Phaser 740 and Printing Server as three programs, and one document all the way to paper and back. */
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import { silentLog } from '#base/log.js';
import { whenAborted } from '#base/stop-signals.js';
import { DemoProcess, type LogEvent } from './demo-process.js';
import {
  type Account,
  accounts,
  mailroomSettings,
  passwordFileName,
  phaserSettings,
  printerAddress,
  senderAddress,
  serverSettings,
} from './demo-settings.js';
import { DemoStory } from './demo-story.js';
import { jobReports } from './jobs-report.js';
import { Pop3Mailbox } from './mail/pop3-mailbox.js';
import { sendDocument } from './redirect/send-document.js';

const sample = '../../fixtures/ps/welcome.ps';

export interface DemoOptions {
  /** Where everything goes; without it a new temporary folder. */
  out: string | undefined;
  /** End after the first job. */
  once: boolean;
  /** The user's own documents; empty for the sample. */
  files: string[];
  clock: Clock;
  write: (line: string) => void;
  stop: AbortSignal;
}

/** The folders and files of one demo. */
interface Places {
  out: string;
  pages: string;
  mail: string;
  work: string;
}

/** Runs the demo; throws with the stage that failed. The programs are stopped whatever happens. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const places = await preparePlaces(options.out);
  const story = new DemoStory(options.clock, options.write);
  const programs: DemoProcess[] = [];
  const stopped = whenAborted(options.stop).then(() => 'stopped' as const);
  try {
    options.write(`Everything of this demo lies in ${places.out}\n`);
    const mailroom = await startPrograms(places, story, programs, options);
    const files =
      options.files.length > 0 ? options.files : [fileURLToPath(new URL(sample, import.meta.url))];
    const told = runFirstJob(places, story, mailroom, files);
    if ((await Promise.race([told, stopped])) === 'stopped') return;
    if (options.once) return;
    describeWhatNext(places, mailroom, options.write);
    await Promise.race([stopped, story.died]);
    options.write('Stopping the three programs …');
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
  }
}

interface MailroomPorts {
  smtp: number;
  pop3: number;
}

async function preparePlaces(wish: string | undefined): Promise<Places> {
  const out = wish === undefined ? await mkdtemp(join(tmpdir(), 'phaserlink-demo-')) : resolve(wish);
  const places = { out, pages: join(out, 'pages'), mail: join(out, 'mail'), work: join(out, 'work') };
  // What an earlier demo left in the same folder would be taken for this one's.
  for (const old of [places.pages, places.mail, places.work, join(out, 'job.json')]) {
    await rm(old, { recursive: true, force: true });
  }
  for (const folder of [places.pages, places.mail, places.work]) await mkdir(folder, { recursive: true });
  return places;
}

async function startPrograms(
  places: Places,
  story: DemoStory,
  programs: DemoProcess[],
  { clock, write }: DemoOptions,
): Promise<MailroomPorts> {
  const start = async (name: string, program: string, command: string[], settings: string, text: string) => {
    const file = join(places.work, settings);
    await writeFile(file, text, { mode: 0o600 });
    const onEvent = (event: LogEvent) => story.hear(event);
    programs.push(
      new DemoProcess({
        name,
        program,
        args: [...command, '--config', file, '--json'],
        logFile: join(places.work, `${settings.replace('.yaml', '')}.log`),
        clock,
        onEvent,
        onDeath: (error) => story.fail(error),
      }),
    );
    return file;
  };
  for (const account of accounts) {
    await writeFile(passwordFile(places, account), randomBytes(18).toString('base64url'), { mode: 0o600 });
  }

  const mailroomFile = await start('mail room', './cli.js', ['mailroom'], 'mailroom.yaml', mailroomSettings);
  const smtp = await story.port('smtp');
  const pop3 = await story.port('pop3');
  const phaserFile = await start(
    'simulated printer',
    '../firmware-sim/cli.js',
    [],
    'phaser740.yaml',
    phaserSettings,
  );
  const raw = await story.port('raw');
  const serverFile = await start(
    'Printing Server',
    './cli.js',
    ['serve'],
    'phaserlink.yaml',
    serverSettings({ smtp, pop3, raw }),
  );
  await story.until('start', ({ event }) => event === 'started');

  write(`Mail room           SMTP 127.0.0.1:${smtp}, POP3 127.0.0.1:${pop3}   ${mailroomFile}`);
  write(`Simulated printer   Phaser 740, raw 127.0.0.1:${raw}            ${phaserFile}`);
  write(`Printing Server     polls the mailbox of ${printerAddress}   ${serverFile}\n`);
  return { smtp, pop3 };
}

/** Mails the documents and follows them until the answer is back; leaves pages, mails and job.json in their places. */
async function runFirstJob(
  places: Places,
  story: DemoStory,
  mailroom: MailroomPorts,
  files: string[],
): Promise<void> {
  const failures: unknown[] = [];
  const attempt = (work: Promise<unknown>) => work.catch((error: unknown) => failures.push(error));
  await attempt(mailAndPrint(story, mailroom, files));
  // Whatever happened: the pages and mails that there are lie in their places.
  await attempt(copyPages(places, story.pageFiles));
  await attempt(collectMails(places, mailroom));
  if (story.job !== null) await attempt(writeJob(places, story.job));
  if (failures.length > 0) throw failures[0];
}

async function mailAndPrint(story: DemoStory, mailroom: MailroomPorts, files: string[]): Promise<void> {
  const { bytes } = await sendDocument({
    to: printerAddress,
    from: senderAddress,
    smtp: { host: '127.0.0.1', port: mailroom.smtp },
    description: files.length === 1 ? basename(files[0] ?? '') : undefined,
    notify: ['printed', 'error'],
    files,
  }).catch((error: unknown) => {
    throw stageFailed('mail', error);
  });
  story.tell(
    'mailed',
    `${files.map((file) => basename(file)).join(', ')} to ${printerAddress} (${bytes} bytes)`,
  );
  const settled = await story.until('print', ({ event }) => event === 'settled' || event === 'refused');
  // The answer is part of the job: it comes also when the job failed.
  await story.until('tell', ({ event, to }) => event === 'told' && to === senderAddress);
  if (settled.state !== 'completed')
    throw stageFailed(settled.event === 'refused' ? 'judge' : 'print', settled.text);
}

function stageFailed(stage: string, cause: unknown): PhaserLinkError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new PhaserLinkError({
    code: 'demo-failed',
    retry: 'permanent',
    text: `the demo failed at the stage "${stage}": ${text}`,
    cause,
  });
}

async function copyPages(places: Places, pageFiles: readonly string[]): Promise<void> {
  for (const [index, file] of pageFiles.entries()) {
    await copyFile(file, join(places.pages, `page-${String(index + 1).padStart(3, '0')}.png`));
  }
}

/** Fetches the answers from the sender's mailbox and leaves them there, as a mail program would. */
async function collectMails(places: Places, { pop3 }: MailroomPorts): Promise<void> {
  const password = await readFile(passwordFile(places, 'alice'), 'utf8');
  const settings = { host: '127.0.0.1', port: pop3, security: 'none', user: 'alice', password } as const;
  const session = await new Pop3Mailbox(settings, systemClock, silentLog).open(AbortSignal.timeout(30_000));
  for (const [index, message] of (await session.list()).entries()) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of session.retrieve(message)) chunks.push(chunk);
    await writeFile(join(places.mail, `${String(index + 1).padStart(3, '0')}.eml`), Buffer.concat(chunks));
  }
  await session.quit();
}

function passwordFile(places: Places, account: Account): string {
  return join(places.work, passwordFileName(account));
}

function describeWhatNext(places: Places, { smtp }: MailroomPorts, write: (line: string) => void): void {
  write(`
Pages   ${places.pages} (all that is printed: ${join(places.work, 'output-tray')})
Mails   ${places.mail}
Job     ${join(places.out, 'job.json')}

Mail the next document:
  npx phaserlink send --to ${printerAddress} --from ${senderAddress} --smtp 127.0.0.1:${smtp} --notify printed,error FILE.ps
See what became of it:
  npx phaserlink jobs --config ${join(places.work, 'phaserlink.yaml')}
Ctrl-C ends the demo.
`);
}

async function writeJob(places: Places, job: number): Promise<void> {
  const [report] = await jobReports(join(places.work, 'phaserlink.yaml'), job);
  await writeFile(join(places.out, 'job.json'), `${JSON.stringify(report, null, 2)}\n`);
}
