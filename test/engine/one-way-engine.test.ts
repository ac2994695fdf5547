/** Raw printing without answers, to receivers that are busy: what was not sent is sent later, and never counts as sent. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { PrintReady } from '#vocab/line.js';
import { OneWayEngine, openAgainMs } from '../../src/engine/one-way-engine.js';
import { weighDelivery } from '../../src/engine/weigh-delivery.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryContentStore } from '../support/memory-content.js';
import { startRawSink } from '../support/raw-sink.js';

const never = new AbortController().signal;

function jobOf(store: MemoryContentStore, ...programs: string[]): PrintReady {
  const facts = { format: 'application/postscript', hasControlBytes: false, encapsulated: false } as const;
  const documents = programs.map((program, place) => ({
    ...facts,
    place,
    name: 'a.ps',
    content: store.put(Buffer.from(program)),
    from: 0,
    to: program.length,
    prologue: '',
  }));
  return { jobId: 1, description: 'x', pagesExpected: null, documents };
}

const watch = (attempt = async () => {}) => ({
  attempt,
  begun: async () => {},
  condition: () => {},
  cleared: () => {},
});

it('a receiver that resets the connection while the attempt is written down has got nothing', async () => {
  let take = (_: Socket) => {};
  const taken = new Promise<Socket>((resolve) => {
    take = resolve;
  });
  const { port } = await startRawSink({ instead: (socket) => take(socket) });
  const store = new MemoryContentStore();
  const engine = new OneWayEngine({ host: '127.0.0.1', port }, store, new ManualClock());
  const attempt = async () => {
    (await taken).resetAndDestroy();
    await sleep(20);
  };
  const delivery = await engine.deliver(jobOf(store, '%!PS\n'), watch(attempt), never);
  expect(weighDelivery(delivery, 1)).toMatchObject({ type: 'not-printed' });
});

it('a receiver that takes no second connection for a while gets the second document when it does', async () => {
  const taken: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (chunk) => taken.push(String(chunk)));
    // It does not listen while it is at a document.
    server.close();
    socket.on('end', () => socket.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const store = new MemoryContentStore();
  const clock = new ManualClock();
  const engine = new OneWayEngine({ host: '127.0.0.1', port }, store, clock);
  const delivering = engine.deliver(jobOf(store, '%!PS one\n', '%!PS two\n'), watch(), never);
  await clock.elapse(openAgainMs);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  await clock.elapse(openAgainMs);
  expect(await delivering).toMatchObject({ end: 'accepted', broken: null });
  expect(taken).toEqual(['%!PS one\n', '%!PS two\n']);
});
