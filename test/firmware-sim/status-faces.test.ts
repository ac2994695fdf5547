/** What the simulated printer says of itself: over UDP, on Ctrl-T, unasked while it stands still, on web pages and by mDNS. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLog } from '#base/log.js';
import { findGhostscript } from '#runtime/ghostscript.js';
import { conditions, findCondition } from '#vocab/conditions.js';
import { BackChannelReader } from '#wire/back-channel.js';
import { profiles } from '../../firmware-sim/device/phaser-740.js';
import { atSpeed } from '../../firmware-sim/device/speed.js';
import { advertise } from '../../firmware-sim/faces/advertise.js';
import { PrinterErrors } from '../../firmware-sim/faces/printer-errors.js';
import type { AccountingRecord } from '../../firmware-sim/jobs/accounting.js';
import { Machine } from '../../firmware-sim/machine/machine.js';
import { newMachine } from '../../firmware-sim/machine/new-machine.js';
import { composeSitePage } from '../../firmware-sim/pages/status-site.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { ManualClock } from '../support/manual-clock.js';
import { startTestPrinter } from '../support/simulator.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ghostscript = await findGhostscript();
const log = createLog({ json: true, write: () => {} });

function udpSocket(): Socket {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  onTestFinished(() => {
    socket.close();
  });
  return socket;
}

async function openMachine(clock: ManualClock): Promise<Machine> {
  const device = atSpeed(profiles.N, 'instant');
  const machine = await Machine.open({ device, dataDir: temporaryFolder(), fresh: true, clock, log });
  onTestFinished(() => machine.close());
  machine.dispatch({ type: 'power-on' });
  await clock.advance(1);
  return machine;
}

describe('status over UDP', () => {
  it('answers an empty datagram and a line end, a few times a second, and nothing else', async () => {
    const clock = new ManualClock();
    const { simulator } = await startTestPrinter({
      ghostscript,
      clock,
      settings: { udpStatus: { port: 0 } },
    });
    const { machine } = simulator.printer;
    const port = simulator.ports.udpStatus ?? 0;
    const socket = udpSocket();
    const answers: string[] = [];
    socket.on('message', (answer) => answers.push(answer.toString()));
    const ask = (text: string) => socket.send(text, port, '127.0.0.1');
    await clock.advance(0);
    for (const question of ['status?', '', '\r\n']) ask(question);
    await eventually(() => expect(answers).toHaveLength(2));
    const [message] = new BackChannelReader().push(Buffer.from(answers[0] ?? ''));
    expect(message?.fields).toMatchObject({ status: 'idle', source: 'AppSocket', waiting: '0', pages: '0' });
    machine.dispatch({ type: 'cover-opened', cover: 'top' });
    for (let time = 0; time < 20; time++) ask('');
    await eventually(() => expect(answers).toHaveLength(5));
    expect(answers[4]).toContain('status: PrinterError: a cover is open;');
    await clock.advance(1000);
    machine.dispatch({ type: 'fault', fault: { type: 'network' } });
    ask('');
    machine.dispatch({ type: 'faults-cleared' });
    ask('');
    await eventually(() => expect(answers.length).toBeGreaterThan(5));
    expect(answers.length).toBeLessThanOrEqual(7);
  });
});

describe('on the raw channel', () => {
  it('Ctrl-T is answered between jobs, and what stops a job is told while it lasts', async () => {
    const { port, simulator } = await startTestPrinter({ ghostscript });
    const { machine } = simulator.printer;
    const socket = connect(port, '127.0.0.1');
    let said = '';
    socket.on('data', (bytes) => {
      said += bytes;
    });
    socket.write('\x14');
    await eventually(() => expect(said).toBe('%%[ status: idle; source: AppSocket ]%%\n'));
    machine.dispatch({ type: 'cover-opened', cover: 'top' });
    socket.write('\x14');
    await eventually(() =>
      expect(said).toContain('%%[ status: PrinterError: a cover is open; source: AppSocket ]%%\n'),
    );
    said = '';
    // In TBCP, after its data has been read, the job waits for more.
    socket.write('\x01M%!PS\nshowpage (printed) = flush\n');
    await eventually(() => expect(said).toBe('%%[ PrinterError: a cover is open ]%%\n'));
    machine.dispatch({ type: 'cover-closed', cover: 'top' });
    await eventually(() => expect(said).toContain('printed'));
    socket.write('\x14');
    await eventually(() => expect(said).toContain('%%[ status: waiting; source: AppSocket ]%%'));
    socket.end('\x04');
    await once(socket, 'close');
  });

  it('trouble is told again each minute, once for each, and only during a job', async () => {
    const clock = new ManualClock();
    const machine = await openMachine(clock);
    const said: string[] = [];
    const errors = new PrinterErrors(machine, clock, (message) => said.push(message.toString()));
    machine.dispatch({ type: 'cover-opened', cover: 'top' });
    expect(said).toEqual([]);
    errors.begin();
    machine.dispatch({ type: 'message', text: 'hello' });
    expect(said).toEqual(['%%[ PrinterError: a cover is open ]%%\n']);
    await clock.advance(120_000);
    expect(said).toHaveLength(3);
    machine.dispatch({ type: 'fault', fault: { type: 'jam', area: 'fuser' } });
    expect(said.at(-1)).toBe('%%[ PrinterError: paper is jammed ]%%\n');
    machine.dispatch({ type: 'cover-closed', cover: 'top' });
    machine.dispatch({ type: 'faults-cleared' });
    machine.dispatch({ type: 'jam-cleared' });
    const before = said.length;
    await clock.advance(120_000);
    expect(said).toHaveLength(before);
    errors.end();
    machine.dispatch({ type: 'cover-opened', cover: 'top' });
    await clock.advance(120_000);
    expect(said).toHaveLength(before);
  });

  it('every condition that stops a printer is understood in the words in which ours says it', () => {
    const stopping = Object.values(conditions).filter(({ severity }) => severity === 'error');
    expect(stopping.map(({ text }) => findCondition(text))).toEqual(stopping);
  });
});

describe('web pages', () => {
  const { N } = profiles;
  const state = newMachine(N);
  const records = (count: number): AccountingRecord[] =>
    Array.from({ length: count }, (_, at) => ({
      job: at + 1,
      channel: 'lpd',
      user: '<script>',
      host: 'pc',
      name: `n${at + 1}`,
      state: 'completed',
      sheets: 1,
      sides: 1,
      startedAt: 0,
      endedAt: 1,
      mediaType: 'stationery',
      mediaSize: 'letter',
      usage: { black: 0, cyan: 0, magenta: 0, yellow: 0 },
    }));
  const page = (path: string, count = 0) =>
    composeSitePage(new URL(path, 'http://printer'), {
      device: N,
      state,
      pageCounter: 1234,
      jobsWaiting: 2,
      records: records(count),
    });

  it('show what the machine is, has and did', () => {
    const home = page('/')?.body ?? '';
    expect(home).toContain('<TITLE>PhaserLink Printer Management Software</TITLE>');
    for (const text of ['(simulated)', 'Black Toner', '100 %', '250 of 250 sheets', 'Letter, Paper', '1234'])
      expect(home).toContain(text);
  });

  it('list ten records a page, the oldest first, with nothing in them that a browser would run', () => {
    const second = page('/accounting.html?page=2', 23)?.body ?? '';
    expect(second).toMatch(/>n11<.*>n20</s);
    expect(second).not.toContain('>n21<');
    expect(second).toContain('&lt;script&gt;');
    expect(second).not.toContain('<script>');
    expect(second).toContain(
      '<A HREF="/accounting.html?page=1">1</A> <B>2</B> <A HREF="/accounting.html?page=3">3</A>',
    );
    expect(page('/accounting.html?page=99', 23)?.body).toContain('>n23<');
    expect(page('/accounting.html?page=x', 23)?.body).toContain('>n1<');
    expect(page('/jobacct.log', 2)?.body.split('\r\n')).toHaveLength(4);
    expect(page('/_ncl_items.shtml')).toBeNull();
  });

  it('are served to be read, under the old name', async () => {
    const { simulator } = await startTestPrinter({ ghostscript, settings: { web: { port: 0 } } });
    const url = `http://127.0.0.1:${simulator.ports.web}`;
    const home = await fetch(url);
    expect(home.status).toBe(200);
    expect(home.headers.get('server')).toBe('Spyglass_MicroServer/1.0 (simulated Phaser 740)');
    expect(home.headers.get('allow')).toBe('GET, HEAD');
    expect(await home.text()).toContain('<H2>Supplies</H2>');
    const head = await fetch(`${url}/jobacct.log`, { method: 'HEAD' });
    expect(head.headers.get('content-type')).toContain('text/csv');
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(405);
    expect((await fetch(`${url}/other`)).status).toBe(404);
    simulator.printer.machine.dispatch({ type: 'power-off' });
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe('mDNS', () => {
  it('names each way to print, while there is power', async () => {
    const clock = new ManualClock();
    const machine = await openMachine(clock);
    const multicastPort = await freePort();
    const end = advertise({
      name: 'Phaser im Flur',
      location: 'Flur',
      uuid: 'u-1',
      services: [
        { type: 'printer', port: 1515 },
        { type: 'ipp', port: 6310 },
      ],
      machine,
      log,
      multicastPort,
    });
    onTestFinished(end);
    const socket = udpSocket();
    socket.bind(multicastPort);
    await once(socket, 'listening');
    socket.addMembership('224.0.0.251');
    const heard: string[] = [];
    // RFC 1035 §4.1.1: the first bit of the flags tells an answer from a question.
    socket.on('message', (packet) => {
      if ((packet[2] ?? 0) & 0x80) heard.push(packet.toString('latin1'));
    });
    const ask = () => socket.send(dnsQuestion('_ipp._tcp.local'), multicastPort, '224.0.0.251');
    await eventually(() => {
      ask();
      expect(heard.join()).toContain('Phaser im Flur');
      for (const pair of [
        'rp=ipp/print',
        'ty=Tektronix Phaser 740N (simulated)',
        'note=Flur',
        'UUID=u-1',
        'Color=T',
      ])
        expect(heard.join()).toContain(pair);
    });
    machine.dispatch({ type: 'power-off' });
    heard.length = 0;
    ask();
    machine.dispatch({ type: 'power-on' });
    await eventually(() => expect(heard.join()).toContain('_printer'));
  });
});

/** RFC 1035 §4.1: one question for PTR records in the class IN. */
function dnsQuestion(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
  const head = Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([head, ...labels, Buffer.from([0, 0, 12, 0, 1])]);
}
