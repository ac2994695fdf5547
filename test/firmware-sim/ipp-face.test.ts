/** The simulated printer as IPP shows it: jobs in all their ways, and the machine's state in the standard's words. */
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { findGhostscript } from '#runtime/ghostscript.js';
import { enumValues } from '#vocab/ipp-words.js';
import { encodeIpp } from '#wire/ipp-encoder.js';
import {
  attribute,
  boolean,
  charset,
  collection,
  findGroup,
  type IppAttribute,
  integer,
  keyword,
  mimeMediaType,
  nameValue,
  range,
  uri,
} from '#wire/ipp-message.js';
import { openJobSeconds } from '../../firmware-sim/faces/ipp/open-jobs.js';
import { IppClient, type IppReply, plain } from '../support/ipp-client.js';
import { ManualClock } from '../support/manual-clock.js';
import { pagesOf, startTestPrinter } from '../support/simulator.js';

const ghostscript = await findGhostscript();
const onePage = '%!PS\n100 100 200 200 rectfill showpage\n';
const states = enumValues['job-state'];

/** `paused`: nothing is printed, and no process is started. */
async function start({
  paused = true,
  settings = {},
  clock,
}: {
  paused?: boolean;
  settings?: object;
  clock?: ManualClock;
} = {}) {
  const printer = await startTestPrinter({
    ghostscript,
    settings: { raw: undefined, ipp: { port: 0 }, ...settings },
    ...(clock === undefined ? {} : { clock }),
  });
  const { simulator } = printer;
  const { machine, queue } = simulator.printer;
  if (paused) machine.dispatch({ type: 'offline' });
  const client = new IppClient(simulator.ports.ipp ?? 0);
  return { ...printer, machine, queue, client, ippPort: simulator.ports.ipp ?? 0 };
}

const jobId = (reply: IppReply) => Number(plain(reply.groups('job')[0], 'job-id')[0]);
const named = (name: string) => [attribute('job-name', nameValue(name))];
const ofJob = (job: number, ...more: IppAttribute[]) => ({
  operation: [attribute('job-id', integer(job)), ...more],
});
const last = (is: boolean) => attribute('last-document', boolean(is));

describe('a job', () => {
  it('is on the disk when it is answered, is printed, and says so', async () => {
    const { client, machine, queue, out, ippPort } = await start({ paused: false });
    machine.dispatch({ type: 'offline' });
    const reply = await client.ask('Print-Job', { operation: named('letter') }, onePage);
    expect(reply.status).toBe('successful-ok');
    const [job] = reply.groups('job');
    expect(plain(job, 'job-state')).toEqual([states.pending]);
    expect(plain(job, 'job-uri')).toEqual([`ipp://127.0.0.1:${ippPort}/ipp/print/${jobId(reply)}`]);
    const spool = join(out, '../printer/spool');
    const [file = ''] = await readdir(spool);
    expect(await readFile(join(spool, file), 'latin1')).toBe(onePage);
    machine.dispatch({ type: 'online' });
    await queue.ended(jobId(reply));
    const answer = await client.ask('Get-Job-Attributes', ofJob(jobId(reply)));
    const [told] = answer.groups('job');
    expect(plain(told, 'job-state')).toEqual([states.completed]);
    expect(plain(told, 'job-state-reasons')).toEqual(['job-completed-successfully']);
    expect(plain(told, 'job-impressions-completed')).toEqual([1]);
    expect([plain(told, 'job-name'), plain(told, 'job-originating-user-name')]).toEqual([
      ['letter'],
      ['anna'],
    ]);
    expect(await pagesOf(out, jobId(reply))).toHaveLength(1);
    expect(await readdir(spool)).toEqual([]);
  });

  it('of two documents is printed as one, with a cover sheet and without the pages that nobody wants', async () => {
    const { client, queue, out } = await start({ paused: false });
    const job = [
      attribute('job-sheets', keyword('standard')),
      attribute('page-ranges', range(2, 2)),
      attribute('copies', integer(2)),
    ];
    const created = await client.ask('Create-Job', { operation: named('two'), job });
    const number = jobId(created);
    expect(plain(created.groups('job')[0], 'job-state-reasons')).toEqual(['job-incoming']);
    const twoPages = '%!PS\nshowpage 100 100 200 200 rectfill showpage\n';
    expect((await client.ask('Send-Document', ofJob(number, last(false)), twoPages)).status).toBe(
      'successful-ok',
    );
    expect((await client.ask('Send-Document', ofJob(number, last(true)), twoPages)).status).toBe(
      'successful-ok',
    );
    expect((await client.ask('Send-Document', ofJob(number, last(true)), twoPages)).status).toBe(
      'client-error-not-possible',
    );
    await queue.ended(number);
    expect(await pagesOf(out, number)).toHaveLength(5);
  });

  it('in PWG raster is printed', async () => {
    const { client, queue, out } = await start({ paused: false });
    const raster = Buffer.alloc(4 + 1796 + 2 * 3);
    raster.write('RaS2PwgRaster', 'latin1');
    const fields = {
      276: 72,
      280: 72,
      352: 612,
      356: 792,
      372: 1,
      376: 2,
      384: 8,
      388: 8,
      392: 1,
      400: 18,
      420: 1,
    };
    for (const [at, value] of Object.entries(fields)) raster.writeUInt32BE(value, Number(at) + 4);
    const reply = await client.ask('Print-Job', {}, raster);
    const spoiled = await client.ask('Print-Job', {}, raster.subarray(0, 1802));
    await queue.ended(jobId(spoiled));
    expect(queue.find(jobId(reply))).toMatchObject({ state: 'completed', pages: 1 });
    expect(queue.find(jobId(spoiled))).toMatchObject({ state: 'aborted', pages: 0 });
    expect(await pagesOf(out, jobId(reply))).toHaveLength(1);
  });

  it('can be held, released, canceled, and closed', async () => {
    const { client, queue } = await start();
    const hold = { job: [attribute('job-hold-until', keyword('indefinite'))] };
    const number = jobId(await client.ask('Print-Job', hold, onePage));
    const state = () => queue.find(number)?.state;
    expect(state()).toBe('pending-held');
    expect((await client.ask('Release-Job', ofJob(number))).status).toBe('successful-ok');
    expect(state()).toBe('pending');
    expect((await client.ask('Release-Job', ofJob(number))).status).toBe('client-error-not-possible');
    expect((await client.ask('Hold-Job', ofJob(number))).status).toBe('successful-ok');
    expect(state()).toBe('pending-held');
    expect((await client.ask('Cancel-Job', ofJob(number))).status).toBe('successful-ok');
    expect((await client.ask('Cancel-Job', ofJob(number))).status).toBe('client-error-not-possible');
    expect(queue.find(number)?.reasons).toEqual(['job-canceled-by-user']);
    const open = jobId(await client.ask('Create-Job'));
    await client.ask('Send-Document', ofJob(open, last(false)), onePage);
    expect((await client.ask('Close-Job', ofJob(open))).status).toBe('successful-ok');
    expect(queue.find(open)?.state).toBe('pending');
  });

  it('whose sender is gone in the middle is none', async () => {
    const { client, queue, out, ippPort } = await start();
    const socket = connect(ippPort, '127.0.0.1');
    const head = `POST /ipp/print HTTP/1.1\r\nHost: x\r\nContent-Type: application/ipp\r\nContent-Length: 100000\r\n\r\n`;
    socket.write(
      Buffer.concat([Buffer.from(head), encodeIpp(client.request('Print-Job')), Buffer.alloc(5000, onePage)]),
    );
    await expect.poll(() => queue.list().length).toBe(1);
    socket.destroy();
    await expect
      .poll(() => queue.list()[0]?.reasons)
      .toEqual(['submission-interrupted', 'aborted-by-system']);
    expect(await readdir(join(out, '../printer/spool'))).toEqual([]);
  });

  it('that is canceled while it comes leaves nothing behind, and takes nothing more', async () => {
    const { client, queue, out, ippPort } = await start();
    const spool = join(out, '../printer/spool');
    const body = Buffer.concat([encodeIpp(client.request('Print-Job')), Buffer.alloc(50_000, onePage)]);
    const socket = connect(ippPort, '127.0.0.1');
    const head = `POST /ipp/print HTTP/1.1\r\nHost: x\r\nContent-Type: application/ipp\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.write(Buffer.concat([Buffer.from(head), body.subarray(0, 20_000)]));
    await expect.poll(() => readdir(spool)).toHaveLength(1);
    const [job] = queue.list();
    expect((await client.ask('Cancel-Job', ofJob(job?.number ?? 0))).status).toBe('successful-ok');
    socket.write(body.subarray(20_000));
    await once(socket, 'data');
    socket.destroy();
    await expect.poll(() => readdir(spool)).toEqual([]);
    expect(queue.list()).toMatchObject([{ state: 'canceled', documents: 0 }]);
    const open = queue.open({ channel: 'ipp', name: '', user: '', host: '', options: {} });
    queue.cancel(open.job.number, 'job-canceled-by-user');
    await expect(open.addDocument(null)).rejects.toMatchObject({ code: 'printer-job-ended' });
  });

  it('is stopped with the machine, and canceled once', async () => {
    const { client, machine, queue } = await start({ paused: false });
    machine.dispatch({ type: 'cover-opened', cover: 'top' });
    const number = jobId(await client.ask('Print-Job', {}, onePage));
    const told = async () => (await client.ask('Get-Job-Attributes', ofJob(number))).groups('job')[0];
    expect(plain(await told(), 'job-state')).toEqual([states['processing-stopped']]);
    expect(plain(await told(), 'job-state-reasons')).toEqual(['job-printing', 'printer-stopped']);
    const among = async (which: string) =>
      (await client.ask('Get-Jobs', { operation: [attribute('which-jobs', keyword(which))] })).groups('job')
        .length;
    expect([await among('processing'), await among('processing-stopped')]).toEqual([0, 1]);
    machine.dispatch({ type: 'cover-closed', cover: 'top' });
    expect(plain(await told(), 'job-state')).toEqual([states.processing]);
    expect([1, 2].map(() => queue.cancel(number, 'job-canceled-by-user'))).toEqual([true, false]);
    await queue.ended(number);
    expect(queue.find(number)).toMatchObject({ state: 'canceled', reasons: ['job-canceled-by-user'] });
  });

  it('that is left open ends by itself', async () => {
    const clock = new ManualClock();
    const { client, queue } = await start({ clock });
    const number = jobId(await client.ask('Create-Job'));
    await clock.advance((openJobSeconds - 1) * 1000);
    await client.ask('Send-Document', ofJob(number, last(false)), onePage);
    await clock.advance((openJobSeconds - 1) * 1000);
    expect(queue.find(number)?.state).toBe('pending-held');
    await clock.advance(1000);
    expect(queue.find(number)).toMatchObject({
      state: 'aborted',
      reasons: ['submission-interrupted', 'aborted-by-system'],
    });
  });

  it('takes its document packed in every way', async () => {
    const { client, queue } = await start();
    for (const [name, packed] of [
      ['gzip', gzipSync(onePage)],
      ['deflate', deflateRawSync(onePage)],
      ['deflate', deflateSync(onePage)],
    ] as const) {
      const operation = [attribute('compression', keyword(name))];
      const reply = await client.ask('Print-Job', { operation }, packed);
      expect(queue.find(jobId(reply))?.bytes).toBe(onePage.length);
    }
    const lie = await client.ask(
      'Print-Job',
      { operation: [attribute('compression', keyword('gzip'))] },
      onePage,
    );
    expect(lie.status).toBe('client-error-compression-error');
  });

  it('is refused, or printed otherwise, when it wants what the printer has not', async () => {
    const { client, queue } = await start();
    const job = [
      attribute('sides', keyword('two-sided-long-edge')),
      attribute('colour-of-the-sky', keyword('blue')),
    ];
    const strict = { operation: [attribute('ipp-attribute-fidelity', boolean(true))], job };
    const refused = await client.ask('Print-Job', strict, onePage);
    expect(refused.status).toBe('client-error-attributes-or-values-not-supported');
    expect(refused.groups('unsupported')[0]?.map(({ name }) => name)).toEqual(['sides', 'colour-of-the-sky']);
    const lenient = await client.ask('Print-Job', { job }, onePage);
    expect(lenient.status).toBe('successful-ok-ignored-or-substituted-attributes');
    expect(queue.list()).toHaveLength(1);
  });

  it('names no more pages and nothing longer than is kept', async () => {
    const { client, queue } = await start();
    const ranges = (count: number) =>
      attribute('page-ranges', ...Array.from({ length: count }, (_, n) => range(2 * n + 1, 2 * n + 1)));
    const overrides = (count: number) =>
      attribute('overrides', ...Array(count).fill(collection(attribute('pages', range(1, 1)))));
    const fidelity = [attribute('ipp-attribute-fidelity', boolean(true))];
    const statuses = async (...attributes: IppAttribute[]) =>
      (await client.ask('Validate-Job', { operation: fidelity, job: attributes })).status;
    expect(await statuses(ranges(100), overrides(100))).toBe('successful-ok');
    expect(await statuses(ranges(101))).toBe('client-error-attributes-or-values-not-supported');
    expect(await statuses(overrides(101))).toBe('client-error-attributes-or-values-not-supported');
    expect((await client.ask('Print-Job', { operation: named('n'.repeat(255)) }, onePage)).status).toBe(
      'successful-ok',
    );
    expect((await client.ask('Print-Job', { operation: named('n'.repeat(256)) }, onePage)).status).toBe(
      'client-error-request-value-too-long',
    );
    expect(queue.list()).toHaveLength(1);
  });

  it('tells the machine what is asked of its pages', async () => {
    const { client, queue } = await start({ settings: { profile: 'DX' } });
    const mediaCol = (...members: IppAttribute[]) => attribute('media-col', collection(...members));
    const size = collection(
      attribute('x-dimension', integer(21000)),
      attribute('y-dimension', integer(29700)),
    );
    const override = collection(
      attribute('pages', range(2, 3)),
      attribute('document-numbers', range(1, 1)),
      attribute('media', keyword('na_letter_8.5x11in')),
    );
    const job = [
      attribute('copies', integer(3)),
      attribute('sides', keyword('two-sided-short-edge')),
      mediaCol(
        attribute('media-size', size),
        attribute('media-type', keyword('transparency')),
        attribute('media-source', keyword('tray-2')),
      ),
      attribute('output-bin', keyword('face-down')),
      attribute('print-color-mode', keyword('monochrome')),
      attribute('page-ranges', range(1, 2), range(4, 9)),
      attribute('overrides', override),
    ];
    const reply = await client.ask('Print-Job', { job }, onePage);
    expect(reply.status).toBe('successful-ok');
    expect(queue.find(jobId(reply))?.ticket.options).toEqual({
      copies: 3,
      sides: 'two-sided-short-edge',
      medium: { size: 'a4', type: 'transparency' },
      input: 'lower',
      output: 'face-down',
      monochrome: true,
      pageRanges: [
        { from: 1, to: 2 },
        { from: 4, to: 9 },
      ],
      overrides: [
        {
          pages: [{ from: 2, to: 3 }],
          documents: [{ from: 1, to: 1 }],
          options: { medium: { size: 'letter', type: 'stationery' } },
        },
      ],
    });
  });
});

describe('refused is', () => {
  it.each([
    ['a request-id of 0', 'client-error-bad-request', { requestId: 0 }],
    ['a version that is to come', 'server-error-version-not-supported', { version: [3, 0] as const }],
    ['an operation that it has not', 'server-error-operation-not-supported', { code: 0x0003 }],
    ['one that nobody has', 'server-error-operation-not-supported', { code: 0x7fff }],
    ['a request without groups', 'client-error-bad-request', { groups: [] }],
  ])('%s', async (_, status, change) => {
    const { client } = await start();
    expect((await client.send({ ...client.request('Get-Printer-Attributes'), ...change })).status).toBe(
      status,
    );
  });

  it.each([
    [
      'another character set',
      'client-error-charset-not-supported',
      0,
      attribute('attributes-charset', charset('utf-7')),
    ],
    ['no language', 'client-error-bad-request', 1, attribute('x', keyword('en'))],
    ['no printer', 'client-error-bad-request', 2, attribute('x', keyword('en'))],
    [
      'another printer',
      'client-error-not-found',
      2,
      attribute('printer-uri', uri('ipp://localhost/ipp/other')),
    ],
  ])('a request with %s', async (_, status, at, instead) => {
    const { client } = await start();
    const request = client.request('Get-Printer-Attributes');
    findGroup(request, 'operation')?.attributes.splice(at, 1, instead);
    expect((await client.send(request)).status).toBe(status);
  });

  it.each([
    [
      'a document in another format',
      'client-error-document-format-not-supported',
      'Print-Job',
      attribute('document-format', mimeMediaType('text/html')),
      onePage,
    ],
    [
      'one that is found to be in another',
      'client-error-document-format-not-supported',
      'Print-Job',
      last(true),
      '<html>',
    ],
    [
      'another compression',
      'client-error-compression-not-supported',
      'Validate-Job',
      attribute('compression', keyword('zoo')),
      '',
    ],
    ['no document', 'client-error-bad-request', 'Print-Job', last(true), ''],
    ['a job that is not there', 'client-error-not-found', 'Cancel-Job', attribute('job-id', integer(99)), ''],
    ['no job', 'client-error-bad-request', 'Cancel-Job', last(true), ''],
    [
      'a list of jobs that nobody knows',
      'client-error-attributes-or-values-not-supported',
      'Get-Jobs',
      attribute('which-jobs', keyword('lost')),
      '',
    ],
  ] as const)('%s', async (_, status, operation, extra, document) => {
    const { client, queue } = await start();
    expect((await client.ask(operation, { operation: [extra] }, document)).status).toBe(status);
    expect(queue.list().filter(({ state }) => state !== 'aborted')).toEqual([]);
  });

  it('what is no IPP, and thirteen bytes that never end elsewhere', async () => {
    const { client } = await start();
    for (const bytes of ['0200000b000000010144fffb03', '', 'ff', '0200000b00000001ff']) {
      const response = await client.post(Buffer.from(bytes, 'hex'));
      expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('IPP message')]);
    }
    expect((await client.post(Buffer.alloc(2_000_000, '0200000b0000000101300001', 'hex'))).status).toBe(400);
    expect((await client.post(Buffer.alloc(0), '/elsewhere')).status).toBe(404);
  });
});

describe('Get-Jobs', () => {
  it('tells whose jobs, which, how many and what of them', async () => {
    const { client, ippPort } = await start();
    const bert = new IppClient(ippPort, 'bert');
    const mine = jobId(await client.ask('Print-Job', { operation: named('a') }, onePage));
    const his = jobId(await bert.ask('Print-Job', { operation: named('b') }, onePage));
    const third = jobId(await client.ask('Print-Job', { operation: named('c') }, onePage));
    await client.ask('Cancel-Job', ofJob(third));
    const jobs = async (...operation: IppAttribute[]) =>
      (await client.ask('Get-Jobs', { operation })).groups('job').map((job) => plain(job, 'job-id')[0]);
    expect(await jobs()).toEqual([mine, his]);
    expect(await jobs(attribute('my-jobs', boolean(true)))).toEqual([mine]);
    expect(await jobs(attribute('limit', integer(1)))).toEqual([mine]);
    expect(await jobs(attribute('which-jobs', keyword('completed')))).toEqual([third]);
    expect(await jobs(attribute('which-jobs', keyword('all')))).toEqual([mine, his, third]);
    const [first] = (await client.ask('Get-Jobs')).groups('job');
    expect(first?.map(({ name }) => name)).toEqual(['job-uri', 'job-id']);
    const requested = attribute('requested-attributes', keyword('job-name'), keyword('job-state'));
    const [told] = (await client.ask('Get-Jobs', { operation: [requested] })).groups('job');
    expect(told?.map(({ name }) => name).sort()).toEqual(['job-name', 'job-state']);
    expect((await bert.ask('Cancel-My-Jobs')).status).toBe('successful-ok');
    expect(await jobs()).toEqual([mine]);
    const strange = { operation: [attribute('job-ids', integer(his))] };
    expect((await client.ask('Cancel-My-Jobs', strange)).status).toBe('client-error-not-found');
  });
});

describe('the printer', () => {
  const told = async (client: IppClient, ...names: string[]) => {
    const operation = names.length === 0 ? [] : [attribute('requested-attributes', ...names.map(keyword))];
    return (await client.ask('Get-Printer-Attributes', { operation })).groups('printer')[0] ?? [];
  };

  it('tells its state, its trays and supplies as the machine has them', async () => {
    const { client, machine } = await start({ paused: false });
    const seen = async () => {
      const printer = await told(client, 'printer-state', 'printer-state-reasons', 'printer-state-message');
      return [plain(printer, 'printer-state')[0], plain(printer, 'printer-state-reasons')];
    };
    expect(await seen()).toEqual([3, ['none']]);
    machine.dispatch({ type: 'cover-opened', cover: 'top' });
    machine.dispatch({ type: 'paper-loaded', input: 'upper', sheets: 5 });
    expect(await seen()).toEqual([5, ['cover-open-error', 'media-low-warning']]);
    machine.dispatch({ type: 'cover-closed', cover: 'top' });
    machine.dispatch({ type: 'tray-pulled', input: 'upper' });
    machine.dispatch({ type: 'supply-replaced', supply: 'toner-cyan', levelPercent: 7 });
    const printer = await told(client);
    expect(plain(printer, 'printer-state-reasons')).toContain('toner-low-warning');
    expect(plain(printer, 'marker-levels').slice(0, 3)).toEqual([100, 7, 100]);
    expect(plain(printer, 'marker-colors').slice(0, 2)).toEqual(['#000000', '#00FFFF']);
    expect(plain(printer, 'media-ready')).toEqual(['na_letter_8.5x11in']);
    expect(plain(printer, 'printer-alert').map(String)).toContainEqual(
      expect.stringContaining('code=markerTonerAlmostEmpty'),
    );
    expect(String(plain(printer, 'printer-supply')[1])).toBe(
      'type=tonerCartridge;maxcapacity=100;level=7;class=supplyThatIsConsumed;unit=percent;' +
        'colorantindex=2;colorantrole=process;colorantname=cyan;coloranttonality=128;',
    );
    expect(printer.some(({ name }) => name === 'media-col-database')).toBe(false);
    expect(plain(await told(client, 'media-col-database'), 'media-col-database').length).toBeGreaterThan(10);
  });

  it('is paused, goes on, and shows itself', async () => {
    const { client, machine } = await start({ paused: false });
    await client.ask('Pause-Printer');
    expect(machine.state.online).toBe(false);
    expect(plain(await told(client), 'printer-state-reasons')).toEqual(['paused']);
    await client.ask('Resume-Printer');
    expect(machine.state.online).toBe(true);
    await client.ask('Identify-Printer');
    expect(plain(await told(client), 'printer-state-reasons')).toEqual(['identify-printer-requested']);
  });

  it('keeps its uuid, and has icons and a page for a browser', async () => {
    const { client, ippPort } = await start();
    const printer = await told(client, 'printer-uuid', 'printer-icons', 'printer-more-info');
    expect(plain(printer, 'printer-uuid')).toEqual([
      expect.stringMatching(/^urn:uuid:[\da-f]{8}-[\da-f]{4}-5/),
    ]);
    for (const address of [...plain(printer, 'printer-icons'), ...plain(printer, 'printer-more-info')]) {
      const response = await fetch(String(address));
      expect(response.status).toBe(200);
      const body = Buffer.from(await response.arrayBuffer());
      if (String(address).endsWith('.png')) expect(body.toString('latin1', 1, 4)).toBe('PNG');
      else expect(body.toString()).toContain('simulated');
    }
    expect((await fetch(`http://127.0.0.1:${ippPort}/elsewhere`)).status).toBe(404);
  });

  it('is not there without power, and has the same port again', async () => {
    const { client, machine, ippPort } = await start({ paused: false });
    const keptOpen = connect(ippPort, '127.0.0.1');
    await new Promise((resolve) => keptOpen.once('connect', resolve));
    keptOpen.on('error', () => {});
    const gone = new Promise((resolve) => keptOpen.once('close', resolve));
    machine.dispatch({ type: 'power-off' });
    await gone;
    await expect(client.ask('Get-Jobs')).rejects.toThrow('fetch failed');
    machine.dispatch({ type: 'power-on' });
    await expect
      .poll(() =>
        client.ask('Get-Jobs').then(
          ({ status }) => status,
          () => null,
        ),
      )
      .toBe('successful-ok');
  });
});
