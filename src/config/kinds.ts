/** The kinds of settings that only the Printing Server's files have: mail addresses and the printer's URI. */
import * as v from 'valibot';
import { isHost, type SettingFacts } from '#base/settings-schema.js';

type FactsOfKind = Omit<SettingFacts, 'type' | 'secret'>;

/** RFC 5321 §4.5.3.1.3 allows a path of 256 octets, with its angle brackets. */
const maxAddressLength = 254;
const localPart = /^[^\s@<>()[\]\\,;:"]+$/;

export function isMailAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  return (
    at > 0 &&
    text.length <= maxAddressLength &&
    localPart.test(text.slice(0, at)) &&
    isHost(text.slice(at + 1))
  );
}

function isAddressOrDomain(text: string): boolean {
  return text.startsWith('@') ? isHost(text.slice(1)) : isMailAddress(text);
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
