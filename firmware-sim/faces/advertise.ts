/** Advertises the printer by mDNS and DNS-SD, as the Bonjour Printing Specification 1.2.1 has it: a service for each way to print. */
import type { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import bonjour from 'bonjour-service';
import { errorText } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { hasColour } from '../device/device.js';
import type { Machine } from '../machine/machine.js';
import { documentFormats, octetStream } from './ipp/receive-document.js';
import { isReachable } from './tcp-face.js';

export interface AdvertisedService {
  /** As in `_ipp._tcp`. */
  type: 'ipp' | 'printer' | 'pdl-datastream';
  port: number;
}

export interface AdvertiseOptions {
  name: string;
  location: string;
  uuid: string;
  services: readonly AdvertisedService[];
  machine: Machine;
  log: Log;
  /** Of mDNS, but for tests. */
  multicastPort?: number;
}

/** RFC 6763 §4.1.1: the name of an instance is one DNS label. */
const maxNameBytes = 63;

/** Bonjour Printing Specification §9.2.2: the queue. Of raw printing there is none. */
const queues = { ipp: 'ipp/print', printer: 'lp', 'pdl-datastream': null } as const;

/** What a document without a name for its format may be. */
const pageFormats = ['application/postscript', 'application/pdf'];

/** The returned function ends it. While there is no power or no cable nothing is heard of it. */
export function advertise(options: AdvertiseOptions): () => Promise<void> {
  const { machine } = options;
  let advertised = isReachable(machine.state) ? publish(options) : null;
  const unsubscribe = machine.subscribe(({ state }) => {
    if (isReachable(state) === (advertised !== null)) return;
    // A printer that is switched off says no goodbye.
    advertised?.destroy();
    advertised = isReachable(state) ? publish(options) : null;
  });
  return async () => {
    unsubscribe();
    const last = advertised;
    if (last === null) return;
    await new Promise<void>((resolve) => last.unpublishAll(() => last.destroy(resolve)));
  };
}

function publish(options: AdvertiseOptions): bonjour {
  const { name, services, log, multicastPort } = options;
  const failed = (error: unknown) =>
    log.warn({ event: 'advertising-failed', error: errorText(error) }, `mDNS: ${errorText(error)}`);
  // The library hands the trouble of its socket to nobody, which would end the process; its types hide where it comes from.
  const network = multicastPort === undefined ? {} : { port: multicastPort };
  const publisher = new bonjour(network, failed);
  const { mdns } = (publisher as unknown as { server: { mdns: EventEmitter } }).server;
  mdns.on('error', failed);
  for (const { type, port } of services) {
    publisher.publish({
      name: cutToBytes(name, maxNameBytes),
      type,
      port,
      // PWG 5100.14 §4.2.1: how clients find a printer that needs no driver.
      ...(type === 'ipp' ? { subtypes: ['print'] } : {}),
      host: `${hostname().split('.')[0]}.local`,
      txt: textRecord(options, type),
      // On a clash the library writes to standard output, and gives the name up.
      probe: false,
    });
    log.info({ event: 'advertised', service: `_${type}._tcp`, port }, `advertised as ${name}._${type}._tcp`);
  }
  return publisher;
}

/** Bonjour Printing Specification §9.2. */
function textRecord({ location, uuid, machine }: AdvertiseOptions, type: AdvertisedService['type']) {
  const { device } = machine;
  const queue = queues[type];
  return {
    txtvers: '1',
    qtotal: '1',
    ...(queue === null ? {} : { rp: queue }),
    ty: `${device.manufacturer} ${device.model} (simulated)`,
    product: `(${device.product})`,
    note: location,
    pdl: (type === 'ipp' ? documentFormats.filter((format) => format !== octetStream) : pageFormats).join(
      ',',
    ),
    usb_MFG: device.manufacturer,
    usb_MDL: device.model,
    Color: hasColour(device) ? 'T' : 'F',
    Duplex: device.duplex === null ? 'F' : 'T',
    priority: type === 'ipp' ? '10' : '50',
    UUID: uuid,
  };
}

function cutToBytes(text: string, max: number): string {
  let cut = text;
  while (Buffer.byteLength(cut) > max) cut = [...cut].slice(0, -1).join('');
  return cut;
}
