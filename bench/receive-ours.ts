/** Our side of the comparison: fetches, reads and keeps all mails of one maildrop after another, and times each. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import type { PhaserLinkSettings } from '../src/config/schema.js';
import { receive } from '../src/pipeline.js';
import type { MailReader } from '../src/read-apart.js';
import { openLine } from '../src/server.js';

/** What the bench asks for, as JSON: of several maildrops the last counts, and the others warm up what a server has warm after its first hours. */
export interface Order {
  pop3Port: number;
  security: 'none' | 'tls' | 'starttls';
  users: string[];
  password: string;
  dataDir: string;
}

export interface Receipt {
  user: string;
  seconds: number;
  jobs: number;
  /** The most memory that this process has ever had, and the one that reads mails for it; null where the system does not tell. */
  peakRssBytes: { server: number | null; reader: number | null };
}

const { pop3Port, security, users, password, dataDir } = JSON.parse(process.argv[2] ?? '{}') as Order;
let reader: MailReader | undefined;
let jobsBefore = 0;
for (const user of users) {
  const parts = reader === undefined ? {} : { reader };
  const line = await openLine(settingsFor(user), systemClock, silentLog, parts);
  reader = line.reader;
  const startedAt = performance.now();
  await receive(line, new AbortController().signal);
  const seconds = (performance.now() - startedAt) / 1000;
  const jobs = (await line.ledger.jobs()).length;
  await line.ledger.close();
  const peakRssBytes = { server: peakOf('self'), reader: peakOfReader() };
  const receipt: Receipt = { user, seconds, jobs: jobs - jobsBefore, peakRssBytes };
  jobsBefore = jobs;
  process.stdout.write(`${JSON.stringify(receipt)}\n`);
}
await reader?.close();

/** As Linux keeps it, counted from the start of the program; null elsewhere. */
function peakOf(pid: string): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  } catch {
    return null;
  }
}

/** Of the process that reads mails: its last argument is the folder of the spool. */
function peakOfReader(): number | null {
  const pids = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  const found = pids.find((pid) => {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
    return words[0]?.endsWith('node') && words.at(-2) === resolve(dataDir);
  });
  return found === undefined ? null : peakOf(found);
}

function settingsFor(user: string): PhaserLinkSettings {
  const host = '127.0.0.1';
  return {
    printer: { name: 'bench', uri: `socket://${host}:9`, watch: 'none' },
    mailbox: {
      host,
      port: pop3Port,
      security,
      user,
      password,
      auth: 'auto',
      pollIntervalSeconds: 60,
      keep: 0,
      maxMessageBytes: 256 * 1024 * 1024,
      tooLarge: 'delete',
    },
    smtp: { host, port: 9, security: 'none', from: 'printer@example.com' },
    access: { hold: [], allow: ['alice@example.com'] },
    people: { sysAdmin: 'admin@example.com' },
    jobs: {
      onTrouble: 'hold-job',
      holdFor: 86_400_000,
      keepContent: 0,
      keepRecords: 90 * 86_400_000,
      minFreeBytes: 0,
    },
    splitMail: {
      maxPieces: 999,
      maxJobBytes: 256 * 1024 * 1024,
      waitForMissing: 86_400_000,
      maxUnfinishedPerSender: 8,
      maxUnfinished: 40,
    },
    dataDir,
  };
}
