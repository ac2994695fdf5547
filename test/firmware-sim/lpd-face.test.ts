/** The simulated printer as LPD clients see it: jobs in any order of files, the queue told, jobs removed, and what is refused. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '#base/clock.js';
import { findGhostscript } from '#runtime/ghostscript.js';
import { JobSpool } from '../../firmware-sim/jobs/job-spool.js';
import { LpdEngine } from '../../src/engine/lpd-engine.js';
import { eventually } from '../support/eventually.js';
import { LpdClient, lpdAtOnce } from '../support/lpd-client.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryContentStore } from '../support/memory-content.js';
import { missing } from '../support/peers.js';
import { startTestPrinter } from '../support/simulator.js';
import { temporaryFile, temporaryFolder } from '../support/temporary-folder.js';

const run = promisify(execFile);
const ghostscript = await findGhostscript();
const page = '%!PS\n0.5 setgray 100 100 200 200 rectfill showpage\n';

/** Offline: jobs come and wait. */
async function start(settings: Record<string, unknown> = {}, clock: Clock = systemClock) {
  const printer = await startTestPrinter({ ghostscript, clock, settings: { lpd: { port: 0 }, ...settings } });
  const { machine, queue } = printer.simulator.printer;
  machine.dispatch({ type: 'offline' });
  const port = printer.simulator.ports.lpd ?? 0;
  const spool = join(printer.out, '../printer/spool');
  return { ...printer, port, machine, queue, spool };
}

const controlFile = (text: string, name = 'cfA007vm') => `\x02${text.length} ${name}\n${text}\0`;
const dataFile = (text: string, name = 'dfA007vm') => `\x03${text.length} ${name}\n${text}\0`;
const ofAnn = 'Hpc\nPann\nJletter\nfdfA007vm\nUdfA007vm\nNletter.ps\n';

describe('the LPD face', () => {
  it('acknowledges each step, and has the document on disk before it says so', async () => {
    const { port, queue, spool } = await start();
    const client = await LpdClient.connect(port);
    expect(await client.step('\x02lp\n')).toBe(0);
    expect(await client.step(`\x02${ofAnn.length} cfA007vm\n`)).toBe(0);
    expect(await client.step(`${ofAnn}\0`)).toBe(0);
    expect(queue.list()).toMatchObject([{ state: 'pending-held', reasons: ['job-incoming'] }]);
    expect(await client.step(`\x03${page.length} dfA007vm\n`)).toBe(0);
    expect(await client.step(`${page}\0`)).toBe(0);
    const [job] = queue.list();
    expect(job).toMatchObject({ state: 'pending', documents: 1, bytes: page.length });
    expect(job?.ticket).toMatchObject({ channel: 'lpd', user: 'ann', host: 'pc', name: 'letter' });
    const [name = ''] = await readdir(spool);
    expect(await readFile(join(spool, name), 'latin1')).toBe(page);
    expect(await client.end()).toBe('');
  });

  it.each([
    ['the control file last', `\x02lp\n${dataFile('one')}${controlFile(ofAnn)}`, ['one']],
    [
      'several data files, copies, and one that nothing asks for',
      `\x02lp\n${dataFile('a')}${dataFile('x', 'dfC007vm')}${controlFile('Pann\nfdfA007vm\nfdfA007vm\nfdfB007vm\n')}${dataFile('b', 'dfB007vm')}`,
      ['a', 'a', 'b'],
    ],
    [
      'a length that is not known',
      `\x02ps\n${controlFile(ofAnn)}\x030 dfA007vm\n%!PS on and on`,
      ['%!PS on and on'],
    ],
    ['neither a length nor a control file', '\x02lp\n\x030 dfA007vm\nalone', ['alone']],
    [
      'an abort of what came before',
      `\x02lp\n${dataFile('no')}\x01\n${dataFile('yes')}${controlFile(ofAnn)}`,
      ['yes'],
    ],
  ])('takes a job with %s, sent without waiting', async (_, bytes, documents) => {
    const { port, queue, spool } = await start();
    expect(await lpdAtOnce(port, bytes)).toMatch(/^\0+$/);
    await eventually(() => expect(queue.list().filter(({ state }) => state === 'pending')).toHaveLength(1));
    const job = queue.list().find(({ state }) => state === 'pending');
    expect(job).toMatchObject({ documents: documents.length, bytes: documents.join('').length });
    const texts = await Promise.all(
      (await readdir(spool)).map((name) => readFile(join(spool, name), 'latin1')),
    );
    expect(texts.sort()).toEqual([...new Set(documents)].sort());
  });

  it.each([
    ['a file cut short', `\x02lp\n${controlFile(ofAnn)}\x039 dfA007vm\nabc`, /^0000 1.*ends in the middle/],
    ['a control file without its data', `\x02lp\n${controlFile(ofAnn)}`, /^000$/],
    ['a data file that no control file asks for', `\x02lp\n${dataFile('a')}`, /^000$/],
    ['a data file twice', `\x02lp\n${dataFile('a')}${dataFile('a')}`, /^000 1.*comes twice/],
    ['another protocol', 'GET / HTTP/1.0\r\n\r\n', /^ 1.*RFC 1179/],
  ])('keeps nothing of %s', async (_, bytes, answer) => {
    const { port, queue, spool } = await start();
    const said = (await lpdAtOnce(port, bytes)).replaceAll('\0', '0').replace('\x01', ' 1');
    expect(said).toMatch(answer);
    await eventually(async () => expect(await readdir(spool)).toEqual([]));
    expect(queue.list().every(({ state }) => state === 'aborted')).toBe(true);
  });

  it('keeps nothing of a client that vanished, and refuses with a full disk', async () => {
    const { port, queue, spool, machine } = await start();
    const client = await LpdClient.connect(port);
    await client.step('\x02lp\n');
    await client.step('\x0399 dfA007vm\n');
    client.vanish();
    await eventually(() => expect(queue.list()).toMatchObject([{ state: 'aborted' }]));
    expect(await readdir(spool)).toEqual([]);
    machine.dispatch({ type: 'fault', fault: { type: 'disk' } });
    expect(await lpdAtOnce(port, `\x02lp\n${dataFile('a')}`)).toBe("\0\x01the printer's disk is full\n");
  });

  it('has a spool that is full at its limit, and room again when something goes', async () => {
    const spool = await JobSpool.open(temporaryFolder(), 10);
    const first = await spool.begin(1, 1, null);
    await first.write(Buffer.alloc(8));
    const kept = await first.end();
    const second = await spool.begin(2, 1, null);
    await second.write(Buffer.alloc(2));
    await expect(second.write(Buffer.alloc(1))).rejects.toMatchObject({ code: 'printer-disk-full' });
    // One that is printed twice is kept twice.
    await spool.remove([kept, kept]);
    await second.write(Buffer.alloc(8));
    await expect(second.write(Buffer.alloc(1))).rejects.toMatchObject({ code: 'printer-disk-full' });
    await second.discard();
    await spool.close();
  });

  it('loses nothing to a second printer in the same folder, and gives the folder back', async () => {
    const { port, out, spool, simulator } = await start();
    await lpdAtOnce(port, `\x02lp\n\x03${page.length} dfA007vm\n${page}\0${controlFile(ofAnn)}`);
    const dataDir = join(out, '../printer');
    await expect(start({ dataDir })).rejects.toMatchObject({
      code: 'phaser740-data-folder-taken',
      message: expect.stringContaining(dataDir),
    });
    expect(await readdir(spool)).toHaveLength(1);
    await simulator.stop();
    await start({ dataDir });
    expect(await readdir(spool)).toHaveLength(0);
  });

  it('tells the queue in short and in long, and of some of it', async () => {
    const { port } = await start();
    expect(await lpdAtOnce(port, '\x03lp\n')).toBe(
      'Phaser 740N (simulated) is stopped: the printer is offline\nno entries\n',
    );
    await lpdAtOnce(port, `\x02lp\n${controlFile(ofAnn)}${dataFile('one')}`);
    await lpdAtOnce(port, `\x02lp\n${controlFile(ofAnn.replace('ann', 'bob'))}${dataFile('three')}`);
    const short = (await lpdAtOnce(port, '\x03lp\n')).split('\n').slice(1);
    expect(short).toEqual([
      'Rank   Owner      Job  Files                                 Total Size',
      '1st    ann        1    letter                                3 bytes',
      '2nd    bob        2    letter                                5 bytes',
      '',
    ]);
    expect(await lpdAtOnce(port, '\x04lp bob\n')).toMatch(
      /\n\nbob: 2nd +\[job 2 pc\]\n {8}letter +5 bytes\n$/,
    );
    expect(await lpdAtOnce(port, '\x03lp 2\n')).not.toContain('ann');
  });

  it('removes jobs for their sender only, and for nobody who calls himself root at any port', async () => {
    const { port, queue } = await start();
    for (const user of ['ann', 'bob'])
      await lpdAtOnce(port, `\x02lp\n${controlFile(ofAnn.replace('ann', user))}${dataFile('x')}`);
    expect(await lpdAtOnce(port, '\x05lp bob 1 2\n')).toBe('job 2 dequeued\n');
    expect(await lpdAtOnce(port, '\x05lp root 1\n')).toBe('');
    expect(queue.list().map(({ state }) => state)).toEqual(['pending', 'canceled']);
    expect(await lpdAtOnce(port, '\x05lp ann ann\n')).toBe('job 1 dequeued\n');
  });

  it('gives up a client that says nothing, but not one that it lets wait itself', async () => {
    const clock = new ManualClock();
    const { port, queue, machine } = await start({ waitTimeoutSeconds: 40 }, clock);
    const silent = await LpdClient.connect(port);
    expect(await silent.step('\x02lp\n')).toBe(0);
    await clock.elapse(40_000);
    expect(await silent.step('')).toBe('closed');
    const idle = clock.pending;
    const busy = await LpdClient.connect(port);
    expect(await busy.step('\x02lp\n')).toBe(0);
    expect(clock.pending).toBe(idle + 1);
    machine.dispatch({ type: 'fault', fault: { type: 'reading', bytesPerSecond: 0 } });
    const rest = busy.end(`${controlFile(ofAnn)}${dataFile('x')}`);
    await eventually(() => expect(clock.pending).toBe(idle));
    await clock.advance(400_000);
    expect(queue.list()).toEqual([]);
    machine.dispatch({ type: 'faults-cleared' });
    machine.dispatch({ type: 'offline' });
    expect(await rest).toBe('\0'.repeat(4));
    expect(queue.list()).toMatchObject([{ state: 'pending' }]);
  });

  it('is away without power, and there again with it', async () => {
    const { port, machine } = await start();
    machine.dispatch({ type: 'power-off' });
    await expect(LpdClient.connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    machine.dispatch({ type: 'power-on' });
    await eventually(async () => expect(await lpdAtOnce(port, '\x03lp\n')).toContain('no entries'));
  });
});

it("the Printing Server's own engine is understood", async () => {
  const { port, queue, spool } = await start();
  const store = new MemoryContentStore();
  const engine = new LpdEngine({ host: '127.0.0.1', port, queue: 'ps' }, store, systemClock);
  const documents = [`${page}% one`, `${page}% two`].map((text) => ({
    name: 'report.ps',
    format: 'application/postscript' as const,
    content: store.put(Buffer.from(text)),
    from: 0,
    to: text.length,
    hasControlBytes: false,
    encapsulated: false,
    place: 0,
    prologue: '',
  }));
  const job = { jobId: 4711, description: 'Umsatz März', pagesExpected: null, documents };
  const watch = {
    attempt: async () => undefined,
    begun: async () => undefined,
    condition: () => undefined,
    cleared: () => undefined,
  };
  const delivery = await engine.deliver(job, watch, new AbortController().signal);
  expect(delivery).toMatchObject({ end: 'accepted', broken: null });
  expect(queue.list()).toMatchObject([{ state: 'pending', documents: 2, ticket: { name: 'Umsatz März' } }]);
  const texts = (await readdir(spool)).sort().map((name) => readFile(join(spool, name), 'utf8'));
  expect(await Promise.all(texts)).toEqual([`${page}% one`, `${page}% two`]);
});

describe('other programs', () => {
  it.skipIf(missing('rlpr'))('rlpr prints two files and two copies, asks and removes', async () => {
    const { port, queue, machine, next } = await start();
    const file = temporaryFile('a page.ps', page);
    const where = ['-N', `--port=${port}`, '-Hlocalhost', '-Plp'];
    await run('rlpr', [...where, file, file]);
    await run('rlpr', [...where, '-#2', file]);
    await eventually(() => expect(queue.list().map(({ state }) => state)).toEqual(Array(3).fill('pending')));
    const { stdout } = await run('rlpq', where);
    expect(stdout).toMatch(/1st .* 51 bytes\n2nd .* 51 bytes\n3rd .* 102 bytes\n/);
    await run('rlprm', [...where, '1', '2']);
    expect(queue.list().map(({ state }) => state)).toEqual(['canceled', 'canceled', 'pending']);
    const ended = next('job-ended');
    machine.dispatch({ type: 'online' });
    expect(await ended).toMatchObject({ job: 3, pages: 2, reason: 'finished' });
  });

  it.skipIf(missing('cupsd')).each(['', '?order=data,control', '?format=o&sanitize_title=no', '?banner=on'])(
    "CUPS's back end prints: lpd://…%s",
    async (query) => {
      const { port, queue } = await start();
      const file = temporaryFile('page.ps', page);
      const env = { ...process.env, DEVICE_URI: `lpd://127.0.0.1:${port}/lp${query}` };
      await run('/usr/lib/cups/backend-available/lpd', ['7', 'ann', 'two pages', '2', '', file], { env });
      await eventually(() =>
        expect(queue.list()).toMatchObject([{ state: 'pending', bytes: 2 * page.length }]),
      );
      expect(queue.list()[0]?.ticket).toMatchObject({ user: 'ann', name: 'two pages' });
    },
  );
});
