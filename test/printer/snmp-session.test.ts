/** A printer asked by SNMP over the network: what it says in each version, and what is said when it does not answer. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Clock, systemClock } from '#base/clock.js';
import { silentLog } from '#base/log.js';
import { SnmpAgent } from '#runtime/snmp-agent.js';
import { parseOid } from '#wire/ber.js';
import { objectOid } from '#wire/mib-reading.js';
import { MibView } from '#wire/mib-view.js';
import { suppliesTable } from '#wire/printer-objects.js';
import type { SnmpAccess } from '#wire/snmp-manager.js';
import { SnmpResponder } from '#wire/snmp-responder.js';
import type { ManagerUser, SnmpUser } from '#wire/snmp-users.js';
import { octets } from '#wire/snmp-values.js';
import { profiles } from '../../firmware-sim/device/phaser-740.js';
import { SnmpPrinter } from '../../src/printer/read-snmp.js';
import { SnmpSession } from '../../src/printer/snmp-session.js';
import { startMachine } from '../support/machine.js';
import { ManualClock } from '../support/manual-clock.js';
import { viewOf } from '../support/snmp-view.js';

const never = new AbortController().signal;
const user: SnmpUser = {
  name: 'watcher',
  authProtocol: 'sha256',
  authPassword: 'auth-secret',
  privProtocol: 'aes',
  privPassword: 'priv-secret',
};
const engine = { id: Buffer.from('80001f888001020304', 'hex'), boots: 1, time: () => 100 };
const public2 = { version: '2c', community: 'public' } as const;

function asUser(change: Partial<ManagerUser> = {}): SnmpAccess {
  const { name, authProtocol, authPassword, ...privacy } = user;
  return { version: '3', user: { name, authProtocol, authPassword, privacy, ...change } };
}

/** Our printer's agent alone. */
async function startAgent(listening = () => true) {
  const machine = startMachine(profiles.N).pass(profiles.N.speed.warmUpSeconds);
  let view = viewOf(machine.device, machine.state);
  const agent = await SnmpAgent.start({
    engine,
    communities: ['public'],
    users: [user],
    view: () => view,
    host: '127.0.0.1',
    port: 0,
    listening,
    clock: systemClock,
    log: silentLog,
  });
  onTestFinished(() => agent.stop());
  return {
    agent,
    machine,
    show: () => {
      view = viewOf(machine.device, machine.state);
    },
  };
}

function ask(port: number, access: SnmpAccess = public2, clock: Clock = systemClock): SnmpPrinter {
  const asked = new SnmpPrinter(new SnmpSession({ host: '127.0.0.1', port, access, clock }));
  onTestFinished(() => asked.close());
  return asked;
}

describe('a printer that answers', () => {
  it('says the same in each version', async () => {
    const { agent } = await startAgent();
    const ways: SnmpAccess[] = [{ version: '1', community: 'public' }, public2, asUser()];
    const [first, ...others] = await Promise.all(ways.map((way) => ask(agent.port, way).readAll(never)));
    expect(first).toMatchObject({ state: 'idle', product: 'Tektronix, Inc., Phaser 740' });
    expect(first?.supplies).toHaveLength(7);
    for (const other of others) expect(other).toEqual(first);
  });

  it('says in one question what matters while it prints', async () => {
    const { agent, machine, show } = await startAgent();
    const asked = ask(agent.port);
    const { panelText: _, ...whole } = await asked.readAll(never);
    const before = agent.traffic.inPackets;
    machine.print([{}]);
    show();
    expect(await asked.readQuickly(never)).toMatchObject({ state: 'processing', counters: whole.counters });
    machine.runToEnd().happen({ type: 'cover-opened', cover: 'top' });
    show();
    expect(await asked.readQuickly(never)).toEqual({
      state: 'stopped',
      isWarmingUp: false,
      conditions: [expect.objectContaining({ name: 'cover-open', severity: 'error' })],
      counters: { impressions: 1, impressionsSincePowerOn: 1, sheets: null },
      panelText: ['Top Cover is open', 'Close it'],
    });
    expect(agent.traffic.inPackets - before).toBe(2);
  });

  it('may lose a question on the way', async () => {
    let heard = 0;
    const { agent } = await startAgent(() => heard++ > 0);
    const clock = new ManualClock();
    const report = ask(agent.port, public2, clock).readAll(never);
    await clock.elapse(1000);
    expect(await report).toMatchObject({ state: 'idle' });
    expect(clock.pending).toBe(0);
  });

  it('is asked again by one who has closed', async () => {
    const { agent } = await startAgent();
    const asked = ask(agent.port, asUser());
    await asked.readAll(never);
    asked.close();
    expect(await asked.readQuickly(never)).toMatchObject({ state: 'idle' });
  });
});

describe('a printer that does not answer', () => {
  it('is asked three times, and then it is said what to look at', async () => {
    const { agent } = await startAgent();
    const clock = new ManualClock();
    const report = ask(agent.port, { version: '2c', community: 'secret' }, clock).readAll(never);
    const failed = expect(report).rejects.toMatchObject({
      code: 'snmp-no-answer',
      retry: 'temporary',
      message: expect.stringMatching(
        /^no answer from 127\.0\.0\.1:\d+ by SNMP version 2c under the community that is set: check .* this community/,
      ),
    });
    for (const waitMs of [1000, 2000, 3000]) await clock.elapse(waitMs);
    await failed;
    expect(agent.statistics.badCommunityNames).toBe(3);
    expect(clock.pending).toBe(0);
  });

  it('is not asked any more by one who does not want to know', async () => {
    const { agent } = await startAgent(() => false);
    const [clock, stop] = [new ManualClock(), new AbortController()];
    const report = ask(agent.port, public2, clock).readAll(stop.signal);
    while (clock.pending === 0) await new Promise(setImmediate);
    stop.abort(new Error('enough'));
    await expect(report).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
    await expect(ask(agent.port).readAll(stop.signal)).rejects.toThrow('enough');
  });

  it('has no SNMP at all', async () => {
    const { agent } = await startAgent();
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    const asked = ask(port);
    await expect(asked.readAll(never)).rejects.toMatchObject({ code: 'snmp-not-there', retry: 'temporary' });
    expect(await ask(agent.port).readAll(never)).toMatchObject({ state: 'idle' });
  });

  it.each([
    [{ name: 'nobody' }, 'it knows no user nobody (unknownUserNames)'],
    [
      { authPassword: 'auth-wrong' },
      'the password of user watcher is wrong, or its authentication protocol is not sha256',
    ],
    [
      { privacy: null },
      'user watcher may not read without privacy (unsupportedSecLevels); set a privacy password',
    ],
    [
      { privacy: { privProtocol: 'aes', privPassword: 'priv-wrong' } },
      'the privacy password of user watcher is wrong, or its privacy protocol is not aes',
    ],
  ] as const)('says why, in version 3: %o', async (change, words) => {
    const { agent } = await startAgent();
    await expect(ask(agent.port, asUser(change)).readAll(never)).rejects.toMatchObject({
      code: 'snmp-refused',
      retry: 'temporary',
      message: expect.stringContaining(words),
    });
  });
});

/** Answers what this function says; the second socket is somebody else's. */
async function startHostile(
  answers: (datagram: Buffer, send: (bytes: Buffer, foreign?: boolean) => void) => void,
): Promise<number> {
  const [socket, other] = [createSocket('udp4'), createSocket('udp4')];
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.on('message', (datagram, { port, address }) => {
    answers(datagram, (bytes, foreign = false) => (foreign ? other : socket).send(bytes, port, address));
  });
  onTestFinished(() => {
    socket.close();
    other.close();
  });
  return socket.address().port;
}

function responder(view: MibView): SnmpResponder {
  return new SnmpResponder({ engine, communities: ['public'], users: [], view: () => view });
}

const wanted = { values: [parseOid('1.3.6.1.2.1.1.1.0')], columns: [] };
const said = (text: string) =>
  responder(
    new MibView({ objects: [], entries: [{ oid: parseOid('1.3.6.1.2.1.1.1.0'), value: octets(text) }] }),
  );

describe('who is not the printer', () => {
  it('is not believed', async () => {
    const [lie, truth] = [said('a lie'), said('the truth')];
    const port = await startHostile((datagram, send) => {
      const forged = lie.receive(datagram) ?? expect.fail('no answer');
      send(forged, true);
      send(Buffer.alloc(0));
      send(Buffer.from('no SNMP at all'));
      send(Buffer.alloc(60_000, 0x30));
      send(datagram);
      // The answer to another request: its number stands behind the community.
      const another = Buffer.from(datagram);
      const place = datagram.indexOf('public') + 11;
      another[place] = (another[place] ?? 0) ^ 1;
      send(lie.receive(another) ?? expect.fail('no answer'));
      setImmediate(() => send(truth.receive(datagram) ?? expect.fail('no answer')));
    });
    const session = new SnmpSession({ host: '127.0.0.1', port, access: public2, clock: systemClock });
    onTestFinished(() => session.close());
    const reading = await session.read(wanted, never);
    const [row] = reading.rows({ base: parseOid('1.3.6.1.2.1.1'), objects: { sysDescr: [1, 'octets'] } });
    expect(row?.text('sysDescr')).toBe('the truth');
  });
});

it('a printer that goes on for ever is left after half a minute', async () => {
  const clock = new ManualClock();
  const column = objectOid(suppliesTable, 'prtMarkerSuppliesLevel');
  const entries = Array.from({ length: 500 }, (_, row) => ({ oid: [...column, 1, row], value: octets('x') }));
  const endless = responder(new MibView({ objects: [], entries }));
  const port = await startHostile(async (datagram, send) => {
    const answer = endless.receive(datagram) ?? expect.fail('no answer');
    await clock.advance(900);
    send(answer);
  });
  const session = new SnmpSession({
    host: '127.0.0.1',
    port,
    access: { version: '1', community: 'public' },
    clock,
  });
  onTestFinished(() => session.close());
  await expect(session.read({ values: [], columns: [column] }, never)).rejects.toMatchObject({
    code: 'snmp-endless',
    message: expect.stringContaining('30 seconds'),
  });
});
