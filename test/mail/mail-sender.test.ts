/** Our own mails: what they look like when they arrive, and what each failure means for sending them again. */

import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import { MailSender, type MailSenderSettings, sendTimeoutMs } from '../../src/mail/mail-sender.js';
import { Mailroom } from '../../src/mail/mailroom/mailroom.js';
import { freePort } from '../support/free-port.js';
import { ManualClock } from '../support/manual-clock.js';
import { type Answer, type ScriptedServer, startScriptedServer } from '../support/scripted-server.js';

const mail = {
  to: 'alice@example.com',
  subject: 'Printed: Übung\r\nBcc: evil@example.com',
  text: 'Job: 7\nPages: 3\n.\nDescription: Übung 100 % = ganz\n',
  inReplyTo: '<m1@example.com>',
  autoSubmitted: 'auto-replied',
  messageId: '<7.printed@printer.example.com>',
} as const;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function sender(port: number, over: Partial<MailSenderSettings> = {}, clock = systemClock): MailSender {
  const settings = { host: '127.0.0.1', port, security: 'none', from: 'printer@example.com' } as const;
  return new MailSender({ ...settings, ...over }, clock);
}

async function scripted(answers: Record<string, Answer> = {}): Promise<ScriptedServer> {
  const sound: Record<string, Answer> = {
    EHLO: '250 test\r\n',
    MAIL: '250 ok\r\n',
    RCPT: '250 ok\r\n',
    DATA: '354 go on\r\n',
    '.': '250 kept\r\n',
    QUIT: '221 bye\r\n',
  };
  const all = { ...sound, ...answers };
  const server = await startScriptedServer({
    greeting: answers.greeting ?? '220 test\r\n',
    answer: (line) => {
      if (!/^(EHLO|STARTTLS|AUTH|MAIL|RCPT|DATA|QUIT)\b|^\.$/.test(line)) return 'silence';
      return all[line.slice(0, 4)] ?? '500 what?\r\n';
    },
  });
  cleanups.push(() => server.stop());
  return server;
}

it('arrive whole in a mail room, as replies of a machine that nothing answers', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'phaserlink-sender-'));
  cleanups.push(() => rm(dataDir, { recursive: true }));
  const mailboxes = [{ name: 'alice', password: 'x', addresses: ['alice@example.com'] }];
  const limits = { maxMessageBytes: 100_000, maxMailboxBytes: 100_000 };
  const mailroom = new Mailroom(
    { host: '127.0.0.1', smtpPort: 0, pop3Port: 0, dataDir, mailboxes, ...limits },
    systemClock,
    silentLog,
  );
  const { smtpPort } = await mailroom.start();
  cleanups.push(() => mailroom.stop());

  await sender(smtpPort, {}, new ManualClock(Date.UTC(2026, 6, 4, 12))).send(mail);

  const folder = join(dataDir, 'maildrops', 'alice');
  const [file = ''] = await readdir(folder);
  const raw = await readFile(join(folder, file), 'latin1');
  const arrived = await simpleParser(Buffer.from(raw, 'latin1'));
  expect(arrived.headers.get('return-path')).toMatchObject({ text: '' });
  expect(arrived.headers.get('auto-submitted')).toBe('auto-replied');
  expect(arrived).toMatchObject({
    from: { value: [{ address: 'printer@example.com', name: '' }] },
    to: { value: [{ address: 'alice@example.com', name: '' }] },
    subject: 'Printed: Übung Bcc: evil@example.com',
    text: mail.text,
    messageId: mail.messageId,
    inReplyTo: mail.inReplyTo,
    references: mail.inReplyTo,
    date: new Date('2026-07-04T12:00:00Z'),
  });
  expect(raw).toMatch(/^Content-Type: text\/plain; charset=utf-8\r$/m);
  expect(raw).not.toMatch(/^Bcc:/im);
});

it('have a null reverse-path and one recipient', async () => {
  const server = await scripted();
  await sender(server.port).send({ ...mail, inReplyTo: null });
  expect(server.heard.filter((line) => /^(MAIL|RCPT)/.test(line))).toEqual([
    'MAIL FROM:<>',
    'RCPT TO:<alice@example.com>',
  ]);
  expect(server.heard.join('\n')).not.toMatch(/^(In-Reply-To|References):/im);
});

it('carry no Message-ID of the sender that is none', async () => {
  const server = await scripted();
  await sender(server.port).send({ ...mail, inReplyTo: '<a@b>\r\nBcc: <evil@example.com>' });
  expect(server.heard.join('\n')).not.toMatch(/evil@example\.com>|^References:/im);
});

const addresses = [
  'a@b, evil@c',
  'a@b\r\nBcc: evil@c',
  '"x" <a@b>',
  '"evil@c x"@b',
  'a@b (evil@c)',
  'x',
  '@b',
  'a@',
];
for (const to of [...addresses, `${'x'.repeat(250)}@example.com`]) {
  it(`are not sent to ${JSON.stringify(to).slice(0, 30)}`, async () => {
    const server = await scripted();
    const error = { code: 'mail-bad-address', retry: 'permanent' };
    await expect(sender(server.port).send({ ...mail, to })).rejects.toMatchObject(error);
    expect(server.heard).toEqual([]);
  });
}

const failures: [string, Record<string, Answer>, { code: string; retry: string }][] = [
  ['an unknown recipient', { RCPT: '550 nobody\r\n' }, { code: 'smtp-mail-refused', retry: 'permanent' }],
  ['a refused sender', { MAIL: '553 not you\r\n' }, { code: 'smtp-mail-refused', retry: 'permanent' }],
  ['refused content', { '.': '554 spam\r\n' }, { code: 'smtp-mail-refused', retry: 'permanent' }],
  ['a full mailbox', { RCPT: '452 full\r\n' }, { code: 'smtp-mail-deferred', retry: 'temporary' }],
  [
    'trouble after the last dot',
    { '.': '451 later\r\n' },
    { code: 'smtp-mail-deferred', retry: 'temporary' },
  ],
  ['a busy server', { greeting: '421 busy\r\n' }, { code: 'smtp-mail-deferred', retry: 'temporary' }],
  ['a closed server', { greeting: '554 closed\r\n' }, { code: 'smtp-mail-deferred', retry: 'temporary' }],
  ['a missing login', { MAIL: '530 login first\r\n' }, { code: 'smtp-login-refused', retry: 'temporary' }],
  ['a connection that ends', { DATA: 'hang up' }, { code: 'smtp-unreachable', retry: 'temporary' }],
];
for (const [name, answers, error] of failures) {
  it(`are ${error.retry === 'permanent' ? 'given up' : 'kept for later'} on ${name}`, async () => {
    const server = await scripted(answers);
    await expect(sender(server.port).send(mail)).rejects.toMatchObject(error);
  });
}

it('are kept for later when nobody listens', async () => {
  const error = { code: 'smtp-unreachable', retry: 'temporary' };
  await expect(sender(await freePort()).send(mail)).rejects.toMatchObject(error);
});

it('are not sent without the login or the TLS that the settings ask for', async () => {
  const server = await scripted({ STAR: '502 no\r\n', AUTH: '535 no\r\n' });
  const login = sender(server.port, { user: 'printer', password: 'hidden' }).send(mail);
  await expect(login).rejects.toMatchObject({ code: 'smtp-login-refused', retry: 'temporary' });
  await expect(login).rejects.toThrow(/^((?!hidden).)*check smtp\.user and smtp\.password, or smtp\.oauth$/);
  const tls = sender(server.port, { security: 'starttls' }).send(mail);
  await expect(tls).rejects.toMatchObject({ code: 'smtp-tls-failed', retry: 'temporary' });
  expect(server.heard.join('\n')).not.toMatch(/^MAIL/m);
});

it('wait for a silent server only so long', async () => {
  const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  cleanups.push(async () => silent.close());
  const clock = new ManualClock();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const connected = once(silent, 'connection');
  const sending = sender(port, {}, clock)
    .send(mail)
    .catch((error) => error);
  await connected;
  await clock.advance(sendTimeoutMs);
  expect(await sending).toMatchObject({ code: 'smtp-unreachable', retry: 'temporary' });
  expect(clock.pending).toBe(0);
});

it('stop being sent when the signal says so', async () => {
  const server = await scripted({ DATA: 'silence' });
  const stop = new AbortController();
  const sending = sender(server.port).send(mail, stop.signal);
  while (!server.heard.includes('DATA')) await new Promise((turn) => setImmediate(turn));
  stop.abort(new Error('shutting down'));
  await expect(sending).rejects.toThrow('shutting down');
});

it('have a server that can be tried without sending', async () => {
  const server = await scripted();
  await sender(server.port).verify(new AbortController().signal);
  expect(server.heard.join('\n')).not.toMatch(/^(MAIL|RCPT|DATA)/m);
  const broken = await scripted({ greeting: '554 closed\r\n' });
  await expect(sender(broken.port).verify(new AbortController().signal)).rejects.toMatchObject({
    code: 'smtp-mail-deferred',
  });
});
