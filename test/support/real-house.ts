/**
 * The house around a Printing Server that runs as a process: mail room and simulated Phaser 740 in this process, a
 * watched wire to each of them, and everything in one temporary folder.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { systemClock } from '#base/clock.js';
import { findGhostscript, type Ghostscript } from '#runtime/ghostscript.js';
import { terminalJobStates } from '#vocab/job-states.js';
import type { Job } from '#vocab/line.js';
import { defaultSettings } from '../../firmware-sim/settings.js';
import { startSimulator } from '../../firmware-sim/simulator.js';
import { Ledger } from '../../src/jobs/ledger.js';
import { Mailroom } from '../../src/mail/mailroom/mailroom.js';
import { sendDocument } from '../../src/redirect/send-document.js';
import { sendSplit } from '../../src/redirect/send-split.js';
import { followedLog, type LogEvents } from './log-events.js';
import { RealServer } from './real-server.js';
import { temporaryFolder } from './temporary-folder.js';
import { WatchProxy } from './watch-proxy.js';

export const printerAddress = 'printer@example.com';
export const alice = 'alice@example.com';
/** Of every maildrop. */
export const password = 'a secret that must not be seen';

const accounts = { printer: printerAddress, alice, admin: 'admin@example.com' };

/** What the settings file may have otherwise than the house; a whole section as YAML. */
export interface HouseSettings {
  mailbox?: string;
  printer?: string;
  pollIntervalSeconds?: number;
}

let ghostscript: Promise<Ghostscript> | undefined;

export class RealHouse {
  readonly folder: string;
  readonly pop3: WatchProxy;
  readonly smtp: WatchProxy;
  readonly raw: WatchProxy;
  readonly mailroomLog: LogEvents;
  readonly printerLog: LogEvents;
  readonly #smtpPort: number;

  private constructor(
    folder: string,
    proxies: { pop3: WatchProxy; smtp: WatchProxy; raw: WatchProxy },
    mailroom: { log: LogEvents; smtpPort: number },
    printerLog: LogEvents,
  ) {
    this.folder = folder;
    this.pop3 = proxies.pop3;
    this.smtp = proxies.smtp;
    this.raw = proxies.raw;
    this.mailroomLog = mailroom.log;
    this.#smtpPort = mailroom.smtpPort;
    this.printerLog = printerLog;
  }

  /** Ends with the running test, which fails when the ledger cannot prove itself. */
  static async build(): Promise<RealHouse> {
    const folder = temporaryFolder();
    const mailroom = await startMailroom(join(folder, 'mailroom'));
    const printer = await startPrinter(folder);
    const proxies = {
      pop3: await WatchProxy.start(mailroom.pop3Port),
      smtp: await WatchProxy.start(mailroom.smtpPort),
      raw: await WatchProxy.start(printer.port),
    };
    const house = new RealHouse(folder, proxies, mailroom, printer.log);
    onTestFinished(async () => {
      expect(await house.ledger((ledger) => ledger.check())).toEqual([]);
    });
    return house;
  }

  /** Starts `phaserlink serve`; polls once, and then a day later. */
  serve(options: { once?: boolean; settings?: HouseSettings; env?: NodeJS.ProcessEnv } = {}): RealServer {
    const config = join(this.folder, 'phaserlink.yaml');
    writeFileSync(config, this.#settings(options.settings ?? {}));
    const once = options.once ? ['--once'] : [];
    return new RealServer('phaserlink', ['serve', '--config', config, ...once], options.env);
  }

  /** Ends the server as if the power had failed: the wires know nothing of what was not passed yet. */
  async kill(server: RealServer): Promise<void> {
    await server.end('SIGKILL');
    for (const wire of this.#wires) wire.hangUp();
  }

  /** Resolves when so many pieces have arrived on the wires, from now on. */
  pieces(count: number): Promise<void> {
    return new Promise((resolve) => {
      let missing = count;
      const listener = () => {
        if (--missing > 0) return;
        for (const wire of this.#wires) wire.listeners.delete(listener);
        resolve();
      };
      for (const wire of this.#wires) wire.listeners.add(listener);
    });
  }

  /** Resolves when the server has nothing left to do with the mailed documents: all fetched, ended or held, and told. */
  async atRest(server: RealServer, mailed: number): Promise<void> {
    for (;;) {
      const next = Promise.race([server.log.next(), this.mailroomLog.next()]);
      // When all is at rest, nobody waits for it any more.
      next.catch(() => undefined);
      if (await this.#isAtRest(mailed)) return;
      await next;
    }
  }

  /** Mails a document to the printer, past the watched wires. */
  async mail(document: string, description = 'a document'): Promise<void> {
    const file = join(this.folder, 'document.ps');
    writeFileSync(file, document);
    await sendDocument(
      {
        to: printerAddress,
        from: alice,
        smtp: { host: '127.0.0.1', port: this.#smtpPort },
        description,
        notify: ['printed', 'error'],
        files: [file],
      },
      { clock: systemClock },
    );
  }

  /** Mails a document as split mail, past the watched wires. */
  async mailSplit(document: string, pieceBytes: number): Promise<void> {
    const file = join(this.folder, 'document.ps');
    writeFileSync(file, document);
    await sendSplit(
      {
        to: printerAddress,
        from: alice,
        smtp: { host: '127.0.0.1', port: this.#smtpPort },
        description: 'a split document',
        notify: ['printed', 'error'],
        files: [file],
        pieceBytes,
      },
      { clock: systemClock },
    );
  }

  /** Looks into the ledger beside the server, as the commands do. */
  async ledger<T>(look: (ledger: Ledger) => Promise<T>): Promise<T> {
    const ledger = await Ledger.open({ dataDir: this.dataDir, clock: systemClock, readOnly: true });
    try {
      return await look(ledger);
    } finally {
      await ledger.close();
    }
  }

  jobs(): Promise<Job[]> {
    return this.ledger((ledger) => ledger.jobs());
  }

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  /** The printer's life page counter, as it stands on its disk. */
  get pageCount(): number {
    return JSON.parse(readFileSync(join(this.folder, 'printer', 'machine.json'), 'utf8')).counters.pages;
  }

  /** The mails in a maildrop, whole. */
  maildrop(name: keyof typeof accounts): string[] {
    const folder = join(this.folder, 'mailroom', 'maildrops', name);
    return readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1'));
  }

  /** The files that the spool holds, half-written ones too. */
  spooled(): { whole: string[]; half: string[] } {
    const files = readdirSync(join(this.dataDir, 'spool'), { recursive: true, encoding: 'utf8' });
    return {
      whole: files.filter((file) => /[0-9a-f]{64}$/.test(file)),
      half: files.filter((file) => file.startsWith(join('tmp', '/'))),
    };
  }

  get #wires(): WatchProxy[] {
    return [this.pop3, this.smtp, this.raw];
  }

  async #isAtRest(mailed: number): Promise<boolean> {
    if (this.maildrop('printer').length > 0 || !existsSync(join(this.dataDir, 'ledger.sqlite'))) return false;
    return this.ledger(async (ledger) => {
      const jobs = await ledger.jobs();
      const busy = jobs.some(({ state }) => !terminalJobStates.has(state) && state !== 'pending-held');
      return jobs.length === mailed && !busy && (await ledger.nextMailDueAt()) === null;
    });
  }

  #settings({ mailbox, printer, pollIntervalSeconds = 86_400 }: HouseSettings): string {
    const ours = `host: 127.0.0.1, port: ${this.pop3.port}, security: none, user: printer, password: ${password}`;
    return [
      `printer: { name: Phaser 740 test, uri: "${printer ?? `socket://127.0.0.1:${this.raw.port}`}", watch: none }`,
      `mailbox: { ${mailbox ?? ours}, pollIntervalSeconds: ${pollIntervalSeconds} }`,
      `smtp: { host: 127.0.0.1, port: ${this.smtp.port}, security: none, from: ${printerAddress} }`,
      `access: { allow: [${alice}] }`,
      `people: { sysAdmin: ${accounts.admin} }`,
      '',
    ].join('\n');
  }
}

async function startMailroom(dataDir: string) {
  const { log, events } = followedLog();
  const mailroom = new Mailroom(
    {
      host: '127.0.0.1',
      smtpPort: 0,
      pop3Port: 0,
      dataDir,
      mailboxes: Object.entries(accounts).map(([name, address]) => ({
        name,
        password,
        addresses: [address],
      })),
      maxMessageBytes: 2 ** 24,
      maxMailboxBytes: 2 ** 28,
    },
    systemClock,
    log,
  );
  const ports = await mailroom.start();
  onTestFinished(() => mailroom.stop());
  return { ...ports, log: events };
}

async function startPrinter(folder: string): Promise<{ port: number; log: LogEvents }> {
  const { log, events } = followedLog();
  ghostscript ??= findGhostscript();
  const simulator = await startSimulator({
    settings: {
      ...defaultSettings,
      panel: undefined,
      resolutionDpi: 72,
      dataDir: join(folder, 'printer'),
      out: join(folder, 'tray'),
      raw: { host: '127.0.0.1', port: 0, whenBusy: 'refuse' },
    },
    ghostscript: await ghostscript,
    log,
  });
  onTestFinished(() => simulator.stop());
  return { port: simulator.ports.raw ?? 0, log: events };
}

/**
 * A PostScript document with small pages, and a comment `after page n` behind each. `widthPoints` tells its pages from those of
 * other documents.
 */
export function composeDocument(pages: number, widthPoints = 200): string {
  return [
    '%!PS-Adobe-3.0',
    `%%Pages: ${pages}`,
    '%%EndComments',
    `<< /PageSize [${widthPoints} 200] >> setpagedevice`,
    '% before page 1',
    ...Array.from({ length: pages }, (_, index) => [
      `%%Page: ${index + 1} ${index + 1}`,
      '20 20 moveto 80 80 lineto stroke showpage',
      `% after page ${index + 1}`,
    ]).flat(),
    '%%EOF',
    '',
  ].join('\n');
}
