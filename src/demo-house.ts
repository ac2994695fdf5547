/** Where the demo lives: its folder, its three settings files, and the three programs that run by them. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Clock } from '#base/clock.js';
import { DemoProcess, type LogEvent } from './demo-process.js';
import {
  type Account,
  accounts,
  mailroomSettings,
  passwordFileName,
  phaserSettings,
  printerAddress,
  serverSettings,
} from './demo-settings.js';
import { type DemoStory, isMailForPrinter, stageFailed } from './demo-story.js';

/** The folders and files of one demo. */
export interface Places {
  out: string;
  pages: string;
  mail: string;
  /** Settings, logs, data and the simulated printer's output tray. */
  work: string;
  /** The Printing Server's settings file. */
  config: string;
  job: string;
}

/** The ports of the mail room. */
export interface MailroomPorts {
  smtp: number;
  pop3: number;
}

/** Makes the folders; what an earlier demo left in the same place would be taken for this one's, and goes. */
export async function preparePlaces(wish: string | undefined): Promise<Places> {
  const out = wish === undefined ? await mkdtemp(join(tmpdir(), 'phaserlink-demo-')) : resolve(wish);
  const work = join(out, 'work');
  const places: Places = {
    out,
    pages: join(out, 'pages'),
    mail: join(out, 'mail'),
    work,
    config: join(work, 'phaserlink.yaml'),
    job: join(out, 'job.json'),
  };
  const { pages, mail, job } = places;
  await clear(work, [pages, mail, job, work]);
  for (const account of accounts) {
    const password = randomBytes(18).toString('base64url');
    await writeFile(join(work, passwordFileName(account)), password, { mode: 0o600 });
  }
  for (const folder of [pages, mail]) await mkdir(folder);
  return places;
}

/** Only what a demo has made may go: the printer's password in the folder `work` is the proof of one. */
async function clear(work: string, places: readonly string[]): Promise<void> {
  if (existsSync(join(work, passwordFileName('printer')))) {
    for (const place of places) await rm(place, { recursive: true, force: true });
  }
  const strange = places.find((place) => existsSync(place));
  if (strange !== undefined) {
    throw stageFailed('prepare', `${strange} is there already, and no demo has made it; give another --out`);
  }
  await mkdir(work, { recursive: true });
}

export function readPassword(places: Places, account: Account): Promise<string> {
  return readFile(join(places.work, passwordFileName(account)), 'utf8');
}

export class DemoHouse {
  readonly #places: Places;
  readonly #story: DemoStory;
  readonly #clock: Clock;
  readonly #programs: DemoProcess[] = [];
  #server: DemoProcess | null = null;

  constructor(places: Places, story: DemoStory, clock: Clock) {
    this.#places = places;
    this.#story = story;
    this.#clock = clock;
  }

  /** Starts mail room and printer, and the server when both listen. */
  async start(write: (line: string) => void): Promise<MailroomPorts> {
    const story = this.#story;
    const mailroom = await this.#startProgram('mail room', './cli.js', ['mailroom'], mailroomSettings);
    const phaser = await this.#startProgram('phaser740', '../firmware-sim/cli.js', [], phaserSettings);
    const [smtp, pop3] = [await story.port('smtp'), await story.port('pop3')];
    const [raw, snmp] = [await story.port('raw'), await story.port('snmp')];
    const settings = serverSettings({ smtp, pop3, raw, snmp });
    const server = await this.#startProgram('phaserlink', './cli.js', ['serve'], settings);
    this.#server = server.process;
    await story.until('start', ({ event }) => event === 'started');
    const { kind, version, path } = await story.until('start', ({ event }) => event === 'ghostscript');
    write(`Mail room          SMTP 127.0.0.1:${smtp}, POP3 127.0.0.1:${pop3}`);
    write(`                   ${mailroom.file}`);
    write(`Simulated printer  Phaser 740, raw 127.0.0.1:${raw}`);
    write(`                   ${phaser.file}`);
    write(`                   draws with Ghostscript ${version}${kind === 'native' ? ` (${path})` : ''}`);
    write(`Printing Server    fetches the mail of ${printerAddress}`);
    write(`                   ${server.file}\n`);
    return { smtp, pop3 };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()));
  }

  /** `name` is also the name of its settings file and its log; `file` is the path of the settings file. */
  async #startProgram(name: string, program: string, command: string[], settings: string) {
    const base = join(this.#places.work, name.replace(' ', ''));
    const file = `${base}.yaml`;
    await writeFile(file, settings);
    const started = new DemoProcess({
      name,
      program,
      args: [...command, '--config', file, '--json'],
      logFile: `${base}.log`,
      clock: this.#clock,
      onEvent: (event) => this.#hear(event),
      onDeath: (error) => this.#story.fail(error),
    });
    this.#programs.push(started);
    return { file, process: started };
  }

  #hear(event: LogEvent): void {
    this.#story.hear(event);
    if (isMailForPrinter(event)) this.#server?.wake();
  }
}
