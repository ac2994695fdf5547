/** The status face (UDP, port 9101): answers an empty datagram, or a line end, with one line about the machine. */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import type { Clock } from '#base/clock.js';
import { errorText, PhaserLinkError } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { Allowance } from '#runtime/allowance.js';
import { formatBackChannelMessage } from '#wire/back-channel.js';
import { machineStatus, statusLine } from '../machine/status.js';
import type { Printer } from '../printer.js';
import { type Face, isReachable } from './tcp-face.js';

export interface UdpStatusOptions {
  host: string;
  port: number;
  printer: Printer;
  clock: Clock;
  log: Log;
}

/** Whoever sends in another's name must not turn the printer against him. */
const answersASecond = 100;
const answersASecondToOne = 5;

export async function startUdpStatusFace(options: UdpStatusOptions): Promise<Face> {
  const { host, printer, clock, log } = options;
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const allowance = new Allowance(clock, { inAll: answersASecond, toOne: answersASecondToOne });
  socket.bind(options.port, host);
  await once(socket, 'listening').catch((cause: unknown) => {
    socket.close();
    throw new PhaserLinkError({
      code: 'phaser740-cannot-listen',
      retry: 'permanent',
      text: `cannot listen for status questions on ${host}:${options.port}: ${errorText(cause)}; choose another port`,
      cause,
    });
  });
  socket.on('error', (error) => log.warn({ event: 'face-failed', face: 'udp-status' }, errorText(error)));
  socket.on('message', (question, { address, port }: RemoteInfo) => {
    if (!isReachable(printer.machine.state) || !isQuestion(question) || !allowance.take(address)) return;
    socket.send(composeStatusPacket(printer), port, address, () => {});
  });
  const { port } = socket.address();
  log.info({ event: 'listening', face: 'udp-status', port }, `status over UDP on ${host}, port ${port}`);
  return {
    port,
    async stop() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function isQuestion(datagram: Buffer): boolean {
  return datagram.every((byte) => byte === 0x0d || byte === 0x0a);
}

/** The original's form is not known (FACTS 7.2); ours is a message of the back-channel. */
function composeStatusPacket({ machine, queue }: Printer): Buffer {
  const { device, state } = machine;
  const waiting = queue.list().filter((job) => job.state === 'pending').length;
  return formatBackChannelMessage({
    status: statusLine(machineStatus(state)),
    source: 'AppSocket',
    ...(state.job === null ? {} : { job: String(state.job.number) }),
    waiting: String(waiting),
    pages: String(machine.pageCounter),
    printer: `${device.model} simulated`,
  });
}
