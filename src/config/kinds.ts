/** The kinds of settings that only the Printing Server's files have: mail addresses. */
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
