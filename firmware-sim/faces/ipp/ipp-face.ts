/** The IPP face: HTTP requests to IPP operations and back, and the few things that a browser may ask for. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import type { Clock } from '#base/clock.js';
import { LimitError, PhaserLinkError } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { HttpDoor } from '#runtime/http-listener.js';
import { IppDecoder } from '#wire/ipp-decoder.js';
import type { Printer } from '../../printer.js';
import { type Face, startTcpFace } from '../tcp-face.js';
import { drawIcon, iconSizes } from './icon.js';
import type { IppContext, PrinterIdentity } from './ipp-context.js';
import { nameUuid } from './name-uuid.js';
import { OpenJobs } from './open-jobs.js';
import { answerRequest, createOperations, type Operations } from './operations.js';
import { printerStateMessage } from './printer-state.js';
import { StateClock } from './state-clock.js';

export interface IppFaceOptions {
  host: string;
  port: number;
  name?: string | undefined;
  location?: string | undefined;
  /** Where the printer keeps its state: what tells it from every other one on this machine. */
  dataDir: string;
  printer: Printer;
  clock: Clock;
  log: Log;
}

/** A document of the spool's limit, and the message before it. */
const maxRequestBytes = 2 * 2 ** 30 + 2 ** 20;
const ippType = 'application/ipp';
/** RFC 8010 §4: clients post to the printer's path. */
const ippPath = /^\/(?:ipp(?:\/.*)?|jobs\/\d+)?$/;

export async function startIppFace(options: IppFaceOptions): Promise<Face> {
  const { host, port, printer, clock, log } = options;
  const identity = identify(options);
  const stateClock = new StateClock(printer.machine, clock);
  const openJobs = new OpenJobs(clock);
  const context: IppContext = { printer, identity, clock, log, openJobs, stateClock };
  const operations = createOperations();
  const door = new HttpDoor({
    name: 'ipp',
    clock,
    log,
    maxBodyBytes: ({ method }) => (method === 'POST' ? maxRequestBytes : 0),
    handler: (request, response) => handle(request, response, operations, context),
  });
  const face = await startTcpFace({
    name: 'ipp',
    purpose: 'IPP',
    host,
    port,
    machine: printer.machine,
    log,
    serve: (socket) => door.serve(socket),
  });
  return {
    port: face.port,
    async stop() {
      await face.stop();
      openJobs.stop();
      stateClock.stop();
    },
  };
}

/** Who the printer is on the network, whatever the face. */
export function identify({
  name,
  location,
  dataDir,
  printer,
}: Pick<IppFaceOptions, 'name' | 'location' | 'dataDir' | 'printer'>): PrinterIdentity {
  const { model } = printer.machine.device;
  const uuid = nameUuid(`${hostname()}:${dataDir}`);
  return { name: name ?? model, location: location ?? '', organization: '', uuid };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  operations: Operations,
  context: IppContext,
): Promise<void> {
  const { method = '', url = '' } = request;
  const [path = ''] = url.split('?');
  if (method === 'GET' || method === 'HEAD') return answerPage(path, response, context);
  if (method !== 'POST') return answer(response, 405, 'text/plain', 'GET or POST');
  if (request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() !== ippType) {
    return answer(response, 415, 'text/plain', `only ${ippType} is taken here`);
  }
  if (!ippPath.test(path)) return answer(response, 404, 'text/plain', 'the printer is at /ipp/print');
  const chunks: AsyncIterator<Buffer> = request.iterator({ destroyOnReturn: false });
  try {
    const decoded = await decodeHead(chunks);
    const bytes = await answerRequest(
      operations,
      {
        message: decoded.message,
        authority: authorityOf(request),
        host: request.socket.remoteAddress ?? '',
        document: rejoin(decoded.rest, chunks),
      },
      context,
    );
    // The client is gone.
    if (response.headersSent || response.destroyed) return;
    answer(response, 200, ippType, bytes);
  } catch (error) {
    if (!isOfRequest(error)) throw error;
    answer(response, 400, 'text/plain', error.publicText);
  }
}

/** Throws what IppDecoder throws. */
async function decodeHead(chunks: AsyncIterator<Buffer>) {
  const decoder = new IppDecoder();
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    const decoded = decoder.push(next.value);
    if (decoded !== null) return decoded;
  }
  const text = 'the IPP message ends in the middle';
  throw new PhaserLinkError({ code: 'ipp-malformed', retry: 'permanent', text, publicText: text });
}

function isOfRequest(error: unknown): error is PhaserLinkError {
  return error instanceof LimitError || (error instanceof PhaserLinkError && error.code === 'ipp-malformed');
}

async function* rejoin(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

function answerPage(path: string, response: ServerResponse, { printer, identity }: IppContext): void {
  const size = iconSizes.find((size) => path === `/icon-${size}.png`);
  if (size !== undefined) {
    answer(response, 200, 'image/png', drawIcon(size));
  } else if (path === '/') {
    const { device, state } = printer.machine;
    const text = `${identity.name} (simulated ${device.model})\n${printerStateMessage(device, state)}\n`;
    answer(response, 200, 'text/plain', text);
  } else {
    answer(response, 404, 'text/plain', 'there is nothing here');
  }
}

function answer(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body), server: 'phaser740' };
  response.writeHead(status, headers).end(body);
}

/** As the client calls us, when that is a name or an address with a port; what we give back is for nobody else. */
function authorityOf({ headers, socket }: IncomingMessage): string {
  const named = headers.host ?? '';
  const port = socket.localPort ?? 0;
  if (!/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(named)) return `localhost:${port}`;
  return /:\d+$/.test(named) ? named : `${named}:${port}`;
}
