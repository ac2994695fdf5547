/** What a POP3 server says that it can do (CAPA, RFC 2449): from its lines to values, and into words. */
import { cleanForDisplay } from '#base/display-text.js';

export interface Capabilities {
  /** RFC 1939 §7. */
  top: boolean;
  uidl: boolean;
  /** USER and PASS. */
  user: boolean;
  /** Mechanisms of AUTH in upper case (RFC 5034 §3). */
  sasl: readonly string[];
  /** RFC 2449 §6.4: a word in brackets at the beginning of a refusal is a response code. */
  responseCodes: boolean;
  /** RFC 3206 §4: a refusal because of the credentials says so, with [AUTH]. */
  authResponseCode: boolean;
  /** RFC 2449 §6.6: several commands may be sent before the first is answered. */
  pipelining: boolean;
  /** RFC 2595 §4. */
  stls: boolean;
  /** RFC 6856 §2. */
  utf8: boolean;
  /** How long the server wants from one login to the next (RFC 2449 §6.5); null when it does not say. */
  loginDelaySeconds: number | null;
  /** After how many days the server deletes mails by itself (RFC 2449 §6.7), 0: as soon as they are retrieved. */
  expireDays: number | 'never' | null;
  /** RFC 2449 §6.9; fit to be shown. */
  implementation: string | null;
}

const maxImplementationLength = 80;

/** Unknown capabilities are passed over, as RFC 2449 §5 wants it. */
export function parseCapabilities(lines: readonly string[]): Capabilities {
  const args = new Map<string, string[]>();
  for (const line of lines) {
    const [tag = '', ...rest] = line.trim().split(/[ \t]+/);
    args.set(tag.toUpperCase(), rest);
  }
  const [delay] = args.get('LOGIN-DELAY') ?? [];
  const [expire = ''] = args.get('EXPIRE') ?? [];
  const implementation = args.get('IMPLEMENTATION')?.join(' ') ?? '';
  return {
    top: args.has('TOP'),
    uidl: args.has('UIDL'),
    user: args.has('USER'),
    sasl: (args.get('SASL') ?? []).map((name) => name.toUpperCase()),
    responseCodes: args.has('RESP-CODES'),
    authResponseCode: args.has('AUTH-RESP-CODE'),
    pipelining: args.has('PIPELINING'),
    stls: args.has('STLS'),
    utf8: args.has('UTF8'),
    loginDelaySeconds: parseCount(delay),
    expireDays: expire.toUpperCase() === 'NEVER' ? 'never' : parseCount(expire),
    implementation: cleanForDisplay(implementation, maxImplementationLength) || null,
  };
}

/** For the administrator, for example `unique-ids, TOP, pipelining`. */
export function describeCapabilities(capabilities: Capabilities | null): string {
  if (capabilities === null) return 'the server does not say what it can do';
  const { implementation, uidl, top, pipelining, utf8, responseCodes, stls } = capabilities;
  const { sasl, loginDelaySeconds, expireDays } = capabilities;
  const words = [
    uidl ? 'unique-ids' : 'no unique-ids',
    top ? 'TOP' : 'no TOP',
    pipelining ? 'pipelining' : 'no pipelining',
    ...(utf8 ? ['UTF-8'] : []),
    ...(responseCodes ? ['response codes'] : []),
    ...(stls ? ['STARTTLS'] : []),
    ...(sasl.length > 0 ? [`logins by ${sasl.map((name) => cleanForDisplay(name, 20)).join(', ')}`] : []),
    ...(loginDelaySeconds ? [`wants ${loginDelaySeconds} s from one login to the next`] : []),
    ...(expireDays === null || expireDays === 'never' ? [] : [expiry(expireDays)]),
  ];
  return `the server${implementation === null ? '' : ` (${implementation})`} has ${words.join(', ')}`;
}

function expiry(days: number): string {
  if (days === 0) return 'deletes mails as soon as they are retrieved';
  return `deletes mails by itself after ${days} days`;
}

function parseCount(text = ''): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
