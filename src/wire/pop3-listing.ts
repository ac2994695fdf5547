/** What UIDL and LIST say of a maildrop, put together: which messages there are, and which unique-ids can be relied on. */
import type { ListLine, UidlLine } from './pop3.js';

export interface JoinedListing {
  /** By number. */
  messages: { number: number; uniqueId: string | null; octets: number }[];
  /** What is wrong, and with which messages. */
  oddities: { text: string; numbers: number[] }[];
}

/** `named` is null when the server has no unique-ids at all. */
export function joinListing(named: readonly UidlLine[] | null, sized: readonly ListLine[]): JoinedListing {
  const octets = new Map(sized.map((line) => [line.number, line.octets]));
  const uniqueIds = new Map<number, string>();
  const owners = new Map<string, number>();
  const renamed = new Set<number>();
  // RFC 1939 §7: unique in the maildrop; of two with the same id nobody knows which is which.
  const shared = new Set<number>();
  for (const { number, uniqueId } of named ?? []) {
    if ((uniqueIds.get(number) ?? uniqueId) !== uniqueId) renamed.add(number);
    uniqueIds.set(number, uniqueId);
    const owner = owners.get(uniqueId) ?? number;
    owners.set(uniqueId, owner);
    if (owner !== number) shared.add(owner).add(number);
  }
  const messages = [...new Set([...uniqueIds.keys(), ...octets.keys()])]
    .sort((one, other) => one - other)
    .map((number) => ({
      number,
      uniqueId: renamed.has(number) || shared.has(number) ? null : (uniqueIds.get(number) ?? null),
      octets: octets.get(number) ?? 0,
    }));
  const only = (here: Map<number, unknown>, there: Map<number, unknown>) =>
    [...here.keys()].filter((number) => !there.has(number));
  const oddities = [
    { text: 'messages that share their unique-id with another one', numbers: [...shared] },
    { text: 'messages with more than one unique-id', numbers: [...renamed] },
    { text: 'messages that UIDL names and LIST does not', numbers: only(uniqueIds, octets) },
    {
      text: 'messages that LIST names and UIDL does not',
      numbers: named === null ? [] : only(octets, uniqueIds),
    },
  ].filter((oddity) => oddity.numbers.length > 0);
  return { messages, oddities };
}
