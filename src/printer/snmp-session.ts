/** Asks one printer by SNMP: a UDP socket, retries within a deadline, and words for what does not work. */
import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { Clock } from '#base/clock.js';
import type { PhaserLinkError } from '#base/errors.js';
import { unlessAborted } from '#base/unless-aborted.js';
import type { MibReading } from '#wire/mib-reading.js';
import { MibWalk, type Wanted } from '#wire/mib-walk.js';
import { type Heard, type SnmpAccess, SnmpManager } from '#wire/snmp-manager.js';
import type { Question, SnmpAnswer } from '#wire/snmp-pdu.js';
import { SnmpTroubles } from './snmp-troubles.js';

/** How long each attempt waits for an answer: a printer that wakes up needs a while. */
const waitsMs = [1000, 2000, 3000];
/** However willingly the printer goes on, a reading ends then. */
const readingDeadlineMs = 30_000;
/** For one question: who answers, what its time is, and both once more after it was started anew. */
const maxAgain = 4;

export interface SnmpSessionOptions {
  host: string;
  port: number;
  access: SnmpAccess;
  clock: Clock;
}

interface Waiting {
  hear(heard: Heard): void;
  fail(error: unknown): void;
}

export class SnmpSession {
  readonly #options: SnmpSessionOptions;
  readonly #manager: SnmpManager;
  readonly #troubles: SnmpTroubles;
  readonly #waiting = new Map<number, Waiting>();
  #opening: Promise<Socket> | null = null;

  constructor(options: SnmpSessionOptions) {
    this.#options = options;
    this.#manager = new SnmpManager(options.access, () => options.clock.monotonic() / 1000);
    this.#troubles = new SnmpTroubles(options);
  }

  /** What of it is there; in as few questions as the version and the printer allow. Throws a temporary error, or the signal's reason. */
  async read(wanted: Wanted, signal: AbortSignal): Promise<MibReading> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + readingDeadlineMs;
    const walk = new MibWalk(wanted, this.#manager.version);
    for (let facts = walk.next(); facts !== null; facts = walk.next()) {
      if (clock.monotonic() > deadline) throw this.#troubles.endless(readingDeadlineMs);
      walk.take(await this.#ask({ ...facts, requestId: randomInt(1, 2 ** 31 - 1) }, signal));
    }
    return walk.reading;
  }

  /** It opens again when it is asked to read. */
  close(): void {
    this.#reset(this.#troubles.closed());
  }

  async #ask(question: Question, signal: AbortSignal): Promise<SnmpAnswer> {
    const socket = await this.#opened(signal);
    return new Promise((resolve, reject) => {
      const waits = waitsMs.values();
      let again = 0;
      let cancel = () => {};
      const end = () => {
        cancel();
        signal.removeEventListener('abort', abort);
        this.#waiting.delete(question.requestId);
      };
      const fail = (error: unknown) => {
        end();
        reject(error);
      };
      const abort = () => fail(signal.reason);
      // What cannot be sent now is sent again; what cannot be sent at all is told by the socket.
      const send = () => socket.send(this.#manager.message(question), () => {});
      const attempt = () => {
        const { value: waitMs } = waits.next();
        if (waitMs === undefined) return this.#reset(this.#troubles.silence());
        send();
        cancel = this.#options.clock.schedule(waitMs, attempt);
      };
      const hear = (heard: Heard) => {
        if (heard.type === 'again' && ++again <= maxAgain) return send();
        if (heard.type === 'again') return fail(this.#troubles.refusal('notInTimeWindows'));
        if (heard.type === 'refused') return fail(this.#troubles.refusal(heard.cause));
        if (heard.answer.status === 'authorizationError') return fail(this.#troubles.forbidden());
        end();
        resolve(heard.answer);
      };
      this.#waiting.set(question.requestId, { hear, fail });
      signal.addEventListener('abort', abort, { once: true });
      attempt();
    });
  }

  /** A name may be looked up for longer than anybody wants to wait. */
  async #opened(signal: AbortSignal): Promise<Socket> {
    signal.throwIfAborted();
    let opening = this.#opening;
    if (opening === null) {
      const begun = this.#open();
      opening = begun;
      this.#opening = begun;
      begun.catch(() => {
        if (this.#opening === begun) this.#opening = null;
      });
    }
    const socket = await unlessAborted(opening, signal);
    if (this.#opening !== opening) throw this.#troubles.closed();
    return socket;
  }

  /** Connected, so that the system lets through what comes from the printer and from nobody else. */
  async #open(): Promise<Socket> {
    const { host, port } = this.#options;
    let socket: Socket | null = null;
    try {
      // A datagram finds out nothing of the way that it goes: of a name's addresses the older kind is the likelier.
      const { address, family } = await lookup(host, { order: 'ipv4first' });
      socket = createSocket(family === 6 ? 'udp6' : 'udp4');
      socket.connect(port, address);
      await once(socket, 'connect');
    } catch (error) {
      socket?.close();
      throw this.#troubles.network(error);
    }
    socket.on('message', (datagram) => this.#hear(datagram));
    socket.on('error', (error) => this.#reset(this.#troubles.network(error)));
    return socket;
  }

  #hear(datagram: Buffer): void {
    const heard = this.#manager.hear(datagram, this.#waiting);
    if (heard !== null) this.#waiting.get(heard.id)?.hear(heard);
  }

  /** The next question begins anew: with the address, and with who answers. */
  #reset(error: PhaserLinkError): void {
    this.#opening?.then(
      (socket) => socket.close(),
      () => {},
    );
    this.#opening = null;
    this.#manager.forget();
    for (const { fail } of [...this.#waiting.values()]) fail(error);
  }
}
