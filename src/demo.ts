/** The demo: mail room, simulated Phaser 740 and Printing Server as three programs, and one job all the way to paper and back. */
import { existsSync } from 'node:fs';
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '#base/clock.js';
import { errorText, PhaserLinkError } from '#base/errors.js';
import { silentLog } from '#base/log.js';
import { whenAborted } from '#base/stop-signals.js';
import { DemoHouse, type MailroomPorts, type Places, preparePlaces, readPassword } from './demo-house.js';
import { printerAddress, senderAddress } from './demo-settings.js';
import { DemoStory, stageFailed } from './demo-story.js';
import { jobReports } from './jobs-report.js';
import { Pop3Mailbox } from './mail/pop3-mailbox.js';
import { inspectDocument } from './redirect/documents.js';
import { sendDocument } from './redirect/send-document.js';

/** Relative to the compiled file. */
const sample = '../../fixtures/ps/welcome.ps';

export interface DemoOptions {
  /** Where everything goes; without it a new temporary folder. */
  out?: string;
  /** End after the first job. */
  once: boolean;
  /** The user's own documents; empty for the sample. */
  files: string[];
  clock: Clock;
  write: (line: string) => void;
  stop: AbortSignal;
}

/** Runs the demo; throws with the stage that failed. The programs are stopped whatever happens. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { clock, write, once } = options;
  const files = options.files.length > 0 ? options.files : [fileURLToPath(new URL(sample, import.meta.url))];
  for (const file of files) await atStage('mail', inspectDocument(file));
  const places = await atStage('prepare', preparePlaces(options.out));
  const story = new DemoStory(clock, write);
  const house = new DemoHouse(places, story, clock);
  const stopped = whenAborted(options.stop);
  try {
    write(`Everything of this demo lies in ${places.out}\n`);
    await Promise.race([stopped, runHouse(house, places, story, { ...options, files })]);
    if (!once && !options.stop.aborted) await Promise.race([stopped, story.died]);
    if (!once) write('\nStopping the three programs …');
  } finally {
    story.end();
    await house.stop();
  }
}

function atStage<T>(stage: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw error instanceof PhaserLinkError && error.code === 'demo-failed'
      ? error
      : stageFailed(stage, errorText(error), error);
  });
}

async function runHouse(
  house: DemoHouse,
  places: Places,
  story: DemoStory,
  { files, clock, write, once }: DemoOptions,
): Promise<void> {
  const ports = await house.start(write);
  const failures: unknown[] = [];
  const tryTo = (work: Promise<unknown>) => work.catch((error: unknown) => failures.push(error));
  await tryTo(mailAndPrint(story, ports, files, clock));
  // Whatever happened: the pages and mails that there are lie in their places.
  await tryTo(copyPages(places, story.pageFiles));
  await tryTo(collectMails(places, ports, clock));
  if (story.job !== null) await tryTo(writeJob(places, story.job));
  await describeResult(places, write);
  if (failures.length > 0) throw failures[0];
  if (!once) describeWhatNext(places, ports, files, write);
}

/** Mails the documents as one job and follows it until the answer is back. */
async function mailAndPrint(
  story: DemoStory,
  ports: MailroomPorts,
  files: string[],
  clock: Clock,
): Promise<void> {
  const mail = { to: printerAddress, from: senderAddress, smtp: { host: '127.0.0.1', port: ports.smtp } };
  await atStage('mail', sendDocument({ ...mail, notify: ['printed', 'error'], files }, { clock }));
  const ended = await story.until('print', ({ event }) => event === 'settled' || event === 'refused');
  if (ended.event === 'refused' && ended.mayReply !== true) throw stageFailed('judge', ended.text);
  // The answer is part of the job: it comes also when the job failed.
  await story.until('tell', ({ event, to }) => event === 'told' && to === senderAddress);
  if (ended.event === 'refused') throw stageFailed('judge', ended.text);
  const unsupported = String(ended.reasons).includes('unsupported-document-format');
  if (unsupported) throw stageFailed('convert', ended.text);
  if (story.notPrinted.length > 0) throw stageFailed('convert', story.notPrinted.join('; '));
  if (ended.state !== 'completed') throw stageFailed('print', ended.text);
  if (story.pageFiles.length === 0) throw stageFailed('print', 'no page came out');
}

async function copyPages(places: Places, pageFiles: readonly string[]): Promise<void> {
  for (const [index, file] of pageFiles.entries()) {
    await copyFile(file, join(places.pages, `page-${numbered(index)}.png`));
  }
}

/** Reads the sender's mailbox and leaves the mails there, as a mail program would. */
async function collectMails(places: Places, ports: MailroomPorts, clock: Clock): Promise<void> {
  const password = await readPassword(places, 'alice');
  const settings = {
    host: '127.0.0.1',
    port: ports.pop3,
    security: 'none',
    user: 'alice',
    credentials: { password },
  } as const;
  const session = await new Pop3Mailbox(settings, clock, silentLog).open(new AbortController().signal);
  try {
    for (const [index, message] of (await session.list()).entries()) {
      await writeFile(join(places.mail, `${numbered(index)}.eml`), session.retrieve(message));
    }
    await session.quit();
  } finally {
    session.close();
  }
}

async function writeJob(places: Places, id: number): Promise<void> {
  const [report] = await jobReports(places.config, id);
  await writeFile(places.job, `${JSON.stringify(report, null, 2)}\n`);
}

function numbered(index: number): string {
  return String(index + 1).padStart(3, '0');
}

/** Names what there is; after a failure that may be nothing. */
async function describeResult({ pages, mail, job }: Places, write: (line: string) => void): Promise<void> {
  write(`\nPages   ${listed(pages, await readdir(pages))}`);
  write(`Mails   ${listed(mail, await readdir(mail))}`);
  write(`Job     ${existsSync(job) ? job : 'none'}`);
}

function listed(folder: string, names: string[]): string {
  const [first, ...others] = names.sort();
  if (first === undefined) return 'none';
  const last = others.at(-1);
  return `${join(folder, first)}${last === undefined ? '' : ` … ${last}`}`;
}

function describeWhatNext(
  { config, work }: Places,
  { smtp }: MailroomPorts,
  files: string[],
  write: (line: string) => void,
): void {
  const documents = files.map((file) => forShell(nearPath(file))).join(' ');
  const settings = forShell(config);
  write(`
Mail the next document, from another terminal in this folder (this one again, or any PostScript file):
  npx phaserlink send --to ${printerAddress} --from ${senderAddress} --smtp 127.0.0.1:${smtp} --notify printed,error ${documents}
See what became of it:
  npx phaserlink jobs --config ${settings}
  npx phaserlink why --config ${settings} 1
Its pages come out in ${join(work, 'output-tray')}

Ctrl-C ends the demo.
`);
}

/** Relative to the folder we are in, unless it lies outside of it. */
function nearPath(file: string): string {
  const path = relative('', file);
  return path.startsWith('..') ? resolve(file) : path;
}

/** A path as a POSIX shell takes it for one word. */
function forShell(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
