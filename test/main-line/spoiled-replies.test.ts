/**
 * Every reply of the mail server spoiled in turn, with the whole server behind it: each mail becomes exactly one job. With the mail
 * room every reply in every way; with Dovecot every reply, in those ways that Dovecot itself learns of by and by.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import { replyTimeoutMs } from '../../src/mail/pop3-connection.js';
import { Pop3Mailbox } from '../../src/mail/pop3-mailbox.js';
import { type Dovecot, password, startDovecot } from '../support/dovecot.js';
import { type FaultKind, FaultProxy, faultKinds } from '../support/fault-proxy.js';
import { alice, buildHouse, type House } from '../support/house.js';
import { ManualClock } from '../support/manual-clock.js';
import { missing } from '../support/peers.js';

const mailsEach = 2;
const dovecotKinds = [
  'the command is lost, and the connection',
  'cut in the middle of the reply',
  'silence',
] as const satisfies readonly FaultKind[];

interface Maildrop {
  /** Where mails are fetched from, given the mail room's port. */
  port(mailroom: number): number;
  password: string;
  deliver(house: House, text: string): Promise<void>;
}

describe('the mail room', () => {
  handlesEachMailOnce(faultKinds, () => ({
    port: (mailroom) => mailroom,
    password: 'printer',
    deliver: (house, text) => house.mailRaw(text),
  }));
});

describe.skipIf(missing('dovecot') || missing('openssl'))('Dovecot', () => {
  let dovecot: Dovecot;
  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot?.stop());
  handlesEachMailOnce(dovecotKinds, () => ({
    port: () => dovecot.port,
    password,
    deliver: (_, text) => dovecot.deliver('printer', Buffer.from(text.replaceAll('\n', '\r\n'))),
  }));
});

function handlesEachMailOnce(kinds: readonly FaultKind[], maildropOf: () => Maildrop): void {
  it.each(kinds)('handles each mail once: %s', { timeout: 120_000 }, async (kind) => {
    const maildrop = maildropOf();
    const clock = new ManualClock();
    const { house, proxy } = await houseBehindProxy(maildrop, clock);
    const marks: string[] = [];
    const struck = new Set<string>();
    for (let reply = 1; !struck.has('nothing'); reply++) {
      for (let count = 0; count < mailsEach; count++) {
        const mark = `mail ${marks.length + 1}`;
        marks.push(mark);
        const header = `From: ${alice}\nSubject: ${mark}\nMessage-ID: <${marks.length}@example.com>\n`;
        await maildrop.deliver(house, `${header}\n%!PS\n% ${mark}\nshowpage\n`);
      }
      proxy.arm({ reply, kind });
      await look(house, clock, proxy);
      struck.add(proxy.struck?.replace(/[ \d].*/, '') ?? 'nothing');
      proxy.arm(null);
      await lookWell(house, clock);
      // A mail whose deletion was refused, or at which the connection broke, goes at a later look.
      for (let count = 0; count < 3 && (await messagesIn(maildrop, house)) > 0; count++) {
        await lookWell(house, clock);
      }
      const jobs = await house.ledger((ledger) => ledger.jobs());
      expect(jobs.map(({ description }) => description).sort(), `reply ${reply}`).toEqual([...marks].sort());
      expect(await messagesIn(maildrop, house), `reply ${reply}`).toBe(0);
    }
    expect([...struck]).toEqual(
      expect.arrayContaining(['', 'UIDL', 'LIST', 'RETR', 'DELE', 'QUIT', 'nothing']),
    );
  });
}

async function houseBehindProxy(maildrop: Maildrop, clock: ManualClock) {
  const proxies: FaultProxy[] = [];
  const house = await buildHouse({
    clock,
    printer: null,
    mailbox: { password: maildrop.password },
    pop3: async (port) => {
      const proxy = await FaultProxy.start(maildrop.port(port));
      proxies.push(proxy);
      return proxy.port;
    },
  });
  const [proxy] = proxies;
  if (proxy === undefined) throw new Error('the house has no mailbox');
  return { house, proxy };
}

/** A look in which a reply is spoiled; a server that falls silent is waited for until its time is over. */
async function look(house: House, clock: ManualClock, proxy: FaultProxy): Promise<void> {
  let over = false;
  const ended = house
    .runOnce()
    .catch(() => undefined)
    .finally(() => {
      over = true;
    });
  const struck = new Promise<void>((resolve) => {
    proxy.onStrike = () => resolve();
  });
  await Promise.race([struck, ended]);
  while (!over) await clock.advance(replyTimeoutMs);
}

/** A server learns of a dropped connection when the network tells it; until then the maildrop is in use. */
async function lookWell(house: House, clock: ManualClock): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    await clock.advance(1000);
    await house.runOnce().catch(() => undefined);
    const status = await house.ledger((ledger) => ledger.mailboxStatus(house.mailboxName));
    if (status?.trouble === null) return;
  }
  expect.fail('the mailbox does not work again');
}

async function messagesIn(maildrop: Maildrop, house: House): Promise<number> {
  const address = { host: '127.0.0.1', port: maildrop.port(house.pop3Port), security: 'none' } as const;
  const login = { user: 'printer', credentials: { password: maildrop.password } };
  const mailbox = new Pop3Mailbox({ ...address, ...login }, systemClock, silentLog);
  return (await mailbox.probe(new AbortController().signal)).messages;
}
