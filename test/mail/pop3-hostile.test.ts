/** Our POP3 client and a server that says anything at all: it comes to an end, with what it asked for or an error of ours. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import { silentLog } from '#base/log.js';
import { loginMethods } from '#vocab/login-methods.js';
import { methodFacts } from '../../src/mail/choose-login.js';
import { Pop3Mailbox } from '../../src/mail/pop3-mailbox.js';
import { plainSettings } from '../support/scripted-mailbox.js';

/** What may come at any place; the beginnings of sense are frequent, so that some talks get far. */
const fragment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('+OK\r\n', '+OK 2 88\r\n', '+ \r\n', '.\r\n') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '-ERR [AUTH] no\r\n',
      '-ERR\r\n',
      '+ VXNlcm5hbWU6\r\n',
      '+ ****\r\n',
      '+OK <1@a>\n',
      'USER\r\nSASL PLAIN CRAM-MD5 SCRAM-SHA-256\r\nPIPELINING\r\nUTF8\r\n',
      '1 a\r\n2 a\r\n3 c\r\n',
      '1 10\r\n2 x\r\n\0\r\n',
      '\r\n',
      '\n',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constant(`${'x'.repeat(20_000)}\r\n`) },
);

/** A sound session with USER and PASS, of which as much as is wanted comes before the nonsense. */
const sound = [
  '+OK\r\n',
  '-ERR no CAPA\r\n',
  '+OK\r\n',
  '+OK\r\n',
  '+OK\r\n1 a\r\n2 b\r\n.\r\n',
  '+OK\r\n1 5\r\n2 5\r\n.\r\n',
  '+OK\r\nA: b\r\n\r\n.\r\n',
  '+OK\r\nA: b\r\n\r\nc\r\n.\r\n',
];

it('a talk with it always ends', { timeout: 60_000 }, async () => {
  let script: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {}).resume();
    socket.end(script.join(''), 'latin1');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  let far = 0;
  const talk = async (auth: (typeof loginMethods)[number] | 'auto') => {
    const secret = auth !== 'auto' && methodFacts[auth].shows === 'token' ? 'token' : 'password';
    const credentials = secret === 'token' ? { accessToken: async () => 'secret' } : { password: 'secret' };
    const mailbox = new Pop3Mailbox({ ...plainSettings(port), auth, credentials }, systemClock, silentLog);
    const session = await mailbox.open(new AbortController().signal);
    const listed = await session.list();
    far++;
    for (const [index, message] of listed.entries()) {
      await session.top(message, 0);
      for await (const chunk of session.retrieve(message, listed.slice(index + 1)))
        expect(chunk.length).toBeGreaterThan(0);
    }
    await session.delete(listed);
    await session.quit();
  };
  await fc.assert(
    fc.asyncProperty(
      fc.nat(sound.length),
      fc.array(fragment, { maxLength: 30 }),
      fc.constantFrom('auto', 'auto', ...loginMethods),
      async (length, fragments, auth) => {
        script = [...sound.slice(0, length), ...fragments];
        const error = await talk(auth).catch((thrown) => thrown);
        if (error !== undefined) expect(error).toBeInstanceOf(PhaserLinkError);
      },
    ),
    { numRuns: 400 },
  );
  // Some get past the listing.
  expect(far).toBeGreaterThan(10);
});
