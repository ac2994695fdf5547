/** A manager of others, the package `net-snmp`, whose socket leads straight to a responder: no network, and its bytes can be kept. */
import { EventEmitter } from 'node:events';
import snmp from 'net-snmp';
import type { SnmpResponder } from '#wire/snmp-responder.js';
import type { SnmpUser } from '#wire/snmp-users.js';

/** What the tests use of it beside what its types here say. */
interface ManagerPackage {
  Version2c: number;
  SecurityLevel: Record<'noAuthNoPriv' | 'authNoPriv' | 'authPriv', number>;
  createSession(target: string, community: string, options: object): Session;
  createV3Session(target: string, user: object, options: object): Session;
}

type Answered = (error: Error | null, varbinds?: Varbind[]) => void;
interface Session {
  get(oids: readonly string[], answered: Answered): void;
  getBulk(oids: readonly string[], nonRepeaters: number, maxRepetitions: number, answered: Answered): void;
}

export interface Varbind {
  oid: string;
  value: unknown;
}

const manager = snmp as unknown as ManagerPackage;

export class Manager {
  readonly #session: Session;
  /** What it has sent, in order. */
  readonly sent: Buffer[] = [];
  /** What came back. */
  readonly heard: Buffer[] = [];

  constructor(
    responder: SnmpResponder,
    who:
      | { community: string; patienceMs?: number }
      | { user: SnmpUser; level?: 'noAuthNoPriv' | 'authNoPriv' },
  ) {
    const createSocket = () =>
      new Wire((datagram) => {
        this.sent.push(datagram);
        const answer = responder.receive(datagram);
        if (answer !== null) this.heard.push(answer);
        return answer;
      });
    const options = { dgramModule: { createSocket }, retries: 0, timeout: 10_000 };
    if ('community' in who) {
      this.#session = manager.createSession('agent', who.community, {
        ...options,
        timeout: who.patienceMs ?? options.timeout,
        version: manager.Version2c,
      });
      return;
    }
    const { user, level = 'authPriv' } = who;
    const facts = {
      name: user.name,
      level: manager.SecurityLevel[level],
      authProtocol: snmp.AuthProtocols[user.authProtocol],
      authKey: user.authPassword,
      privProtocol:
        snmp.PrivProtocols[
          { aes: 'aes', aes256: 'aes256b', 'aes256-c': 'aes256r' }[user.privProtocol] as 'aes'
        ],
      privKey: user.privPassword,
    };
    this.#session = manager.createV3Session('agent', facts, options);
  }

  get(...oids: string[]): Promise<Varbind[]> {
    return new Promise((resolve, reject) => {
      this.#session.get(oids, (error, varbinds = []) => (error ? reject(error) : resolve(varbinds)));
    });
  }

  getBulk(oid: string, maxRepetitions: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#session.getBulk([oid], 0, maxRepetitions, (error) =>
        error ? reject(error) : resolve(undefined),
      );
    });
  }
}

/** As much of a datagram socket as the manager uses. */
class Wire extends EventEmitter {
  readonly #deliver: (datagram: Buffer) => Buffer | null;

  constructor(deliver: (datagram: Buffer) => Buffer | null) {
    super();
    this.#deliver = deliver;
  }

  send(
    datagram: Buffer,
    _from: number,
    _length: number,
    _port: number,
    _host: string,
    sent: (error: null) => void,
  ) {
    const answer = this.#deliver(Buffer.from(datagram));
    sent(null);
    if (answer !== null) setImmediate(() => this.emit('message', answer, {}));
  }

  ref() {}

  unref() {}

  close() {}
}
