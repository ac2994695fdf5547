/** The kinds of settings that only the Printing Server's files have: mail addresses and the printer's URI. */
import * as v from 'valibot';
import { isHost, isMailAddress } from '#base/internet-names.js';
import type { SettingFacts } from '#base/settings-schema.js';

type FactsOfKind = Omit<SettingFacts, 'type' | 'secret'>;

function isAddressOrDomain(text: string): boolean {
  // Whoever writes *@example.com means @example.com, and would let nobody in.
  return text.startsWith('@') ? isHost(text.slice(1)) : isMailAddress(text) && !text.startsWith('*');
}

export function mailAddress(facts: FactsOfKind) {
  const type = 'a mail address such as name@example.com';
  return v.pipe(v.string(), v.check(isMailAddress), v.metadata({ type, ...facts }));
}

/** In lower case, as senders are compared. */
export function addressOrDomain(facts: FactsOfKind) {
  const type = 'a mail address, or "@example.com" for everybody there';
  return v.pipe(v.string(), v.check(isAddressOrDomain), v.toLowerCase(), v.metadata({ type, ...facts }));
}

/** The raw channel's registered port, IANA's `pdl-datastream`. */
const rawPort = 9100;
const socketUri = /^socket:\/\/(?:\[([^\]]*)\]|([^[\]:/?#@]+))(?::(\d{1,5}))?\/?$/i;

/** Where the raw channel is; null when the text is no such URI. */
export function parsePrinterUri(text: string): { host: string; port: number } | null {
  const [, ipv6, name, digits] = socketUri.exec(text) ?? [];
  const host = ipv6 ?? name;
  const port = digits === undefined ? rawPort : Number(digits);
  const valid = host !== undefined && isHost(host) && (ipv6 !== undefined) === host.includes(':');
  return valid && port >= 1 && port <= 65535 ? { host, port } : null;
}

export function printerUri(facts: FactsOfKind) {
  const type = `socket://HOST or socket://HOST:PORT, with a port from 1 to 65535`;
  return v.pipe(
    v.string(),
    v.check((text) => parsePrinterUri(text) !== null),
    v.metadata({ type, ...facts }),
  );
}
