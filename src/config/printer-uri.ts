/** The printer's URI: by which way print data goes to it. */
import * as v from 'valibot';
import { isHost } from '#base/internet-names.js';
import type { SettingFacts } from '#base/settings-schema.js';

export type PrinterAddress =
  | { way: 'socket'; host: string; port: number }
  | { way: 'lpd'; host: string; port: number; queue: string }
  | { way: 'ipp'; host: string; port: number; path: string; tls: boolean }
  | { way: 'file'; folder: string };

/** IANA's registered ports: `pdl-datastream`, `printer`, `ipp`. */
const ports = { socket: 9100, lpd: 515, ipp: 631, ipps: 631 } as const;
const networkUri = /^([a-z]+):\/\/(?:\[([^\]]*)\]|([^[\]:/?#@]+))(?::(\d{1,5}))?(\/[!-~]*)?$/i;
/** RFC 1179 puts no limit to it; a control file's line has one. */
const queueName = /^[\w.+-]{1,99}$/;

export interface NetworkUri {
  /** In lower case. */
  scheme: string;
  host: string;
  /** Undefined for the usual one. */
  port: number | undefined;
  path: string;
}

/** Null when the text is no URI with a host. */
export function parseNetworkUri(text: string): NetworkUri | null {
  const [, scheme, ipv6, name, digits, path = ''] = networkUri.exec(text) ?? [];
  const host = ipv6 ?? name;
  if (scheme === undefined || host === undefined || !isHost(host)) return null;
  if ((ipv6 !== undefined) !== host.includes(':')) return null;
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65535)) return null;
  return { scheme: scheme.toLowerCase(), host, port, path };
}

/** Null when the text is no such URI. */
export function parsePrinterUri(text: string): PrinterAddress | null {
  if (/^file:\/\/\/[^?#]+$/i.test(text))
    return { way: 'file', folder: decodeURI(text.slice('file://'.length)) };
  const found = parseNetworkUri(text);
  if (found === null || !Object.hasOwn(ports, found.scheme)) return null;
  const { host, path } = found;
  const way = found.scheme as keyof typeof ports;
  const port = found.port ?? ports[way];
  const isRoot = path === '' || path === '/';
  switch (way) {
    case 'socket':
      return isRoot ? { way, host, port } : null;
    case 'lpd': {
      const queue = isRoot ? 'lp' : path.slice(1);
      return queueName.test(queue) ? { way, host, port, queue } : null;
    }
    default:
      // RFC 8010 §4: an IPP printer of today answers at /ipp/print; one of the time at the root.
      return { way: 'ipp', host, port, path: path === '' ? '/ipp/print' : path, tls: way === 'ipps' };
  }
}

export function printerUri(facts: Omit<SettingFacts, 'type' | 'secret'>) {
  const type =
    'socket://HOST, ipp://HOST/ipp/print, ipps://HOST/ipp/print or lpd://HOST/QUEUE, each with :PORT where it is not the usual one, or file:///FOLDER';
  return v.pipe(
    v.string(),
    v.check((text) => parsePrinterUri(text) !== null),
    v.metadata({ type, ...facts }),
  );
}
