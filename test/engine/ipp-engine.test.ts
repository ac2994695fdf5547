/** The ipp engine, with CUPS's own IPP printer and with printers that behave badly. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '#base/clock.js';
import { groupTags } from '#vocab/ipp-tags.js';
import { enumValues, operationName, operations, type StatusName, statuses } from '#vocab/ipp-words.js';
import type { Delivery, PrintReady } from '#vocab/line.js';
import { IppDecoder } from '#wire/ipp-decoder.js';
import { encodeIpp } from '#wire/ipp-encoder.js';
import {
  attribute,
  boolean,
  enumeration,
  type IppAttribute,
  integer,
  keyword,
  mimeMediaType,
  nameValue,
  text,
} from '#wire/ipp-message.js';
import { IppEngine } from '../../src/engine/ipp-engine.js';
import { weighDelivery } from '../../src/engine/weigh-delivery.js';
import { type IppEvePrinter, startIppEvePrinter } from '../support/ippeveprinter.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryContentStore } from '../support/memory-content.js';
import { missing } from '../support/peers.js';

const signal = new AbortController().signal;
const program = '%!PS\nshowpage\n';

function ready(store: MemoryContentStore, ...documents: string[]): PrintReady {
  return {
    jobId: 7,
    description: 'Umsatz für März 💶',
    pagesExpected: null,
    documents: documents.map((document, n) => {
      const bytes = Buffer.from(`junk${document}`);
      return {
        name: `part ${n + 1}.ps`,
        format: 'application/postscript',
        content: store.put(bytes),
        from: 4,
        to: bytes.length,
        hasControlBytes: false,
        encapsulated: false,
        place: 0,
        prologue: '',
      };
    }),
  };
}

function watchInto(heard: unknown[]) {
  return {
    attempt: async (counter: number | null) => void heard.push(['attempt', counter]),
    begun: async (reference: string, whole: boolean) => void heard.push(['begun', reference, whole]),
    condition: ({ keyword: word }: { keyword: string }, words: string) => void heard.push([word, words]),
    cleared: () => void heard.push('cleared'),
  };
}

describe.skipIf(missing('ippeveprinter'))("CUPS's own IPP printer", () => {
  let printer: IppEvePrinter;
  beforeAll(async () => {
    printer = await startIppEvePrinter();
  });
  afterAll(() => printer.stop());

  const engineWith = (store: MemoryContentStore) =>
    new IppEngine(
      { host: 'localhost', port: printer.port, path: '/ipp/print', tls: false },
      store,
      systemClock,
    );

  it('says what it is and what it takes', async () => {
    const engine = engineWith(new MemoryContentStore());
    expect((await engine.probe(signal)).product).not.toBe('');
    expect([...(await engine.accepts(signal))]).toEqual([
      'application/postscript',
      'application/pdf',
      'image/jpeg',
    ]);
  });

  it("prints a job, and tells what the printer said of it; the document arrives byte for byte, without the mail's junk", async () => {
    const store = new MemoryContentStore();
    const heard: unknown[] = [];
    const delivery = await engineWith(store).deliver(ready(store, program), watchInto(heard), signal);
    expect(delivery).toMatchObject({ end: 'confirmed', broken: null, bytesSent: program.length });
    expect(heard.slice(0, 2)).toEqual([
      ['attempt', null],
      ['begun', expect.stringMatching(/^\d+ Umsatz für März .*\(mailed job 7\)$/), false],
    ]);
    expect([...printer.spooled().values()].map(String)).toContain(program);
    expect(weighDelivery(delivery, null)).toMatchObject({ type: 'printed' });
  });

  it('asks for a job that was begun before, and hears of one that never was', async () => {
    const store = new MemoryContentStore();
    const engine = engineWith(store);
    const heard: unknown[] = [];
    await engine.deliver(ready(store, program), watchInto(heard), signal);
    const [, reference] = heard.find((word) => Array.isArray(word) && word[0] === 'begun') as [
      string,
      string,
    ];
    expect(await engine.resume(reference, watchInto([]), signal)).toMatchObject({ end: 'confirmed' });
    expect(await engine.resume('999999', watchInto([]), signal)).toBeNull();
    // What has ended, or never was, cannot be stopped, and need not be.
    await engine.cancel(reference, signal);
    await engine.cancel('999999', signal);
  });
});

type Answer = { status?: StatusName; printer?: IppAttribute[]; job?: IppAttribute[] };

/** An IPP printer whose answers a test makes up, one by one; it keeps the requests' names. */
async function startScriptedPrinter(answer: (operation: string, n: number) => Answer | Buffer | 'reset') {
  const asked: string[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const decoder = new IppDecoder();
    let message = null;
    for await (const chunk of request) message = message ?? decoder.push(chunk)?.message ?? null;
    const operation = operationName(message?.code ?? 0) ?? '?';
    asked.push(operation);
    const said = answer(operation, asked.filter((name) => name === operation).length);
    if (said === 'reset') return void request.socket.resetAndDestroy();
    if (Buffer.isBuffer(said)) return void response.end(said);
    const { status = 'successful-ok', printer, job } = said;
    const groups = [
      { tag: groupTags.operation, attributes: [] as IppAttribute[] },
      ...(printer ? [{ tag: groupTags.printer, attributes: printer }] : []),
      ...(job ? [{ tag: groupTags.job, attributes: job }] : []),
    ];
    response.end(
      encodeIpp({ version: [2, 0], code: statuses[status], requestId: message?.requestId ?? 1, groups }),
    );
  };
  const server = createServer(
    (request, response) => void serve(request, response).catch(() => response.destroy()),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { port, asked };
}

const idle: IppAttribute[] = [
  attribute('printer-state', enumeration(enumValues['printer-state'].idle)),
  attribute('printer-is-accepting-jobs', boolean(true)),
  attribute('document-format-supported', mimeMediaType('application/postscript')),
  attribute(
    'operations-supported',
    enumeration(operations['Create-Job']),
    enumeration(operations['Send-Document']),
  ),
];
const impressions = (pages: number) => attribute('printer-impressions-completed', integer(pages));
const jobOf = (state: keyof (typeof enumValues)['job-state'], ...more: IppAttribute[]): IppAttribute[] => [
  attribute('job-id', integer(12)),
  attribute('job-state', enumeration(enumValues['job-state'][state])),
  ...more,
];

/** Delivers one document on a clock that runs from one question to the next. */
async function deliverTo(answer: Parameters<typeof startScriptedPrinter>[0], documents = [program]) {
  const { port, asked } = await startScriptedPrinter(answer);
  const store = new MemoryContentStore();
  const clock = new ManualClock();
  const engine = new IppEngine({ host: '127.0.0.1', port, path: '/', tls: false }, store, clock);
  const heard: unknown[] = [];
  let over = false;
  const delivered = engine.deliver(ready(store, ...documents), watchInto(heard), signal).finally(() => {
    over = true;
  });
  delivered.catch(() => undefined);
  while (!over) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (!over) clock.advance(250);
  }
  return { delivered, heard, asked };
}

const named = '12 Umsatz für März 💶 (mailed job 7)';

describe('an IPP printer', () => {
  it('counts the pages of a job, says when it stands still and when it goes on', async () => {
    const stopped = [
      attribute('printer-state', enumeration(enumValues['printer-state'].stopped)),
      attribute('printer-state-reasons', keyword('media-empty-error'), keyword('toner-low-warning')),
      attribute('printer-state-message', text('Load paper')),
    ];
    const { delivered, heard, asked } = await deliverTo((operation, n) => {
      if (operation === 'Get-Printer-Attributes')
        return { printer: [impressions(n === 1 ? 100 : 103), ...(n === 3 || n === 4 ? stopped : idle)] };
      if (operation === 'Get-Job-Attributes')
        return {
          job: jobOf(n < 5 ? 'processing' : 'completed', attribute('job-impressions-completed', integer(3))),
        };
      return { job: jobOf('pending') };
    });
    expect(await delivered).toMatchObject({
      end: 'confirmed',
      counterBefore: 100,
      counterAfter: 103,
      pagesTold: 3,
    });
    expect(heard).toEqual([
      ['attempt', 100],
      ['begun', named, false],
      ['begun', named, true],
      ['media-empty', 'Load paper'],
      ['media-empty', 'Load paper'],
      'cleared',
    ]);
    expect(asked.slice(0, 4)).toEqual([
      'Get-Printer-Attributes',
      'Validate-Job',
      'Create-Job',
      'Send-Document',
    ]);
  });

  it('is told to stop a job that it knows, and may refuse', async () => {
    const { port, asked } = await startScriptedPrinter((operation, n) => {
      if (operation === 'Cancel-Job') return { status: 'client-error-not-authorized' };
      return n < 3
        ? { job: jobOf('processing', attribute('job-name', nameValue(`job ${n}`))) }
        : { status: 'client-error-not-found' };
    });
    const address = { host: '127.0.0.1', port, path: '/', tls: false };
    const engine = new IppEngine(address, new MemoryContentStore(), systemClock);
    await engine.cancel('12 job 1', signal);
    expect(asked).toEqual(['Get-Job-Attributes', 'Cancel-Job']);
    // By that number it knows another job now, and then none.
    await engine.cancel('12 job 1', signal);
    await engine.cancel('12 job 1', signal);
    expect(asked.slice(2)).toEqual(['Get-Job-Attributes', 'Get-Job-Attributes']);
  });

  it('that ends a job in an error is believed, with its words', async () => {
    const { delivered } = await deliverTo((operation) =>
      operation === 'Get-Printer-Attributes'
        ? { printer: idle }
        : { job: jobOf('aborted', attribute('job-state-message', text('undefined in foo'))) },
    );
    expect(weighDelivery(await delivered, 1)).toMatchObject({
      type: 'document-failed',
      errors: [{ command: 'undefined in foo' }],
    });
  });

  it('at which somebody cancels a job has not printed it', async () => {
    const { delivered } = await deliverTo((operation) =>
      operation === 'Get-Printer-Attributes' ? { printer: idle } : { job: jobOf('canceled') },
    );
    expect(weighDelivery(await delivered, 1)).toMatchObject({
      type: 'document-failed',
      errors: [{ name: 'canceled', command: 'at the printer' }],
    });
  });

  it.each(['client-error-not-found', 'client-error-forbidden', 'client-error-not-authenticated'] as const)(
    'that answers %s is in trouble itself, and the job waits',
    async (status) => {
      await expect((await deliverTo(() => ({ status }))).delivered).rejects.toMatchObject({
        retry: 'temporary',
      });
    },
  );

  it('at work on a job is not asked for its counter', async () => {
    const processing = attribute('printer-state', enumeration(enumValues['printer-state'].processing));
    const { port } = await startScriptedPrinter(() => ({
      printer: [processing, ...idle.slice(1), impressions(7)],
    }));
    const engine = new IppEngine(
      { host: '127.0.0.1', port, path: '/', tls: false },
      new MemoryContentStore(),
      systemClock,
    );
    await expect(engine.probe(signal)).rejects.toMatchObject({ code: 'printer-busy' });
  });

  it('that refuses a job has been sent nothing: the refusal is an error before the attempt', async () => {
    const { delivered, heard } = await deliverTo((operation) =>
      operation === 'Get-Printer-Attributes'
        ? { printer: idle }
        : { status: 'client-error-document-format-not-supported' },
    );
    await expect(delivered).rejects.toMatchObject({ code: 'printer-refused', retry: 'permanent' });
    expect(heard).toEqual([]);
  });

  it.each<[string, Answer | Buffer]>([
    ['is busy', { status: 'server-error-busy' }],
    ['answers an endless message', Buffer.alloc(2 ** 21, 0x44)],
  ])('that %s before anything was sent is tried again later', async (_, answer) => {
    const { delivered, heard } = await deliverTo(() => answer);
    await expect(delivered).rejects.toMatchObject({ retry: 'temporary' });
    expect(heard).toEqual([]);
  });

  it('that is gone for good while it prints leaves an unknown end, and one that is gone for a moment does not', async () => {
    const gone = (from: number, to: number) => (operation: string, n: number) => {
      if (operation === 'Get-Printer-Attributes') return { printer: idle };
      if (operation !== 'Get-Job-Attributes') return { job: jobOf('pending') };
      return n >= from && n < to ? ('reset' as const) : { job: jobOf(n > 8 ? 'completed' : 'processing') };
    };
    const broken: Delivery = await (await deliverTo(gone(2, 1000))).delivered;
    expect(broken).toMatchObject({ end: 'unknown', broken: expect.stringContaining('cannot be reached') });
    expect(await (await deliverTo(gone(2, 6))).delivered).toMatchObject({ end: 'confirmed', broken: null });
  });

  it('that knows the job no more leaves an unknown end', async () => {
    const { delivered } = await deliverTo((operation) => {
      if (operation === 'Get-Printer-Attributes') return { printer: idle };
      return operation === 'Get-Job-Attributes'
        ? { status: 'client-error-not-found' }
        : { job: jobOf('pending') };
    });
    expect(await delivered).toMatchObject({
      end: 'unknown',
      broken: expect.stringContaining('does not know job 12'),
    });
  });

  it('that has no Create-Job gets Print-Job, and refuses several documents with words', async () => {
    const old = (operation: string): Answer =>
      operation === 'Get-Printer-Attributes'
        ? {
            printer: [
              ...idle.slice(0, 3),
              attribute('operations-supported', enumeration(operations['Print-Job'])),
            ],
          }
        : { job: jobOf('completed') };
    const one = await deliverTo(old);
    expect(await one.delivered).toMatchObject({ end: 'confirmed', bytesSent: program.length });
    expect(one.asked).toContain('Print-Job');
    const two = await deliverTo(old, [program, program]);
    await expect(two.delivered).rejects.toMatchObject({ code: 'printer-refused' });
    const single: IppAttribute[] = [...idle, attribute('multiple-document-jobs-supported', boolean(false))];
    const modern = await deliverTo(() => ({ printer: single, job: jobOf('completed') }), [program, program]);
    await expect(modern.delivered).rejects.toMatchObject({ code: 'printer-refused' });
  });
});
