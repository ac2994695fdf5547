/** What every engine promises at its seam, held by each with a real counterpart of its kind. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '#base/clock.js';
import type { ContentRef, ContentStore, Delivery, PrintReady } from '#vocab/line.js';
import { silenceDeadlineMs } from '../../src/engine/open-socket.js';
import type { DeliveryWatch } from '../../src/engine/print-engine.js';
import { weighDelivery } from '../../src/engine/weigh-delivery.js';
import { folderWay, isMissing, type NetworkWay, networkWays } from '../support/engine-ways.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryContentStore } from '../support/memory-content.js';
import { type RawSinkScript, startRawSink } from '../support/raw-sink.js';
import { WatchProxy } from '../support/watch-proxy.js';

const never = new AbortController().signal;
/** Larger than what systems keep of a connection on its way. */
const largeBytes = 64 * 1024 * 1024;
const chunk = Buffer.from(`%${'x'.repeat(65_534)}\n`);

/** A document that is made while it is read; `breaksAfter` so many bytes the disk fails. */
class LargeContent implements ContentStore {
  bytesRead = 0;
  readonly #breaksAfter: number;

  constructor(breaksAfter = Number.POSITIVE_INFINITY) {
    this.#breaksAfter = breaksAfter;
  }

  create(): never {
    throw new Error('nothing is written here');
  }

  async *read({ bytes }: ContentRef): AsyncGenerator<Uint8Array> {
    yield Buffer.from('%!PS the large one\n');
    for (this.bytesRead = 0; this.bytesRead < bytes; this.bytesRead += chunk.length) {
      if (this.bytesRead >= this.#breaksAfter) throw new Error('the disk is broken');
      yield chunk;
    }
  }
}

function jobOf(...documents: { content: ContentRef; from: number; to: number }[]): PrintReady {
  const facts = { format: 'application/postscript', hasControlBytes: false, encapsulated: false } as const;
  return {
    jobId: 4711,
    description: 'Umsatz März',
    pagesExpected: null,
    documents: documents.map((document, place) => ({
      ...facts,
      ...document,
      place,
      name: `part ${place + 1}.ps`,
      prologue: '',
    })),
  };
}

const largeJob = jobOf({ content: { digest: 'large', bytes: largeBytes }, from: 0, to: largeBytes });

/** Programs as they come in a mail: with something around them that nobody shall get. */
function smallJob(store: MemoryContentStore, programs: readonly string[]): PrintReady {
  return jobOf(
    ...programs.map((program) => ({
      content: store.put(Buffer.from(`junk${program}junk`, 'latin1')),
      from: 4,
      to: 4 + program.length,
    })),
  );
}

const first = '%!PS the first one\nshowpage\n';
/** More than one read of a socket takes. */
const last = `%!PS the last one \xe4\nshowpage\n${chunk.toString('latin1').repeat(8)}`;

interface Heard extends DeliveryWatch {
  attempts: (number | null)[];
}

function listen(atAttempt = async () => {}): Heard {
  const attempts: (number | null)[] = [];
  return {
    attempts,
    attempt: async (counter) => {
      attempts.push(counter);
      await atAttempt();
    },
    begun: async () => {},
    condition: () => {},
    cleared: () => {},
  };
}

/** Resolves when the engine reads no further: whoever takes the document takes no more of it. */
async function standstill(content: LargeContent): Promise<void> {
  for (let last = -1; last !== content.bytesRead || last === 0; ) {
    last = content.bytesRead;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

function expectEvidence(delivery: Delivery): void {
  expect(delivery).toMatchObject({ end: 'unknown', broken: expect.any(String) });
  const outcome = weighDelivery(delivery, 1);
  // Nobody knows, or nothing has been sent: never that it was printed.
  expect([null, 'not-printed']).toContain(outcome?.type ?? null);
}

const garbage = Buffer.from(
  Array.from({ length: 100_000 }, (_, at) => '\x07%[] @PJL\xff\0;:\f'.charCodeAt(at % 15)),
);
const troubles: [string, RawSinkScript][] = [
  ['nothing to say', { neverCloses: true }],
  ['garbage to say', { greeting: garbage }],
  ['connections that it resets at once', { instead: (socket) => socket.resetAndDestroy() }],
  ['connections that it closes', { instead: (socket) => socket.end() }],
  [
    'connections that it resets',
    { instead: (socket) => socket.once('data', () => socket.resetAndDestroy()) },
  ],
];

describe.each(networkWays.filter((way) => !isMissing(way)))('$name', (way: NetworkWay) => {
  const programs = way.oneDocument ? [last] : [first, last];

  async function open(content: ContentStore, clock: Clock = systemClock) {
    const counterpart = await way.start();
    const proxy = await WatchProxy.start(counterpart.port);
    const arrived = () => counterpart.arrived(proxy.heard.client);
    return { engine: way.engine(proxy.port, content, clock), proxy, arrived };
  }

  it('delivers the documents byte for byte in their order, after the attempt was written down', async () => {
    const store = new MemoryContentStore();
    const { engine, proxy, arrived } = await open(store);
    expect(await engine.accepts(never)).toContain('application/postscript');
    await engine.probe(never);
    let sentBefore = '';
    const watch = listen(async () => {
      sentBefore = proxy.heard.client;
    });
    const delivery = await engine.deliver(smallJob(store, programs), watch, never);
    expect(delivery).toMatchObject({ end: way.end, broken: null, begun: true });
    expect(weighDelivery(delivery, programs.length)).toMatchObject({ type: 'printed' });
    expect([watch.attempts.length, sentBefore.includes('%!PS the')]).toEqual([1, false]);
    await eventually(() => expect(arrived()).toEqual(programs));
    expect(delivery.bytesSent).toBeGreaterThanOrEqual(programs.join('').length);
  });

  it('sends nothing of a job whose attempt cannot be written down', async () => {
    const store = new MemoryContentStore();
    const { engine, proxy, arrived } = await open(store);
    const watch = listen(() => Promise.reject(new Error('the ledger is gone')));
    await expect(engine.deliver(smallJob(store, programs), watch, never)).rejects.toThrow(
      'the ledger is gone',
    );
    expect([proxy.heard.client.includes('%!PS the'), arrived()]).toEqual([false, []]);
  });

  it('has a printer that breaks off in mid-document as evidence, and knows no job to go on with', async () => {
    const store = new MemoryContentStore();
    const { engine, proxy } = await open(store, new ManualClock());
    const reached = proxy.withhold({ from: 'client', at: 'the last one' });
    const watch = listen();
    const delivering = engine.deliver(smallJob(store, programs), watch, never);
    await reached;
    proxy.hangUp();
    expectEvidence(await delivering);
    expect(watch.attempts).toHaveLength(1);
    expect(await engine.resume('999999', watch, never)).toBeNull();
    await engine.cancel('999999', never);
  });

  it('reads no more of a document than the printer takes, gives up after hours, and can be stopped', async () => {
    for (const stop of [true, false]) {
      const content = new LargeContent();
      const clock = new ManualClock();
      const { engine, proxy } = await open(content, clock);
      const stopper = new AbortController();
      proxy.withhold({ from: 'client', at: 'the large one' });
      const delivering = engine.deliver(largeJob, listen(), stopper.signal);
      await standstill(content);
      expect(content.bytesRead).toBeLessThan(largeBytes / 2);
      if (stop) stopper.abort();
      const delivery = await (stop ? delivering : patiently(clock, delivering));
      if (delivery instanceof Error) throw delivery;
      expectEvidence(delivery);
      expect(delivery.broken === 'the server was stopped').toBe(stop);
    }
  });

  it('has a disk that fails in mid-document as evidence', async () => {
    const { engine } = await open(new LargeContent(4 * chunk.length));
    expectEvidence(await engine.deliver(largeJob, listen(), never));
  });

  it('is tried again later when nobody is there, and gives up at once when it is told to', async () => {
    const store = new MemoryContentStore();
    const engine = way.engine(await freePort(), store, systemClock);
    const watch = listen();
    const away = { code: 'printer-away', retry: 'temporary' };
    await expect(engine.deliver(smallJob(store, programs), watch, never)).rejects.toMatchObject(away);
    await expect(engine.probe(never)).rejects.toMatchObject(away);
    await expect(engine.deliver(smallJob(store, programs), watch, AbortSignal.abort())).rejects.toThrow();
    expect(watch.attempts).toEqual([]);
  });

  it.each(troubles)(
    'has sent nothing of a job to a printer with %s, or keeps what it knows as evidence',
    async (trouble, script) => {
      const store = new MemoryContentStore();
      const clock = new ManualClock();
      const { port, documents } = await startRawSink(script);
      const watch = listen();
      const engine = way.engine(port, store, clock);
      const outcome = await patiently(clock, engine.deliver(smallJob(store, programs), watch, never));
      if (outcome instanceof Error) {
        expect(outcome).toMatchObject({
          retry: 'temporary',
          code: expect.stringMatching(/^printer-(?:away|busy)$/),
        });
        expect([watch.attempts, documents.join('').includes('%!PS the')]).toEqual([[], false]);
      } else if (trouble === 'garbage to say') {
        expect([outcome.end, documents]).toEqual(['accepted', programs]);
      } else {
        expectEvidence(outcome);
      }
      // A reset may be noticed before anything was begun.
      if (trouble !== 'connections that it resets at once')
        expect(outcome instanceof Error).toBe(way.asksFirst);
    },
  );
});

/** The delivery, or the error that it was not made for; time passes as long as it takes. */
async function patiently(clock: ManualClock, delivering: Promise<Delivery>): Promise<Delivery | Error> {
  let settled: Delivery | Error | null = null;
  delivering.then(
    (delivery) => {
      settled = delivery;
    },
    (error: Error) => {
      settled = error;
    },
  );
  while (settled === null) {
    // Counted in turns: what stands still for long in one of them is no silence.
    for (let turns = 0; turns < 10 && settled === null; turns++) await sleep(10);
    if (settled === null) await clock.advance(silenceDeadlineMs);
  }
  return settled;
}

describe('file', () => {
  const programs = [first, last];

  it('delivers the documents byte for byte, each under its name and in the place of an older one', async () => {
    const store = new MemoryContentStore();
    const { engine, arrived, occupy } = folderWay(store);
    await engine.probe();
    occupy('job-4711-1.ps');
    const watch = listen(async () => expect(arrived()).toEqual(['old']));
    const delivery = await engine.deliver(smallJob(store, programs), watch, never);
    expect(delivery).toMatchObject({ end: 'accepted', broken: null, bytesSent: programs.join('').length });
    expect(weighDelivery(delivery, 2)).toMatchObject({ type: 'printed', pages: null, by: 'acceptance' });
    expect([arrived(), watch.attempts]).toEqual([programs, [null]]);
  });

  it('is tried again later when there is no folder, and leaves nothing of a job whose attempt cannot be written down', async () => {
    const store = new MemoryContentStore();
    const { engine, away, arrived } = folderWay(store);
    const watch = listen();
    await expect(away.deliver(smallJob(store, programs), watch, never)).rejects.toMatchObject({
      code: 'printer-away',
    });
    expect(watch.attempts).toEqual([]);
    const unwritten = listen(() => Promise.reject(new Error('the ledger is gone')));
    await expect(engine.deliver(smallJob(store, programs), unwritten, never)).rejects.toThrow('the ledger');
    expect(arrived()).toEqual([]);
  });

  it('has a disk that fails and a stop in mid-document as evidence, and leaves no half document', async () => {
    for (const stop of [true, false]) {
      const content = new LargeContent(4 * chunk.length);
      const { engine, arrived } = folderWay(content);
      const stopper = new AbortController();
      const watch = listen(async () => {
        if (stop) stopper.abort();
      });
      const delivery = await engine.deliver(largeJob, watch, stopper.signal);
      expectEvidence(delivery);
      expect([arrived(), delivery.broken]).toEqual([
        [],
        stop ? 'the server was stopped' : 'the disk is broken',
      ]);
    }
  });
});
