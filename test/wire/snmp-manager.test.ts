/** The manager without its socket: Net-SNMP's own bytes, version 3 against our agent, and that no datagram can hurt or mislead it. */
import { describe, expect, it } from 'vitest';
import { managerAuthProtocols, managerPrivProtocols } from '#vocab/snmp-protocols.js';
import { berTags, encodeOid, parseOid, tlv } from '#wire/ber.js';
import { MibView } from '#wire/mib-view.js';
import { maxAnswerBytes, SnmpManager } from '#wire/snmp-manager.js';
import type { Question } from '#wire/snmp-pdu.js';
import { SnmpResponder } from '#wire/snmp-responder.js';
import { authProtocols, type ManagerUser, privProtocols, type SnmpUser } from '#wire/snmp-users.js';
import { type ReportCause, reportObjects } from '#wire/snmp-v3-message.js';
import { octets } from '#wire/snmp-values.js';
import { assertLinear } from '../support/assert-linear.js';

const hex = (text: string) => Buffer.from(text, 'hex');
const description = parseOid('1.3.6.1.2.1.1.1.0');

function question(
  type: Question['type'],
  requestId: number,
  oids: readonly string[],
  bulk = [0, 0],
): Question {
  const [nonRepeaters = 0, maxRepetitions = 0] = bulk;
  return { type, requestId, nonRepeaters, maxRepetitions, oids: oids.map(parseOid) };
}

/** As if everything had been asked. */
class Manager extends SnmpManager {
  override hear(datagram: Buffer, asked = { has: (_id: number) => true }) {
    return super.hear(datagram, asked);
  }
}

const manager = (version: '1' | '2c') => new Manager({ version, community: 'public' }, () => 0);

describe('what Net-SNMP 5.9.3 sends', () => {
  it.each([
    [
      'snmpget -v1',
      '1',
      question('get', 0x27290e74, ['1.3.6.1.2.1.1.1.0', '1.3.6.1.2.1.1.5.0']),
      '303702010004067075626c6963a02a020427290e74020100020100301c300c06082b060102010101000500300c06082b060102010105000500',
    ],
    [
      'snmpgetnext -v2c',
      '2c',
      question('get-next', 0x7016059a, ['1.3.6.1.2.1.1.4', '1.3.9']),
      '303002010104067075626c6963a12302047016059a0201000201003015300b06072b0601020101040500300606022b090500',
    ],
    [
      'snmpbulkget -v2c -Cn1 -Cr3',
      '2c',
      question('get-bulk', 0x33b03051, ['1.3.6.1.2.1.1.4', '1.3.6.1.2.1.1.5', '1.3.6.1.2.1.1.6'], [1, 3]),
      '304202010104067075626c6963a535020433b030510201010201033027300b06072b0601020101040500300b06072b0601020101050500300b06072b0601020101060500',
    ],
  ] as const)('for %s, we send too', (_program, version, asked, bytes) => {
    expect(manager(version).message(asked).toString('hex')).toBe(bytes);
  });
});

describe("what Net-SNMP's agent answers", () => {
  it('is read, every type and every exception', () => {
    const heard = manager('2c').hear(
      hex(
        '3081e102010104067075626c6963a281d3020412ce48600201000201003081c4301f06082b06010201010100041341206d616368696e6520666f7220746573747330' +
          '1606082b06010201010200060a2b06010401bf0803020a300c06082b060102010163008000300c06082b060102010101058100300e06082b06010201010300430200df' +
          '3012060a2b0601020102020105014204009896803014060b2b060102011f010101060146050a719de2153015060d2b06010201041401017f00000140047f000001300d' +
          '06082b06010201020100020104300d06082b060102010b0100410104',
      ),
    );
    if (heard?.type !== 'answer') return expect.fail('no answer');
    expect(heard.id).toBe(0x12ce4860);
    expect(heard.answer.bindings.map(({ oid, value }) => [oid.join('.'), value])).toEqual([
      ['1.3.6.1.2.1.1.1.0', octets('A machine for tests')],
      ['1.3.6.1.2.1.1.2.0', { type: 'oid', value: parseOid('1.3.6.1.4.1.8072.3.2.10') }],
      ['1.3.6.1.2.1.1.99.0', 'noSuchObject'],
      ['1.3.6.1.2.1.1.1.5', 'noSuchInstance'],
      ['1.3.6.1.2.1.1.3.0', { type: 'ticks', value: 223 }],
      ['1.3.6.1.2.1.2.2.1.5.1', { type: 'gauge', value: 10_000_000 }],
      ['1.3.6.1.2.1.31.1.1.1.6.1', { type: 'counter64', value: 44_855_845_397n }],
      ['1.3.6.1.2.1.4.20.1.1.127.0.0.1', { type: 'ipAddress', value: Buffer.from([127, 0, 0, 1]) }],
      ['1.3.6.1.2.1.2.1.0', { type: 'integer', value: 4 }],
      ['1.3.6.1.2.1.11.1.0', { type: 'counter', value: 4 }],
    ]);
  });

  it('is read when it is an error of version 1', () => {
    const heard = manager('1').hear(
      hex(
        '303702010004067075626c6963a22a0204271e1180020102020102301c300c06082b060102010101000500300c06082b060102010163000500',
      ),
    );
    expect(heard).toMatchObject({
      answer: { status: 'noSuchName', errorIndex: 2, bindings: [{ value: null }, { value: null }] },
    });
  });

  it('is dropped under another version or another community', () => {
    const answer = hex(
      '303702010104067075626c6963a22a02047016059a020100020100301c301206082b0601020101040004066e6f626f6479300606022b098200',
    );
    expect(manager('2c').hear(answer)).not.toBeNull();
    expect(manager('1').hear(answer)).toBeNull();
    expect(new Manager({ version: '2c', community: 'Public' }, () => 0).hear(answer)).toBeNull();
  });

  it('with a broken value leaves the others as they are', () => {
    // A number without a digit, a type that SNMP does not have, a counter that forgot its fifth byte.
    const broken = ['0200', '44049f780401', '4104ffffffff', '020107'];
    const bindings = broken.map((value) => tlv(berTags.sequence, hex('06032b0601'), hex(value)));
    const pdu = tlv(0xa2, hex('020105020100020100'), tlv(berTags.sequence, ...bindings));
    const heard = manager('2c').hear(tlv(berTags.sequence, hex('02010104067075626c6963'), pdu));
    expect(heard?.type === 'answer' && heard.answer.bindings.map(({ value }) => value)).toEqual([
      null,
      null,
      { type: 'counter', value: 2 ** 32 - 1 },
      { type: 'integer', value: 7 },
    ]);
  });
});

/** Recorded from Net-SNMP's agent: who it is, and its answer to request 0x12345678. */
const recorded = [
  [
    { name: 'old', authProtocol: 'md5', privProtocol: 'des' },
    '30710201033011020412345678020300ffe30401000201030421301f041180001f8880b6ade4063960076b000000000201010201030400040004003036041180001f8880b6ade4063960076b000000000400a81f0204123456780201000201003011300f060a2b060106030f01010400410101',
    '3081b20201033011020412345678020300ffe304010302010304383036041180001f8880b6ade4063960076b0000000002010102010304036f6c64040c4f5e3e8929c06f5bf3484ec0040800000001231b628e046044cb7e192dcc33c154e1ef1fdff2a2d8e80a42e8ff4e8128d9891f5fae4df78b4b45a1778d77e2cdbd2fa4b9dee1188fe9a18939c5801ac326e7943d748214019a41ae7d489adf43f185115257cf78aca0418fd9db871ce4dd1ab826a162fa43',
  ],
  [
    { name: 'new', authProtocol: 'sha512', privProtocol: 'aes' },
    '30710201033011020412345678020300ffe30401000201030421301f041180001f8880b6ade4063960076b000000000201010201030400040004003036041180001f8880b6ade4063960076b000000000400a81f0204123456780201000201003011300f060a2b060106030f01010400410102',
    '3081d20201033011020412345678020300ffe3040103020103045c305a041180001f8880b6ade4063960076b0000000002010102010304036e6577043040411f1745591ed15b302b45473821d6a313063cd3eef3c9aa019dd286ba1165b5cf5c33f3ef7951b56e264819d0d98b04088497f53cfc914dc0045c8fb3483f1d430e81c389bc194e89bef503c6b736ec7d11b85cbb88ed39e308c96c0405a234fc6d8100723b4b85633d85100919b221d31f1aea4be1f294aa4033b31f93d89de56e56f163d7953da1b0f845772cb9100f589edffbe205',
  ],
] as const;

describe.each(recorded)(
  "version 3 of Net-SNMP's agent, as %o",
  ({ name, authProtocol, privProtocol }, report, answer) => {
    const introduced = (authPassword = 'auth-secret') => {
      const privacy = { privProtocol, privPassword: 'priv-secret' };
      const user = { name, authProtocol, authPassword, privacy };
      const asking = new Manager({ version: '3', user }, () => 0);
      expect(asking.hear(hex(report))).toEqual({ type: 'again', id: 0x12345678 });
      return asking;
    };

    it('is understood', () => {
      expect(introduced().hear(hex(answer))).toMatchObject({
        type: 'answer',
        id: 0x12345678,
        answer: { bindings: [{ value: octets('A machine for tests') }, { value: octets('tester') }] },
      });
    });

    it('is not, with another password', () => {
      expect(introduced('auth-secreT').hear(hex(answer))).toBeNull();
    });

    it('is dropped when a single bit of it is changed', () => {
      const asking = introduced();
      for (let place = 0; place < hex(answer).length; place++) {
        const changed = hex(answer);
        changed[place] = (changed[place] ?? 0) ^ 0x04;
        expect([place, asking.hear(changed)]).toEqual([place, null]);
      }
    });
  },
);

const watcher: SnmpUser = {
  name: 'watcher',
  authProtocol: 'sha',
  authPassword: 'auth-secret',
  privProtocol: 'aes',
  privPassword: 'priv-secret',
};

function asManager({ name, authProtocol, authPassword, ...privacy }: SnmpUser): ManagerUser {
  return { name, authProtocol, authPassword, privacy };
}

function house(user: SnmpUser, asked: ManagerUser = asManager(user)) {
  let [agentSeconds, managerSeconds] = [1000, 50];
  const engine = { id: hex('80001f888001020304'), boots: 3, time: () => agentSeconds };
  const view = new MibView({ objects: [], entries: [{ oid: description, value: octets('a printer') }] });
  const responder = new SnmpResponder({ engine, communities: [], users: [user], view: () => view });
  const asking = new Manager({ version: '3', user: asked }, () => managerSeconds);
  const get = question('get', 77, ['1.3.6.1.2.1.1.1.0']);
  const exchange = () => responder.receive(asking.message(get)) ?? expect.fail('no answer');
  return {
    engine,
    asking,
    exchange,
    /** What it comes to hear, in order, until it is no `again`. */
    hear() {
      const types: string[] = [];
      while (types.length < 5) {
        const heard = asking.hear(exchange());
        types.push(heard?.type === 'refused' ? heard.cause : String(heard?.type));
        if (heard?.type !== 'again') break;
      }
      return types;
    },
    pass: (agent: number, own = agent) => {
      agentSeconds += agent;
      managerSeconds += own;
    },
  };
}

/** A message of request 77 that nobody has signed, about this count. */
function unsigned(tag: number, about: ReportCause, clocks = '020103020101'): Buffer {
  const engineId = tlv(berTags.octets, hex('80001f888001020304'));
  const security = tlv(berTags.sequence, engineId, hex(`${clocks}040004000400`));
  const binding = tlv(berTags.sequence, encodeOid([...reportObjects[about], 0]), hex('410101'));
  const pdu = tlv(tag, hex('02014d020100020100'), tlv(berTags.sequence, binding));
  const scoped = tlv(berTags.sequence, hex('04000400'), pdu);
  const head = hex('020103300d02014d02022000040100020103');
  return tlv(berTags.sequence, head, tlv(berTags.octets, security), scoped);
}

describe('version 3', () => {
  const ways = authProtocols.flatMap((auth) =>
    (Object.keys(privProtocols) as (keyof typeof privProtocols)[]).map((priv) => [auth, priv] as const),
  );
  it.each(ways)('is spoken with %s and %s: who answers is found out first', (authProtocol, privProtocol) => {
    const { hear } = house({ ...watcher, authProtocol, privProtocol });
    expect(hear()).toEqual(['again', 'answer']);
    expect(hear()).toEqual(['answer']);
  });

  it('knows more than our agent, for old printers', () => {
    expect(managerAuthProtocols).toEqual(expect.arrayContaining(['md5', ...authProtocols]));
    expect(managerPrivProtocols).toEqual(expect.arrayContaining(['des', ...Object.keys(privProtocols)]));
  });

  it('goes on when the time has passed, and when clocks run apart', () => {
    const { hear, pass } = house(watcher);
    hear();
    pass(100_000);
    expect(hear()).toEqual(['answer']);
    pass(1000, 0);
    expect(hear()).toEqual(['again', 'answer']);
  });

  it('goes on after the printer was switched off and on', () => {
    const { hear, engine, pass } = house(watcher);
    hear();
    engine.boots++;
    pass(-900, 30);
    expect(hear()).toEqual(['again', 'answer']);
  });

  it('goes on with another machine at the same address', () => {
    const { hear, engine } = house(watcher);
    hear();
    engine.id = hex('80001f888005060708');
    expect(hear()).toEqual(['again', 'answer']);
  });

  it('does not take what was said long ago', () => {
    const { hear, exchange, asking, pass } = house(watcher);
    hear();
    const old = exchange();
    expect(asking.hear(old)?.type).toBe('answer');
    pass(200);
    hear();
    expect(asking.hear(old)).toBeNull();
  });

  it('begins anew when it was told to forget', () => {
    const { hear, asking, engine } = house(watcher);
    hear();
    engine.boots = 1;
    asking.forget();
    expect(hear()).toEqual(['again', 'answer']);
  });

  it.each([
    ['unknownUserNames', { name: 'nobody' }],
    ['wrongDigests', { authPassword: 'auth-wrong' }],
    ['wrongDigests', { authProtocol: 'sha256' as const }],
    ['unsupportedSecLevels', { privacy: null }],
    ['decryptionErrors', { privacy: { privProtocol: 'aes' as const, privPassword: 'priv-wrong' } }],
  ])('hears why it is refused: %s', (cause, change) => {
    expect(
      house(watcher, { ...asManager(watcher), ...change })
        .hear()
        .at(-1),
    ).toBe(cause);
  });

  it('takes no unsigned answer, only an unsigned report', () => {
    const { hear, asking } = house(watcher);
    hear();
    expect(asking.hear(unsigned(0xa8, 'unknownUserNames'))).toEqual({
      type: 'refused',
      id: 77,
      cause: 'unknownUserNames',
    });
    expect(asking.hear(unsigned(0xa2, 'unknownUserNames'))).toBeNull();
  });
});

describe('what comes from the network', () => {
  const answers = recorded.flatMap(([, report, answer]) => [hex(report), hex(answer)]);

  it('may be cut anywhere', () => {
    const user = asManager(watcher);
    for (const asking of [manager('1'), manager('2c'), new Manager({ version: '3', user }, () => 0)]) {
      for (const bytes of answers) {
        for (let end = 0; end < bytes.length; end++) {
          expect(asking.hear(bytes.subarray(0, end))).toBeNull();
        }
      }
    }
  });

  it('may be changed anywhere: what is made of it can be asked again', () => {
    const user = asManager(watcher);
    for (const bytes of answers) {
      for (const place of bytes.keys()) {
        const changed = Buffer.from(bytes);
        changed[place] = (changed[place] ?? 0) ^ (1 << (place & 7));
        const asking = new Manager({ version: '3', user }, () => 0);
        asking.hear(changed);
        expect(asking.message(question('get', 5, ['1.3.6.1'])).length).toBeGreaterThan(0);
      }
    }
  });

  it('may tell a time that no clock has', () => {
    let seconds = 0;
    const asking = new Manager({ version: '3', user: asManager(watcher) }, () => seconds);
    const tell = (time: string) => asking.hear(unsigned(0xa8, 'unknownEngineIds', `020101${time}`));
    expect(tell('02057fffffffff')).toBeNull();
    expect(tell('0201ff')).toBeNull();
    expect(tell('02047fffffff')).toEqual({ type: 'again', id: 77 });
    seconds = 1e9;
    expect(asking.message(question('get', 5, ['1.3.6.1'])).length).toBeGreaterThan(0);
  });

  it('may be about nothing that was asked', () => {
    const asked = new Set([0x12345679]);
    const [report = Buffer.alloc(0)] = answers;
    const asking = new Manager({ version: '3', user: asManager(watcher) }, () => 0);
    const discovery = asking.message(question('get', 5, ['1.3.6.1']));
    expect(asking.hear(report, asked)).toBeNull();
    expect(asking.message(question('get', 5, ['1.3.6.1']))).toEqual(discovery);
    expect(asking.hear(report)).toEqual({ type: 'again', id: 0x12345678 });
    const answer = hex(
      '303702010104067075626c6963a22a02047016059a020100020100301c301206082b0601020101040004066e6f626f6479300606022b098200',
    );
    expect(manager('2c').hear(answer, asked)).toBeNull();
    expect(manager('2c').hear(answer, new Set([0x7016059a]))).not.toBeNull();
  });

  it('may be a request, or larger than any answer', () => {
    expect(manager('2c').hear(manager('2c').message(question('get', 5, ['1.3.6.1'])))).toBeNull();
    expect(manager('2c').hear(Buffer.alloc(maxAnswerBytes + 1, 0x30))).toBeNull();
  });

  it('costs as much as it is long', () => {
    const message = (count: number) => {
      const bindings = Array.from({ length: count }, () => hex('300706032b06010500'));
      const pdu = tlv(0xa2, hex('020105020100020100'), tlv(berTags.sequence, ...bindings));
      return tlv(berTags.sequence, hex('02010104067075626c6963'), pdu);
    };
    expect(manager('2c').hear(message(1000))).not.toBeNull();
    expect(manager('2c').hear(message(1001))).toBeNull();
    assertLinear(250, (count) => {
      manager('2c').hear(message(count));
    });
  });
});
