/** Mails are read in a process of their own: whatever one of them does to it, the next one is read (ask 4). */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.js';
import { rawMessage } from '../support/raw-message.js';
import { hostileReader, neverAborted, ReaderHouse } from '../support/reader-house.js';

const page = '%!PS\nshowpage\n';
const mailOf = (subject: string) =>
  `From: alice@example.com\r\nMessage-ID: <m@example.com>\r\nSubject: ${subject}\r\n\r\n${page}`;
const good = mailOf('good');

const goodReading = {
  unreadable: null,
  submission: {
    sender: 'alice@example.com',
    description: 'good',
    documents: [{ format: 'application/postscript', content: { bytes: page.length } }],
  },
};

/** What can be seen of any mail here, the reader notwithstanding. */
const headerOf = (subject: string) => [
  { name: 'from', value: 'alice@example.com' },
  { name: 'message-id', value: '<m@example.com>' },
  { name: 'subject', value: subject },
];

async function readGood(house: ReaderHouse): Promise<void> {
  expect(await house.reader.read(await house.fetched(good, 'good'), house.pack, neverAborted)).toMatchObject(
    goodReading,
  );
}

describe('our own reader', () => {
  it('is started when there is something to read, and leaves the documents in the spool', async () => {
    const house = await ReaderHouse.open();
    expect(house.processes()).toEqual([]);
    const reading = await house.reader.read(await house.fetched(good), house.pack, neverAborted);
    expect(reading).toMatchObject(goodReading);
    const [document] = reading.submission?.documents ?? [];
    const [packed] = reading.submission === null ? [] : reading.packed;
    expect(packed).toMatchObject({ ...document?.content, pack: house.pack, at: 0 });
    const bytes = packed && (await house.spool.packs.read(packed));
    expect(String(bytes)).toBe(page);
    expect(house.processes()).toHaveLength(1);
  });

  it('says when nothing keeps it from the network here', async () => {
    const cage = { withoutNetwork: [], diesWithUs: [], bareDataKib: null };
    const house = await ReaderHouse.open({ tryCage: async () => cage });
    await readGood(house);
    await readGood(house);
    expect(house.logged).toMatchObject([{ event: 'cage-open' }]);
  });

  it('answers many calls in their order, from one process', async () => {
    const house = await ReaderHouse.open();
    const mails = await Promise.all(
      Array.from({ length: 20 }, (_, n) => house.fetched(mailOf(`mail ${n}`), String(n))),
    );
    const order: number[] = [];
    const readings = await Promise.all(
      mails.map(async (mail, n) => {
        const reading = await house.reader.read(mail, house.pack, neverAborted);
        order.push(n);
        return reading.submission?.description;
      }),
    );
    expect(readings).toEqual(mails.map((_, n) => `mail ${n}`));
    expect(order).toEqual(mails.map((_, n) => n));
    expect(house.processes()).toHaveLength(1);
  });

  it('reads mails that come with their bytes, and others among them', async () => {
    const house = await ReaderHouse.open();
    const withBytes = (text: string) => {
      const bytes = Buffer.from(text);
      const message = rawMessage({ digest: '0'.repeat(64), bytes: bytes.length });
      return { ...message, bytes };
    };
    const mails = [
      withBytes(mailOf('one')),
      withBytes(''),
      await house.fetched(mailOf('two')),
      withBytes(`${mailOf('three')}${'%\n'.repeat(100_000)}`),
      withBytes('X: '.repeat(30_000)),
      withBytes(mailOf('four')),
    ];
    const readings = await Promise.all(
      mails.map((mail) => house.reader.read(mail, house.pack, neverAborted)),
    );
    const descriptions = readings.map(({ submission }) => submission?.description);
    expect(descriptions).toEqual(['one', 'untitled', 'two', 'three', undefined, 'four']);
    expect(readings[4]).toMatchObject({ header: [{ name: 'x', value: expect.stringContaining('X: X:') }] });
    expect(house.processes()).toHaveLength(1);
  });

  it('tells which limit a mail exceeds, and goes on in the same process', async () => {
    const house = await ReaderHouse.open();
    await readGood(house);
    const before = house.processes();
    const bomb = `Subject: =?utf-8?Q?b=C3=B6mb?=\r\n${'X-Line: again\r\n'.repeat(1100)}\r\n`;
    const reading = await house.reader.read(await house.fetched(bomb), house.pack, neverAborted);
    expect(reading).toMatchObject({
      submission: null,
      unreadable: expect.stringContaining('exceeds the limit'),
      header: expect.arrayContaining([{ name: 'subject', value: 'bömb' }]),
    });
    await readGood(house);
    expect(house.processes()).toEqual(before);
    expect(house.logged).toEqual([]);
  });

  it('does not grow over a thousand mails', { timeout: 120_000 }, async () => {
    const house = await ReaderHouse.open();
    const mail = await house.fetched(good);
    for (let n = 0; n < 200; n++) await house.reader.read(mail, house.pack, neverAborted);
    const [pid = 0] = house.processes();
    const early = residentBytes(pid);
    for (let n = 0; n < 1000; n++) await house.reader.read(mail, house.pack, neverAborted);
    expect(house.processes()).toEqual([pid]);
    expect(residentBytes(pid) - early).toBeLessThan(40e6);
  });

  it('learns nothing of our environment', async () => {
    process.env.PHASERLINK_TEST_SECRET = 'a secret';
    try {
      const house = await ReaderHouse.open();
      await readGood(house);
      const [pid = 0] = house.processes();
      expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).not.toMatch(/SECRET|NODE_/);
    } finally {
      delete process.env.PHASERLINK_TEST_SECRET;
    }
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const)('is not stopped by %s', async (signal) => {
    const house = await ReaderHouse.open();
    await readGood(house);
    const before = house.processes();
    for (const pid of before) process.kill(pid, signal);
    await readGood(house);
    expect(house.processes()).toEqual(before);
  });

  it('that was killed while it had nothing to do is started anew', async () => {
    const house = await ReaderHouse.open();
    await readGood(house);
    const [pid = 0] = house.processes();
    process.kill(pid, 'SIGKILL');
    await readGood(house);
    expect(house.processes()).not.toContain(pid);
  });
});

describe('a mail that does harm to its reader', () => {
  it.each([
    ['exit', 'exit', /ended with status 3/],
    ['crash', 'exit', /was ended by SIGABRT/],
    ['swell in the heap', 'memory', /ran out of the memory that it may have: FATAL ERROR: .*heap/],
    ['swell in Buffers', 'memory', /ran out of the memory that it may have: RangeError: .*alloca/],
    ['talk nonsense', 'garbage', /gave an answer that is none/],
    ['talk JSON', 'garbage', /gave an answer that is none/],
    ['answer twice', 'garbage', /gave an answer that is none/],
    ['talk without end', 'limit', /gave an answer that exceeds the limit of 4194304 bytes/],
  ])(
    'by its "%s" is tried twice, put aside with its header, and others are read',
    async (subject, reason, words) => {
      const house = await ReaderHouse.open({ program: hostileReader });
      await readGood(house);
      const [, reading] = await Promise.all([
        readGood(house),
        house.reader.read(await house.fetched(mailOf(subject)), house.pack, neverAborted),
        readGood(house),
      ]);
      expect(reading).toMatchObject({
        submission: null,
        unreadable: expect.stringMatching(words),
        header: headerOf(subject),
        stack: null,
      });
      expect(house.logged).toMatchObject([
        { event: 'reader-lost', uniqueId: '1', reason, attempt: 1 },
        { event: 'reader-lost', uniqueId: '1', reason, attempt: 2 },
      ]);
    },
  );

  it.each(['hang', 'wait'])('by its "%s" is ended by the clock, twice', async (subject) => {
    const clock = new ManualClock();
    const house = await ReaderHouse.open({ program: hostileReader, clock });
    const reading = house.reader.read(await house.fetched(mailOf(subject)), house.pack, neverAborted);
    const next = readGood(house);
    for (let attempt = 1; attempt <= 2; attempt++) {
      await house.begun();
      await clock.advance(19_999);
      expect(house.logged).toHaveLength(attempt - 1);
      await clock.advance(1000);
    }
    expect(await reading).toMatchObject({
      unreadable: 'the reader was tried 2 times; the last time it did not come to an end within 21 seconds',
      header: headerOf(subject),
    });
    await next;
    expect(clock.pending).toBe(0);
  });

  it('has the more time the larger it is', async () => {
    const clock = new ManualClock();
    const house = await ReaderHouse.open({ program: hostileReader, clock });
    const large = await house.fetched(mailOf('wait') + '%'.repeat(5_000_000));
    const reading = house.reader.read(large, house.pack, neverAborted);
    for (let attempt = 1; attempt <= 2; attempt++) {
      await house.begun();
      await clock.advance(29_999);
      expect(house.logged).toHaveLength(attempt - 1);
      await clock.advance(1000);
    }
    expect(await reading).toMatchObject({ submission: null });
  });

  it('does not count against those that wait behind it', async () => {
    const house = await ReaderHouse.open({ program: hostileReader });
    const subjects = ['crash', 'good', 'exit', 'crash once', 'good'];
    const mails = await Promise.all(
      subjects.map((subject, n) => house.fetched(mailOf(subject), `${n} ${subject}`)),
    );
    const readings = await Promise.all(
      mails.map((mail) => house.reader.read(mail, house.pack, neverAborted)),
    );
    expect(readings.map(({ submission }) => submission?.description)).toEqual([
      undefined,
      'good',
      undefined,
      'crash once',
      'good',
    ]);
    const lost = house.logged.map(({ uniqueId, attempt }) => `${uniqueId}, ${attempt}`);
    expect(lost).toEqual(['0 crash, 1', '0 crash, 2', '2 exit, 1', '2 exit, 2', '3 crash once, 1']);
  });

  it('only once is read at the second try', async () => {
    const house = await ReaderHouse.open({ program: hostileReader });
    expect(
      await house.reader.read(await house.fetched(mailOf('crash once')), house.pack, neverAborted),
    ).toMatchObject({
      unreadable: null,
      submission: { description: 'crash once' },
    });
    expect(house.logged).toHaveLength(1);
  });

  it('by an error that it throws is put aside at once, and the process goes on', async () => {
    const house = await ReaderHouse.open({ program: hostileReader });
    await readGood(house);
    const before = house.processes();
    expect(
      await house.reader.read(await house.fetched(mailOf('throw')), house.pack, neverAborted),
    ).toMatchObject({
      submission: null,
      unreadable: 'this reader has a mistake',
      header: headerOf('throw'),
      stack: expect.stringContaining('hostile-reader'),
    });
    await readGood(house);
    expect(house.processes()).toEqual(before);
  });

  it('killed from outside in the middle is read once more', async () => {
    const house = await ReaderHouse.open({ program: hostileReader });
    const reading = house.reader.read(await house.fetched(mailOf('wait')), house.pack, neverAborted);
    for (let attempt = 1; attempt <= 2; attempt++) {
      await house.begun();
      for (const pid of house.processes()) process.kill(pid, 'SIGKILL');
    }
    expect(await reading).toMatchObject({ unreadable: expect.stringContaining('was killed from outside') });
    await readGood(house);
  });
});

describe("trouble that is not the mail's", () => {
  it.each([
    [
      'fill the disk',
      { message: 'ENOSPC: no space left on device, write', code: 'ENOSPC', syscall: 'write' },
    ],
    ['lose the spool', { message: 'it is gone', code: 'content-missing', retry: 'permanent' }],
  ])('"%s" comes across as what it is', async (subject, error) => {
    const house = await ReaderHouse.open({ program: hostileReader });
    const mail = await house.fetched(mailOf(subject));
    await expect(house.reader.read(mail, house.pack, neverAborted)).rejects.toMatchObject(error);
    await readGood(house);
  });

  it.each([
    [
      'is not there',
      '/nowhere/reader.js',
      /could not be started: it ended with status 1: Error: Cannot find module/,
    ],
    [
      'ends before it is ready',
      fileURLToPath(new URL('../../src/cli.js', import.meta.url)),
      /could not be started: it ended with status 1/,
    ],
  ])("a program that %s is no mail's fault", async (_what, program, words) => {
    const house = await ReaderHouse.open({ program });
    const mail = await house.fetched(good);
    await expect(house.reader.read(mail, house.pack, neverAborted)).rejects.toMatchObject({
      code: 'worker-start-failed',
      retry: 'temporary',
      message: expect.stringMatching(words),
    });
  });

  it('a stop request ends the reading at once, and with it the process', async () => {
    const house = await ReaderHouse.open({ program: hostileReader });
    const stop = new AbortController();
    const reading = house.reader.read(await house.fetched(mailOf('hang')), house.pack, stop.signal);
    const next = house.reader.read(await house.fetched(good), house.pack, stop.signal);
    await house.begun();
    stop.abort();
    await expect(reading).rejects.toBe(stop.signal.reason);
    await expect(next).rejects.toBe(stop.signal.reason);
    expect(house.processes()).toEqual([]);
    await readGood(house);
  });
});

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1024;
}
