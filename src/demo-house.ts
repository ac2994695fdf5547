/** Where the demo lives: its folder, its three settings files, and the three programs that run by them. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Clock } from '#base/clock.js';
import { DemoProcess } from './demo-process.js';
import {
  type Account,
  accounts,
  mailroomSettings,
  passwordFileName,
  phaserSettings,
  printerAddress,
  serverSettings,
} from './demo-settings.js';
import type { DemoStory } from './demo-story.js';

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
  const folders = [places.pages, places.mail, places.work];
  for (const old of [...folders, places.job]) await rm(old, { recursive: true, force: true });
  for (const folder of folders) await mkdir(folder, { recursive: true });
  for (const account of accounts) {
    const password = randomBytes(18).toString('base64url');
    await writeFile(join(work, passwordFileName(account)), password, { mode: 0o600 });
  }
  return places;
}

export function readPassword(places: Places, account: Account): Promise<string> {
  return readFile(join(places.work, passwordFileName(account)), 'utf8');
}

export class DemoHouse {
  readonly #places: Places;
  readonly #story: DemoStory;
  readonly #clock: Clock;
  readonly #programs: DemoProcess[] = [];

  constructor(places: Places, story: DemoStory, clock: Clock) {
    this.#places = places;
    this.#story = story;
    this.#clock = clock;
  }

  /** Starts mail room, printer and server, in this order, each when the one before it listens. */
  async start(write: (line: string) => void): Promise<MailroomPorts> {
    const story = this.#story;
    const mailroomFile = await this.#startProgram('mail room', './cli.js', ['mailroom'], mailroomSettings);
    const smtp = await story.port('smtp');
    const pop3 = await story.port('pop3');
    write(
      `Mail room          SMTP 127.0.0.1:${smtp}, POP3 127.0.0.1:${pop3}\n                   ${mailroomFile}`,
    );
    const phaserFile = await this.#startProgram('phaser740', '../firmware-sim/cli.js', [], phaserSettings);
    const raw = await story.port('raw');
    write(`Simulated printer  Phaser 740, raw 127.0.0.1:${raw}\n                   ${phaserFile}`);
    const settings = serverSettings({ smtp, pop3, raw });
    const serverFile = await this.#startProgram('phaserlink', './cli.js', ['serve'], settings);
    await story.until('start', ({ event }) => event === 'started');
    write(`Printing Server    fetches the mail of ${printerAddress}\n                   ${serverFile}\n`);
    return { smtp, pop3 };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()));
  }

  /** `name` is also the name of its settings file and its log; returns the path of the settings file. */
  async #startProgram(name: string, program: string, command: string[], settings: string): Promise<string> {
    const base = join(this.#places.work, name.replace(' ', ''));
    const file = `${base}.yaml`;
    await writeFile(file, settings);
    this.#programs.push(
      new DemoProcess({
        name,
        program,
        args: [...command, '--config', file, '--json'],
        logFile: `${base}.log`,
        clock: this.#clock,
        onEvent: (event) => this.#story.hear(event),
        onDeath: (error) => this.#story.fail(error),
      }),
    );
    return file;
  }
}
