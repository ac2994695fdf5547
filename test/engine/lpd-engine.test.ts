/** The lpd engine, with a strict receiver and with printers that refuse, break off or are away. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '#base/clock.js';
import type { PrintReady } from '#vocab/line.js';
import { LpdEngine } from '../../src/engine/lpd-engine.js';
import { weighDelivery } from '../../src/engine/weigh-delivery.js';
import { eventually } from '../support/eventually.js';
import { startLpdSink } from '../support/lpd-sink.js';
import { MemoryContentStore } from '../support/memory-content.js';

const signal = new AbortController().signal;

function jobOf(store: MemoryContentStore, ...documents: string[]): PrintReady {
  return {
    jobId: 4711,
    description: 'Umsatz März\nX evil',
    pagesExpected: null,
    documents: documents.map((text) => ({
      name: '../a b.ps',
      format: 'application/postscript',
      content: store.put(Buffer.from(`junk${text}junk`)),
      from: 4,
      to: 4 + text.length,
      hasControlBytes: false,
      encapsulated: false,
      place: 0,
      prologue: '',
    })),
  };
}

function deliver(port: number, documents: string[], attempts: unknown[] = []) {
  const store = new MemoryContentStore();
  store.chunkBytes = 3;
  const engine = new LpdEngine({ host: '127.0.0.1', port, queue: 'ps' }, store, systemClock);
  const watch = {
    attempt: async (counter: number | null) => void attempts.push(counter),
    begun: async () => undefined,
    condition: () => undefined,
    cleared: () => undefined,
  };
  return engine.deliver(jobOf(store, ...documents), watch, signal);
}

describe('a job by LPD', () => {
  it('arrives whole: the data files first, byte for byte, then the control file that names them', async () => {
    const { port, jobs } = await startLpdSink();
    const delivery = await deliver(port, ['%!PS one\0\n', '%!PS two\n']);
    expect(delivery).toMatchObject({ end: 'accepted', broken: null, bytesSent: 19 });
    expect(weighDelivery(delivery, 2)).toMatchObject({ type: 'printed', pages: null, by: 'acceptance' });
    await eventually(() => expect(jobs).toHaveLength(1));
    const [job] = jobs;
    expect(job?.queue).toBe('ps');
    const [one, two, control] = job?.files ?? [];
    expect([one?.[1], two?.[1]]).toEqual(['%!PS one\0\n', '%!PS two\n']);
    expect(one?.[0]).toMatch(/^dfA711\S+$/);
    expect(two?.[0]).toMatch(/^dfB711\S+$/);
    expect(control?.[0]).toMatch(/^cfA711\S+$/);
    const lines = Buffer.from(control?.[1] ?? '', 'latin1')
      .toString()
      .split('\n');
    expect(lines).toContain(`l${one?.[0]}`);
    expect(lines).toContain(`l${two?.[0]}`);
    // A name from a mail makes no line of its own.
    expect(lines.some((line) => line.startsWith('X'))).toBe(false);
    expect(lines.find((line) => line.startsWith('J'))).toContain('Umsatz März');
  });

  it('that is refused at its door has been sent nothing and is tried again', async () => {
    const { port } = await startLpdSink((step) => (step === 'job' ? 1 : 0));
    const attempts: unknown[] = [];
    await expect(deliver(port, ['%!PS\n'], attempts)).rejects.toMatchObject({ code: 'printer-busy' });
    expect(attempts).toEqual([]);
  });

  it('that is refused or broken off before its first document has not been printed', async () => {
    for (const word of [2, 'reset'] as const) {
      const { port } = await startLpdSink((step) => (step === 'data header' ? word : 0));
      expect(weighDelivery(await deliver(port, ['%!PS\n']), 1)).toMatchObject({ type: 'not-printed' });
    }
  });

  it('of more documents than there are letters for is refused with words', async () => {
    const { port } = await startLpdSink();
    await expect(deliver(port, Array(53).fill('%!PS\n'))).rejects.toMatchObject({ code: 'printer-refused' });
  });

  it.each(['data', 'control header', 'control'])(
    'that is refused or broken off at its %s has an unknown end',
    async (where) => {
      for (const word of [2, 'reset'] as const) {
        const { port, jobs } = await startLpdSink((step) => (step === where ? word : 0));
        const attempts: unknown[] = [];
        const delivery = await deliver(port, ['%!PS\n'], attempts);
        expect(delivery).toMatchObject({ end: 'unknown', broken: expect.any(String) });
        expect([weighDelivery(delivery, 1), attempts, jobs]).toEqual([null, [null], []]);
      }
    },
  );
});
