/** The guarded SNMP agent: a socket before a responder that nothing from the network can stop, flood or make talkative. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Clock } from '#base/clock.js';
import { errorText } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { type Audience, encodeNotification, type SnmpNotification } from '#wire/snmp-notification.js';
import { type ResponderOptions, SnmpResponder } from '#wire/snmp-responder.js';
import type { SnmpStatistics } from '#wire/snmp-statistics.js';
import { Allowance } from './allowance.js';

/** More than any manager asks; what comes above it is dropped unread, so that a flood leaves time for the printer's work. */
const allowedASecond = { inAll: 40_000, toOne: 40_000 };
/** Strangers' attempts are told together, not one by one. */
const refusalLogIntervalMs = 60_000;
/** Bursts of a busy manager wait here. */
const receiveBufferBytes = 1 << 20;

export interface SnmpAgentOptions extends ResponderOptions {
  host: string;
  port: number;
  /** False where nothing that comes is heard, as without power. */
  listening(): boolean;
  clock: Clock;
  log: Log;
}

export interface TrapReceiver {
  host: string;
  port: number;
  audience: Audience;
}

export class SnmpAgent {
  readonly #options: SnmpAgentOptions;
  readonly #socket: Socket;
  readonly #responder: SnmpResponder;
  readonly #allowance: Allowance;
  readonly #traffic = { inOctets: 0, inPackets: 0, outOctets: 0, outPackets: 0 };
  #lastNotification = 0;
  #toldRefused = 0;
  #cancelTelling: (() => void) | null = null;

  private constructor(options: SnmpAgentOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    this.#responder = new SnmpResponder(options);
    this.#allowance = new Allowance(options.clock, allowedASecond);
    socket.on('message', (datagram, { address, port }) => this.#receive(datagram, address, port));
    socket.on('error', (error) => this.#warn(error));
  }

  static async start(options: SnmpAgentOptions): Promise<SnmpAgent> {
    const type = options.host.includes(':') ? 'udp6' : 'udp4';
    const socket = createSocket({ type, recvBufferSize: receiveBufferBytes });
    try {
      socket.bind(options.port, options.host);
      await once(socket, 'listening');
    } catch (error) {
      socket.close();
      throw error;
    }
    return new SnmpAgent(options, socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get statistics(): SnmpStatistics {
    return this.#responder.statistics;
  }

  /** All datagrams, whatever became of them. */
  get traffic(): Readonly<{ inOctets: number; inPackets: number; outOctets: number; outPackets: number }> {
    return this.#traffic;
  }

  /** Sends it to each; a receiver that is not there is not our trouble. */
  notify(notification: SnmpNotification, receivers: readonly TrapReceiver[]): void {
    for (const { host, port, audience } of receivers) {
      const id = ++this.#lastNotification;
      const message = encodeNotification(notification, audience, this.#options.engine, id);
      this.#send(message, host, port);
    }
  }

  async stop(): Promise<void> {
    this.#cancelTelling?.();
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  #receive(datagram: Buffer, address: string, port: number): void {
    if (!this.#options.listening()) return;
    this.#traffic.inOctets += datagram.length;
    this.#traffic.inPackets++;
    if (!this.#allowance.take(address)) {
      this.statistics.silentDrops++;
      return;
    }
    try {
      const answer = this.#responder.receive(datagram);
      if (answer !== null) this.#send(answer, address, port);
      if (this.#refused() !== this.#toldRefused) this.#tellRefusedLater(address);
    } catch (error) {
      this.#warn(error);
    }
  }

  #send(message: Buffer, address: string, port: number): void {
    this.#traffic.outOctets += message.length;
    this.#traffic.outPackets++;
    this.#socket.send(message, port, address, (error) => {
      if (error !== null) this.#warn(error);
    });
  }

  #warn(error: unknown): void {
    this.#options.log.warn({ event: 'snmp-trouble', error: errorText(error) }, `SNMP: ${errorText(error)}`);
  }

  /** How many were turned away for what they said of themselves. */
  #refused(): number {
    const { badCommunityNames, reports } = this.statistics;
    return badCommunityNames + reports.unknownUserNames + reports.wrongDigests;
  }

  #tellRefusedLater(address: string): void {
    if (this.#cancelTelling !== null) return;
    const { clock, log } = this.#options;
    const tell = () => {
      const count = this.#refused() - this.#toldRefused;
      this.#toldRefused = this.#refused();
      this.#cancelTelling = null;
      const text = `SNMP: ${count} requests with a wrong community, user or password, the first from ${address}`;
      log.warn({ event: 'snmp-refused', count, address }, text);
    };
    this.#cancelTelling = clock.schedule(refusalLogIntervalMs, tell);
  }
}
