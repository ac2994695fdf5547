/** The whole house in one process: mail room, simulated Phaser 740 and Printing Server, on free ports and in one folder. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParsedMail, simpleParser } from 'mailparser';
import { expect, onTestFinished } from 'vitest';
import { type Clock, systemClock } from '#base/clock.js';
import { type Log, type LogFields, silentLog } from '#base/log.js';
import { findGhostscript, type Ghostscript } from '#runtime/ghostscript.js';
import type { Job } from '#vocab/line.js';
import type { NoticeKind } from '#vocab/notices.js';
import { findReplyToken } from '#vocab/reply-token.js';
import type { Wish } from '#vocab/wishes.js';
import { parseStatement } from '../../firmware-sim/control/fault-words.js';
import { makeHappen } from '../../firmware-sim/control/make-happen.js';
import type { Machine } from '../../firmware-sim/machine/machine.js';
import { defaultSettings, type Settings as PrinterSettings } from '../../firmware-sim/settings.js';
import { type Simulator, startSimulator } from '../../firmware-sim/simulator.js';
import type { PhaserLinkSettings } from '../../src/config/schema.js';
import { Ledger } from '../../src/jobs/ledger.js';
import { Spool } from '../../src/jobs/spool.js';
import { Mailroom } from '../../src/mail/mailroom/mailroom.js';
import { Pop3Mailbox } from '../../src/mail/pop3-mailbox.js';
import type { MailReader } from '../../src/read-apart.js';
import { sendDocument } from '../../src/redirect/send-document.js';
import { type SentJob, sendSplit } from '../../src/redirect/send-split.js';
import { PrintingServer } from '../../src/server.js';
import { mailBySmtp } from './mail-by-smtp.js';
import { readHere } from './read-here.js';

/** The resolution of the page pictures in these tests. */
export const dpi = 72;

export const printerAddress = 'printer@example.com';
export const alice = 'alice@example.com';
export const admin = 'admin@example.com';

/** Who has a maildrop in the mail room; the password is the name. */
const users = ['printer', 'alice', 'mallory', 'admin'] as const;
type User = (typeof users)[number];

let foundGhostscript: Promise<Ghostscript> | undefined;

/** The machine's own time, moved forward by hand: what a day later looks like to the ledger, without a day's timers. */
export class ShiftedClock implements Clock {
  readonly monotonic = systemClock.monotonic;
  readonly schedule = systemClock.schedule;
  #shift = 0;

  now(): number {
    return systemClock.now() + this.#shift;
  }

  shift(ms: number): void {
    this.#shift += ms;
  }
}

export interface HouseOptions {
  allow?: string[];
  /** Whose jobs are held until they are released. */
  hold?: string[];
  /** What differs from the house's way with jobs; it keeps no content of those that have ended. */
  jobs?: Partial<PhaserLinkSettings['jobs']>;
  clock?: Clock;
  /** What stands between the server and its mailbox: given the mail room's POP3 port, returns the one to fetch from. */
  pop3?: (port: number) => Promise<number>;
  /** What differs from the mailbox settings of the house. */
  mailbox?: Partial<PhaserLinkSettings['mailbox']>;
  /** What differs from the usual limits of split mail. */
  splitMail?: Partial<PhaserLinkSettings['splitMail']>;
  /** What differs from the simulator's own settings; null leaves the printer out of the house. */
  printer?: Partial<PrinterSettings> | null;
  /** Where the Printing Server looks for its printer; the simulator when left out. */
  printerPort?: number;
  /** Where and how the server prints, and by which way it watches; by itself raw at the simulator, and watched by nobody. */
  printing?: (ports: Simulator['ports']) => Partial<PhaserLinkSettings['printer']>;
  /** Where it sends its answers; the mail room when left out. */
  smtpPort?: number;
  /** The server's ledger, where it is to be another one than usual. */
  ledger?: (dataDir: string, clock: Clock) => Promise<Ledger>;
  /** What reads the mails of this `dataDir`; this process when left out. Apart they are read in test/serve and test/crash. */
  reader?: (dataDir: string) => MailReader | Promise<MailReader>;
}

export interface House {
  readonly server: PrintingServer;
  readonly settings: PhaserLinkSettings;
  readonly clock: Clock;
  readonly smtpPort: number;
  /** The mail room's. */
  readonly pop3Port: number;
  /** The server's maildrop, as the ledger calls it. */
  readonly mailboxName: string;
  /** The simulator's raw port; 0 without one. */
  readonly rawPort: number;
  readonly folder: string;
  /** What the server and the simulator have logged, in order. */
  readonly serverLog: LogFields[];
  readonly printerLog: LogFields[];
  /** Mails files as `phaserlink send` does, from alice. */
  mail(
    files: string[],
    more?: { notify?: NoticeKind[]; description?: string },
  ): Promise<{ messageId: string }>;
  /** Mails a file as `phaserlink send --split` does, from alice. */
  mailSplit(
    file: string,
    pieceBytes: number,
    more?: { notify?: NoticeKind[]; description?: string; resume?: string },
  ): Promise<SentJob>;
  /** Hands a mail over as it is; lines get CRLF. */
  mailRaw(text: string, from?: string): Promise<void>;
  /** One look into the mailbox, and all that follows of it. */
  runOnce(): Promise<void>;
  /** Takes the mails out of a maildrop, oldest first. */
  letters(user?: User): Promise<ParsedMail[]>;
  /** The mails that lie in the printer's maildrop, byte for byte. */
  rawMails(): Promise<Buffer[]>;
  /** How many mails lie in a maildrop. */
  waiting(user?: User): Promise<number>;
  /** Looks into the ledger beside the server, as the commands do. */
  ledger<T>(look: (ledger: Ledger) => Promise<T>): Promise<T>;
  job(id: number): Promise<Job>;
  /** The page pictures in the output tray, in the order in which they came out. */
  pages(): string[];
  /** The pictures themselves. */
  pageBytes(): Buffer[];
  /** What an administrator's command does, beside the server. */
  grant(id: number, wish: Wish): Promise<void>;
  /** The files in the spool. */
  spooled(): Promise<string[]>;
  /** Resolves when the simulator has logged its nth event of this name. */
  printed(event: string, times: number): Promise<void>;
  /** Likewise the server. */
  told(event: string, times: number): Promise<void>;
  /** Switches the printer on, at the port that the server looks for it. */
  startPrinter(): Promise<Simulator>;
  /** Says words to the printer that was started last, such as `jam=fuser at=page:2`. */
  say(words: string): void;
}

/** Ends with the running test, which fails when the ledger cannot prove itself. */
export async function buildHouse(options: HouseOptions = {}): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), 'phaserlink-house-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  onTestFinished(async () => {
    for (const close of closing.reverse()) await close();
  });
  const clock = options.clock ?? systemClock;
  const printerLog = new EventLog();
  const serverLog = new EventLog();

  const { smtpPort, pop3Port } = await startMailroom(folder, closing);
  let machine: Machine | null = null;
  const startPrinter = async (port = options.printerPort ?? 0) => {
    foundGhostscript ??= findGhostscript();
    const simulator = await startSimulator({
      settings: {
        ...defaultSettings,
        panel: undefined,
        resolutionDpi: dpi,
        dataDir: join(folder, 'printer'),
        out: join(folder, 'tray'),
        raw: { host: '127.0.0.1', port, whenBusy: 'refuse' },
        ...options.printer,
      },
      ghostscript: await foundGhostscript,
      log: printerLog,
    });
    closing.push(() => simulator.stop());
    ({ machine } = simulator.printer);
    return simulator;
  };
  const simulator = options.printer === null ? null : await startPrinter(0);
  const ports = simulator?.ports ?? {};
  const rawPort = ports.raw ?? 0;
  const dataDir = join(folder, 'data');
  const settings = serverSettings({
    // Where there is none, a port that nobody listens at; 0 would be no address.
    printerPort: options.printerPort ?? (rawPort || 9),
    pop3Port: (await options.pop3?.(pop3Port)) ?? pop3Port,
    smtpPort: options.smtpPort ?? smtpPort,
    allow: options.allow ?? [alice],
    hold: options.hold ?? [],
    dataDir,
    printing: options.printing?.(ports) ?? {},
    mailbox: options.mailbox ?? {},
    jobs: options.jobs ?? {},
    splitMail: options.splitMail ?? {},
  });
  const reader = (await options.reader?.(dataDir)) ?? readHere(await Spool.open({ dataDir }));
  const own = options.ledger === undefined ? {} : { ledger: await options.ledger(dataDir, clock) };
  const server = await PrintingServer.open(settings, clock, serverLog, { reader, ...own });
  closing.push(() => server.close());
  const ledger = async <T>(look: (ledger: Ledger) => Promise<T>) => {
    const opened = await Ledger.open({ dataDir, clock, readOnly: true });
    try {
      return await look(opened);
    } finally {
      await opened.close();
    }
  };
  closing.push(() =>
    ledger(async (opened) => {
      expect(await opened.check()).toEqual([]);
      for (const { message } of await opened.quarantine.list()) {
        expect(await Spool.beside({ dataDir }).has(message.content)).toBe(true);
      }
    }),
  );

  const open = (user: User) => {
    const login = {
      host: '127.0.0.1',
      port: pop3Port,
      security: 'none',
      user,
      credentials: { password: user },
    } as const;
    return new Pop3Mailbox(login, systemClock, silentLog).open(new AbortController().signal);
  };
  return {
    server,
    settings,
    clock,
    smtpPort,
    pop3Port,
    mailboxName: `printer@127.0.0.1:${settings.mailbox.port}`,
    rawPort,
    folder,
    serverLog: serverLog.events,
    printerLog: printerLog.events,
    mail: (files, more = {}) =>
      sendDocument(
        { to: printerAddress, from: alice, smtp: { host: '127.0.0.1', port: smtpPort }, files, ...more },
        { clock: systemClock },
      ),
    async mailSplit(file, pieceBytes, more = {}) {
      const [sent] = await sendSplit(
        {
          to: printerAddress,
          from: alice,
          smtp: { host: '127.0.0.1', port: smtpPort },
          files: [file],
          pieceBytes,
          ...more,
        },
        { clock: systemClock },
      );
      if (sent === undefined) throw new Error('nothing was sent');
      return sent;
    },
    async mailRaw(text, from = alice) {
      const message = Buffer.from(`${text.replaceAll(/\r?\n/g, '\r\n')}\r\n`, 'latin1');
      const { last } = await mailBySmtp(smtpPort, { from, to: [printerAddress], message });
      expect(last).toMatch(/^250/);
    },
    runOnce: () => server.runOnce(new AbortController().signal),
    async letters(user = 'alice') {
      const session = await open(user);
      const mails: ParsedMail[] = [];
      for (const listed of await session.list()) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of session.retrieve(listed)) chunks.push(chunk);
        const letter = await simpleParser(Buffer.concat(chunks));
        const { subject } = letter;
        const token = findReplyToken(subject ?? '');
        // The mark of replies is another one in each mail.
        mails.push(token === null ? letter : { ...letter, subject: subject?.replace(/ \[#\w+\]$/, '') });
        await session.delete([listed]);
      }
      await session.quit();
      return mails;
    },
    async rawMails() {
      const maildrop = join(folder, 'mailroom', 'maildrops', 'printer');
      const files = (await readdir(maildrop)).sort();
      return Promise.all(files.map((file) => readFile(join(maildrop, file))));
    },
    async waiting(user = 'printer') {
      const session = await open(user);
      const { length } = await session.list();
      await session.quit();
      return length;
    },
    ledger,
    async job(id) {
      const job = await ledger((opened) => opened.job(id));
      if (job === null) throw new Error(`no job ${id}`);
      return job;
    },
    pageBytes: () => printerLog.of('page').map(({ file }) => readFileSync(String(file))),
    async grant(id, wish) {
      const opened = await Ledger.open({ dataDir, clock });
      const asker = { by: 'operator', who: 'root' } as const;
      await opened.grant(id, wish, asker, { isThere: async () => true, compose: () => [] });
      await opened.close();
    },
    pages: () => printerLog.of('page').map(({ file }) => String(file)),
    async spooled() {
      const entries = await readdir(join(dataDir, 'spool'), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    },
    printed: (event, times) => printerLog.until(event, times),
    told: (event, times) => serverLog.until(event, times),
    startPrinter: () => startPrinter(),
    say(words) {
      if (machine === null) throw new Error('there is no printer to say it to');
      makeHappen(machine, systemClock, parseStatement(words, machine.device));
    },
  };
}

/** The `Key: value` block of a notice; of a key that comes several times, all values. */
export function blockOf(letter: ParsedMail | undefined): Record<string, string[]> {
  const block: Record<string, string[]> = {};
  const text = letter?.text ?? '';
  for (const line of text.slice(text.indexOf('\n\n') + 2).split('\n')) {
    const [, key, value] = /^([A-Z][\w-]*): (.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) block[key] = [...(block[key] ?? []), value];
  }
  return block;
}

/** What the notices are about, without the printer's name and the description. */
export function eventsOf(letters: readonly ParsedMail[]): string[] {
  return letters.flatMap((letter) => blockOf(letter).Event ?? []);
}

class EventLog implements Log {
  readonly events: LogFields[] = [];
  readonly #waiters = new Set<() => void>();
  readonly debug = (): void => {};
  readonly info = (fields: LogFields): void => this.#keep(fields);
  readonly warn = (fields: LogFields): void => this.#keep(fields);
  readonly error = (fields: LogFields): void => this.#keep(fields);

  of(event: string): LogFields[] {
    return this.events.filter((fields) => fields.event === event);
  }

  until(event: string, times: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.of(event).length < times) return;
        this.#waiters.delete(look);
        resolve();
      };
      this.#waiters.add(look);
      look();
    });
  }

  #keep(fields: LogFields): void {
    this.events.push(fields);
    for (const look of this.#waiters) look();
  }
}

async function startMailroom(folder: string, closing: (() => Promise<unknown>)[]) {
  const mailroom = new Mailroom(
    {
      host: '127.0.0.1',
      smtpPort: 0,
      pop3Port: 0,
      dataDir: join(folder, 'mailroom'),
      mailboxes: users.map((name) => ({ name, password: name, addresses: [`${name}@example.com`] })),
      maxMessageBytes: 20_000_000,
      maxMailboxBytes: 100_000_000,
    },
    systemClock,
    silentLog,
  );
  const ports = await mailroom.start();
  closing.push(() => mailroom.stop());
  return ports;
}

function serverSettings(facts: {
  printerPort: number;
  pop3Port: number;
  smtpPort: number;
  allow: string[];
  hold: string[];
  dataDir: string;
  printing: Partial<PhaserLinkSettings['printer']>;
  mailbox: Partial<PhaserLinkSettings['mailbox']>;
  jobs: Partial<PhaserLinkSettings['jobs']>;
  splitMail: Partial<PhaserLinkSettings['splitMail']>;
}): PhaserLinkSettings {
  const host = '127.0.0.1';
  const {
    printerPort: port,
    pop3Port,
    smtpPort,
    allow,
    hold,
    dataDir,
    printing,
    mailbox,
    jobs,
    splitMail,
  } = facts;
  return {
    printer: { name: 'Phaser 740', uri: `socket://${host}:${port}`, watch: 'none', ...printing },
    mailbox: {
      host,
      port: pop3Port,
      security: 'none',
      user: 'printer',
      password: 'printer',
      auth: 'auto',
      pollIntervalSeconds: 60,
      keep: 0,
      maxMessageBytes: 256 * 1024 * 1024,
      tooLarge: 'delete',
      ...mailbox,
    },
    smtp: { host, port: smtpPort, security: 'none', from: printerAddress },
    access: { allow, hold },
    jobs: {
      onTrouble: 'hold-job',
      holdFor: 24 * 3_600_000,
      keepContent: 0,
      keepRecords: 90 * 24 * 3_600_000,
      minFreeBytes: 0,
      ...jobs,
    },
    people: { sysAdmin: admin },
    splitMail: {
      maxPieces: 999,
      maxJobBytes: 256 * 1024 * 1024,
      waitForMissing: 24 * 3_600_000,
      maxUnfinishedPerSender: 8,
      maxUnfinished: 40,
      ...splitMail,
    },
    dataDir,
  };
}
