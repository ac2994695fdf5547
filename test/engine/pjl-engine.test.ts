/** The pjl engine, with printers that say what a test makes them say: what it believes, and what it does not. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '#base/clock.js';
import { formatPjlAnswer } from '#wire/pjl.js';
import { PjlChannel, type PjlCommand } from '#wire/pjl-channel.js';
import { answerDeadlineMs } from '../../src/engine/open-socket.js';
import { PjlEngine } from '../../src/engine/pjl-engine.js';
import { weighDelivery } from '../../src/engine/weigh-delivery.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryContentStore } from '../support/memory-content.js';

const never = new AbortController().signal;

interface Script {
  status?: string[];
  /** What its document prints; `name` is the job's, which PostScript can read. */
  prints?: (name: string) => Buffer[];
  /** What it says at EOJ. */
  ends?: (name: string) => Buffer[];
  /** Whether it tells the guard's words. */
  hasGuard?: boolean;
  /** How many pages it has printed, the first time that it is asked and the second. */
  counts?: (string | null)[];
}

const end = (name: string, ...more: string[]) =>
  formatPjlAnswer('USTATUS JOB', 'END', `NAME="${name}"`, ...more);

/** A printer with PJL that prints two pages of everything; ends with the running test. */
async function startPjlPrinter(script: Script): Promise<number> {
  const {
    status = ['CODE=10001', 'DISPLAY="READY"', 'ONLINE=TRUE'],
    prints = () => [],
    ends = (name: string) => [end(name, 'PAGES=2', 'RESULT=OK')],
    hasGuard = true,
    counts = ['PAGECOUNT=100', 'PAGECOUNT=102'],
  } = script;
  const server = createServer((socket) => {
    const channel = new PjlChannel();
    let name = '';
    let asked = 0;
    const obey = ({ verb, text, options }: PjlCommand): Buffer[] => {
      if (verb === 'ECHO') return [formatPjlAnswer(text)];
      if (verb === 'INFO ID') return [formatPjlAnswer(verb, '"LaserStar"')];
      if (verb === 'INFO STATUS') return [formatPjlAnswer(verb, ...status)];
      if (verb === 'INFO PAGECOUNT') {
        const count = counts[asked++] ?? null;
        return count === null ? [] : [formatPjlAnswer(verb, count)];
      }
      if (verb === 'JOB') name = options.NAME ?? '';
      if (verb === 'EOJ') return ends(options.NAME ?? '');
      return [];
    };
    socket
      .on('error', () => undefined)
      .on('data', (chunk: Buffer) => {
        for (const event of channel.push(chunk)) {
          if ('command' in event) for (const answer of obey(event.command)) socket.write(answer);
          if (!('data' in event)) continue;
          const [, nonce] = /Nonce: (\w+)/.exec(Buffer.from(event.data).toString('latin1')) ?? [];
          for (const words of prints(name)) socket.write(words);
          if (hasGuard && nonce !== undefined)
            socket.write(`%%[ PhaserLink: document; Nonce: ${nonce}; End: finished ]%%\n`);
        }
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function deliverTo(script: Script) {
  const store = new MemoryContentStore();
  const program = '%!PS\nshowpage showpage\n';
  const engine = new PjlEngine(
    { host: '127.0.0.1', port: await startPjlPrinter(script) },
    store,
    systemClock,
  );
  const heard: unknown[] = [];
  const watch = {
    attempt: async (counter: number | null) => void heard.push(counter),
    begun: async () => {},
    condition: ({ keyword }: { keyword: string }, words: string) => void heard.push([keyword, words]),
    cleared: () => {
      if (heard.at(-1) !== 'cleared') heard.push('cleared');
    },
  };
  const document = { place: 0, name: 'a.ps', format: 'application/postscript', prologue: '' } as const;
  const content = { content: store.put(Buffer.from(program)), from: 0, to: program.length };
  const facts = { hasControlBytes: false, encapsulated: false };
  const job = {
    jobId: 7,
    description: 'x',
    pagesExpected: 2,
    documents: [{ ...document, ...content, ...facts }],
  };
  const delivery = await engine.deliver(job, watch, never);
  return { delivery, outcome: weighDelivery(delivery, 2), heard };
}

describe('a printer with PJL', () => {
  it('tells its counter before and after, the pages of the job, and how the document ended', async () => {
    const { delivery, outcome, heard } = await deliverTo({});
    expect(delivery).toMatchObject({ counterBefore: 100, counterAfter: 102, pagesTold: 2, broken: null });
    expect(outcome).toEqual({ type: 'printed', pages: 2, by: 'counter', warnings: [] });
    expect(heard).toEqual([100, 'cleared']);
  });

  it('that has no counter is believed for the pages of the job', async () => {
    const { outcome } = await deliverTo({ counts: ['"?"', null] });
    expect(outcome).toEqual({ type: 'printed', pages: 2, by: 'job', warnings: [] });
  });

  it('whose document writes the end of the job itself is believed only behind the document', async () => {
    const forged = (name: string) => [end(name, 'PAGES=9', 'RESULT=OK'), formatPjlAnswer('ECHO 1')];
    const { delivery, outcome } = await deliverTo({ prints: forged, counts: [null, null] });
    expect([delivery.pagesTold, outcome]).toEqual([
      2,
      { type: 'printed', pages: 2, by: 'job', warnings: [] },
    ]);
  });

  it('that tells the end of another job first goes on until it tells that of ours', async () => {
    const ends = (name: string) => [end('End of another', 'PAGES=50'), end(name, 'PAGES=2')];
    expect((await deliverTo({ ends })).delivery.pagesTold).toBe(2);
  });

  it('at which somebody cancels the job has not printed it', async () => {
    const ends = (name: string) => [end(name, 'PAGES=1', 'RESULT=USER_CANCELED')];
    const { outcome } = await deliverTo({ ends, counts: ['PAGECOUNT=100', 'PAGECOUNT=101'] });
    expect(outcome).toMatchObject({ type: 'document-failed', pages: 1, errors: [{ name: 'canceled' }] });
  });

  it('that is out of paper when the job begins, and then is not, says both', async () => {
    const { heard } = await deliverTo({
      status: ['CODE=41102', 'DISPLAY="11 PAPER OUT"', 'ONLINE=FALSE'],
      prints: () => [
        formatPjlAnswer('USTATUS DEVICE', 'CODE=10001', 'DISPLAY="00 READY"', 'ONLINE=TRUE'),
        formatPjlAnswer('USTATUS DEVICE', 'CODE=40021', 'DISPLAY="12 PRINTER OPEN"', 'ONLINE=FALSE'),
        formatPjlAnswer('USTATUS PAGE', '1'),
      ],
    });
    expect(heard).toEqual([
      100,
      ['media-empty', '11 PAPER OUT'],
      'cleared',
      ['cover-open', '12 PRINTER OPEN'],
      'cleared',
    ]);
  });

  it('that does not say how the document ended leaves that open, unless all its pages came out', async () => {
    const { outcome } = await deliverTo({ hasGuard: false });
    expect(outcome).toMatchObject({ type: 'printed', warnings: [expect.stringContaining('did not say')] });
    const fewer = await deliverTo({ hasGuard: false, counts: ['PAGECOUNT=100', 'PAGECOUNT=101'] });
    expect(fewer.outcome).toMatchObject({ type: 'outcome-unknown', pages: 1 });
  });

  it('that has none after all gets nothing, and its administrator a word on what to set', async () => {
    const clock = new ManualClock();
    const server = createServer((socket) => void socket.on('error', () => undefined).resume()).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const engine = new PjlEngine({ host: '127.0.0.1', port }, new MemoryContentStore(), clock);
    const failed = expect(engine.probe(never)).rejects.toThrow(
      'gave no answer to PJL within 90 seconds; if it has no PJL, set printer.jobControl to postscript',
    );
    await clock.elapse(answerDeadlineMs);
    await failed;
  });
});
