/** The agent without its socket: who is heard, what others' managers understand of it, and that no datagram can hurt it. */
import { describe, expect, it } from 'vitest';
import { MibView } from '#wire/mib-view.js';
import { SnmpResponder } from '#wire/snmp-responder.js';
import { statisticsParts } from '#wire/snmp-statistics.js';
import type { SnmpUser } from '#wire/snmp-users.js';
import { authFlag, encodeV3, privFlag, reportableFlag } from '#wire/snmp-v3-message.js';
import { integer, octets } from '#wire/snmp-values.js';
import { assertLinear } from '../support/assert-linear.js';
import { Manager } from '../support/snmp-manager.js';
import { communityMessage, requestPdu } from '../support/snmp-view.js';

const user: SnmpUser = {
  name: 'watcher',
  authProtocol: 'sha',
  authPassword: 'auth-secret',
  privProtocol: 'aes',
  privPassword: 'priv-secret',
};
const description = '1.3.6.1.2.1.1.1.0';

function agent(options: { users?: SnmpUser[]; boots?: number } = {}) {
  let seconds = 1000;
  const engine = {
    id: Buffer.from('80001f888001020304', 'hex'),
    boots: options.boots ?? 3,
    time: () => seconds,
  };
  const big = Array.from({ length: 500 }, (_, row) => ({
    oid: [1, 3, 6, 1, 9, 1, row],
    value: integer(row),
  }));
  const entries = [{ oid: [1, 3, 6, 1, 2, 1, 1, 1, 0], value: octets('a printer') }, ...big];
  const responder = new SnmpResponder({
    engine,
    communities: ['public'],
    users: options.users ?? [user],
    view: () => view,
  });
  const view = new MibView({ objects: [], entries }, ...statisticsParts(responder.statistics, engine));
  return {
    responder,
    pass: (more: number) => {
      seconds += more;
    },
  };
}

describe('a community', () => {
  it('is heard when it is known, and gets no word when it is not', async () => {
    const { responder } = agent();
    const [answer] = await new Manager(responder, { community: 'public' }).get(description);
    expect(String(answer?.value)).toBe('a printer');
    const stranger = new Manager(responder, { community: 'private', patienceMs: 50 });
    await expect(stranger.get(description)).rejects.toThrow('timed out');
    expect(responder.statistics.badCommunityNames).toBe(1);
  });

  it('is nobody, when none is set', async () => {
    const { responder } = agent();
    const silent = new SnmpResponder({
      engine: { id: Buffer.alloc(5), boots: 1, time: () => 0 },
      communities: [],
      users: [],
      view: () => new MibView(),
    });
    expect(responder.receive(communityMessage(1, 'public', requestPdu('get', [description])))).not.toBeNull();
    for (const community of ['public', '']) {
      expect(silent.receive(communityMessage(1, community, requestPdu('get', [description])))).toBeNull();
    }
  });

  it('cannot write, and the attempt is counted', () => {
    const { responder } = agent();
    expect(responder.receive(communityMessage(1, 'public', requestPdu('set', [description])))).not.toBeNull();
    expect(responder.statistics.badCommunityUses).toBe(1);
  });
});

describe('a user', () => {
  it.each([
    ['sha', 'aes'],
    ['sha256', 'aes'],
    ['sha384', 'aes256-c'],
    ['sha512', 'aes256'],
  ] as const)('is heard with %s and %s', async (authProtocol, privProtocol) => {
    const known = { ...user, authProtocol, privProtocol };
    const { responder } = agent({ users: [known] });
    const [answer] = await new Manager(responder, { user: known }).get(description);
    expect(String(answer?.value)).toBe('a printer');
  });

  it.each<[string, Parameters<typeof askAs>[0], string, Partial<SnmpResponder['statistics']['reports']>]>([
    [
      'a wrong password',
      { user: { ...user, authPassword: 'guessed-it' } },
      'Wrong Digest',
      { wrongDigests: 1 },
    ],
    ['an unknown name', { user: { ...user, name: 'stranger' } }, 'Unknown User', { unknownUserNames: 1 }],
    ['no encryption', { user, level: 'authNoPriv' }, 'Unsupported Security', { unsupportedSecLevels: 1 }],
    ['no signature', { user, level: 'noAuthNoPriv' }, 'Unsupported Security', { unsupportedSecLevels: 1 }],
    ['a wrong key', { user: { ...user, privPassword: 'guessed-it' } }, 'Decryption', { decryptionErrors: 1 }],
  ])('with %s is told so, and no more', async (_, who, words, counted) => {
    const { responder, error } = await askAs(who);
    expect(String(error)).toContain(words);
    expect(responder.statistics.reports).toMatchObject(counted);
  });

  it('with a wrong key is told so whatever the key makes of the message', () => {
    const { responder } = agent();
    const stranger = { ...user, privPassword: 'guessed-it' };
    const authority = { id: Buffer.from('80001f888001020304', 'hex'), boots: 3, time: 1000 };
    // A sequence comes out of one in 1,400.
    const messages = 12_000;
    for (let messageId = 1; messageId <= messages; messageId++) {
      const message = encodeV3({
        messageId,
        flags: authFlag | privFlag | reportableFlag,
        authority,
        userName: Buffer.from(user.name),
        signer: user,
        privacy: stranger,
        pdu: requestPdu('get', [description]),
      });
      responder.receive(message);
    }
    expect(responder.statistics.reports.decryptionErrors).toBe(messages);
  });

  async function askAs(who: { user: SnmpUser; level?: 'noAuthNoPriv' | 'authNoPriv' }) {
    const { responder } = agent();
    const error = await new Manager(responder, who).get(description).catch((reason: unknown) => reason);
    return { responder, error };
  }

  it('cannot be played again after the time window, nor after a restart (RFC 3414 §3.2 (7))', async () => {
    const { responder, pass } = agent();
    const manager = new Manager(responder, { user });
    await manager.get(description);
    const recorded = manager.sent.at(-1) ?? Buffer.alloc(0);
    expect(responder.receive(recorded)).not.toBeNull();
    expect(responder.statistics.reports.notInTimeWindows).toBe(0);
    pass(151);
    responder.receive(recorded);
    expect(responder.statistics.reports.notInTimeWindows).toBe(1);
    const restarted = agent({ boots: 4 }).responder;
    restarted.receive(recorded);
    expect(restarted.statistics.reports.notInTimeWindows).toBe(1);
  });

  it('is led back by a report when it has lost the time', async () => {
    const { responder, pass } = agent();
    const manager = new Manager(responder, { user });
    await manager.get(description);
    pass(100_000);
    const [answer] = await manager.get(description);
    expect(String(answer?.value)).toBe('a printer');
  });

  it('of another engine gets the report that begins a discovery, and costs no key', () => {
    const { responder } = agent();
    const other = new SnmpResponder({
      engine: { id: Buffer.from('8000000001', 'hex'), boots: 1, time: () => 0 },
      communities: [],
      users: [user],
      view: () => new MibView(),
    });
    const manager = new Manager(other, { user });
    void manager.get(description).catch(() => undefined);
    responder.receive(manager.sent[0] ?? Buffer.alloc(0));
    expect(responder.statistics.reports.unknownEngineIds).toBe(1);
  });
});

describe('a hostile network', () => {
  /** Small and repeatable; the tests must fail alike each time. */
  function* noise(seed: number): Generator<number> {
    let state = seed;
    for (;;) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      yield state >>> 8;
    }
  }

  it('survives 20,000 random and damaged datagrams, and answers after them', async () => {
    const { responder } = agent();
    const manager = new Manager(responder, { user });
    await manager.get(description);
    const seeds = [
      ...manager.sent,
      communityMessage(0, 'public', requestPdu('get-next', [description])),
      communityMessage(1, 'public', requestPdu('get-bulk', [description, '1.3'], 1, 40)),
    ];
    const numbers = noise(740);
    const next = (below: number) => (numbers.next().value as number) % below;
    for (let count = 0; count < 20_000; count++) {
      const seed = Buffer.from(seeds[next(seeds.length)] ?? []);
      const datagram =
        count % 10 === 0 ? Buffer.from(Array.from({ length: next(200) }, () => next(256))) : seed;
      for (let change = next(4); change >= 0 && datagram.length > 0; change--)
        datagram[next(datagram.length)] = next(256);
      responder.receive(next(5) === 0 ? datagram.subarray(0, next(datagram.length + 1)) : datagram);
    }
    expect(responder.statistics.inPackets).toBeGreaterThan(20_000);
    expect(responder.statistics.parseErrors).toBeGreaterThan(1000);
    const [answer] = await new Manager(responder, { user }).get(description);
    expect(String(answer?.value)).toBe('a printer');
  });

  it('answers a GETBULK of 2^31 rows with one frame', () => {
    const bulk = communityMessage(1, 'public', requestPdu('get-bulk', ['1.3'], 0, 2 ** 31 - 1));
    const answer = agent().responder.receive(bulk);
    expect(answer?.length).toBeGreaterThan(1200);
    expect(answer?.length).toBeLessThanOrEqual(1472);
  });

  it('answers it with one frame when it is encrypted, too', async () => {
    // The longest name and digest that a user can have.
    const long = { ...user, name: 'n'.repeat(32), authProtocol: 'sha512', privProtocol: 'aes256' } as const;
    const manager = new Manager(agent({ users: [long] }).responder, { user: long });
    await manager.getBulk('1.3', 2 ** 31 - 1);
    expect(manager.heard.at(-1)?.length).toBeGreaterThan(1200);
    expect(manager.heard.at(-1)?.length).toBeLessThanOrEqual(1472);
  });

  it('does not read a datagram over its limit', () => {
    const { responder } = agent();
    const many = Array(900).fill(description);
    expect(responder.receive(communityMessage(1, 'public', requestPdu('get', many)))).toBeNull();
    expect(responder.statistics.silentDrops).toBe(1);
  });

  it('costs in proportion to what is asked', () => {
    const { responder } = agent();
    assertLinear(100, (size) => {
      responder.receive(communityMessage(1, 'public', requestPdu('get-next', Array(size).fill('1.3.6.1.9'))));
    });
  });
});
