/**
 * How fast mail is fetched, read and durably kept, from Dovecot, beside a bare RETR loop that keeps nothing and beside mpop
 * with ripmime; all of them in turn in each round, on maildrops of the same mails.
 */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dovecot, password, startDovecot } from '../test/support/dovecot.js';
import { fillMaildrop, isThere, mpopSettings, writeProgram } from './maildrop.js';
import { median } from './median.js';
import type { Order, Receipt } from './receive-ours.js';

const rounds = Number(process.argv[2] ?? 5);
/** `before`: so many have been handled before by ours, running, as in a server's first hours; started for it, it has compiled nothing yet. */
const loads = [
  { name: '1,000 mails of 6 KB', mails: 1000, documentBytes: 4_400, before: 2_000 },
  { name: '200 mails of 100 KB', mails: 200, documentBytes: 100_000, before: 2_000 },
  { name: '20 mails of 5 MB', mails: 20, documentBytes: 5_000_000, before: 20 },
];

const largeDocumentBytes = 100_000_000;

interface Contender {
  name: string;
  /** Empties the maildrop of `user` (the bare loops only read it) and tells how long it took. */
  run(user: string): Promise<number>;
}

const folder = await mkdtemp(join(tmpdir(), 'phaserlink-bench-'));
await chmod(folder, 0o755);
const dovecot = await startDovecot();
try {
  for (const load of loads) await compare(load);
  await measureMemory();
} finally {
  await dovecot.stop();
  await rm(folder, { recursive: true, force: true });
}

async function compare({ name, mails, documentBytes, before }: (typeof loads)[number]): Promise<void> {
  const contenders: Contender[] = [
    { name: 'bare RETR, one by one', run: (user) => bareLoop(dovecot, user, 1) },
    { name: 'bare RETR, 16 asked ahead', run: (user) => bareLoop(dovecot, user, 16) },
    ...(isThere('mpop') && isThere('ripmime')
      ? [{ name: 'mpop + ripmime', run: (user: string) => mpop(dovecot, user) }]
      : []),
    { name: 'ours, started for it', run: (user) => ours(user, mails, []) },
    {
      name: 'ours, running',
      run: async (user) => ours(user, mails, [await fillMaildrop(dovecot, before, documentBytes)]),
    },
  ];
  const seconds = new Map<string, number[]>(contenders.map((contender) => [contender.name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      const user = await fillMaildrop(dovecot, mails, documentBytes);
      seconds.get(contender.name)?.push(await contender.run(user));
    }
  }
  report(name, mails, seconds);
}

/** What one large mail costs in memory, beside small ones. */
async function measureMemory(): Promise<void> {
  process.stdout.write(
    '\npeak resident size, after 20 mails of 1 KB and after one with a document of 100 MB\n',
  );
  for (const security of ['none', 'tls', 'starttls'] as const) {
    const small = await fillMaildrop(dovecot, 20, 1_000);
    const large = await fillMaildrop(dovecot, 1, largeDocumentBytes);
    const receipts = receiveBy(dovecot, [small, large], security);
    for (const part of ['server', 'reader'] as const) {
      const [before = 0, after = 0] = receipts.map(({ peakRssBytes }) => peakRssBytes[part] ?? Number.NaN);
      const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
      process.stdout.write(
        `${`${part}, ${security}`.padEnd(18)} ${megabytes(before)}, ${megabytes(after)}: ${megabytes(after - before)} more\n`,
      );
    }
  }
}

function report(name: string, mails: number, seconds: ReadonlyMap<string, number[]>): void {
  const ourMedian = median(seconds.get('ours, running') ?? []);
  process.stdout.write(`\n${name}, ${rounds} rounds\n`);
  for (const [contender, times] of seconds) {
    const rate = (time: number) => (mails / time).toFixed(time > mails / 100 ? 1 : 0);
    const [fastest, slowest] = [Math.min(...times), Math.max(...times)];
    const ratio = contender.startsWith('ours')
      ? ''
      : `   ours, running / this: ${(median(times) / ourMedian).toFixed(2)}`;
    process.stdout.write(
      `${contender.padEnd(26)} ${rate(median(times)).padStart(6)} mails/s (${rate(slowest)} to ${rate(fastest)})${ratio}\n`,
    );
  }
}

/** Reads every mail, looks for its end, and keeps nothing. */
function bareLoop({ port }: Dovecot, user: string, ahead: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    const login = [`USER ${user}`, `PASS ${password}`, 'STAT'];
    const end = Buffer.from('\r\n.\r\n');
    let rest: Buffer = Buffer.alloc(0);
    let [total, asked, done] = [0, 0, 0];
    let inBody = false;
    const ask = () => {
      let commands = '';
      while (asked < total && asked - done < ahead) commands += `RETR ${++asked}\r\n`;
      if (commands !== '') socket.write(commands);
    };
    socket.on('error', reject).on('data', (chunk: Buffer) => {
      rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      for (;;) {
        const at = inBody ? rest.indexOf(end) : rest.indexOf('\n');
        if (at < 0) {
          rest = Buffer.from(inBody ? rest.subarray(Math.max(0, rest.length - 4)) : rest);
          return;
        }
        const line = inBody ? '' : rest.toString('latin1', 0, at);
        rest = rest.subarray(at + (inBody ? end.length : 1));
        if (inBody) {
          inBody = false;
          if (++done < total) {
            ask();
            continue;
          }
          socket.end('QUIT\r\n');
          resolve((performance.now() - startedAt) / 1000);
          return;
        }
        const command = login.shift();
        if (!line.startsWith('+OK')) reject(new Error(line));
        else if (command !== undefined) socket.write(`${command}\r\n`);
        else if (total === 0) {
          total = Number(line.split(' ')[1]);
          ask();
        } else inBody = true;
      }
    });
  });
}

/** Fetches every mail, unpacks it into a folder, and deletes it on the server. */
async function mpop(server: Dovecot, user: string): Promise<number> {
  const out = join(folder, 'unpacked', user);
  execFileSync('mkdir', ['-p', out]);
  const unpack = await writeProgram(
    join(folder, 'unpack'),
    `d=$(mktemp -d -p "${out}"); ripmime -i - -d "$d" --no-nameless >/dev/null 2>&1`,
  );
  const settings = await mpopSettings(server, user, join(folder, `mpop-${user}`), unpack);
  const startedAt = performance.now();
  execFileSync('mpop', ['-q', '--received-header=off', '-C', settings, '-a'], { stdio: 'inherit' });
  const seconds = (performance.now() - startedAt) / 1000;
  await rm(out, { recursive: true, force: true });
  return seconds;
}

/** Of several maildrops the last is timed. */
async function ours(user: string, mails: number, before: readonly string[]): Promise<number> {
  const receipt = receiveBy(dovecot, [...before, user]).at(-1);
  if (receipt?.jobs !== mails) throw new Error(`${receipt?.jobs} jobs of ${mails} mails`);
  return receipt.seconds;
}

function receiveBy(
  { port, tlsPort, ca }: Dovecot,
  users: string[],
  security: Order['security'] = 'none',
): Receipt[] {
  const dataDir = join(folder, 'ours', users.join('-'));
  const program = join(import.meta.dirname, 'receive-ours.js');
  const pop3Port = security === 'tls' ? tlsPort : port;
  const order: Order = { pop3Port, security, users, password, dataDir };
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, ca);
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: caFile };
  const said = execFileSync(process.execPath, [program, JSON.stringify(order)], { encoding: 'utf8', env });
  rmSync(dataDir, { recursive: true, force: true });
  return said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Receipt);
}
