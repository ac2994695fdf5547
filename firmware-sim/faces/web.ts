/** The web face: the status pages of the printer's own firmware over HTTP, to be read and nothing else. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import { HttpDoor } from '#runtime/http-listener.js';
import { composeSitePage, type SiteFacts } from '../pages/status-site.js';
import type { Printer } from '../printer.js';
import { type Face, startTcpFace } from './tcp-face.js';

export interface WebFaceOptions {
  host: string;
  port: number;
  printer: Printer;
  clock: Clock;
  log: Log;
}

/** FACTS 7.2: the name that printer finders know it by; the version, and what stands behind it, are ours. */
const server = 'Spyglass_MicroServer/1.0 (simulated Phaser 740)';
const allowed = 'GET, HEAD';
/** Of the addresses in requests, which have only a path. */
const base = 'http://printer';

export function startWebFace({ host, port, printer, clock, log }: WebFaceOptions): Promise<Face> {
  const door = new HttpDoor({
    name: 'web',
    clock,
    log,
    maxBodyBytes: () => 0,
    handler: (request, response) => handle(request, response, printer),
  });
  return startTcpFace({
    name: 'web',
    purpose: 'web pages',
    host,
    port,
    machine: printer.machine,
    log,
    serve: (socket) => door.serve(socket),
  });
}

function handle(
  { method = '', url: path = '' }: IncomingMessage,
  response: ServerResponse,
  printer: Printer,
): void {
  if (method !== 'GET' && method !== 'HEAD') {
    answer(response, 405, 'text/plain', `only ${allowed}\n`);
    return;
  }
  const url = URL.canParse(path, base) ? new URL(path, base) : null;
  const page = url === null ? null : composeSitePage(url, factsOf(printer));
  if (page === null) answer(response, 404, 'text/plain', 'no such page; begin at /\n');
  else answer(response, 200, page.contentType, page.body);
}

function factsOf({ machine, queue, accounting }: Printer): SiteFacts {
  return {
    device: machine.device,
    state: machine.state,
    pageCounter: machine.pageCounter,
    jobsWaiting: queue.list().filter(({ state }) => state === 'pending').length,
    records: accounting.records,
  };
}

function answer(response: ServerResponse, status: number, contentType: string, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(status, {
    Server: server,
    Allow: allowed,
    'Content-Type': contentType,
    'Content-Length': body.length,
  });
  // For HEAD, Node leaves the body out.
  response.end(body);
}
