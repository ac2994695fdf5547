/** Our side of the comparison: fetches, reads and keeps all mails of one maildrop after another, and times each. */
import { systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import type { PhaserLinkSettings } from '../src/config/schema.js';
import { receive } from '../src/pipeline.js';
import { closeLine, openLine } from '../src/server.js';

/** What the bench asks for, as JSON: the first maildrop only warms up what a server has warm after its first minute. */
interface Order {
  pop3Port: number;
  users: string[];
  password: string;
  dataDir: string;
}

export interface Receipt {
  user: string;
  seconds: number;
  jobs: number;
  peakRssBytes: number;
}

const { pop3Port, users, password, dataDir } = JSON.parse(process.argv[2] ?? '{}') as Order;
for (const user of users) {
  const folder = `${dataDir}/${user}`;
  const line = await openLine(settingsFor(user, folder), systemClock, silentLog);
  const startedAt = performance.now();
  await receive(line, new AbortController().signal);
  const seconds = (performance.now() - startedAt) / 1000;
  const jobs = (await line.ledger.jobs()).length;
  await closeLine(line);
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  const receipt: Receipt = { user, seconds, jobs, peakRssBytes };
  process.stdout.write(`${JSON.stringify(receipt)}\n`);
}

function settingsFor(user: string, folder: string): PhaserLinkSettings {
  const host = '127.0.0.1';
  return {
    printer: { name: 'bench', uri: `socket://${host}:9`, host, port: 9 },
    mailbox: {
      host,
      port: pop3Port,
      security: 'none',
      user,
      password,
      auth: 'auto',
      pollIntervalSeconds: 60,
      keep: 0,
      maxMessageBytes: 256 * 1024 * 1024,
      tooLarge: 'delete',
    },
    smtp: { host, port: 9, security: 'none', from: 'printer@example.com' },
    access: { allow: ['alice@example.com'] },
    people: { sysAdmin: 'admin@example.com' },
    splitMail: {
      maxPieces: 999,
      maxJobBytes: 256 * 1024 * 1024,
      waitForMissing: 86_400_000,
      maxUnfinishedPerSender: 8,
      maxUnfinished: 40,
    },
    dataDir: folder,
  };
}
