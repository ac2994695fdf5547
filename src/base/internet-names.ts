/** Whether a text is a host name, a mail address or a safe web address, as far as that can be said without asking anybody. */
import { isIPv6 } from 'node:net';

/** RFC 5321 §4.5.3.1.3 allows a path of 256 octets, with its angle brackets. */
const maxAddressLength = 254;

// Letters beyond ASCII are let in (RFC 5890): resolvers and mail servers know them or refuse them.
const hostPattern = /^[\p{L}\p{N}_]([\p{L}\p{N}._-]{0,251}[\p{L}\p{N}_.])?$/u;
const localPartPattern = /^[^\s@<>()[\]\\,;:"]+$/;

/** A name, an IPv4 address or an IPv6 address without brackets. */
export function isHost(text: string): boolean {
  return hostPattern.test(text) || isIPv6(text);
}

/** A bare address, `name@host`; quoted local parts (RFC 5321 §4.1.2) are left out on purpose. */
export function isMailAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  const short = text.length <= maxAddressLength;
  return short && localPartPattern.test(text.slice(0, Math.max(at, 0))) && isHost(text.slice(at + 1));
}

/** RFC 1122 §3.2.1.3 (127/8), RFC 4291 §2.5.3 (::1), RFC 6761 §6.3 (localhost). */
export function isLoopback(host: string): boolean {
  return /^(127(\.\d{1,3}){3}|::1|localhost\.?|.+\.localhost\.?)$/i.test(host);
}

/** A web address that secrets may be sent to: encrypted, or never leaving this machine; without a login or a fragment. */
export function isSecureUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  const safe =
    protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, '')));
  return safe && username === '' && password === '' && hash === '';
}
