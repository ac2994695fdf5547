/** What people and printers do to a job while it is on its way to paper: with a real ledger, and an engine that does as it is told. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PhaserLinkError } from '#base/errors.js';
import type { LogFields } from '#base/log.js';
import { conditions } from '#vocab/conditions.js';
import type { Wish } from '#vocab/wishes.js';
import type { DeliveryWatch } from '../../src/engine/print-engine.js';
import type { Ledger } from '../../src/jobs/ledger.js';
import type { Line } from '../../src/line.js';
import { print } from '../../src/pipeline.js';
import { stopCanceled } from '../../src/print-stages.js';
import { broken, PrintHouse, printed } from '../support/print-house.js';

let house: PrintHouse;
let ledger: Ledger;
let logged: LogFields[];
const never = new AbortController().signal;

beforeEach(async () => {
  house = await PrintHouse.build();
  ({ ledger, logged } = house);
});
afterEach(() => house.takeDown());

function wish(id: number, word: Wish): Promise<unknown> {
  const facts = { isThere: async () => true, compose: () => [] };
  return ledger.grant(id, word, { by: 'operator', who: 'root' }, facts);
}

describe('a job that somebody takes back', () => {
  it.each([
    ['holds', { wish: 'hold' }, 'pending-held'],
    ['cancels', { wish: 'cancel' }, 'canceled'],
  ] as const)('is not sent when somebody %s it just before the first byte', async (_who, word, state) => {
    await house.newJobs(['alice']);
    let sent = false;
    const line = house.lineWith({
      async deliver(_job, watch: DeliveryWatch) {
        await wish(1, word);
        await watch.attempt(100);
        sent = true;
        return printed;
      },
    });
    expect(await print(line, never)).toBe(true);
    expect(sent).toBe(false);
    expect(await ledger.job(1)).toMatchObject({ state, attempts: 0 });
    expect(await print(line, never)).toBe(false);
    expect(logged.map(({ event }) => event)).toContain('taken-back');
  });

  it('is cut off while it is being printed; other jobs are not', async () => {
    await house.newJobs(['alice']);
    const line = house.lineWith({
      async deliver(_job, watch: DeliveryWatch, signal) {
        await watch.attempt(100);
        await stopCanceled(line);
        expect(signal.aborted).toBe(false);
        await wish(1, { wish: 'cancel' });
        await stopCanceled(line);
        expect(signal.aborted).toBe(true);
        return broken;
      },
    });
    await print(line, never);
    expect(await ledger.job(1)).toMatchObject({ state: 'processing' });
    // Also after a restart: what came out is found out then.
    await print(line, never);
    expect(await ledger.job(1)).toMatchObject({
      ...{ state: 'canceled', reasons: ['job-canceled-by-operator'], pages: { confirmed: 0 } },
    });
    expect(line.deliveries.size).toBe(0);
  });

  it('is canceled at a printer that knows it by a name of its own, and what that has counted is told', async () => {
    await house.newJobs(['alice']);
    const canceled: string[] = [];
    const line = house.lineWith({
      async deliver(_job, watch: DeliveryWatch) {
        await watch.attempt(100);
        await watch.begun('12', true);
        await wish(1, { wish: 'cancel' });
        return broken;
      },
      cancel: async (reference) => void canceled.push(reference),
      resume: async () => ({
        ...{ ...broken, counterBefore: null, end: 'confirmed', pagesTold: 0, broken: null },
        documents: [{ end: 'stopped', error: null }],
      }),
    });
    await print(line, never);
    await print(line, never);
    expect(canceled).toEqual(['12']);
    expect(await ledger.job(1)).toMatchObject({ state: 'canceled', pages: { confirmed: 0 } });
  });

  it('is refused what the machine does not know as an error, and not passed over', async () => {
    await house.newJobs(['alice']);
    const line = house.lineWith({
      async deliver() {
        throw new PhaserLinkError({
          code: 'job-event-refused',
          retry: 'permanent',
          text: 'a mistake of ours',
        });
      },
    });
    await expect(print(line, never)).rejects.toMatchObject({ code: 'job-event-refused' });
  });
});

describe('a job for which the printer has no time', () => {
  it.each([
    ['is busy and says so when it is asked', 'printer-busy', true],
    ['answers, and is then busy', 'printer-busy', false],
    ['answers, and then says no more', 'printer-away', false],
  ])('which %s, waits, and its people hear of it once when that has lasted', async (_how, code, saysSo) => {
    await house.newJobs(['alice']);
    const busy = () => {
      throw new PhaserLinkError({ code, retry: 'temporary', text: 'busy' });
    };
    const line = house.lineWith({
      probe: saysSo ? busy : async () => ({ pageCounter: null, product: '' }),
      deliver: busy,
    });
    const told: number[] = [];
    for (let minutes = 0; minutes < 60; minutes += 5) {
      await expect(print(line, never)).rejects.toMatchObject({ code });
      told.push((await ledger.mailsOf(1)).length);
      await house.house.clock.advance(5 * 60_000);
    }
    const patience = code === 'printer-busy' ? 6 : 1;
    expect(told).toEqual(Array.from({ length: 12 }, (_, look) => (look < patience ? 0 : 1)));
    const [mail] = await ledger.mailsOf(1);
    const words = code === 'printer-busy' ? 'has been busy with other jobs for long' : 'cannot be reached';
    expect(mail?.text).toContain(`the printer ${words}`);
    expect(await ledger.job(1)).toMatchObject({ state: 'pending', attempts: 0 });
  });
});

describe('a job of which nothing comes out', () => {
  /** An engine at which every attempt breaks off, as long as `works` is false. */
  function faulty(stops: string[] = []) {
    const state = { works: false, away: false };
    const line = house.lineWith({
      async probe() {
        if (state.away) throw new PhaserLinkError({ code: 'printer-away', retry: 'temporary', text: 'gone' });
        return { pageCounter: 100, product: '' };
      },
      async deliver(job, watch: DeliveryWatch) {
        await watch.attempt(100);
        for (const text of stops) watch.condition(conditions['media-empty'], text);
        const documents = job.documents.map(() => ({ end: 'finished' as const, error: null }));
        return state.works ? { ...printed, documents } : broken;
      },
    });
    return { line, state };
  }
  async function printAll(line: Line): Promise<void> {
    while (await print(line, never));
  }

  it('is held after three attempts, with its sender’s later jobs, and resumed when the printer was away and is back', async () => {
    await house.newJobs(['alice', 'alice']);
    const { line, state } = faulty();
    await printAll(line);
    expect(await ledger.jobs()).toMatchObject([
      { reasons: ['job-hold-until-specified', 'errors-detected'], attempts: 3 },
      { state: 'pending', attempts: 0 },
    ]);
    // Somebody says that the second one need not wait.
    state.away = true;
    await wish(2, { wish: 'release' });
    line.printer.observe({ type: 'away', text: 'gone' });
    await expect(print(line, never)).rejects.toMatchObject({ code: 'printer-away' });
    Object.assign(state, { away: false, works: true });
    await printAll(line);
    expect((await ledger.jobs()).map((job) => job.state)).toEqual(['completed', 'completed']);
    expect(logged.filter(({ event }) => event === 'resumed')).toMatchObject([{ job: 1 }]);
  });

  it('is resumed three times; then it waits for somebody’s word', async () => {
    await house.newJobs(['alice']);
    const { line } = faulty();
    const attempts: number[] = [];
    for (let trouble = 0; trouble < 5; trouble++) {
      await printAll(line);
      attempts.push((await ledger.job(1))?.attempts ?? 0);
      line.printer.observe({ type: 'away', text: 'gone' });
    }
    expect(attempts).toEqual([3, 6, 9, 12, 12]);
    // Nobody is asked any more for the sake of this job.
    expect(await print(line, never)).toBe(false);
    await wish(1, { wish: 'release' });
    line.printer.observe({ type: 'answered' });
    await printAll(line);
    line.printer.observe({ type: 'away', text: 'gone' });
    await printAll(line);
    expect(await ledger.job(1)).toMatchObject({ state: 'pending-held', attempts: 18 });
  });

  it('because the printer took nothing of it has not been tried, and the printer is left alone for a while', async () => {
    await house.newJobs(['alice']);
    let takes = false;
    const line = house.lineWith({
      async deliver(_job, watch) {
        await watch.attempt(null);
        return takes ? { ...broken, end: 'accepted' } : { ...broken, begun: false };
      },
    });
    for (let tries = 0; tries < 5; tries++)
      await expect(print(line, never)).rejects.toMatchObject({ code: 'printer-busy', retry: 'temporary' });
    expect(await ledger.job(1)).toMatchObject({ state: 'pending', reasons: ['printer-stopped'] });
    takes = true;
    await printAll(line);
    expect(await ledger.job(1)).toMatchObject({ state: 'completed' });
  });

  it('is asked for by itself when nothing else is to be printed', async () => {
    await house.newJobs(['alice']);
    const { line, state } = faulty();
    await printAll(line);
    line.printer.observe({ type: 'away', text: 'gone' });
    state.works = true;
    await printAll(line);
    expect(await ledger.job(1)).toMatchObject({ state: 'completed', attempts: 4 });
  });

  it('because the printer was out of paper is tried on and on', async () => {
    await house.newJobs(['alice']);
    const { line, state } = faulty(['out of paper']);
    for (let attempts = 0; attempts < 10; attempts++) await print(line, never);
    expect(await ledger.job(1)).toMatchObject({
      state: 'pending',
      reasons: ['printer-stopped'],
      attempts: 5,
    });
    state.works = true;
    await printAll(line);
    expect(await ledger.job(1)).toMatchObject({ state: 'completed' });
  });
});
