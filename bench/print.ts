/**
 * From the mailbox to a raw printer that swallows, beside the classic programs: mpop, fetchmail and getmail, each with ripmime
 * and nc, on maildrops of the same mails in Dovecot; ours with the ledger and every guarantee. All in turn in each round.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { password, startDovecot } from '../test/support/dovecot.js';
import { deliverMails, fillMaildrop, isThere, mpopSettings, writeProgram } from './maildrop.js';
import { median } from './median.js';
import { type Run, Sink, startServer, writeSettings } from './our-server.js';

const rounds = Number(process.argv[2] ?? 3);
const loads = [
  { name: '500 mails of 4 KB', mails: 500, documentBytes: 4_000, before: 2_000 },
  { name: '200 mails of 100 KB', mails: 200, documentBytes: 100_000, before: 2_000 },
  { name: '20 mails of 5 MB', mails: 20, documentBytes: 5_000_000, before: 20 },
];
type Load = (typeof loads)[number];

const forwarding = 'ours, only forwarding';

async function compare(load: Load): Promise<void> {
  const contenders = {
    'push, nothing kept': push,
    ...(isThere('ripmime') && isThere('mpop') ? { 'mpop + ripmime + nc': mpop } : {}),
    ...(isThere('ripmime') && isThere('fetchmail') ? { 'fetchmail + ripmime + nc': fetchmail } : {}),
    ...(isThere('ripmime') && isThere('getmail') ? { 'getmail + ripmime + nc': getmail } : {}),
    [forwarding]: forward,
    'ours, started for it': (load: Load) => ours(load, false),
    'ours, running': (load: Load) => ours(load, true),
  };
  const runs = new Map<string, Run[]>(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [name, run] of Object.entries(contenders)) runs.get(name)?.push(await run(load));
  report(load, runs);
}

function report({ name, mails }: Load, runs: ReadonlyMap<string, Run[]>): void {
  process.stdout.write(`\n${name}, ${rounds} rounds\n`);
  const mediansOf = (prefix: string) =>
    [...runs]
      .filter(([who]) => who.startsWith(prefix))
      .map(([, all]) => median(all.map((run) => run.seconds)));
  const best = Math.min(...mediansOf('mpop'), ...mediansOf('fetchmail'), ...mediansOf('getmail'));
  const [pushed = Number.NaN] = mediansOf('push');
  for (const [who, all] of runs) {
    const seconds = all.map((run) => run.seconds);
    const rate = (time: number) => (mails / time).toFixed(1).padStart(7);
    const lost = all.reduce((sum, run) => sum + run.report.lost, 0);
    const doubled = all.reduce((sum, run) => sum + run.report.doubled, 0);
    const ratioTo = (other: number, what: string) => `   ${(other / median(seconds)).toFixed(2)} of ${what}`;
    const ratio = !who.startsWith('ours')
      ? ''
      : who === forwarding
        ? ratioTo(pushed, 'push')
        : ratioTo(best, 'the best classic');
    process.stdout.write(
      `${who.padEnd(26)} ${rate(median(seconds))} jobs/s (${rate(Math.max(...seconds))} to ${rate(Math.min(...seconds))}), lost ${lost}, doubled ${doubled}${ratio}\n`,
    );
  }
}

/** The same documents, one connection after the other, from memory: the most that can be. */
async function push({ mails, documentBytes }: Load): Promise<Run> {
  const sink = await Sink.start(mails);
  const startedAt = Date.now();
  for (let n = 1; n <= mails; n++) {
    const head = `%!PS\n% mark-${String(n).padStart(6, '0')}\n`;
    const socket = connect(sink.port, '127.0.0.1');
    socket.end(Buffer.concat([Buffer.from(head), Buffer.alloc(documentBytes - head.length, '%')]));
    socket.resume();
    await once(socket, 'close');
  }
  return sink.until(startedAt);
}

function unpackAndPrint(port: number): Promise<string> {
  return writeProgram(
    join(folder, `print-${port}`),
    `d=$(mktemp -d); ripmime -i - -d "$d" --no-nameless >/dev/null 2>&1; for f in "$d"/*.ps; do nc -N 127.0.0.1 ${port} <"$f"; done; rm -rf "$d"`,
  );
}

async function mpop({ mails, documentBytes }: Load): Promise<Run> {
  const user = await fillMaildrop(dovecot, mails, documentBytes);
  const sink = await Sink.start(mails);
  const program = await unpackAndPrint(sink.port);
  const settings = await mpopSettings(dovecot, user, join(folder, `mpop-${user}`), program);
  const startedAt = Date.now();
  execFileSync('mpop', ['-q', '--received-header=off', '-C', settings, '-a'], { stdio: 'inherit' });
  return sink.until(startedAt);
}

async function fetchmail({ mails, documentBytes }: Load): Promise<Run> {
  const user = await fillMaildrop(dovecot, mails, documentBytes);
  const sink = await Sink.start(mails);
  const program = await unpackAndPrint(sink.port);
  const settings = join(folder, `fetchmail-${user}`);
  const account = `poll 127.0.0.1 proto pop3 service ${dovecot.port} user "${user}" password "${password}" sslproto ""`;
  await writeFile(settings, `set no bouncemail\n${account} fetchall no keep mda "${program}"\n`, {
    mode: 0o600,
  });
  const startedAt = Date.now();
  execFileSync('fetchmail', ['-f', settings, '-i', `${settings}-ids`, '--nodetach', '-s'], {
    env: { ...process.env, FETCHMAILHOME: folder },
    stdio: 'inherit',
  });
  return sink.until(startedAt);
}

/** Into a Maildir, and from there: handing each mail to a program, getmail6 6.18 can wait for one that has ended. */
async function getmail({ mails, documentBytes }: Load): Promise<Run> {
  const user = await fillMaildrop(dovecot, mails, documentBytes);
  const sink = await Sink.start(mails);
  const program = await unpackAndPrint(sink.port);
  const home = join(folder, `getmail-${user}`);
  const maildir = join(home, 'maildir');
  for (const name of ['new', 'cur', 'tmp']) await mkdir(join(maildir, name), { recursive: true });
  const lines = [
    '[retriever]',
    'type=SimplePOP3Retriever',
    'server=127.0.0.1',
    `port=${dovecot.port}`,
    `username=${user}`,
    `password=${password}`,
    '[destination]',
    'type=Maildir',
    `path=${maildir}/`,
    '[options]',
    'delete=true',
    'read_all=true',
    'verbose=0',
    'delivered_to=false',
    'received=false',
  ];
  await writeFile(join(home, 'settings'), `${lines.join('\n')}\n`);
  const owner = await giveAway(home);
  const startedAt = Date.now();
  execFileSync('getmail', ['--getmaildir', home, '--rcfile', join(home, 'settings')], {
    stdio: 'inherit',
    ...owner,
  });
  const loop = `for f in "${maildir}"/new/*; do "${program}" <"$f"; done`;
  execFileSync('/bin/sh', ['-c', loop], { stdio: 'inherit' });
  return sink.until(startedAt);
}

/** As root, getmail hands each mail to a process of its own; as anybody else it need not. */
async function giveAway(home: string): Promise<{ uid?: number; gid?: number }> {
  if (userInfo().uid !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'mail'], { encoding: 'utf8' }));
  const [uid, gid] = [id('-u'), id('-g')];
  for (const path of [home, ...(await readdir(home, { recursive: true })).map((name) => join(home, name))])
    await chown(path, uid, gid);
  return { uid, gid };
}

/** What is in the ledger and the spool already. */
async function forward({ mails, documentBytes }: Load): Promise<Run> {
  const user = await fillMaildrop(dovecot, mails, documentBytes);
  const sink = await Sink.start(mails);
  const config = await writeSettings(folder, dovecot, user, sink.port);
  const program = join(import.meta.dirname, 'print-ours.js');
  const startedAt = execFileSync(process.execPath, [program, config], { encoding: 'utf8' });
  return sink.until(Number(startedAt));
}

/**
 * The server as anybody starts it; `warm`: it has handled `before` mails, as a server has after its first hours, and looks when
 * it is told.
 */
async function ours({ mails, documentBytes, before }: Load, warm: boolean): Promise<Run> {
  const earlier = warm ? before : mails;
  const user = await fillMaildrop(dovecot, earlier, documentBytes);
  const first = await Sink.start(earlier);
  const config = await writeSettings(folder, dovecot, user, first.port);
  const startedAt = Date.now();
  const server = startServer(config);
  try {
    const cold = await first.until(startedAt);
    if (!warm) return cold;
    await deliverMails(dovecot, user, mails, documentBytes);
    const second = await Sink.start(mails, first.port);
    const toldAt = Date.now();
    server.kill('SIGUSR1');
    return await second.until(toldAt);
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
}

const folder = await mkdtemp(join(tmpdir(), 'phaserlink-bench-'));
await chmod(folder, 0o755);
const dovecot = await startDovecot();
try {
  for (const load of loads) await compare(load);
} finally {
  await dovecot.stop();
  await rm(folder, { recursive: true, force: true });
}
