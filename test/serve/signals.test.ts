/** The command `serve` and its signals: it looks into the mailbox when it should, and stops when it is asked to. */
import { expect, it } from 'vitest';
import { composeDocument, RealHouse } from '../support/real-house.js';

const stopped = { status: 0, signal: null, stderr: '' };

it('looks into the mailbox at once on SIGUSR1', async () => {
  const house = await RealHouse.build();
  const server = house.serve({ settings: { pollIntervalSeconds: 86_400 } });
  await house.pop3.passed('server', 'bye', 1);
  await house.mail(composeDocument(1));
  server.signal('SIGUSR1');
  await server.log.until('told');
  expect(house.pageCount).toBe(1);
  expect(await server.end('SIGTERM')).toEqual(stopped);
});

it('looks into the mailbox again and again at the interval', async () => {
  const house = await RealHouse.build();
  const server = house.serve({ settings: { pollIntervalSeconds: 1 } });
  await house.pop3.passed('server', 'bye', 2);
  await house.mail(composeDocument(1));
  await server.log.until('told');
  expect(house.pageCount).toBe(1);
});

it.each(['SIGTERM', 'SIGINT'] as const)('stops on %s while it has nothing to do', async (signal) => {
  const house = await RealHouse.build();
  const server = house.serve();
  await house.pop3.passed('server', 'bye', 1);
  expect(await server.end(signal)).toEqual(stopped);
  expect(server.log.all.at(-1)?.event).toBe('stopped');
});

it.each(['SIGTERM', 'SIGINT'] as const)(
  'stops on %s in the middle of a mail, which is fetched again the next time',
  async (signal) => {
    const house = await RealHouse.build();
    await house.mail(composeDocument(1) + '% and more\n'.repeat(500));
    const held = house.pop3.withhold({ from: 'server', at: 3_000 });
    const server = house.serve();
    await held;
    expect(await server.end(signal)).toEqual(stopped);
    expect(house.spooled()).toEqual({ whole: [], half: [] });

    const next = house.serve();
    await next.log.until('told');
    expect(house.pageCount).toBe(1);
  },
);

it.each(['SIGTERM', 'SIGINT'] as const)(
  'stops on %s in the middle of a job only when the job is printed',
  async (signal) => {
    const house = await RealHouse.build();
    await house.mail(composeDocument(2));
    await house.mail(composeDocument(1));
    const held = house.raw.withhold({ from: 'client', at: '% after page 1' });
    const server = house.serve();
    await Promise.all([held, server.log.until('kept', 2)]);
    server.signal(signal);
    await server.log.until('stopping');
    house.raw.release();
    expect(await server.ended).toEqual(stopped);
    expect(await house.jobs()).toMatchObject([
      { state: 'completed', pages: { confirmed: 2 } },
      { state: 'pending' },
    ]);
    expect(house.pageCount).toBe(2);
  },
);

it('a second signal ends it in the middle of a job, and the next start asks the counter', async () => {
  const house = await RealHouse.build();
  await house.mail(composeDocument(2));
  const held = house.raw.withhold({ from: 'client', at: 'PhaserLink: end' });
  const server = house.serve();
  await Promise.all([held, house.printerLog.until('page', 2), house.mailroomLog.until('mail-deleted')]);
  server.signal('SIGTERM');
  await server.log.until('stopping');
  expect(await server.end('SIGTERM')).toEqual(stopped);
  expect(await house.jobs()).toMatchObject([{ state: 'processing', reasons: ['job-printing'] }]);
  house.raw.hangUp();

  const next = house.serve();
  await next.log.until('told');
  expect(await house.jobs()).toMatchObject([{ state: 'completed', pages: { confirmed: 2 } }]);
  expect(house.pageCount).toBe(2);
});

it('a second signal ends it while the mail server is silent; the answer is sent at the next start', async () => {
  const house = await RealHouse.build();
  await house.mail(composeDocument(1));
  const held = house.smtp.withhold({ from: 'client', at: 'MAIL FROM' });
  const server = house.serve();
  await held;
  server.signal('SIGTERM');
  await server.log.until('stopping');
  expect(await server.end('SIGTERM')).toEqual(stopped);
  expect(house.maildrop('alice')).toEqual([]);

  const next = house.serve();
  await next.log.until('told');
  expect(house.maildrop('alice')).toHaveLength(1);
});
