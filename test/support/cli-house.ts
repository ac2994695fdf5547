/** What the commands meet in a real place: a mail room and a simulated printer in this process, and a settings file. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import { findGhostscript, type Ghostscript } from '#runtime/ghostscript.js';
import { defaultSettings } from '../../firmware-sim/settings.js';
import { startSimulator } from '../../firmware-sim/simulator.js';
import { loadPhaserLinkSettings } from '../../src/config/load.js';
import { Spool } from '../../src/jobs/spool.js';
import { Mailroom } from '../../src/mail/mailroom/mailroom.js';
import { PrintingServer } from '../../src/server.js';
import { freePort } from './free-port.js';
import { mailBySmtp } from './mail-by-smtp.js';
import { readHere } from './read-here.js';
import { temporaryFolder } from './temporary-folder.js';

export const password = 'hush-hush';

let ghostscript: Promise<Ghostscript> | undefined;

export interface CliHouse {
  folder: string;
  /** The Printing Server's settings file. */
  config: string;
  smtpPort: number;
  pop3Port: number;
  rawPort: number;
  /** Mails from alice, who may print, to the printer, as it is but for its line ends. */
  mail(message: string, from?: string): Promise<void>;
  /** What `serve --once` does, in this process; the reader does not survive mails with these Subjects. */
  serveOnce(...deadly: string[]): Promise<void>;
  /** Every file of a folder of this place with its bytes, as one text; to see that nothing has changed. */
  snapshot(folder: string): Promise<string>;
}

export interface CliHouseOptions {
  /** Takes the text of phaserlink.yaml and changes it. */
  change?: (settings: string) => string;
  /** These parts are not there: nobody listens on their ports. */
  without?: readonly ('mailroom' | 'printer')[];
}

/** Ends with the running test. */
export async function openCliHouse({ change, without = [] }: CliHouseOptions = {}): Promise<CliHouse> {
  const folder = temporaryFolder();
  const { smtpPort, pop3Port } = without.includes('mailroom')
    ? { smtpPort: await freePort(), pop3Port: await freePort() }
    : await startMailroom(join(folder, 'mailroom'));
  const rawPort = without.includes('printer') ? await freePort() : await startPrinter(folder);
  const config = join(folder, 'phaserlink.yaml');
  const settings = `printer:  { name: Test printer, uri: "socket://127.0.0.1:${rawPort}", watch: none }
mailbox:  { host: 127.0.0.1, port: ${pop3Port}, security: none, user: printer, password: ${password} }
smtp:     { host: 127.0.0.1, port: ${smtpPort}, security: none, from: printer@example.com }
access:   { allow: [alice@example.com] }
people:   { sysAdmin: admin@example.com }
dataDir:  ./data
`;
  await writeFile(config, change?.(settings) ?? settings);
  return {
    folder,
    config,
    smtpPort,
    pop3Port,
    rawPort,
    async mail(message, from = 'alice@example.com') {
      const bytes = Buffer.from(message.replaceAll(/\r?\n/g, '\r\n'));
      const { last } = await mailBySmtp(smtpPort, { from, to: ['printer@example.com'], message: bytes });
      if (!last.startsWith('250')) throw new Error(`the mail was not taken: ${last}`);
    },
    async serveOnce(...deadly) {
      const { settings } = loadPhaserLinkSettings(config, {});
      const reader = readHere(await Spool.open(settings), deadly);
      const server = await PrintingServer.open(settings, systemClock, silentLog, { reader });
      await server.runOnce(new AbortController().signal).finally(() => server.close());
    },
    snapshot: (name) => snapshot(join(folder, name)),
  };
}

async function startMailroom(dataDir: string): Promise<{ smtpPort: number; pop3Port: number }> {
  const mailroom = new Mailroom(
    {
      host: '127.0.0.1',
      smtpPort: 0,
      pop3Port: 0,
      dataDir,
      mailboxes: ['printer', 'alice', 'admin'].map((name) => ({
        name,
        password,
        addresses: [`${name}@example.com`],
      })),
      maxMessageBytes: 2 ** 20,
      maxMailboxBytes: 2 ** 24,
    },
    systemClock,
    silentLog,
  );
  const ports = await mailroom.start();
  onTestFinished(() => mailroom.stop());
  return ports;
}

async function startPrinter(folder: string): Promise<number> {
  ghostscript ??= findGhostscript();
  const simulator = await startSimulator({
    settings: {
      ...defaultSettings,
      panel: undefined,
      dataDir: join(folder, 'printer'),
      out: join(folder, 'output-tray'),
      raw: { host: '127.0.0.1', port: 0, whenBusy: 'refuse' },
      resolutionDpi: 72,
    },
    ghostscript: await ghostscript,
    log: silentLog,
  });
  onTestFinished(() => simulator.stop());
  if (simulator.ports.raw === undefined) throw new Error('the simulated printer has no raw port');
  return simulator.ports.raw;
}

async function snapshot(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  // What whoever reads a ledger shares with others while he does, and an empty log of writes, tell nothing of its content.
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('-shm'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const contents = await Promise.all(files.map(async (file) => [file, await readFile(file)] as const));
  return contents
    .filter(([file, { length }]) => !file.endsWith('-wal') || length > 0)
    .map(([file, content]) => `${file}: ${content.toString('base64')}\n`)
    .join('');
}
