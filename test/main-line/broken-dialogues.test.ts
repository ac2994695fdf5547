/**
 * Every kind of broken POP3 dialogue, with the whole server behind it: in the end each mail became exactly one job and the
 * maildrop is empty. That the same holds for a server that is killed is held by test/crash.
 */
import { describe, expect, it } from 'vitest';
import { alice, buildHouse } from '../support/house.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  type Asked,
  type StoredMessage,
  type Trouble,
  TroubledMailServer,
} from '../support/troubled-mail-server.js';

const marks = ['one', 'two', 'three', 'four', 'five'];

function mail(mark: string): Buffer {
  const header = `From: ${alice}\r\nSubject: ${mark}\r\nMessage-ID: <${mark}@example.com>\r\n`;
  return Buffer.from(`${header}\r\n%!PS\r\n% ${mark}\r\n.5 setgray\r\nshowpage\r\n`);
}

type Effect = (asked: Asked) => ReturnType<Trouble>;

/** The first time that this command comes, in any session; `number` 0 for a command without one. */
function once(verb: string, number: number, effect: Effect): Trouble {
  let over = false;
  return (asked) => {
    if (over || asked.verb !== verb || asked.number !== number) return null;
    over = true;
    return effect(asked);
  };
}

/** Each time that this command comes. */
function lasting(verb: string, effect: Effect): Trouble {
  return (asked) => (asked.verb === verb ? effect(asked) : null);
}

function both(one: Trouble, other: Trouble): Trouble {
  return (asked) => one(asked) ?? other(asked);
}

function cut({ answer }: Asked): ReturnType<Trouble> {
  return { say: answer.subarray(0, answer.length >> 1), end: 'hang up' };
}

function silent(say: Buffer): ReturnType<Trouble> {
  return { say, end: 'silence' };
}

/** A listing with each line changed, or left out; `n` counts from 0. */
function eachLine({ answer }: Asked, change: (line: string, n: number) => string | null): Buffer {
  const [status, ...lines] = answer.toString('latin1').split('\r\n');
  const listed = lines.slice(0, -2).map(change);
  const all = [status, ...listed, '.', ''].filter((line) => line !== null);
  return Buffer.from(all.join('\r\n'), 'latin1');
}

/** What goes wrong, and when. */
const troubles: [name: string, trouble: Trouble][] = [
  ['the connection is cut in the middle of a message', once('RETR', 3, (asked) => cut(asked))],
  ['the connection is cut before the answer to RETR', once('RETR', 2, () => ({ end: 'hang up' }))],
  [
    'a message has no final dot, and nothing follows',
    once('RETR', 3, ({ answer }) => silent(answer.subarray(0, -5))),
  ],
  [
    'the server falls silent in the middle of a message',
    once('RETR', 1, ({ answer }) => silent(answer.subarray(0, 40))),
  ],
  ['the server falls silent instead of a greeting', once('', 0, () => ({ end: 'silence' }))],
  ['the server falls silent in a listing', once('UIDL', 0, ({ answer }) => silent(answer.subarray(0, -9)))],
  [
    'the connection is lost before QUIT is obeyed',
    once('QUIT', 0, () => ({ end: 'hang up', commits: false })),
  ],
  ['QUIT is obeyed and its answer is lost', once('QUIT', 0, () => ({ end: 'hang up', commits: true }))],
  [
    'QUIT is refused, nothing is deleted',
    once('QUIT', 0, () => ({
      say: '-ERR some deleted messages not removed\r\n',
      end: 'hang up',
      commits: false,
    })),
  ],
  ['QUIT is answered by silence', once('QUIT', 0, () => ({ end: 'silence', commits: true }))],
  ['DELE is refused', once('DELE', 2, () => ({ say: '-ERR not now\r\n' }))],
  ['the connection is lost at DELE', once('DELE', 2, () => ({ end: 'hang up' }))],
  ['another program has the maildrop [IN-USE]', once('PASS', 0, () => ({ say: '-ERR [IN-USE] locked\r\n' }))],
  [
    'the server has trouble [SYS/TEMP] at the login',
    once('PASS', 0, () => ({ say: '-ERR [SYS/TEMP] disk\r\n' })),
  ],
  [
    'the server has trouble [SYS/TEMP] with one message',
    once('RETR', 2, () => ({ say: '-ERR [SYS/TEMP] disk\r\n' })),
  ],
  [
    'all unique-ids are equal',
    lasting('UIDL', (asked) => ({ say: eachLine(asked, (line) => line.replace(/ .*/, ' same')) })),
  ],
  [
    'all unique-ids are new in each session',
    lasting('UIDL', (asked) => ({ say: eachLine(asked, (line) => `${line}-${asked.session}`) })),
  ],
  [
    'the unique-ids name other messages in each session',
    lasting('UIDL', (asked) => ({
      say: eachLine(asked, (line, n) => line.replace(/ .*/, ` id${(n + asked.session) % marks.length}`)),
    })),
  ],
  [
    'some unique-ids are missing',
    lasting('UIDL', (asked) => ({ say: eachLine(asked, (line, n) => (n % 2 === 0 ? null : line)) })),
  ],
  [
    'some lines of UIDL and LIST are nonsense (ask 5)',
    (asked) =>
      asked.verb === 'UIDL' || asked.verb === 'LIST'
        ? { say: eachLine(asked, (line, n) => (n === 2 ? '3 \x00\x07 ?' : line)) }
        : null,
  ],
  ['there is no UIDL', lasting('UIDL', () => ({ say: '-ERR unknown command\r\n' }))],
  [
    'there is no TOP, and mails come again',
    both(
      lasting('TOP', () => ({ say: '-ERR unknown command\r\n' })),
      once('QUIT', 0, () => ({ end: 'hang up', commits: false })),
    ),
  ],
  ['there is no CAPA', lasting('CAPA', () => ({ say: '-ERR unknown command\r\n' }))],
  [
    'all lines end with a bare line feed',
    (asked) => ({
      say: Buffer.from(
        asked.answer
          .toString('latin1')
          .replaceAll('\r\n', asked.verb === 'RETR' || asked.verb === 'TOP' ? '\r\n' : '\n'),
        'latin1',
      ),
    }),
  ],
  [
    'LIST tells sizes far too small',
    lasting('LIST', (asked) => ({ say: eachLine(asked, (line) => line.replace(/ .*/, ' 1')) })),
  ],
  [
    'LIST tells sizes far too large',
    lasting('LIST', (asked) => ({ say: eachLine(asked, (line) => line.replace(/ .*/, ' 100000000')) })),
  ],
  [
    'a line of 50 MB comes instead of an answer',
    once('UIDL', 0, () => ({ say: Buffer.alloc(50_000_000, 'x'), end: 'silence' })),
  ],
  [
    'a line of 50 MB comes in a listing',
    once('LIST', 0, () => ({
      say: Buffer.concat([Buffer.from('+OK\r\n1 '), Buffer.alloc(50_000_000, '9'), Buffer.from('\r\n.\r\n')]),
    })),
  ],
  ['an answer is no POP3', once('RETR', 2, () => ({ say: 'HTTP/1.1 400 Bad Request\r\n' }))],
  ['the greeting is a refusal', once('', 0, () => ({ say: '-ERR [SYS/TEMP] too busy\r\n', end: 'hang up' }))],
];

describe('each mail becomes exactly one job, and then the maildrop is empty, when', () => {
  it.each(troubles)('%s', async (_, trouble) => {
    const mailServer = await TroubledMailServer.start();
    mailServer.maildrop.push(
      ...marks.map((mark): StoredMessage => ({ uniqueId: `id-${mark}`, bytes: mail(mark) })),
    );
    const clock = new ManualClock();
    const house = await buildHouse({ clock, printer: null, mailbox: { port: mailServer.port } });
    mailServer.trouble = trouble;
    // Only when nothing more will come does the time pass in which the server waits for it.
    let passing: Promise<void> = Promise.resolve();
    mailServer.onSilence = () => {
      passing = new Promise((resolve) => setImmediate(() => resolve(clock.advance(600_000))));
    };
    for (let look = 0; look < 3; look++) {
      await house.runOnce().catch(() => undefined);
      // None of it is left for the next look.
      await passing;
    }
    expect(mailServer.maildrop.map(({ uniqueId }) => uniqueId)).toEqual([]);
    expect(mailServer.troubles).toBeGreaterThan(0);
    const jobs = await house.ledger((ledger) => ledger.jobs());
    expect(jobs.map(({ description }) => description).sort()).toEqual([...marks].sort());
  });
});
