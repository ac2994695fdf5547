/** Which mails are fetched, how much of them, and which may go: with a real ledger and spool, and a maildrop in memory. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LimitError, PhaserLinkError } from '#base/errors.js';
import type { LogFields } from '#base/log.js';
import { postScriptAlone } from '../../src/engine/formats.js';
import { fetch, survey, whatIsDone } from '../../src/fetch-stages.js';
import { Contents } from '../../src/jobs/contents.js';
import type { Ledger } from '../../src/jobs/ledger.js';
import { Spool } from '../../src/jobs/spool.js';
import { emptyMemory, type FetchPolicy, type Line } from '../../src/line.js';
import type { ListedMessage, MailboxSession } from '../../src/mail/mailbox.js';
import { atDesk, commit, judge, read } from '../../src/receive-stages.js';
import { LedgerHouse, leaseOf } from '../support/ledger-house.js';
import { readHere } from '../support/read-here.js';

let house: LedgerHouse;
let ledger: Ledger;
let logged: LogFields[];
let spool: Spool;

beforeEach(async () => {
  house = await LedgerHouse.build();
  ledger = await house.ledger();
  spool = await Spool.open({ dataDir: house.dataDir });
  logged = [];
});
afterEach(() => house.takeDown());

function lineWith(policy: Partial<FetchPolicy> = {}, parts: Partial<Line> = {}): Line {
  const note = (fields: LogFields) => void logged.push(fields);
  const fetchPolicy: FetchPolicy = {
    ...{ maxMessageBytes: 10_000, tooLarge: 'delete', keepMs: 0, minFreeBytes: 0, maxSpoolBytes: null },
    ...policy,
  };
  return {
    ledger,
    spool,
    contents: new Contents(ledger, spool),
    reader: readHere(spool),
    mailbox: { name: 'printer@test' },
    memory: emptyMemory(),
    clock: house.clock,
    log: { debug: note, info: note, warn: note, error: note },
    engine: { formats: postScriptAlone },
    policy: {
      fetch: fetchPolicy,
      allow: ['alice@example.com'],
      hold: [],
      holdFor: 3_600_000,
      keepContent: 0,
      from: 'printer@test',
      printerName: 'P',
      contact: 'a@b',
    },
    ...parts,
  } as unknown as Line;
}

interface StoredMail {
  uniqueId: string | null;
  text: string;
  /** What LIST says, where it is not the truth. */
  octets?: number;
  refused?: 'pop3-command-refused' | 'pop3-connection-lost';
}

/** What was asked of the maildrop, as `RETR 1`. */
let asked: string[];

function maildropOf(mails: StoredMail[], options: { top: boolean } = { top: true }): MailboxSession {
  asked = [];
  const mailAt = ({ number }: ListedMessage) => {
    const mail = mails[number - 1];
    if (mail === undefined) throw new Error(`no message ${number}`);
    return mail;
  };
  return {
    list: async () =>
      mails.map(({ uniqueId, text, octets }, place) => ({
        number: place + 1,
        uniqueId,
        octets: octets ?? text.length,
      })),
    async top(message: ListedMessage) {
      asked.push(`TOP ${message.number}`);
      return options.top ? Buffer.from(mailAt(message).text.split('\r\n\r\n')[0] ?? '') : null;
    },
    async *retrieve(message: ListedMessage, ahead: readonly ListedMessage[] = []) {
      asked.push(`RETR ${[message, ...ahead].map(({ number }) => number).join(' ')}`);
      const { text, refused } = mailAt(message);
      if (refused) throw new PhaserLinkError({ code: refused, retry: 'temporary', text: 'no' });
      yield Buffer.from(text);
    },
  } as unknown as MailboxSession;
}

function mail(subject: string, body = '%!PS\r\nshowpage\r\n', from = 'alice@example.com'): string {
  return `From: ${from}\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.com>\r\n\r\n${body}`;
}

/** One look into the maildrop, without QUIT; what is removed, by number. */
async function look(line: Line, maildrop: MailboxSession) {
  const lease = await leaseOf(ledger);
  const { fresh, done } = await survey(line, maildrop);
  const fetched: ListedMessage[] = [];
  for await (const { mails: batch, known } of fetch(line, maildrop, fresh, new AbortController().signal)) {
    fetched.push(...[...batch, ...known].map(({ listed }) => listed));
    done.push(...whatIsDone(line, known));
    const kept = await atDesk(
      line,
      lease,
      await read(line, batch, new AbortController().signal),
      async (desk, readMail) => commit(line, desk, readMail, await judge(line, desk, readMail)),
    );
    done.push(...whatIsDone(line, kept));
  }
  const numbers = (messages: ListedMessage[]) => messages.map(({ number }) => number);
  return { fetched: numbers(fetched), removed: numbers(done) };
}

describe('a look into the maildrop', () => {
  it('fetches what is new, asking ahead, and removes what is in the ledger (ask 11)', async () => {
    const line = lineWith();
    const maildrop = maildropOf([1, 2, 3].map((n) => ({ uniqueId: `u${n}`, text: mail(`m${n}`) })));
    expect(await look(line, maildrop)).toEqual({ fetched: [1, 2, 3], removed: [1, 2, 3] });
    expect(asked).toEqual(['RETR 1 2 3', 'RETR 2 3', 'RETR 3']);
    expect(await ledger.jobs()).toHaveLength(3);
  });

  it('does not fetch again what was not removed, and asks only once whether it is the same (ask 6)', async () => {
    const line = lineWith();
    const maildrop = maildropOf([{ uniqueId: 'u', text: mail('m') }]);
    await look(line, maildrop);
    asked = [];
    expect(await look(line, maildrop)).toEqual({ fetched: [], removed: [1] });
    expect(await look(line, maildrop)).toEqual({ fetched: [], removed: [1] });
    expect(asked).toEqual(['TOP 1']);
  });

  it('knows by its header a new mail that has an old unique-id and the same size (ask 7)', async () => {
    const line = lineWith();
    await look(line, maildropOf([{ uniqueId: 'u', text: mail('first') }]));
    expect(await look(line, maildropOf([{ uniqueId: 'u', text: mail('other') }]))).toEqual({
      fetched: [1],
      removed: [1],
    });
    expect((await ledger.jobs()).map(({ description }) => description)).toEqual(['first', 'other']);
  });

  it('fetches to be sure where the server has no TOP, and recognises the bytes', async () => {
    const line = lineWith();
    await look(line, maildropOf([{ uniqueId: 'u', text: mail('m') }], { top: false }));
    const again = maildropOf([{ uniqueId: 'u', text: mail('m') }], { top: false });
    expect(await look(line, again)).toEqual({ fetched: [1], removed: [1] });
    expect(await ledger.jobs()).toHaveLength(1);
    expect(logged.at(-1)).toMatchObject({ event: 'already-handled' });
    expect(asked).toEqual(['TOP 1', 'RETR 1']);
  });

  it('handles mails without unique-ids once each, also when they cannot be removed (asks 5, 6)', async () => {
    const line = lineWith();
    const mails = ['a', 'b'].map((name) => ({ uniqueId: null, text: mail(name) }));
    expect(await look(line, maildropOf(mails))).toEqual({ fetched: [1, 2], removed: [1, 2] });
    expect(await look(line, maildropOf([...mails].reverse()))).toEqual({ fetched: [1, 2], removed: [1, 2] });
    expect((await ledger.jobs()).map(({ description }) => description)).toEqual(['a', 'b']);
  });

  it('recognises every mail of a maildrop that got new unique-ids or another name (asks 5, 7)', async () => {
    const text = mail('m');
    const stranger = mail('s', 'text', 'mallory@example.com');
    const mails = (prefix: string) =>
      [text, stranger].map((each, n) => ({ uniqueId: `${prefix}${n}`, text: each }));
    await look(lineWith(), maildropOf(mails('old')));
    await look(lineWith(), maildropOf(mails('new')));
    const moved = lineWith({}, { mailbox: { name: 'printer@elsewhere' } as Line['mailbox'] });
    await look(moved, maildropOf(mails('old')));
    expect(await ledger.jobs()).toHaveLength(1);
    const reasons = (await ledger.unreportedRefusals()).flatMap((refusal) => refusal.reasons);
    expect(reasons.map(({ code }) => code)).toEqual([
      'sender-not-allowed',
      'already-received',
      'sender-not-allowed',
      'already-received',
      'sender-not-allowed',
    ]);
  });
});

describe('a mail that is kept on the server', () => {
  it('is removed when its time is over, and handled once', async () => {
    const line = lineWith({ keepMs: 1000 });
    const maildrop = maildropOf([{ uniqueId: 'u', text: mail('m') }]);
    expect(await look(line, maildrop)).toEqual({ fetched: [1], removed: [] });
    await house.clock.advance(999);
    expect(await look(line, maildrop)).toEqual({ fetched: [], removed: [] });
    await house.clock.advance(1);
    expect(await look(line, maildrop)).toEqual({ fetched: [], removed: [1] });
    expect(await ledger.jobs()).toHaveLength(1);
  });

  it('stays no longer when it has no unique-id', async () => {
    const line = lineWith({ keepMs: 1000 });
    const maildrop = maildropOf([{ uniqueId: null, text: mail('m') }]);
    await look(line, maildrop);
    // It is not read again: whatever it did to the reader, it did once.
    line.reader = { read: () => expect.fail('read again'), close: async () => {} };
    expect(await look(line, maildrop)).toEqual({ fetched: [1], removed: [] });
    await house.clock.advance(1000);
    expect(await look(line, maildrop)).toEqual({ fetched: [1], removed: [1] });
  });
});

describe('a mail that is too large', () => {
  const large = mail('large', `%!PS\r\n${'%'.repeat(20_000)}`);

  it('is refused by its header, its sender told, and removed', async () => {
    const line = lineWith();
    const maildrop = maildropOf([
      { uniqueId: 'a', text: mail('a') },
      { uniqueId: 'u', text: large },
      { uniqueId: 'b', text: mail('b') },
    ]);
    expect(await look(line, maildrop)).toEqual({ fetched: [1, 2, 3], removed: [1, 2, 3] });
    expect(asked).toEqual(['RETR 1 3', 'TOP 2', 'RETR 3']);
    const [reply] = await ledger.dueMails(house.clock.now());
    expect(reply).toMatchObject({ to: 'alice@example.com', inReplyTo: '<large@example.com>' });
    expect(reply?.text).toContain('10000 octets');
  });

  it('stays, and is told once, when the settings say so', async () => {
    const line = lineWith({ tooLarge: 'leave' });
    const maildrop = maildropOf([{ uniqueId: 'u', text: large }]);
    expect(await look(line, maildrop)).toEqual({ fetched: [1], removed: [] });
    expect(await look(line, maildrop)).toEqual({ fetched: [], removed: [] });
    expect(await ledger.dueMails(house.clock.now())).toHaveLength(1);
  });

  it('is found out when the server says less, and refused', async () => {
    const line = lineWith();
    const maildrop = maildropOf([
      { uniqueId: 'u', text: large, octets: 100 },
      { uniqueId: 'a', text: mail('a') },
    ]);
    expect(await look(line, maildrop)).toEqual({ fetched: [1, 2], removed: [1, 2] });
    expect(asked).toEqual(['RETR 1 2', 'TOP 1', 'RETR 2']);
    expect(await ledger.dueMails(house.clock.now())).toHaveLength(1);
  });

  it('stays also after a restart, and is printed when the limit has been raised', async () => {
    const maildrop = maildropOf([{ uniqueId: 'u', text: large, octets: 100 }]);
    await look(lineWith({ tooLarge: 'leave' }), maildrop);
    // Nobody remembers that the server says too little: it is looked at once more.
    expect(await look(lineWith({ tooLarge: 'leave' }), maildrop)).toMatchObject({ removed: [] });
    expect(await ledger.jobs()).toEqual([]);
    const raised = lineWith({ tooLarge: 'leave', maxMessageBytes: 100_000 });
    expect(await look(raised, maildrop)).toEqual({ fetched: [1], removed: [1] });
    expect(await ledger.jobs()).toHaveLength(1);
  });

  it('stays when the server does not show its header, and is told once', async () => {
    const line = lineWith();
    for (let count = 0; count < 3; count++) {
      const maildrop = maildropOf([{ uniqueId: 'u', text: large }], { top: false });
      expect(await look(line, maildrop)).toEqual({ fetched: [], removed: [] });
    }
    expect(logged.filter(({ event }) => event === 'left-on-server')).toHaveLength(1);
  });

  it('of a stranger is refused in silence, and does not stay to fill the mailbox (ask 8)', async () => {
    const text = mail('large', '%'.repeat(20_000), 'mallory@example.com');
    expect(await look(lineWith(), maildropOf([{ uniqueId: 'u', text }]))).toMatchObject({ removed: [1] });
    expect(await ledger.dueMails(house.clock.now())).toEqual([]);
  });
});

describe('trouble', () => {
  it('a mail that does not fit on the disk waits on the server, and smaller ones go on', async () => {
    const room = vi.spyOn(spool, 'room').mockResolvedValue({ folder: '/spool', freeBytes: 500 });
    const maildrop = maildropOf([
      { uniqueId: 'u', text: mail('m', '%'.repeat(300)) },
      { uniqueId: 'v', text: mail('n') },
    ]);
    expect(await look(lineWith(), maildrop)).toEqual({ fetched: [2], removed: [2] });
    expect(logged[0]).toMatchObject({ event: 'no-room', uniqueId: 'u' });
    room.mockRestore();
    // With more room it is fetched the next time: nothing was remembered against it.
    expect(await look(lineWith(), maildrop)).toMatchObject({ fetched: [1] });
  });

  it('a mail that the server refuses to hand out is tried at each look and told once (ask 4)', async () => {
    const line = lineWith();
    const mails: StoredMail[] = [
      { uniqueId: 'u', text: mail('m'), refused: 'pop3-command-refused' },
      { uniqueId: 'v', text: mail('n') },
    ];
    for (let count = 0; count < 3; count++) await look(line, maildropOf(mails));
    expect(logged.filter(({ event }) => event === 'left-on-server')).toHaveLength(1);
    expect(await look(line, maildropOf([{ uniqueId: 'u', text: mail('m') }]))).toMatchObject({
      fetched: [1],
    });
    expect(await ledger.jobs()).toHaveLength(2);
  });

  it('a mail at which the connection breaks costs those around it one look at the most', async () => {
    const line = lineWith();
    const mails = ['a', 'bad', 'c', 'bad2', 'e'].map((name): StoredMail => {
      const bad = name.startsWith('bad') ? { refused: 'pop3-connection-lost' as const } : {};
      return { uniqueId: name, text: mail(name), ...bad };
    });
    let jobs = 0;
    for (let count = 0; count < 4; count++) {
      await look(line, maildropOf(mails)).catch((error) => expect(error.code).toBe('pop3-connection-lost'));
      jobs = (await ledger.jobs()).length;
    }
    expect(jobs).toBe(3);
    // Passed over for a while, they do not keep the others from being removed.
    expect((await look(line, maildropOf(mails)).catch(() => null))?.removed).toEqual([1, 3, 5]);
    // And they are tried again.
    const whole = maildropOf(mails.map(({ uniqueId, text }) => ({ uniqueId, text })));
    for (let count = 0; count < 8; count++) await look(line, whole);
    expect(await ledger.jobs()).toHaveLength(5);
  });

  it('a lost connection ends the look and leaves nothing half-fetched', async () => {
    const line = lineWith();
    const mails: StoredMail[] = [{ uniqueId: 'u', text: mail('m'), refused: 'pop3-connection-lost' }];
    await expect(look(line, maildropOf(mails))).rejects.toMatchObject({ code: 'pop3-connection-lost' });
    expect(await filesInSpool()).toBe(0);
  });

  it('a mail that makes the desk fail is put aside, and those around it are kept', async () => {
    const line = lineWith();
    const lease = await leaseOf(ledger);
    const maildrop = maildropOf(['a', 'bad', 'c'].map((name) => ({ uniqueId: name, text: mail(name) })));
    const { fresh } = await survey(line, maildrop);
    for await (const { mails: batch } of fetch(line, maildrop, fresh, new AbortController().signal)) {
      const kept = await atDesk(
        line,
        lease,
        await read(line, batch, new AbortController().signal),
        async (desk, readMail) => {
          if (readMail.reading.submission?.description === 'bad') throw new LimitError('a stage', 1, 'thing');
          return commit(line, desk, readMail, await judge(line, desk, readMail));
        },
      );
      expect(kept).toHaveLength(3);
    }
    expect((await ledger.jobs()).map(({ description }) => description)).toEqual(['a', 'c']);
    const [bad] = await ledger.quarantine.list();
    expect(bad).toMatchObject({ message: { uniqueId: 'bad' }, error: expect.stringContaining('a stage') });
    for await (const bytes of spool.read(bad?.message.content ?? { digest: '', bytes: 0 }))
      expect(Buffer.from(bytes).toString()).toBe(mail('bad'));
  });
});

async function filesInSpool(): Promise<number> {
  const entries = await readdir(join(house.dataDir, 'spool'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}
