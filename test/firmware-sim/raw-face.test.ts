/** The simulated printer as its raw port shows it: what is printed, what is answered, and what hostile jobs leave behind. */
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { findGhostscript, type Ghostscript, type GhostscriptRun } from '#runtime/ghostscript.js';
import type { JobQueue } from '../../firmware-sim/jobs/job-queue.js';
import { missing } from '../support/peers.js';
import { pagesOf, printRaw, startTestPrinter, type TestPrinter } from '../support/simulator.js';

const native = await findGhostscript();
const wasm = await findGhostscript({ prefer: 'wasm' });
const kinds = missing('gs') ? [wasm] : [native, wasm];
const flushing = '%%[ Flushing: rest of job (to end-of-file) will be ignored ]%%\n';
const plainPage = '%!PS\n0.5 setgray 100 100 200 200 rectfill showpage\n';

/** What hostile jobs print, or what the printer says of them. The first few are tried with every Ghostscript. */
const hostileJobs: [string, string, unknown][] = [
  ['an error', 'foo (never) =', `%%[ Error: undefined; OffendingCommand: foo ]%%\n${flushing}`],
  [
    'a memory bomb',
    '{ 10000000 string } loop',
    `%%[ Error: VMerror; OffendingCommand: string ]%%\n${flushing}`,
  ],
  ['quit of systemdict', '(before) = flush systemdict /quit get exec (never) =', 'before\n'],
  [
    'a file read',
    '(/etc/passwd) (r) file',
    `%%[ Error: invalidfileaccess; OffendingCommand: file ]%%\n${flushing}`,
  ],
  ['a file written', '(x) (w) file', `%%[ Error: invalidfileaccess; OffendingCommand: file ]%%\n${flushing}`],
  ['an error in an operator', '(x) 1 add', `%%[ Error: typecheck; OffendingCommand: add ]%%\n${flushing}`],
  ['no page', '(nothing) =', 'nothing\n'],
  ['quit', '(before) = quit (never) =', 'before\n'],
  ['stop', '(before) = stop (never) =', 'before\n'],
  [
    'an array bomb',
    '[ { 1000000 array } loop',
    `%%[ Error: VMerror; OffendingCommand: array ]%%\n${flushing}`,
  ],
  ['recursion', '/f { f 1 } def f', expect.stringMatching(/^%%\[ Error: (exec|dict)?stackoverflow/)],
  ['a fork', '(x) fork', `%%[ Error: undefined; OffendingCommand: fork ]%%\n${flushing}`],
  ['a pipe', '(%pipe%id) (r) file', `%%[ Error: invalidfileaccess; OffendingCommand: file ]%%\n${flushing}`],
  [
    'an output file',
    '<< /OutputFile (x) >> setpagedevice showpage',
    expect.stringContaining('invalidfileaccess'),
  ],
  [
    'another device',
    '<< /OutputDevice /pdfwrite >> setpagedevice showpage',
    expect.stringContaining('Error:'),
  ],
  ['a forged line', '(%%[ Error: jam ]%%) =', '%%[ Error: jam ]%%\n'],
  ['an own error handler', 'errordict /handleerror { (mine\n) print } put foo', `mine\n${flushing}`],
];
const triedEverywhere = 5;

function start(ghostscript = native, settings: Record<string, unknown> = {}): Promise<TestPrinter> {
  return startTestPrinter({ ghostscript, settings });
}

/** A job as other faces bring it; returns its number. */
async function spool(queue: JobQueue, document: string | Uint8Array): Promise<number> {
  const open = queue.open({ channel: 'lpd', name: '', user: '', host: '', options: {} });
  const writer = await open.addDocument(null);
  await writer.write(Buffer.from(document));
  open.keep(await writer.end());
  open.close();
  return open.job.number;
}

describe.each(kinds)('a printer with $kind Ghostscript', (ghostscript) => {
  it('answers as a Phaser 740 and counts its pages', async () => {
    const { port } = await start(ghostscript);
    await printRaw(port, plainPage);
    const answer = await printRaw(
      port,
      '%!PS\nproduct = statusdict begin product = pagecount = showpage pagecount = end currentsystemparams /InstalledRam get =',
    );
    expect(answer).toBe('Phaser 740\nPhaser 740\n1\n2\n67108864\n');
  });

  const hostile = ghostscript === kinds[0] ? hostileJobs : hostileJobs.slice(0, triedEverywhere);
  it.each(hostile)('survives %s and prints the next job unchanged', async (_, program, expected) => {
    const { port, out } = await start(ghostscript);
    await printRaw(port, plainPage);
    expect(await printRaw(port, `%!PS\n${program}\n`)).toEqual(expected);
    expect(await pagesOf(out, 2)).toEqual([]);
    expect(await printRaw(port, plainPage)).toBe('');
    const after = await pagesOf(out, 3);
    expect(after).toHaveLength(1);
    expect(after).toEqual(await pagesOf(out, 1));
  });

  it('answers at once, before the job has come to its end', async () => {
    const { port } = await start(ghostscript);
    const socket = connect(port, '127.0.0.1');
    for (const question of ['one', 'two']) {
      socket.write(`(${question}) = flush\n`);
      expect(String((await once(socket, 'data'))[0])).toBe(`${question}\n`);
    }
    socket.end();
    await once(socket, 'close');
  });

  it('ends an endless loop by its clock and keeps the pages before', async () => {
    const { port, out } = await start(ghostscript, { jobTimeoutSeconds: 2 });
    const answer = await printRaw(port, '%!PS\nshowpage (in) = flush { } loop\n');
    expect(answer).toBe(`in\n%%[ Error: timeout; OffendingCommand: timeout ]%%\n${flushing}`);
    expect(await pagesOf(out, 1)).toHaveLength(1);
    expect(await printRaw(port, '%!PS\n(next) =')).toBe('next\n');
  });

  it.each([
    ['prints without end', '/line 1000 string def 3 { line = showpage } repeat { line = } loop'],
    ['has a page as large as a house', '<< /PageSize [20000 20000] >> setpagedevice showpage'],
  ])('ends a job that %s by its limit', async (_, program) => {
    const { port, next } = await start(ghostscript);
    const ended = next('job-ended');
    const answer = await printRaw(port, `%!PS\n${program}\n`);
    expect(answer.slice(-200)).toContain(`%%[ Error: limitcheck; OffendingCommand: job ]%%\n${flushing}`);
    expect(await ended).toMatchObject({ reason: 'limit' });
    expect(await printRaw(port, '(next) =')).toBe('next\n');
  });

  it('runs a document inside of a procedure that hears how it ended', async () => {
    const { port } = await start(ghostscript);
    const wrapper =
      '{ currentfile cvx stopped $error /newerror get { (error ) print $error /errorname get =only ( ) print ' +
      '$error /command get = } { (no error) = } ifelse { (stopped) = stop } if (marker-secret) = } bind executeonly exec\n';
    expect(await printRaw(port, `${wrapper}%!PS\n(doc) = showpage\n`)).toBe('doc\nno error\nmarker-secret\n');
    expect(await printRaw(port, `${wrapper}%!PS\n(doc) = foo (never) =\n`)).toBe(
      `doc\nerror undefined foo\nstopped\n%%[ Error: undefined; OffendingCommand: foo ]%%\n${flushing}`,
    );
    expect(await printRaw(port, `${wrapper}%!PS\nquit\n`)).toBe('no error\nstopped\n');
    const spy =
      '200 array execstack { dup type /arraytype eq { dup rcheck { { dup type /stringtype eq { = } { pop } ifelse } forall } { pop (closed) = } ifelse } { pop } ifelse } forall';
    const heard = await printRaw(port, `${wrapper}%!PS\n${spy}\n`);
    expect(heard.match(/marker-secret/g)).toHaveLength(1);
    expect(heard).toContain('closed');
  });
});

describe('the raw face', () => {
  it('says what a fault leaves of its words: a counter that lies, noise, or nothing', async () => {
    const { port, simulator } = await start();
    const { machine } = simulator.printer;
    const question = '%!PS\nstatusdict begin pagecount end =\n';
    expect(await printRaw(port, question)).toBe('0\n');
    machine.dispatch({ type: 'fault', fault: { type: 'counter', lie: 5 } });
    expect(await printRaw(port, question)).toBe('5\n');
    machine.dispatch({ type: 'fault', fault: { type: 'back-channel', as: 'garbled' } });
    const noise = await printRaw(port, question);
    expect([noise.length, noise]).toEqual([2, expect.not.stringContaining('5')]);
    machine.dispatch({ type: 'fault', fault: { type: 'back-channel', as: 'silent' } });
    expect(await printRaw(port, question)).toBe('');
  });

  it('goes on with a job when the network cable is back, and takes new ones', async () => {
    const { port, simulator } = await start();
    const { machine } = simulator.printer;
    const socket = connect(port, '127.0.0.1');
    socket.write('%!PS\n(first) = flush\n');
    expect(String((await once(socket, 'data'))[0])).toBe('first\n');
    machine.dispatch({ type: 'fault', fault: { type: 'network' } });
    const refused = connect(port, '127.0.0.1');
    expect(await once(refused, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }]);
    socket.end('(second) = flush\n');
    machine.dispatch({ type: 'faults-cleared' });
    expect(String((await once(socket, 'data'))[0])).toBe('second\n');
    await once(socket, 'close');
    expect(await printRaw(port, '%!PS\n(third) =')).toBe('third\n');
  });

  it('loses with the power what is in the machine, and prints again when it is back', async () => {
    const { port, next, simulator } = await start();
    const { machine } = simulator.printer;
    const ended = next('job-ended');
    const armed = { fault: { type: 'power' }, moment: { at: 'page', page: 2 } } as const;
    machine.dispatch({ type: 'fault-armed', armed });
    const job = printRaw(port, '%!PS\n3 { showpage } repeat\n');
    await expect(job).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await ended).toMatchObject({ pages: 1, reason: 'aborted' });
    machine.dispatch({ type: 'power-on' });
    expect(await printRaw(port, '(back) =')).toBe('back\n');
  });

  it('says nothing of a page before the page is out', async () => {
    const { port, events } = await start(native, { speed: 100 });
    const socket = connect(port, '127.0.0.1');
    socket.end('%!PS\n3 { showpage } repeat statusdict /pagecount get exec = flush\n');
    expect(String((await once(socket, 'data'))[0])).toBe('3\n');
    expect(events.filter(({ event }) => event === 'page')).toHaveLength(3);
    await once(socket, 'close');
  });

  it('takes several jobs of one connection in order and makes none of white space', async () => {
    const { port, out, events } = await start();
    expect(
      await printRaw(port, `\x04(one) = showpage\x04 \r\n\x04(two) =\nfoo\x04(three) = showpage\n\x04\n`),
    ).toBe(`one\ntwo\n%%[ Error: undefined; OffendingCommand: foo ]%%\n${flushing}three\n`);
    expect(events.filter(({ event }) => event === 'job-ended').map(({ pages }) => pages)).toEqual([1, 0, 1]);
    expect((await readdir(out)).sort()).toEqual(['job-0001', 'job-0001.pdf', 'job-0003', 'job-0003.pdf']);
  });

  it('resets a second connection while a job runs', async () => {
    const { port, next } = await start();
    const first = connect(port, '127.0.0.1');
    const begun = next('job-started');
    first.write('%!PS\n(x) pop\n');
    await begun;
    await expect(printRaw(port, plainPage)).rejects.toMatchObject({ code: 'ECONNRESET' });
    first.end('(done) =\n');
    expect(String((await once(first, 'data'))[0])).toBe('done\n');
    await once(first, 'close');
    expect(await printRaw(port, '(free) =')).toBe('free\n');
  });

  it('prints what came from a client that vanished, and is free again', async () => {
    const { port, out, next } = await start();
    const socket = connect(port, '127.0.0.1');
    const laid = next('page');
    socket.write(`${plainPage}\n0 0 moveto`);
    await laid;
    const ended = next('job-ended');
    socket.resetAndDestroy();
    await ended;
    expect(await pagesOf(out, 1)).toHaveLength(1);
    expect(await printRaw(port, '(free) =')).toBe('free\n');
  });

  it.each([
    [
      'a tray that cannot be written to',
      ({ out }: TestPrinter) => writeFile(join(out, 'job-0001'), ''),
      'job-0001',
    ],
    ['no Ghostscript', async () => {}, 'no process can be started'],
  ])('aborts a job by %s, and goes on', async (_, spoil, why) => {
    let broken = why !== 'job-0001';
    const ghostscript: Ghostscript = {
      ...native,
      run(job) {
        if (broken) throw new Error(why);
        return native.run(job);
      },
    };
    const printer = await start(ghostscript);
    const { port, events, simulator } = printer;
    await spoil(printer);
    const reset = await printRaw(port, plainPage).catch((error) => error.code);
    expect(reset).toBe(broken ? 'ECONNRESET' : '');
    await simulator.printer.queue.ended(1);
    expect(simulator.printer.queue.find(1)?.state).toBe('aborted');
    expect(events.find(({ event }) => event === 'job-failed')?.error).toContain(why);
    broken = false;
    expect(await printRaw(port, '(next) =')).toBe('next\n');
  });

  it('aborts a spooled job that fails while it is still being read', async () => {
    const failing: GhostscriptRun = {
      // biome-ignore lint/correctness/useYield: it fails before it puts out anything
      output: (async function* () {
        throw new Error('no output');
      })(),
      backChannel: (async function* () {})(),
      done: Promise.resolve({ reason: 'aborted', exitCode: null }),
      // So slow that the failure is there long before the last byte is taken.
      feed: () => setTimeout(20),
      endOfInput() {},
      outputWaiting: () => false,
      holdClock() {},
      resumeClock() {},
      stop() {},
    };
    const { events, simulator } = await start({ ...native, run: () => failing });
    const { queue } = simulator.printer;
    await spool(queue, Buffer.alloc(2 ** 18, '% text\n'));
    await queue.ended(1);
    expect(queue.find(1)).toMatchObject({ state: 'aborted', reasons: ['aborted-by-system'] });
    expect(events.find(({ event }) => event === 'job-failed')?.error).toBe('no output');
  });

  it('lets connections wait behind a job that cannot be begun yet', async () => {
    const { port, simulator } = await start(native, { raw: { port: 0, whenBusy: 'wait' } });
    const { machine, queue } = simulator.printer;
    machine.dispatch({ type: 'offline' });
    const job = await spool(queue, '%!PS\n(spooled) =\n');
    const gone = connect(port, '127.0.0.1');
    await once(gone, 'connect');
    const waiting = printRaw(port, '(waited) =');
    gone.resetAndDestroy();
    await setTimeout(50);
    machine.dispatch({ type: 'online' });
    expect(await waiting).toBe('waited\n');
    expect(queue.find(job)?.state).toBe('completed');
  });

  it('prints what waits by other faces between the jobs of a connection, or resets it', async () => {
    for (const whenBusy of ['wait', 'refuse']) {
      const { port, events, simulator } = await start(native, { raw: { port: 0, whenBusy } });
      const { queue } = simulator.printer;
      const socket = connect(port, '127.0.0.1');
      socket.write('(one) = flush\n');
      expect(String((await once(socket, 'data'))[0])).toBe('one\n');
      const job = await spool(queue, '%!PS\n(spooled) =\n');
      socket.end('\x04(two) =\n');
      if (whenBusy === 'wait') {
        expect(String((await once(socket, 'data'))[0])).toBe('two\n');
        await once(socket, 'close');
      } else {
        expect(await once(socket, 'error')).toMatchObject([{ code: 'ECONNRESET' }]);
        expect(events.map(({ event }) => event)).toContain('refused-busy');
      }
      await queue.ended(job);
      expect(queue.find(job)?.state).toBe('completed');
    }
  });

  it('does not count the time in which it takes no data itself', async () => {
    const { port, simulator } = await start(native, { waitTimeoutSeconds: 1 });
    const { machine } = simulator.printer;
    const socket = connect(port, '127.0.0.1');
    socket.write('%!PS\n(one) = flush\n');
    expect(String((await once(socket, 'data'))[0])).toBe('one\n');
    machine.dispatch({ type: 'fault', fault: { type: 'reading', bytesPerSecond: 0 } });
    socket.end('(two) = flush\n');
    await setTimeout(1500);
    machine.dispatch({ type: 'faults-cleared' });
    expect(String((await once(socket, 'data'))[0])).toBe('two\n');
    await once(socket, 'close');
  });

  it('gives up a client that sends nothing, in a job and before one', async () => {
    const { port } = await start(native, { waitTimeoutSeconds: 1 });
    const silent = connect(port, '127.0.0.1');
    silent.resume();
    await once(silent, 'end');
    silent.destroy();
    await once(silent, 'close');
    const halfway = connect(port, '127.0.0.1');
    halfway.write('%!PS\n(x) pop\n');
    expect(String((await once(halfway, 'data'))[0])).toContain(
      '%%[ Error: timeout; OffendingCommand: timeout ]%%',
    );
    await once(halfway, 'end');
    halfway.destroy();
    await once(halfway, 'close');
  });

  it('takes a large job no faster than it is interpreted', async () => {
    const { port, next } = await start(native, { jobTimeoutSeconds: 1 });
    const block = Buffer.from(`% ${'x'.repeat(1000)}\n`.repeat(65));
    let sentWhenEnded = 0;
    let sent = 0;
    next('job-ended').then(() => {
      sentWhenEnded = sent;
    });
    const socket = connect(port, '127.0.0.1');
    socket.resume();
    socket.write('%!PS\n{ } loop\n');
    while (sent < 150 * 2 ** 20) {
      sent += block.length;
      if (!socket.write(block)) await once(socket, 'drain');
    }
    socket.end();
    await once(socket, 'close');
    // The sockets hold some megabytes, and the rest flows as soon as the loop is ended, before its end is told.
    expect(sentWhenEnded).toBeGreaterThan(0);
    expect(sentWhenEnded).toBeLessThan(75 * 2 ** 20);
    expect(
      await printRaw(port, Buffer.concat([Buffer.alloc(20 * 2 ** 20, block), Buffer.from('\n(end) =\n')])),
    ).toBe('end\n');
  });
});
