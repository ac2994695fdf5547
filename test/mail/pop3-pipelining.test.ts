/** Several commands in flight (RFC 2449 §6.6): in order, bounded, and harmless when plans change or the server goes away. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setImmediate as settle } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import type { ListedMessage, MailboxSession } from '../../src/mail/mailbox.js';
import { maxForgottenOctets } from '../../src/mail/pop3-connection.js';
import { Pop3Mailbox } from '../../src/mail/pop3-mailbox.js';
import { maxCommandsInFlight, maxOctetsAhead } from '../../src/mail/pop3-maildrop.js';
import {
  type Answers,
  capa,
  collectText,
  type MailboxScript,
  openMailbox,
  plainSettings,
  scriptedMailbox,
  warnings,
} from '../support/scripted-mailbox.js';

const text = (number: number) => `Subject: ${number}\r\n\r\n${`line of ${number}\r\n`.repeat(number * 100)}`;

/** A script with so many messages, each of a text of its own. */
function maildrop(count: number, octets = 1000, extensions = ['PIPELINING']): Answers {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const lines = (show: (number: number) => string | number) =>
    `+OK\r\n${numbers.map((number) => `${number} ${show(number)}\r\n`).join('')}.\r\n`;
  return {
    CAPA: capa('USER', 'UIDL', 'TOP', ...extensions),
    UIDL: lines((number) => `id${number}`),
    LIST: lines(() => octets),
    ...Object.fromEntries(
      numbers.flatMap((number) => [
        [`RETR ${number}`, `+OK\r\n${text(number)}.\r\n`],
        [`TOP ${number} 0`, `+OK\r\nSubject: ${number}\r\n\r\n.\r\n`],
        [`DELE ${number}`, '+OK\r\n'],
      ]),
    ),
  };
}

/** The same, but it does not answer such commands. */
function silentAt(keyword: string, answers: Answers): Answers {
  return Object.fromEntries(
    Object.entries(answers).map(([line, answer]) => [line, line.startsWith(keyword) ? 'silence' : answer]),
  );
}

async function open(script: MailboxScript) {
  const { mailbox, heard } = await scriptedMailbox(script);
  const session = await openMailbox(mailbox);
  const listed = await session.list();
  const commands = (keyword: string) => heard.filter((line) => line.startsWith(keyword));
  return { session, listed, heard, commands };
}

/** The first, of messages that are expected to be there. */
function message(listed: readonly ListedMessage[], number: number): ListedMessage {
  const found = listed.find((candidate) => candidate.number === number);
  if (found === undefined) throw new Error(`message ${number} expected`);
  return found;
}

/** Reads a little of a message. */
async function begin(session: MailboxSession, one: ListedMessage, ahead: readonly ListedMessage[]) {
  for await (const chunk of session.retrieve(one, ahead)) if (chunk.length > 0) return;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settle();
}

describe('messages asked for ahead', () => {
  it('are asked for before the first has come', async () => {
    const { session, listed, commands } = await open({ answers: silentAt('RETR', maildrop(3)) });
    const reading = collectText(session.retrieve(message(listed, 1), listed.slice(1))).catch(() => undefined);
    await until(() => commands('RETR').length === 3);
    expect(commands('RETR')).toEqual(['RETR 1', 'RETR 2', 'RETR 3']);
    session.close();
    await reading;
  });

  it('come in their order, each once, and one that is refused costs only itself', async () => {
    const answers = { ...maildrop(5), 'RETR 3': '-ERR gone\r\n' };
    const { session, listed, commands } = await open({ answers, pieceLength: 700 });
    const got: (string | null)[] = [];
    for (const [index, one] of listed.entries()) {
      const bytes = session.retrieve(one, listed.slice(index + 1));
      got.push(await collectText(bytes).catch((error) => error.code));
    }
    expect(got).toEqual([text(1), text(2), 'pop3-command-refused', text(4), text(5)]);
    expect(commands('RETR')).toEqual([1, 2, 3, 4, 5].map((number) => `RETR ${number}`));
    await session.quit();
  });

  it.each([
    ['of a server that does not say that it pipelines', ['RESP-CODES']],
    // RFC 2449 §6.7: what it has sent, it deletes.
    ['of a server that deletes what it has sent', ['PIPELINING', 'EXPIRE 0']],
  ])('are not, %s', async (_name, extensions) => {
    const { session, listed, commands } = await open({ answers: maildrop(3, 1000, extensions) });
    await begin(session, message(listed, 1), listed.slice(1));
    expect(commands('RETR')).toEqual(['RETR 1']);
    expect(await collectText(session.retrieve(message(listed, 2)))).toBe(text(2));
    await session.delete(listed);
    await session.quit();
  });

  it('are so many and so large, and no more', async () => {
    const small = await open({ answers: silentAt('RETR', maildrop(3 * maxCommandsInFlight)) });
    const large = await open({ answers: silentAt('RETR', maildrop(20, maxOctetsAhead / 4)) });
    const huge = await open({ answers: silentAt('RETR', maildrop(3, 10 * maxOctetsAhead)) });
    for (const [{ session, listed, commands }, most] of [
      [small, maxCommandsInFlight],
      [large, 4],
      [huge, 1],
    ] as const) {
      const reading = collectText(session.retrieve(message(listed, 1), listed.slice(1))).catch(
        () => undefined,
      );
      await until(() => commands('RETR').length === most);
      for (let turn = 0; turn < 20; turn++) await settle();
      expect(commands('RETR')).toHaveLength(most);
      session.close();
      await reading;
    }
  });

  it('may be followed by anything else', async () => {
    const message = fc.integer({ min: 1, max: 6 });
    const step = fc.oneof(
      fc.record({
        kind: fc.constantFrom('read', 'begin'),
        one: message,
        ahead: fc.array(message, { maxLength: 6 }),
      }),
      fc.record({ kind: fc.constantFrom('top', 'delete', 'list'), one: message }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.integer({ min: 50, max: 5000 }),
        async (steps, pieceLength) => {
          const { session, listed } = await open({ answers: maildrop(6), pieceLength });
          const numbered = (number: number) => listed[number - 1] as ListedMessage;
          for (const next of steps) {
            const one = numbered(next.one);
            const ahead = 'ahead' in next ? next.ahead.map(numbered) : [];
            if (next.kind === 'read') {
              expect(await collectText(session.retrieve(one, ahead))).toBe(text(next.one));
            } else if (next.kind === 'begin') await begin(session, one, ahead);
            else if (next.kind === 'top') {
              expect(String(await session.top(one, 0))).toBe(`Subject: ${next.one}\r\n\r\n`);
            } else if (next.kind === 'delete') await session.delete([one]);
            else expect(await session.list()).toEqual(listed);
          }
          await session.quit();
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it('are lost with the connection, each with an error', async () => {
    const answers: Answers = { ...maildrop(3), 'RETR 2': ['+OK\r\nSubject: 2\r\n\r\nha', 'hang up'] };
    const { session, listed } = await open({ answers });
    expect(await collectText(session.retrieve(message(listed, 1), listed.slice(1)))).toBe(text(1));
    for (const number of [2, 3]) {
      const bytes = session.retrieve(message(listed, number), listed.slice(number));
      await expect(collectText(bytes)).rejects.toMatchObject({
        code: 'pop3-connection-lost',
        retry: 'temporary',
      });
    }
    await expect(session.delete(listed)).rejects.toMatchObject({ code: 'pop3-connection-lost' });
    await expect(session.quit()).rejects.toMatchObject({ code: 'pop3-quit-unconfirmed' });
  });
});

describe('a server that sends without end', () => {
  /** Every message is of so many octets, whatever LIST says; counts what has left it. */
  async function flood(messageOctets: number) {
    const line = Buffer.from(`${'x'.repeat(1022)}\r\n`.repeat(64));
    let sent = 0;
    const serve = async (socket: Socket) => {
      socket.on('error', () => {}).write('+OK\r\n');
      const gone = once(socket, 'close');
      const answers: Record<string, string> = {
        CAPA: capa('USER', 'PIPELINING'),
        UIDL: '+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n',
        LIST: '+OK\r\n1 5\r\n2 5\r\n3 5\r\n.\r\n',
      };
      for await (const command of createInterface({ input: socket })) {
        socket.write(answers[command] ?? '+OK\r\n');
        if (!command.startsWith('RETR')) continue;
        for (let left = messageOctets; left > 0 && !socket.destroyed; left -= line.length) {
          sent += line.length;
          if (!socket.write(line)) await Promise.race([once(socket, 'drain'), gone]);
        }
        socket.write('.\r\n');
      }
    };
    const server = createServer((socket) => void serve(socket).catch(() => undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const mailbox = new Pop3Mailbox(plainSettings(port), systemClock, silentLog);
    const session = await openMailbox(mailbox);
    onTestFinished(() => {
      session.close();
      server.close();
    });
    return { session, listed: await session.list(), sent: () => sent };
  }

  it('is held back while nobody takes what it sends', async () => {
    const octets = 100 * 2 ** 20;
    const { session, listed, sent } = await flood(octets);
    const chunks = session.retrieve(message(listed, 1), listed.slice(1))[Symbol.asyncIterator]();
    await chunks.next();
    let before = -1;
    for (let quiet = 0; quiet < 200; quiet = sent() === before ? quiet + 1 : 0) {
      before = sent();
      await settle();
    }
    // What the system keeps for two sockets of one machine, and not a message.
    expect(sent()).toBeLessThan(octets / 2);
  });

  it('is left when that much would have to be forgotten', { timeout: 60_000 }, async () => {
    const { session, listed } = await flood(0.4 * maxForgottenOctets);
    await begin(session, message(listed, 1), listed.slice(1));
    expect((await collectText(session.retrieve(message(listed, 2), listed.slice(2)))).length).toBeGreaterThan(
      1000,
    );
    await session.delete([message(listed, 2)]);
    const more = await flood(0.6 * maxForgottenOctets);
    await begin(more.session, message(more.listed, 1), more.listed.slice(1));
    // The other two are too much together.
    await expect(more.session.delete(more.listed)).rejects.toMatchObject({ code: 'pop3-connection-lost' });
  });
});

describe('deletions', () => {
  it('are sent before the first is confirmed, no more at a time than may be in flight', async () => {
    const count = 2 * maxCommandsInFlight;
    const { session, listed, commands } = await open({
      answers: silentAt('DELE', maildrop(count)),
    });
    const deleting = session.delete(listed).catch(() => undefined);
    await until(() => commands('DELE').length === maxCommandsInFlight);
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(commands('DELE')).toHaveLength(maxCommandsInFlight);
    session.close();
    await deleting;
  });

  it('that are refused cost none of the others (ask 9)', async () => {
    const count = 3 * maxCommandsInFlight;
    const { warned, log } = warnings();
    const answers = { ...maildrop(count), 'DELE 2': '-ERR no\r\n', 'DELE 40': '\r\n-ERR [SYS/TEMP] no\r\n' };
    const { session, listed, commands } = await open({ answers, log });
    await session.delete(listed);
    await session.quit();
    expect(commands('DELE')).toEqual(listed.map(({ number }) => `DELE ${number}`));
    expect(warned).toEqual([expect.stringContaining('message 2 '), expect.stringContaining('message 40 ')]);
  });

  it('of nothing say nothing', async () => {
    const { session, commands } = await open({ answers: maildrop(1) });
    await session.delete([]);
    expect(commands('DELE')).toEqual([]);
    await session.quit();
  });
});
