/** The SNMP face as others see it: Net-SNMP's programs ask it, and hear its traps. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Clock, systemClock } from '#base/clock.js';
import { createLog, type Log, silentLog } from '#base/log.js';
import { profiles } from '../../firmware-sim/device/phaser-740.js';
import { atSpeed } from '../../firmware-sim/device/speed.js';
import { startSnmpFace } from '../../firmware-sim/faces/snmp.js';
import { channel } from '../../firmware-sim/faces/snmp-model.js';
import { Machine } from '../../firmware-sim/machine/machine.js';
import { phaser740Schema } from '../../firmware-sim/settings.js';
import { ManualClock } from '../support/manual-clock.js';
import { missing } from '../support/peers.js';
import { snmp, startTrapDaemon } from '../support/snmp-tools.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const users = [
  { name: 'watcher', authPassword: 'auth-secret', privPassword: 'priv-secret' },
  {
    name: 'modern',
    authPassword: 'auth-secret',
    privPassword: 'priv-secret',
    authProtocol: 'sha256',
    privProtocol: 'aes256',
  },
];
const asWatcher = [
  '-v3',
  '-l',
  'authPriv',
  '-u',
  'watcher',
  '-a',
  'SHA',
  '-A',
  'auth-secret',
  '-x',
  'AES',
  '-X',
  'priv-secret',
];
const asModern = [
  '-v3',
  '-l',
  'authPriv',
  '-u',
  'modern',
  '-a',
  'SHA-256',
  '-A',
  'auth-secret',
  '-x',
  'AES-256',
  '-X',
  'priv-secret',
];
const printerMib = '1.3.6.1.2.1.43';

async function startFace(
  options: { name?: string; snmp?: Record<string, unknown>; dataDir?: string; clock?: Clock; log?: Log } = {},
) {
  const { dataDir = temporaryFolder(), clock = systemClock, log = silentLog } = options;
  const settings = v.parse(phaser740Schema, {
    name: options.name,
    snmp: { port: 0, communities: ['public'], users, ...options.snmp },
  });
  const device = atSpeed(profiles.N, 'instant');
  const machine = await Machine.open({ device, dataDir, fresh: false, clock, log });
  machine.dispatch({ type: 'power-on' });
  const face = await startSnmpFace({
    settings: { ...(settings.snmp ?? expect.fail('no settings')), name: settings.name },
    dataDir,
    printer: { machine },
    channels: channel('chAppSocket', '127.0.0.1', 9100),
    clock,
    log,
  });
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= face.stop().then(() => machine.close());
    return stopped;
  };
  onTestFinished(stop);
  return { machine, stop, agent: `127.0.0.1:${face.port}`, port: face.port };
}

describe.skipIf(missing('snmpget'))("Net-SNMP's programs", () => {
  it('are told the same by each version, with and without GETBULK', async () => {
    const { agent } = await startFace();
    const ways = [
      snmp('snmpwalk', '-v1', '-c', 'public', agent, printerMib),
      snmp('snmpwalk', '-v2c', '-c', 'public', agent, printerMib),
      snmp('snmpbulkwalk', '-v2c', '-c', 'public', '-Cr50', agent, printerMib),
      snmp('snmpbulkwalk', ...asWatcher, agent, printerMib),
      snmp('snmpbulkwalk', ...asModern, agent, printerMib),
    ];
    const [first = '', ...others] = await Promise.all(ways);
    expect(first.split('\n').length).toBeGreaterThan(200);
    for (const other of others) expect(other).toBe(first);
  });

  it('hear what it is, and that it is a simulation', async () => {
    const { agent } = await startFace({ name: 'Upstairs', snmp: { objectId: '1.3.6.1.4.1.128.2.1.4' } });
    const answer = await snmp(
      'snmpget',
      ...['-v1', '-c', 'public', agent, '1.3.6.1.2.1.1.1.0', '1.3.6.1.2.1.1.2.0', '1.3.6.1.2.1.1.5.0'],
      ...['1.3.6.1.2.1.25.3.2.1.3.1', '1.3.6.1.4.1.128.2.1.3.1.2.0', '1.3.6.1.4.1.128.2.1.2.3.1.0'],
      ...['1.3.6.1.4.1.2699.1.2.1.2.1.1.3.1', '1.3.6.1.4.1.2699.1.2.1.3.1.1.4.1.1'],
    );
    expect(answer).toMatch(/1\.1\.1\.0 = STRING: "Tektronix, Inc\., Phaser 740N, PhaserShare .* simulated"/);
    expect(answer).toContain('1.1.2.0 = OID: .1.3.6.1.4.1.128.2.1.4\n');
    expect(answer).toContain('1.1.5.0 = STRING: "Upstairs"');
    expect(answer).toContain('3.2.1.3.1 = STRING: "Tektronix, Inc., Phaser 740"');
    expect(answer).toContain('128.2.1.3.1.2.0 = STRING: "Phaser 740N"');
    expect(answer).toMatch(/128\.2\.1\.2\.3\.1\.0 = Hex-STRING: 08 00 11( [0-9A-F]{2}){3}/);
    expect(answer).toContain('MANUFACTURER:Tektronix;');
    expect(answer).toContain('"socket://127.0.0.1:9100"');
  });

  it('see the machine move', async () => {
    const { machine, agent } = await startFace();
    const bits = () => snmp('snmpget', '-v1', '-c', 'public', '-Oqv', agent, '1.3.6.1.2.1.25.3.5.1.2.1');
    expect(await bits()).toBe('"00 "\n');
    machine.dispatch({ type: 'cover-opened', cover: 'top' });
    expect(await bits()).toBe('"08 "\n');
    machine.dispatch({ type: 'cover-closed', cover: 'top' });
    expect(await bits()).toBe('"00 "\n');
  });

  it('get no word under a community that is not set', async () => {
    const { agent } = await startFace({ snmp: { communities: [] } });
    const answer = await snmp('snmpget', '-t', '0.3', '-v2c', '-c', 'public', agent, '1.3.6.1.2.1.1.1.0');
    expect(answer).toContain('Timeout');
    expect(await snmp('snmpget', ...asWatcher, agent, '1.3.6.1.2.1.1.1.0')).toContain('Phaser');
  });

  it('cannot reset it, as printers of the time let everybody', async () => {
    const { agent } = await startFace();
    const reset = [agent, '1.3.6.1.2.1.43.5.1.1.3.1', 'i', '4'];
    expect(await snmp('snmpset', '-v2c', '-c', 'public', ...reset)).toContain('noAccess');
    expect(await snmp('snmpset', ...asWatcher, ...reset)).toContain('noAccess');
  });

  it('know after a restart that it was one, by the same engine', async () => {
    const dataDir = temporaryFolder();
    const engine = async (agent: string) =>
      (
        await snmp(
          'snmpget',
          '-v2c',
          '-c',
          'public',
          '-Oqv',
          agent,
          '1.3.6.1.6.3.10.2.1.1.0',
          '1.3.6.1.6.3.10.2.1.2.0',
        )
      ).split('\n');
    const first = await startFace({ dataDir });
    const [id, boots] = await engine(first.agent);
    await first.stop();
    const second = await startFace({ dataDir });
    expect(boots).toBe('1');
    expect((await engine(second.agent)).slice(0, 2)).toEqual([id, '2']);
  });
});

describe.skipIf(missing('snmptrapd'))('traps', () => {
  it('come by version 2c and 3 when an alert comes and when it goes', async () => {
    const dataDir = temporaryFolder();
    const first = await startFace({ dataDir });
    const engineId = (
      await snmp('snmpget', '-v2c', '-c', 'public', '-Oqvx', first.agent, '1.3.6.1.6.3.10.2.1.1.0')
    ).replaceAll(/[^0-9A-F]/g, '');
    await first.stop();
    const daemon = await startTrapDaemon([
      'authCommunity log traps',
      `createUser -e 0x${engineId} watcher SHA auth-secret AES priv-secret`,
      'authUser log watcher priv',
    ]);
    const trapReceivers = [
      { host: '127.0.0.1', port: daemon.port, community: 'traps' },
      { host: '127.0.0.1', port: daemon.port, user: 'watcher' },
    ];
    const { machine } = await startFace({ dataDir, snmp: { trapReceivers } });
    await daemon.heard(/SNMP v2c, community traps.*OID: \.1\.3\.6\.1\.6\.3\.1\.1\.5\.1$/);
    machine.dispatch({ type: 'cover-opened', cover: 'side' });
    machine.dispatch({ type: 'cover-closed', cover: 'side' });
    for (const way of ['SNMP v2c, community traps', 'SNMP v3, user watcher']) {
      const opened = await daemon.heard(new RegExp(`${way}.*\\.43\\.18\\.1\\.1\\.7\\.1\\.1 = INTEGER: 3$`));
      expect(opened.split('\t').slice(2)).toEqual([
        '.1.3.6.1.6.3.1.1.4.1.0 = OID: .1.3.6.1.2.1.43.18.2.0.1',
        '.1.3.6.1.2.1.43.18.1.1.1.1.1 = INTEGER: 1',
        '.1.3.6.1.2.1.43.18.1.1.2.1.1 = INTEGER: 3',
        '.1.3.6.1.2.1.43.18.1.1.4.1.1 = INTEGER: 6',
        '.1.3.6.1.2.1.43.18.1.1.5.1.1 = INTEGER: 2',
        '.1.3.6.1.2.1.43.18.1.1.6.1.1 = INTEGER: -2',
        '.1.3.6.1.2.1.43.18.1.1.7.1.1 = INTEGER: 3',
      ]);
      await daemon.heard(new RegExp(`${way}.*\\.43\\.18\\.1\\.1\\.7\\.1\\.1 = INTEGER: 1801$`));
    }
  });
});

describe('the face', () => {
  it('is silent without power and without a cable', async () => {
    const { machine, port } = await startFace();
    expect(await answers(port, 15_000)).toBe(true);
    machine.dispatch({ type: 'fault', fault: { type: 'network' } });
    expect(await answers(port, 150)).toBe(false);
    machine.dispatch({ type: 'faults-cleared' });
    expect(await answers(port, 15_000)).toBe(true);
    machine.dispatch({ type: 'power-off' });
    expect(await answers(port, 150)).toBe(false);
  });

  it('tells of strangers together, a minute later, and not what they said', async () => {
    const events: string[] = [];
    const log = createLog({ json: true, write: (line) => events.push(line) });
    const clock = new ManualClock();
    const { port } = await startFace({ snmp: { communities: ['other'] }, clock, log });
    for (let time = 0; time < 3; time++) expect(await answers(port, 150)).toBe(false);
    await clock.elapse(60_000);
    const told = events.filter((line) => line.includes('snmp-refused'));
    expect(told.map((line) => JSON.parse(line))).toMatchObject([{ count: 3, address: '127.0.0.1' }]);
    expect(told.join()).not.toContain('public');
  });

  it('says which port is taken', async () => {
    const { port } = await startFace();
    await expect(startFace({ snmp: { port } })).rejects.toThrow(
      `cannot listen for SNMP on 127.0.0.1:${port}`,
    );
  });

  it('says which user it does not know', async () => {
    const trapReceivers = [{ host: '127.0.0.1', user: 'stranger' }];
    await expect(startFace({ snmp: { trapReceivers } })).rejects.toThrow(
      'stranger, who is not among snmp.users',
    );
  });
});

/** Whether a GET by version 1 is answered in that time; on an idle machine what comes does so at once. */
async function answers(port: number, milliseconds: number): Promise<boolean> {
  const socket = createSocket('udp4');
  const get = Buffer.from(
    '302602010004067075626c6963a019020101020100020100300e300c06082b060102010101000500',
    'hex',
  );
  socket.send(get, port, '127.0.0.1');
  const answer = await once(socket, 'message', { signal: AbortSignal.timeout(milliseconds) }).then(
    () => true,
    () => false,
  );
  socket.close();
  return answer;
}
