/** Every reply of a session cut, withheld, refused and garbled in turn: nothing hangs, and no message is lost. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import { silentLog } from '#base/log.js';
import type { ListedMessage } from '../../src/mail/mailbox.js';
import { Mailroom } from '../../src/mail/mailroom/mailroom.js';
import { replyTimeoutMs } from '../../src/mail/pop3-connection.js';
import { Pop3Mailbox } from '../../src/mail/pop3-mailbox.js';
import { type Dovecot, password, startDovecot } from '../support/dovecot.js';
import { type Fault, FaultProxy } from '../support/fault-proxy.js';
import { mailBySmtp } from '../support/mail-by-smtp.js';
import { ManualClock } from '../support/manual-clock.js';
import { missing } from '../support/peers.js';

const user = 'printer';
const bodies = ['one', 'two\r\n..\r\n.', 'x'.repeat(20_000), 'four'];

interface Server {
  port: number;
  deliver(message: Buffer): Promise<void>;
}

const noDovecot = missing('dovecot') || missing('openssl');

describe.skipIf(noDovecot)('Dovecot', () => {
  let dovecot: Dovecot;
  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot?.stop());
  losesNothing(() => ({ port: dovecot.port, deliver: (message) => dovecot.deliver(user, message) }));
});

describe('the mail room', () => {
  let dataDir: string;
  let mailroom: Mailroom;
  let ports: { smtpPort: number; pop3Port: number };
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'phaserlink-mailroom-'));
    const mailboxes = [{ name: user, password, addresses: ['printer@example.com'] }];
    const limits = { maxMessageBytes: 1_000_000, maxMailboxBytes: 10_000_000 };
    const listen = { host: '127.0.0.1', smtpPort: 0, pop3Port: 0 };
    mailroom = new Mailroom({ ...listen, ...limits, dataDir, mailboxes }, systemClock, silentLog);
    ports = await mailroom.start();
  });
  afterAll(async () => {
    await mailroom.stop();
    await rm(dataDir, { recursive: true });
  });
  losesNothing(() => ({
    port: ports.pop3Port,
    async deliver(message) {
      const mail = { from: 'alice@example.com', to: ['printer@example.com'], message };
      expect((await mailBySmtp(ports.smtpPort, mail)).codes.at(-1)).toBe(250);
    },
  }));
});

function losesNothing(server: () => Server): void {
  it('loses no message and hangs nowhere, whatever becomes of a reply', { timeout: 240_000 }, async () => {
    const { port, deliver } = server();
    const proxy = await FaultProxy.start(port);
    const seen = new Set<string>();
    for (const fault of proxy.faults()) {
      const before = await filled(port, deliver);
      const session = new Session(proxy);
      await session.run(fault);
      await judge(fault, session, before, await listed(port), proxy);
      seen.add(`${fault.kind}: ${proxy.struck === null ? 'untouched' : proxy.struck.replace(/[ \d].*/, '')}`);
    }
    // Each kind had its turn at each command, and has come to an end.
    for (const command of ['', 'CAPA', 'AUTH', 'UIDL', 'LIST', 'TOP', 'RETR', 'DELE', 'QUIT', 'untouched']) {
      expect([...seen].filter((what) => what.endsWith(`: ${command}`))).toHaveLength(7);
    }
  });
}

/** A session as the line has one: it looks, fetches all, deletes the odd ones. */
class Session {
  readonly #proxy: FaultProxy;
  readonly #clock = new ManualClock();
  readonly got = new Map<number, string>();
  readonly errors: unknown[] = [];
  /** Numbers of messages whose deletion was refused. */
  readonly refused: unknown[] = [];
  quitConfirmed = false;

  constructor(proxy: FaultProxy) {
    this.#proxy = proxy;
  }

  async run(fault: Fault): Promise<void> {
    const talk = this.#talk().catch((error) => this.errors.push(error));
    if (fault.kind === 'silence') await this.#passTime(talk);
    await talk;
  }

  /** A server that says nothing any more is waited for no longer than the client wants to wait. */
  async #passTime(talk: Promise<unknown>): Promise<void> {
    let over = false;
    const ended = talk.finally(() => {
      over = true;
    });
    const struck = new Promise<void>((resolve) => {
      this.#proxy.onStrike = () => resolve();
    });
    await Promise.race([struck, ended]);
    while (!over) await this.#clock.advance(replyTimeoutMs);
  }

  async #talk(): Promise<void> {
    const log = { ...silentLog, warn: (fields: object) => this.refused.push(Reflect.get(fields, 'number')) };
    const address = { host: '127.0.0.1', port: this.#proxy.port, security: 'none' } as const;
    const mailbox = new Pop3Mailbox(
      { ...address, user, auth: 'plain', credentials: { password } },
      this.#clock,
      log,
    );
    const session = await mailbox.open(new AbortController().signal);
    try {
      const messages = await session.list();
      const [first] = messages;
      if (first) await session.top(first, 0);
      for (const [index, message] of messages.entries()) {
        await this.#fetch(message.number, session.retrieve(message, messages.slice(index + 1)));
      }
      await session.delete(messages.filter(({ number }) => number % 2 === 1));
      await session.quit();
      this.quitConfirmed = true;
    } finally {
      session.close();
    }
  }

  async #fetch(number: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    let text = '';
    try {
      for await (const chunk of bytes) text += Buffer.from(chunk).toString('latin1');
      this.got.set(number, text);
    } catch (error) {
      // Only a refusal concerns the message alone.
      if (!(error instanceof PhaserLinkError) || error.code !== 'pop3-command-refused') throw error;
      this.errors.push(error);
    }
  }
}

async function judge(
  fault: Fault,
  session: Session,
  before: readonly ListedMessage[],
  after: readonly ListedMessage[],
  proxy: FaultProxy,
): Promise<void> {
  const what = `${fault.kind}, reply ${fault.reply} (${proxy.struck})`;
  for (const error of session.errors) expect(error, what).toBeInstanceOf(PhaserLinkError);
  // A message that has ended is whole.
  for (const text of session.got.values()) {
    expect(
      bodies.some((body) => text.endsWith(`\r\n\r\n${body}\r\n`)),
      what,
    ).toBe(true);
  }
  const left = new Set(after.map(({ uniqueId }) => uniqueId));
  for (const { number, uniqueId } of before) {
    const isThere = left.has(uniqueId);
    const mayGo = number % 2 === 1 && proxy.heard.includes('QUIT');
    if (!mayGo) expect(isThere, `${what}: message ${number}`).toBe(true);
    const mustGo = number % 2 === 1 && session.quitConfirmed && !session.refused.includes(number);
    if (mustGo && session.errors.length === 0) expect(isThere, `${what}: message ${number}`).toBe(false);
  }
  if (proxy.struck !== null) return;
  expect(session).toMatchObject({ quitConfirmed: true, errors: [], refused: [] });
  expect([...session.got.keys()]).toEqual(before.map(({ number }) => number));
}

/** Brings the maildrop back to as many messages as there are bodies. */
async function filled(port: number, deliver: Server['deliver']): Promise<ListedMessage[]> {
  const { length } = await listed(port);
  for (const body of bodies.slice(length)) {
    await deliver(Buffer.from(`From: alice@example.com\r\nSubject: a mail\r\n\r\n${body}\r\n`));
  }
  return listed(port);
}

/** What a fresh session sees, without the proxy. A server learns of a dropped connection when the network tells it. */
async function listed(port: number): Promise<ListedMessage[]> {
  const address = { host: '127.0.0.1', port, security: 'none' } as const;
  const mailbox = new Pop3Mailbox({ ...address, user, credentials: { password } }, systemClock, silentLog);
  for (;;) {
    try {
      const session = await mailbox.open(new AbortController().signal);
      const messages = await session.list();
      await session.quit();
      return messages;
    } catch (error) {
      if (!(error instanceof PhaserLinkError) || error.code !== 'pop3-in-use') throw error;
      await wait(5);
    }
  }
}
