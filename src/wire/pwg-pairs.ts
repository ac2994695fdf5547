/** The `name=value;` texts by which IPP tells of alerts, supplies and trays (PWG 5100.9 §4.2, PWG 5100.13 §5.6). */
import type { IppAttribute } from './ipp-message.js';
import { findAttribute } from './ipp-message.js';

/** No printer has more sub-units of a kind; what comes beyond is not read. */
export const maxSubUnits = 100;
/** RFC 8011 §5.1.11: an octetString is no longer. */
const maxBytes = 1023;

/** Names in lower case; of a name that comes twice the first value counts. */
export type Pairs = ReadonlyMap<string, string>;

/** One for each value of the attribute, also for those that hold nothing of the kind: their places count. */
export function readPairs(attributes: readonly IppAttribute[] | undefined, name: string): Pairs[] {
  const values = findAttribute(attributes, name)?.values.slice(0, maxSubUnits) ?? [];
  return values.map((value) => {
    if (value.type === 'octetString') return parsePairs(value.value.subarray(0, maxBytes).toString('utf8'));
    // There are printers that tell it as text.
    return parsePairs('value' in value && typeof value.value === 'string' ? value.value : '');
  });
}

export function parsePairs(text: string): Pairs {
  const pairs = new Map<string, string>();
  for (const pair of text.slice(0, maxBytes).split(';')) {
    const [name = '', value] = splitAt(pair, pair.indexOf('='));
    const key = name.trim().toLowerCase();
    if (value !== undefined && !pairs.has(key)) pairs.set(key, value.trim());
  }
  return pairs;
}

/** Undefined for what is no whole number. */
export function numberOf(pairs: Pairs, name: string): number | undefined {
  const text = pairs.get(name) ?? '';
  return /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
}

function splitAt(text: string, place: number): [string, string?] {
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)];
}
