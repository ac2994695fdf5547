/** The mail room: what it takes, what it refuses, and that nothing it has taken gets lost. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Clock, systemClock } from '#base/clock.js';
import type { LogFields } from '#base/log.js';
import { silentLog } from '#base/log.js';
import { Mailroom, type MailroomSettings } from '../../src/mail/mailroom/mailroom.js';
import { failedLoginDelayMs, idleTimeoutMs } from '../../src/mail/mailroom/pop3-session.js';
import { Pop3Mailbox } from '../../src/mail/pop3-mailbox.js';
import { mailBySmtp } from '../support/mail-by-smtp.js';
import { ManualClock } from '../support/manual-clock.js';
import { missing } from '../support/peers.js';

const run = promisify(execFile);
const message = Buffer.from(
  'Message-ID: <m1@example.com>\r\nSubject: test\r\n\r\n%!PS\r\n. \r\nshowpage\r\n',
);
const mail = { from: 'alice@example.com', to: ['printer@example.com'], message };

let dataDir: string;
let mailroom: Mailroom;
let ports: { smtpPort: number; pop3Port: number };
let events: LogFields[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'phaserlink-mailroom-'));
  events = [];
  await start();
});
afterEach(async () => {
  await mailroom.stop();
  await rm(dataDir, { recursive: true });
});

function settings(): MailroomSettings {
  return {
    ...{
      host: '127.0.0.1',
      smtpPort: 0,
      pop3Port: 0,
      dataDir,
      maxMessageBytes: 10_000,
      maxMailboxBytes: 20_000,
    },
    mailboxes: [
      { name: 'printer', password: 'secret', addresses: ['printer@example.com', 'Color@example.com'] },
      { name: 'alice', password: 'hers', addresses: ['alice@example.com'] },
    ],
  };
}

async function start(clock: Clock = systemClock): Promise<void> {
  mailroom = new Mailroom(settings(), clock, { ...silentLog, info: (fields) => events.push(fields) });
  ports = await mailroom.start();
}

function mailbox(user = 'printer', password = 'secret'): Pop3Mailbox {
  const settings = {
    host: '127.0.0.1',
    port: ports.pop3Port,
    security: 'none',
    user,
    credentials: { password },
  } as const;
  return new Pop3Mailbox(settings, systemClock, silentLog);
}

function open(user?: string, password?: string) {
  return mailbox(user, password).open(new AbortController().signal);
}

async function list(user?: string, password?: string) {
  const session = await open(user, password);
  const listed = await session.list();
  await session.quit();
  return listed;
}

it('has a mail on disk, whole and under its header, before it says 250', async () => {
  const { codes } = await mailBySmtp(ports.smtpPort, mail);
  expect(codes).toEqual([220, 250, 250, 250, 354, 250]);
  const folder = join(dataDir, 'maildrops', 'printer');
  const [file = ''] = await readdir(folder);
  const kept = await readFile(join(folder, file), 'utf8');
  const [trace = '', rest] = [kept.slice(0, -message.length), kept.slice(-message.length)];
  expect(rest).toBe(message.toString());
  expect(trace).toMatch(
    /^Return-Path: <alice@example\.com>\r\nReceived: from test\.example \(\[127\.0\.0\.1\]\)\r\n\tby .+;\r\n\t\w+, \d+ \w+ \d{4} [\d:]{8} \+0000\r\n$/,
  );
  expect(events.find(({ event }) => event === 'mail-received')).toEqual({
    ...{ event: 'mail-received', mailbox: 'printer', uniqueId: file.replace('.eml', '') },
    ...{ octets: kept.length, from: 'alice@example.com', messageId: '<m1@example.com>' },
  });
  expect(await readdir(join(dataDir, 'incoming'))).toEqual([]);
});

it('says on which ports it listens', () => {
  expect(events).toEqual([
    { event: 'listening', face: 'smtp', port: ports.smtpPort },
    { event: 'listening', face: 'pop3', port: ports.pop3Port },
  ]);
});

it('gives every mailbox its own copy, whichever of its addresses was written, in any case', async () => {
  await mailBySmtp(ports.smtpPort, {
    ...mail,
    to: ['PRINTER@Example.com', 'color@example.com', 'alice@example.com'],
  });
  expect(await list()).toHaveLength(1);
  expect(await list('alice', 'hers')).toHaveLength(1);
});

it('takes the null reverse-path', async () => {
  await mailBySmtp(ports.smtpPort, { ...mail, from: '' });
  const session = await open();
  const [first] = await session.list();
  if (first)
    for await (const chunk of session.retrieve(first)) expect(String(chunk)).toContain('Return-Path: <>\r\n');
  await session.quit();
  expect(first).toBeDefined();
});

it('refuses an address that is none of its own', async () => {
  const talk = await mailBySmtp(ports.smtpPort, { ...mail, to: ['bob@example.com'] });
  expect(talk.codes.at(-1)).toBe(550);
  expect(talk.last).toContain('bob@example.com');
});

it('refuses a mail that is too large, announced or not, and keeps nothing of it', async () => {
  const large = Buffer.from(`Subject: large\r\n\r\n${'x'.repeat(80)}\r\n`.padEnd(20_000, 'line\r\n'));
  const whole = Buffer.concat([large, Buffer.from('\r\n')]);
  expect((await mailBySmtp(ports.smtpPort, { ...mail, message: whole })).codes.at(-1)).toBe(552);
  expect(await list()).toEqual([]);
  expect(await readdir(join(dataDir, 'incoming'))).toEqual([]);
});

it('defers mail for a full mailbox until there is room', async () => {
  const half = Buffer.concat([message, Buffer.from('line\r\n'.repeat(1500))]);
  for (const code of [250, 250, 452]) {
    expect((await mailBySmtp(ports.smtpPort, { ...mail, message: half })).codes.at(-1)).toBe(code);
  }
  const session = await open();
  await session.delete(await session.list());
  await session.quit();
  expect((await mailBySmtp(ports.smtpPort, { ...mail, message: half })).codes.at(-1)).toBe(250);
});

it('keeps nothing of a mail whose sender went away in the middle', async () => {
  const sender = client(ports.smtpPort);
  await sender.hear(/^220 .*\r\n/);
  for (const line of ['EHLO test', 'MAIL FROM:<a@b.example>', 'RCPT TO:<printer@example.com>', 'DATA']) {
    sender.write(`${line}\r\n`);
  }
  await sender.hear(/^354 /m);
  sender.end('Subject: half\r\n\r\nhalf a line');
  await sender.closed;
  await mailroom.stop();
  expect(await readdir(join(dataDir, 'incoming'))).toEqual([]);
  await start();
  expect(await list()).toEqual([]);
});

it('keeps mail and unique-ids over a restart', async () => {
  for (let count = 0; count < 3; count++) await mailBySmtp(ports.smtpPort, mail);
  const before = await list();
  await mailroom.stop();
  await start();
  expect(new Set((await list()).map(({ uniqueId }) => uniqueId))).toEqual(
    new Set(before.map(({ uniqueId }) => uniqueId)),
  );
  expect(before).toHaveLength(3);
});

it('lets one session at a maildrop, and shows it what was there when it began', async () => {
  await mailBySmtp(ports.smtpPort, mail);
  const session = await open();
  await expect(open()).rejects.toMatchObject({ code: 'pop3-in-use' });
  await mailBySmtp(ports.smtpPort, mail);
  const [first, second] = await session.list();
  expect(second).toBeUndefined();
  if (first) await session.delete([first]);
  await session.quit();
  expect(events.filter(({ event }) => event === 'mail-deleted')).toEqual([
    { event: 'mail-deleted', mailbox: 'printer', uniqueId: first?.uniqueId },
  ]);
  expect(await list()).toHaveLength(1);
});

it('makes whoever guesses passwords wait, and shows the door at the third guess', async () => {
  await mailroom.stop();
  const clock = new ManualClock();
  await start(clock);
  const guesser = client(ports.pop3Port);
  await guesser.hear(/^\+OK .*\r\n/);
  for (const user of ['printer', 'nobody', 'alice']) {
    const timersBefore = clock.pending;
    guesser.write(`USER ${user}\r\nPASS guess\r\n`);
    await guesser.hear(/^\+OK send PASS\r\n/);
    while (clock.pending === timersBefore) await new Promise((turn) => setImmediate(turn));
    await clock.advance(failedLoginDelayMs);
    await guesser.hear(/^-ERR \[AUTH\] .*\r\n/);
  }
  await guesser.closed;
});

it('ends a session that says nothing for ten minutes, and deletes nothing', async () => {
  await mailBySmtp(ports.smtpPort, mail);
  await mailroom.stop();
  const clock = new ManualClock();
  await start(clock);
  const sleeper = client(ports.pop3Port);
  sleeper.write('USER printer\r\nPASS secret\r\nDELE 1\r\n');
  await sleeper.hear(/marked as deleted\r\n/);
  expect(idleTimeoutMs).toBeGreaterThanOrEqual(10 * 60_000);
  await clock.advance(idleTimeoutMs);
  await sleeper.closed;
  expect(await list()).toHaveLength(1);
});

it('answers commands that come octet by octet', async () => {
  await mailBySmtp(ports.smtpPort, mail);
  const slow = client(ports.pop3Port);
  for (const octet of 'USER printer\r\nPASS secret\r\nTOP 1 1\r\nRETR 1\r\nQUIT\r\n') {
    slow.write(octet);
    await new Promise((turn) => setImmediate(turn));
  }
  expect(await slow.hear(/top of message follows\r\n[\s\S]*?\r\n\.\r\n/)).toMatch(/\r\n\r\n%!PS\r\n\.\r\n$/);
  expect(await slow.hear(/octets\r\n[\s\S]*?\r\n\.\r\n/)).toMatch(/\r\n%!PS\r\n\.\. \r\nshowpage\r\n\.\r\n$/);
  await slow.hear(/^\+OK bye\r\n$/);
  await slow.closed;
});

it('answers commands that come all at once, with the end of the connection', async () => {
  await mailBySmtp(ports.smtpPort, mail);
  const hasty = client(ports.pop3Port);
  hasty.end('USER printer\r\nPASS secret\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n');
  await hasty.hear(/marked as deleted\r\n\+OK bye\r\n/);
  await hasty.closed;
  expect(await list()).toEqual([]);
});

it('does not listen to a command without end', async () => {
  const endless = client(ports.pop3Port);
  endless.write('x'.repeat(5000));
  await endless.hear(/-ERR .*limit of 512 octets\r\n/);
  await endless.closed;
});

it('stops with sessions and senders in mid-sentence', async () => {
  const clients = [client(ports.pop3Port), client(ports.smtpPort)];
  for (const { hear } of clients) await hear(/\r\n/);
  await mailroom.stop();
  for (const { closed } of clients) await closed;
  await start();
});

it('will not begin with a mailbox name that leads elsewhere, or an address with two owners', async () => {
  const one = { password: 'x', addresses: ['one@example.com'] };
  const begin = (mailboxes: MailroomSettings['mailboxes']) =>
    new Mailroom({ ...settings(), mailboxes }, systemClock, silentLog).start();
  await expect(begin([{ name: '../alice', ...one }])).rejects.toMatchObject({
    code: 'mailroom-bad-mailbox-name',
  });
  const twice = [
    { name: 'a', ...one },
    { name: 'b', ...one },
  ];
  expect(() => begin(twice)).toThrow('the address one@example.com belongs to two mailboxes');
});

it.skipIf(missing('swaks') || missing('curl'))('talks to swaks and curl', async () => {
  const swaks = ['--server', `127.0.0.1:${ports.smtpPort}`, '--from', 'alice@example.com'];
  await run('swaks', [...swaks, '--to', 'printer@example.com', '--body', '.dots\n..\nend']);
  const url = `pop3://127.0.0.1:${ports.pop3Port}/`;
  const curl = (path: string) => run('curl', ['-sS', '-u', 'printer:secret', url + path]);
  expect((await curl('')).stdout).toMatch(/^1 \d+\r\n$/);
  expect((await curl('1')).stdout).toMatch(/\r\n\r\n\.dots\r\n\.\.\r\nend\r\n/);
});

interface Client {
  write(text: string): void;
  end(text: string): void;
  /** Waits for a text and takes what came up to its end. */
  hear(expected: RegExp): Promise<string>;
  /** Resolves when the server has ended the connection, too. */
  closed: Promise<unknown>;
}

function client(port: number): Client {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let unheard = '';
  let wake = () => {};
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    unheard += bytes.toString('latin1');
    wake();
  });
  return {
    write: (text) => socket.write(text),
    end: (text) => socket.end(text),
    closed: once(socket, 'close'),
    async hear(expected) {
      for (;;) {
        const found = expected.exec(unheard);
        if (found !== null) {
          const heard = unheard.slice(0, found.index + found[0].length);
          unheard = unheard.slice(heard.length);
          return heard;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
